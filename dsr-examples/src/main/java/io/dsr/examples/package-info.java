/** The bundled program: {@code run} and {@code demo}; start at {@link Main}. */
package io.dsr.examples;
