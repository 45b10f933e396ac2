package io.dsr.linux.nftables;

import io.dsr.linux.LinuxException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A transaction of nf_tables: messages between BATCH_BEGIN and BATCH_END, of which the kernel takes
 * all or none ({@code include/uapi/linux/netfilter/nfnetlink.h}).
 */
final class NftablesBatch {

  private static final int BATCH_BEGIN = 16;
  private static final int BATCH_END = 17;
  private static final int SUBSYSTEM = 10;
  private static final int FAMILY_NETDEV = 5;
  private static final int REQUEST = 1;
  private static final int ACKNOWLEDGE = 4;

  private final NetlinkWriter writer = new NetlinkWriter();

  /** What each message does; its index is the message's sequence number. */
  private final List<String> steps = new ArrayList<>();

  NftablesBatch() {
    writer.begin(BATCH_BEGIN, REQUEST, 0, 0, SUBSYSTEM);
    writer.end();
    steps.add("begin batch");
  }

  /**
   * Adds a message.
   *
   * @param step what it does, for the message of an exception
   * @param operation an NFT_MSG number
   * @param flags NLM_F flags beside request and acknowledgement
   */
  NftablesBatch add(String step, int operation, int flags, Consumer<NetlinkWriter> body) {
    int type = SUBSYSTEM << 8 | operation;
    writer.begin(type, REQUEST | ACKNOWLEDGE | flags, steps.size(), FAMILY_NETDEV, 0);
    body.accept(writer);
    writer.end();
    steps.add(step);
    return this;
  }

  /** Returns the batch as it goes to the kernel. */
  byte[] toBytes() {
    writer.begin(BATCH_END, REQUEST, steps.size(), 0, SUBSYSTEM);
    writer.end();
    return writer.toBytes();
  }

  /**
   * Carries the batch out.
   *
   * @throws LinuxException with the first error of a message, or EIO (5) if the kernel did not
   *     answer to all of them; then nothing was changed
   */
  void commit(NetfilterSocket socket) throws LinuxException {
    List<Acknowledgement> answers = socket.exchange(toBytes());
    for (Acknowledgement answer : answers) {
      if (answer.errno() != 0) {
        throw new LinuxException(describe(answer), answer.errno());
      }
    }
    int expected = steps.size() - 1;
    if (answers.size() < expected) {
      throw new LinuxException("nftables: " + answers.size() + " answers of " + expected, 5);
    }
  }

  private String describe(Acknowledgement answer) {
    int step = answer.sequence();
    String what = "nftables: " + (step >= 0 && step < steps.size() ? steps.get(step) : "batch");
    return answer.words().isEmpty() ? what : what + " (kernel: " + answer.words() + ")";
  }
}
