package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.core.FlowFilter;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FlowStateNamesTest {

  @Test
  void aFilterKnowsEveryStateAndNoOther() {
    String[] names =
        IntStream.range(0, FlowState.CODES)
            .filter(code ->
                FlowState.isTcp(code)
                    || FlowState.isSctp(code)
                    || code == FlowState.UDP
                    || code == FlowState.OTHER)
            .mapToObj(FlowState::name)
            .distinct()
            .toArray(String[]::new);

    assertThat(FlowFilter.STATES).containsExactlyInAnyOrder(names);
    assertThatThrownBy(() -> FlowFilter.ALL.state("BOGUS"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("state: \"BOGUS\" (expected: one of NONE, ESTABLISHED, ");
  }
}
