/**
 * Other balancers' configurations as rules of dsr; start at {@link
 * io.dsr.rules.convert.RulesConverter}.
 */
package io.dsr.rules.convert;
