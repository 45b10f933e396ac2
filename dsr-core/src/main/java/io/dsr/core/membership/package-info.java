/** Who may take work: slots, generations, administrative state and effective weight. */
package io.dsr.core.membership;
