/**
 * What can be asked of a running director: explanations, listings, previews. Start with {@link
 * io.dsr.core.inspect.Inspection}.
 */
package io.dsr.core.inspect;
