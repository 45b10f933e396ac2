/**
 * What it costs: JMH benchmarks, one beside each part of the hot path. {@link
 * io.dsr.bench.BenchDirector} makes the directors for all of them. {@code results/} has what was
 * measured last.
 *
 * <pre>
 * java -jar dsr-bench/target/dsr-bench.jar -prof gc
 * </pre>
 *
 * <p>What threads share is put under stress by jcstress, whose sources a profile of its own
 * compiles into another jar:
 *
 * <pre>
 * mvn -Pjcstress -pl dsr-bench -am package -DskipTests
 * java -jar dsr-bench/target/jcstress/dsr-jcstress.jar -m quick -t Stress
 * </pre>
 */
package io.dsr.bench;
