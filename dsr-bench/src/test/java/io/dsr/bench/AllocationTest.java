package io.dsr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the benchmarks of the hot path for a moment each, to see that it allocates nothing. */
final class AllocationTest {

  // One object a frame would be sixteen bytes at the least; the rest is the harness.
  private static final double NOTHING = 1.0;

  @Test
  void neitherAHitNorAMissNorALookAtAFrameAllocates() throws RunnerException {
    var options =
        new OptionsBuilder()
            .include("DirectorBenchmark|FrameViewBenchmark|ConnectionTableBenchmark")
            .param("flows", "1024")
            .forks(0)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(500))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(300))
            .addProfiler(GCProfiler.class)
            .build();

    Collection<RunResult> results = new Runner(options).run();

    assertThat(results).hasSize(10);
    assertThat(results)
        .allSatisfy(result ->
            assertThat(result.getSecondaryResults().get("gc.alloc.rate.norm").getScore())
                .as("bytes an operation of %s", result.getParams().getBenchmark())
                .isLessThan(NOTHING));
  }
}
