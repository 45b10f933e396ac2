package io.dsr.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Placement hashes are constant: a balancer of a new release picks as one of an old release does.
 * The digests are those of choices recorded in November 2026; they never change.
 */
final class RendezvousChoicesTest {

  private static final long SEED = 0x5eed_0061L;
  private static final int[] SIZES = {1, 2, 3, 7, 50, 255, 256, 257, 999, 1_000};
  private static final int[] GREATEST_WEIGHTS = {1, 2, 4, 100, 65_535};
  private static final int FLOWS = 200;

  @Test
  void choosesByAddressWhatItChoseWhenFirstRecorded() throws NoSuchAlgorithmException {
    assertThat(digest(Schedulers.rendezvous()))
        .isEqualTo("01f7a5067bc267e1141afa8127f34e640a98da8c33e791bfe0d8e36a76c9eeed");
  }

  @Test
  void choosesByPortWhatItChoseWhenFirstRecorded() throws NoSuchAlgorithmException {
    var byPort = Schedulers.rendezvous(new RendezvousOptions(true));

    assertThat(digest(byPort))
        .isEqualTo("c13f5966cfe7bf6706e38646b24072aeb27acc1038abc002939e24a9636713fb");
  }

  @Test
  void choosesUnderALoadWhatItChoseWhenFirstRecorded() throws NoSuchAlgorithmException {
    var bounded = Schedulers.boundedLoad(Schedulers.rendezvous(), 1.05);

    assertThat(digest(bounded))
        .isEqualTo("09782e4c5b4d0c74d264256aec31b07b9398a059f76ea6b838ad1cf64787cd56");
  }

  /** Returns the digest of 10,000 choices. */
  private static String digest(Scheduler scheduler) throws NoSuchAlgorithmException {
    var digest = MessageDigest.getInstance("SHA-256");
    var random = new Random(SEED);
    for (int size : SIZES) {
      for (int greatest : GREATEST_WEIGHTS) {
        int[] weights = random.ints(size, 0, greatest + 1).toArray();
        weights[0] = Math.max(1, weights[0]);
        var servers = TestServers.weights(weights);
        for (int at = 0; at < size; at++) {
          servers.load(at, random.nextInt(4), random.nextInt(4));
        }
        Picker picker = scheduler.newPicker(servers);
        for (int flow = 0; flow < FLOWS; flow++) {
          int slot = picker.pick(Flows.of(random.nextInt(1 << 16), random.nextInt(1 << 16)));
          digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(slot).array());
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
