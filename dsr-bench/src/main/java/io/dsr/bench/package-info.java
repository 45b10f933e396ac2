/**
 * JMH benchmarks, one beside each part of the hot path; {@code java -jar dsr-bench.jar -prof gc}.
 */
package io.dsr.bench;
