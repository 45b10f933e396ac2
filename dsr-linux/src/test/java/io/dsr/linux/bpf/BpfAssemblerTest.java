package io.dsr.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsr.linux.bpf.BpfAssembler.Label;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

final class BpfAssemblerTest {

  @Test
  void encodesEachInstructionAsRfc9669Says() {
    byte[] program =
        new BpfAssembler()
            .move(6, 1)
            .moveImmediate(0, -1)
            .addImmediate(3, -16)
            .loadWord(0, 6, 16)
            .loadHalf(0, 10, -16)
            .loadByte(0, 10, -1)
            .storeWord(10, -20, 128)
            .loadMap(1, 5)
            .call(26)
            .exit()
            .assemble();

    assertThat(hex(program))
        .isEqualTo(
            "bf16000000000000 b7000000ffffffff 07030000f0ffffff 6160100000000000"
                + " 69a0f0ff00000000 71a0ffff00000000 620aecff80000000 1811000005000000 0000000000000000"
                + " 850000001a000000 9500000000000000");
  }

  @Test
  void jumpsCountFromTheNextInstructionAndPastBothHalvesOfAMap() {
    Label end = new Label();
    Label start = new Label();

    byte[] program =
        new BpfAssembler()
            .bind(start)
            .jumpIfEqual(0, 0xdd86, end)
            .loadMap(1, 5)
            .jumpIfNotEqual(0, 0, start)
            .bind(end)
            .jump(start)
            .assemble();

    assertThat(hex(program))
        .isEqualTo(
            "1500030086dd0000 1811000005000000 0000000000000000 5500fcff00000000"
                + " 0500fbff00000000");
  }

  @Test
  void refusesAJumpToALabelThatIsNowhere() {
    BpfAssembler assembler = new BpfAssembler().jump(new Label());

    assertThatThrownBy(assembler::assemble).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesALabelThatIsBoundTwice() {
    Label label = new Label();
    BpfAssembler assembler = new BpfAssembler().bind(label);

    assertThatThrownBy(() -> assembler.bind(label)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAJumpBeyondSixteenBits() {
    Label end = new Label();
    BpfAssembler assembler = new BpfAssembler().jump(end);
    for (int i = 0; i <= Short.MAX_VALUE; i++) {
      assembler.moveImmediate(0, 0);
    }

    assertThatThrownBy(assembler.bind(end)::assemble).isInstanceOf(IllegalStateException.class);
  }

  private static String hex(byte[] program) {
    return HexFormat.of().formatHex(program).replaceAll("(.{16})(?!$)", "$1 ");
  }
}
