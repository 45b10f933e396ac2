/**
 * Services in the words of {@code ipvsadm -S -n}; start at {@link
 * io.dsr.examples.rules.RulesParser}.
 */
package io.dsr.examples.rules;
