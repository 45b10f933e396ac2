/**
 * Other balancers' set-ups as rules of dsr; start at {@link
 * io.dsr.examples.convert.ConvertCommand}.
 */
package io.dsr.examples.convert;
