/**
 * The nouns of direct server return and the contracts between its parts; start at {@link
 * VirtualService}, or at {@link Scheduler} to write one.
 */
package io.dsr.core;
