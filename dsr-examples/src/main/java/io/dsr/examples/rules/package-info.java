/**
 * Services in the words of {@code ipvsadm -S}, and some more of the same kind; start at {@link
 * io.dsr.examples.rules.RulesParser} and {@link io.dsr.examples.rules.RulesWriter}.
 */
package io.dsr.examples.rules;
