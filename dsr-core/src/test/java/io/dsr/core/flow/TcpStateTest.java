package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TcpStateTest {

  /** The kernel's input-only rows, from NONE at the left to SYNACK at the right. */
  private static final String KERNEL =
      """
      flag NO ES SS SR FW TW CL CW LA LI SA
      SYN  SR ES ES SR SR SR SR SR SR SR SR
      FIN  CL FW SS TW FW TW CL CW LA LI TW
      ACK  ES ES SS ES FW TW CL CW CL LI ES
      RST  CL CL CL SR CL CL CL CL LA LI CL
      """;

  private static final Map<String, TcpState> NAMES =
      Map.ofEntries(
          Map.entry("NO", TcpState.NONE),
          Map.entry("ES", TcpState.ESTABLISHED),
          Map.entry("SS", TcpState.SYN_SENT),
          Map.entry("SR", TcpState.SYN_RECEIVED),
          Map.entry("FW", TcpState.FIN_WAIT),
          Map.entry("TW", TcpState.TIME_WAIT),
          Map.entry("CL", TcpState.CLOSE),
          Map.entry("CW", TcpState.CLOSE_WAIT),
          Map.entry("LA", TcpState.LAST_ACK),
          Map.entry("LI", TcpState.LISTEN),
          Map.entry("SA", TcpState.SYN_ACK));

  record Cell(TcpState from, String flag, TcpState to) {}

  static List<Cell> cells() {
    List<String> lines = KERNEL.lines().toList();
    String[] from = lines.getFirst().split(" +", -1);
    List<Cell> cells = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] to = line.split(" +", -1);
      for (int column = 1; column < from.length; column++) {
        cells.add(new Cell(state(from[column]), to[0], state(to[column])));
      }
    }
    return cells;
  }

  @Test
  void hasFortyFourCells() {
    assertThat(cells()).hasSize(44).doesNotHaveDuplicates();
    assertThat(TcpState.values()).hasSize(11);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void movesAsTheKernelDoes(Cell cell) {
    int flag = flag(cell.flag());

    assertThat(cell.from().next(flag)).isEqualTo(cell.to());
    assertThat(TcpState.next(cell.from().code(), flag)).isEqualTo(cell.to().code());
  }

  @Test
  void takesResetBeforeSynBeforeFinBeforeAck() {
    for (TcpState state : TcpState.values()) {
      for (int flags = 0; flags < 0x200; flags++) {
        int decisive =
            (flags & 4) != 0 ? 4 : (flags & 2) != 0 ? 2 : (flags & 1) != 0 ? 1 : flags & 16;

        assertThat(state.next(flags))
            .as("%s, flags %x", state, flags)
            .isEqualTo(state.next(decisive));
      }
    }
  }

  @Test
  void staysWhereNoFlagSaysAnything() {
    for (TcpState state : TcpState.values()) {
      assertThat(state.next(0x00)).isEqualTo(state);
      assertThat(state.next(0x08)).isEqualTo(state);
      assertThat(state.next(0xe8)).isEqualTo(state);
    }
  }

  @Test
  void leavesCodesAloneThatAreNoStates() {
    for (int code = TcpState.values().length; code < TcpState.CODES; code++) {
      for (int flags = 0; flags < 0x100; flags++) {
        assertThat(TcpState.next(code, flags)).isEqualTo(code);
      }
    }
  }

  @Test
  void hasTheKernelsTimeouts() {
    assertThat(timeouts("NO ES SS SR FW TW CL CW LA LI SA"))
        .containsExactly(2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120);
  }

  @Test
  void countsFourStatesAsActive() {
    assertThat(TcpState.values())
        .filteredOn(TcpState::isActive)
        .containsExactlyInAnyOrder(state("ES"), state("SS"), state("SR"), state("SA"));
  }

  @Test
  void isFoundByItsCode() {
    for (TcpState state : TcpState.values()) {
      assertThat(TcpState.ofCode(state.code())).isEqualTo(state);
    }
  }

  private static List<Integer> timeouts(String names) {
    return List.of(names.split(" ", -1)).stream()
        .map(name -> state(name).timeoutSeconds())
        .toList();
  }

  private static TcpState state(String name) {
    return requireNonNull(NAMES.get(name), name);
  }

  private static int flag(String name) {
    return switch (name) {
      case "FIN" -> 0x01;
      case "SYN" -> 0x02;
      case "RST" -> 0x04;
      default -> 0x10;
    };
  }
}
