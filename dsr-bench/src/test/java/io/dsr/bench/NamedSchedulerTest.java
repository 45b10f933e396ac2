package io.dsr.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.scheduler.Schedulers;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Param;

final class NamedSchedulerTest {

  @Test
  void namesEveryScheduler() throws NoSuchFieldException {
    Param names = NamedScheduler.class.getField("scheduler").getAnnotation(Param.class);

    assertThat(names.value())
        .as("the list in NamedScheduler")
        .containsExactlyElementsOf(Schedulers.names());
  }
}
