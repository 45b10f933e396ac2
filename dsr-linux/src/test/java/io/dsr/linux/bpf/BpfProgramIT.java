package io.dsr.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Needs CAP_BPF and CAP_NET_ADMIN. */
final class BpfProgramIT {

  @BeforeAll
  static void needsBpf() throws LinuxException {
    try (BpfMap map = BpfMap.longestPrefix("dsr_probe", 4, 4, 1)) {
      assertThat(map.number()).isPositive();
    } catch (LinuxException refused) {
      if (refused.errno() != Errno.EPERM || Boolean.getBoolean("dsr.test.required")) {
        throw refused;
      }
      abort(refused.toString());
    }
  }

  @Test
  void carriesTheVerifiersWordsInTheException() {
    byte[] readsWhatWasNeverWritten = new BpfAssembler().move(0, 7).exit().assemble();

    assertThatThrownBy(() -> BpfProgram.loadClassifier("wrong", readsWhatWasNeverWritten))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("BPF_PROG_LOAD wrong, verifier's log:")
        .hasMessageContaining("R7 !read_ok")
        .hasMessageContaining("EACCES");
  }

  @Test
  void loadsWithoutAGplLicence() throws LinuxException {
    byte[] passes = new BpfAssembler().moveImmediate(0, -1).exit().assemble();

    try (BpfProgram program = BpfProgram.loadClassifier("right", passes)) {
      assertThat(program.number()).isPositive();
    }
  }

  @Test
  void mapHoldsWhatWasPutUntilItIsRemoved() throws LinuxException {
    byte[] key = trieKey(32, 1, 2, 3, 4);
    try (BpfMap map = BpfMap.longestPrefix("dsr_test", 4, 2, 1)) {
      assertThat(map.get(key)).isEmpty();

      map.put(key, new byte[] {5, 6});
      map.put(key, new byte[] {7, 8});

      assertThat(map.get(key)).hasValue(new byte[] {7, 8});
      assertThatThrownBy(() -> map.put(trieKey(32, 1, 2, 3, 5), new byte[2]))
          .isInstanceOfSatisfying(
              LinuxException.class, full -> assertThat(full.errno()).isEqualTo(28));
      assertThat(map.remove(key)).isTrue();
      assertThat(map.remove(key)).isFalse();
    }
  }

  @Test
  void trieFindsTheLongestPrefix() throws LinuxException {
    try (BpfMap trie = BpfMap.longestPrefix("dsr_test", 4, 1, 2)) {
      trie.put(trieKey(8, 10, 0, 0, 0), new byte[] {8});
      trie.put(trieKey(24, 10, 1, 2, 0), new byte[] {24});

      assertThat(trie.get(trieKey(32, 10, 1, 2, 3))).hasValue(new byte[] {24});
      assertThat(trie.get(trieKey(32, 10, 1, 3, 3))).hasValue(new byte[] {8});
      assertThat(trie.get(trieKey(32, 11, 1, 2, 3))).isEmpty();
      assertThat(trie.remove(trieKey(24, 10, 1, 2, 0))).isTrue();
      assertThat(trie.get(trieKey(32, 10, 1, 2, 3))).hasValue(new byte[] {8});
    }
  }

  private static byte[] trieKey(int length, int... octets) {
    ByteBuffer key = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putInt(length);
    for (int octet : octets) {
      key.put((byte) octet);
    }
    return key.array();
  }

  @Test
  void refusesToUseAMapThatIsClosed() throws LinuxException {
    BpfMap map = BpfMap.longestPrefix("dsr_test", 4, 4, 1);
    map.close();
    map.close();

    assertThatThrownBy(() -> map.get(new byte[8])).isInstanceOf(IllegalStateException.class);
  }
}
