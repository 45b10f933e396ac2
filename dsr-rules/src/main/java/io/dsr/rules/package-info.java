/**
 * Services in the words of {@code ipvsadm -S}, and some more of the same kind; start at {@link
 * io.dsr.rules.RulesParser} and {@link io.dsr.rules.RulesWriter}.
 */
package io.dsr.rules;
