package io.dsr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the benchmarks of the hot path for a moment each, to see that it allocates nothing. */
final class AllocationTest {

  // One object a frame would be sixteen bytes at the least; the rest is the harness, some 6 KB an
  // iteration, however few operations that has.
  private static final double NOTHING = 1.0;

  private static final Set<Class<?>> HOT =
      Set.of(
          FlowTrackerBenchmark.class,
          DirectorBenchmark.class,
          FrameViewBenchmark.class,
          NewFlowBenchmark.class);

  @Test
  void neitherAHitNorANewFlowNorALookAtAFrameAllocates() throws RunnerException {
    var options =
        new OptionsBuilder()
            .include(HOT.stream().map(Class::getSimpleName).collect(Collectors.joining("|")))
            .param("flows", "1024")
            .forks(0)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(500))
            .measurementIterations(1)
            .measurementTime(TimeValue.seconds(1))
            .addProfiler(GCProfiler.class)
            .build();

    Collection<RunResult> results = new Runner(options).run();

    assertThat(results)
        .hasSizeGreaterThan(Traffic.values().length + HOT.size())
        .extracting(result -> result.getParams().getBenchmark())
        .allSatisfy(name -> assertThat(HOT).anyMatch(hot -> name.startsWith(hot.getName())));
    assertThat(HOT)
        .allSatisfy(hot ->
            assertThat(results)
                .anyMatch(result -> result.getParams().getBenchmark().startsWith(hot.getName())));
    assertThat(results)
        .allSatisfy(result ->
            assertThat(result.getSecondaryResults().get("gc.alloc.rate.norm").getScore())
                .as("bytes an operation of %s", result.getParams())
                .isLessThan(NOTHING));
  }
}
