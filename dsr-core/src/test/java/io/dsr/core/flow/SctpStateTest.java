package io.dsr.core.flow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class SctpStateTest {

  /** The kernel's input-only rows, from NONE at the left to CLOSED at the right. */
  private static final String KERNEL =
      """
      -    NO I1 IN CS CR CW CO CE ES SS SR SA RJ CL
      d    ES I1 IN CS CR ES CO CE ES SS SR SA RJ CL
      i    I1 IN IN IN IN IN CO CE ES SS SR SA IN IN
      i_a  CE CE CE CE CE CE CO CE ES SS SR SA RJ CL
      c_e  ES ES ES ES ES ES CO CE ES SS SR SA RJ CL
      c_a  ES I1 IN ES ES CW ES ES ES SS SR SA RJ CL
      s    SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL
      s_a  CL IN IN CS CR CW CO CE CL CL SR CL RJ CL
      s_c  CL CL CL CL CL CW CO CE ES SS CL CL RJ CL
      err  CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL
      ab   CL CL CL CL CL RJ CL CL CL CL CL CL CL CL
      """;

  private static final Map<String, SctpState> NAMES =
      Map.ofEntries(
          Map.entry("NO", SctpState.NONE),
          Map.entry("I1", SctpState.INIT1),
          Map.entry("IN", SctpState.INIT),
          Map.entry("CS", SctpState.COOKIE_SENT),
          Map.entry("CR", SctpState.COOKIE_REPLIED),
          Map.entry("CW", SctpState.COOKIE_WAIT),
          Map.entry("CO", SctpState.COOKIE),
          Map.entry("CE", SctpState.COOKIE_ECHOED),
          Map.entry("ES", SctpState.ESTABLISHED),
          Map.entry("SS", SctpState.SHUTDOWN_SENT),
          Map.entry("SR", SctpState.SHUTDOWN_RECEIVED),
          Map.entry("SA", SctpState.SHUTDOWN_ACK_SENT),
          Map.entry("RJ", SctpState.REJECTED),
          Map.entry("CL", SctpState.CLOSED));

  /** The events that the kernel makes of chunks of type 0 to 14. */
  private static final List<String> EVENTS =
      List.of(
          "d", "i", "i_a", "d", "d", "d", "ab", "s", "s_a", "err", "c_e", "c_a", "d", "d", "s_c");

  record Cell(SctpState from, String event, SctpState to) {}

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
  void hasAHundredAndFortyCells() {
    assertThat(cells()).hasSize(140).doesNotHaveDuplicates();
    assertThat(cells().stream().map(Cell::event)).containsAll(EVENTS);
    assertThat(SctpState.values()).hasSize(14);
  }

  @ParameterizedTest
  @MethodSource("cells")
  void movesAsTheKernelDoes(Cell cell) {
    for (int type = 0; type < 256; type++) {
      if (event(type).equals(cell.event())) {
        assertThat(cell.from().next(type)).as("type %d", type).isEqualTo(cell.to());
        assertThat(SctpState.next(cell.from().code(), type)).isEqualTo(cell.to().code());
      }
    }
  }

  @Test
  void leavesCodesAloneThatAreNoStates() {
    for (int type = 0; type < 256; type++) {
      assertThat(SctpState.next(14, type)).isEqualTo(14);
      assertThat(SctpState.next(15, type)).isEqualTo(15);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1 10 0 3 7 14, CLOSED", // an association from begin to end
    "1 10 6, CLOSED", // aborted
    "1 1 1, INIT", // the server does not answer
    "3, ESTABLISHED", // in the midst of one
    "1 10 7 14 1 10, ESTABLISHED", // a second from the same ports
    "1 10 1, ESTABLISHED" // the client has begun anew
  })
  void followsAssociations(String types, SctpState end) {
    SctpState state = SctpState.NONE;
    for (String type : types.split(" ", -1)) {
      state = state.next(Integer.parseInt(type));
    }

    assertThat(state).isEqualTo(end);
  }

  @Test
  void reachesSevenStates() {
    Set<SctpState> reached = EnumSet.of(SctpState.NONE);
    var left = new ArrayDeque<>(reached);
    while (!left.isEmpty()) {
      SctpState from = left.remove();
      for (int type = 0; type < 256; type++) {
        SctpState to = from.next(type);
        if (reached.add(to)) {
          left.add(to);
        }
      }
    }

    assertThat(reached)
        .containsExactly(
            state("NO"),
            state("I1"),
            state("IN"),
            state("CE"),
            state("ES"),
            state("SR"),
            state("CL"));
  }

  @Test
  void hasTheKernelsTimeouts() {
    List<String> names = List.of(KERNEL.lines().toList().getFirst().split(" +", -1));
    assertThat(names.subList(1, 15).stream().map(name -> state(name).timeoutSeconds()))
        .containsExactly(2, 4, 61, 61, 61, 61, 61, 61, 900, 61, 61, 61, 4, 61);
  }

  @Test
  void countsOneStateAsActive() {
    assertThat(SctpState.values())
        .filteredOn(SctpState::isActive)
        .containsExactly(SctpState.ESTABLISHED);
  }

  @Test
  void isFoundByItsCode() {
    SctpState[] states = SctpState.values();
    for (int code = 0; code < states.length; code++) {
      assertThat(SctpState.ofCode(code)).isEqualTo(states[code]);
      assertThat(states[code].code()).isEqualTo(code);
    }
  }

  private static String event(int type) {
    return type < EVENTS.size() ? EVENTS.get(type) : "d";
  }

  private static SctpState state(String name) {
    return requireNonNull(NAMES.get(name), name);
  }
}
