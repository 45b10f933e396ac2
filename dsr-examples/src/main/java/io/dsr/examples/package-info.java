/** The bundled program: {@code dsr} with its demo; start at {@link io.dsr.examples.Main}. */
package io.dsr.examples;
