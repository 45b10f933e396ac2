package io.dsr.netty.channel;

import static io.dsr.netty.channel.TestFrames.number;

import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Passes all, and checks that each of the tests' frames shown ahead is among the next to come. */
final class AheadProcessor extends ChannelInboundHandlerAdapter implements FrameProcessor {

  final Queue<String> mistakes = new ConcurrentLinkedQueue<>();
  volatile int ahead;
  private final Deque<Integer> shown = new ArrayDeque<>();
  private boolean complete = true;

  @Override
  public boolean looksAhead() {
    return true;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  public void prefetch(PacketFrame frame) {
    if (frame.getUnsignedShort(12) == TestFrames.EXPERIMENTAL) {
      expect(complete == shown.isEmpty(), "shown while others are due: ", shown);
      complete = false;
      shown.add(number(frame));
      ahead++;
      expect(shown.size() <= MOST_PREFETCHED, "too many: ", shown);
    }
  }

  @Override
  public void prefetched() {
    complete = true;
  }

  @Override
  public Verdict process(PacketFrame frame) {
    if (frame.getUnsignedShort(12) != TestFrames.EXPERIMENTAL) {
      return Verdict.DROP;
    }
    expect(complete, "decided about before all were shown: ", number(frame));
    if (!shown.isEmpty()) {
      int next = shown.remove();
      expect(next == number(frame), "instead of " + next + " came ", number(frame));
    }
    return Verdict.PASS;
  }

  private void expect(boolean right, String what, Object value) {
    if (!right) {
      mistakes.add(what + value);
    }
  }
}
