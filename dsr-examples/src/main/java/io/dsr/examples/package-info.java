/**
 * The bundled program: {@code run}, {@code demo} and what is asked of a balancer that runs; start
 * at {@link Main}.
 */
package io.dsr.examples;
