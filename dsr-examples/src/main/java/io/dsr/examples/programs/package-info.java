/**
 * Programs to read and to copy from: one file, one idea, each with a {@code main}.
 *
 * <p>From the root of the project, once {@code ./dsr} has built the jar:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED -cp dsr-examples/target/dsr-examples.jar \
 *     io.dsr.examples.programs.EmbedABalancer eth0 192.0.2.10 192.0.2.21 192.0.2.22
 * </pre>
 */
package io.dsr.examples.programs;
