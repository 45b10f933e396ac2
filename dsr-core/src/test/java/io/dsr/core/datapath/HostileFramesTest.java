package io.dsr.core.datapath;

import static io.dsr.core.datapath.ClientFrames.OWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * No frame makes a director throw, write anything but the twelve bytes of the MAC addresses of a
 * frame that it forwards, or forget to count.
 *
 * <p>With {@code -Ddsr.test.scale=1} a hundred million frames, never fewer than a million.
 */
final class HostileFramesTest {

  private static final int GUARD = 64;
  private static final int ROOM = GUARD + HostileFrames.LONGEST + GUARD;
  private static final long FULL_RUN = 100_000_000;
  private static final long SHORTEST_RUN = 1_000_000;

  private final DirectorSetup setup = new DirectorSetup(500);
  private final ByteBuf heap = Unpooled.buffer(ROOM);
  private final ByteBuf direct = Unpooled.directBuffer(ROOM);
  private final ByteBuf expected = Unpooled.buffer(ROOM);
  private final Map<Verdict, Long> given = new EnumMap<>(Verdict.class);
  private Set<Long> servers = Set.of();
  private long frames;

  @BeforeEach
  void addServices() {
    var persistence = Persistence.sourceAddress(Duration.ofMinutes(1));
    for (boolean wide : List.of(false, true)) {
      String vip = wide ? ClientFrames.VIP6 : ClientFrames.VIP;
      String prefix = wide ? "2001:db8::2" : "192.0.2.2";
      VirtualService web = VirtualService.tcp(vip, 80);
      setup.put(web.realServer(prefix + 1).realServer(prefix + 2).realServer(prefix + 3));
      VirtualService mail = VirtualService.tcp(vip, HostileFrames.PERSISTENT_PORT);
      setup.put(mail.persistence(persistence).realServer(prefix + 1).realServer(prefix + 2));
      setup.put(VirtualService.udp(vip, 53).realServer(prefix + 3));
      setup.put(VirtualService.udp(vip, HostileFrames.PORT_WITHOUT_SERVER));
      setup.put(VirtualService.udp(vip, HostileFrames.PORT_WITHOUT_MAC).realServer(prefix + 4));
      setup.resolve(prefix + 4, Slots.UNRESOLVED);
    }
    servers =
        Set.copyOf(
            setup.membership.services().stream()
                .flatMap(service -> service.service().realServers().stream())
                .map(RealServer::address)
                .map(address -> DirectorSetup.mac(address.getHostAddress()))
                .distinct()
                .toList());
  }

  @AfterEach
  void release() {
    setup.director.close();
    heap.release();
    direct.release();
    expected.release();
  }

  @Test
  void survivesEveryTruncationOfEveryFrame() {
    for (byte[] base : HostileFrames.BASES) {
      for (int length = 0; length <= base.length; length++) {
        check(base, length, "length " + length);
      }
    }
    checkCounts("all truncations");
  }

  @Test
  void survivesEveryValueOfEveryByteOfEveryFrame() {
    for (byte[] base : HostileFrames.BASES) {
      byte[] bytes = base.clone();
      for (int i = 0; i < bytes.length; i++) {
        for (int value = 0; value < 256; value++) {
          bytes[i] = (byte) value;
          check(bytes, bytes.length, "a byte");
        }
        bytes[i] = base[i];
      }
    }
    checkCounts("all bytes");
  }

  @Test
  void survivesRandomMutations() {
    double scale = Double.parseDouble(System.getProperty("dsr.test.scale", "0.01"));
    long runs = Math.max(SHORTEST_RUN, (long) (scale * FULL_RUN));
    long seed = System.nanoTime();
    String what = "seed " + seed;
    var hostile = new HostileFrames(seed);
    for (long run = 0; run < runs; run++) {
      int length = hostile.next();
      check(hostile.bytes(), length, what);
      if ((run & 0xfff) == 0) {
        setup.director.advance(run * 1_000_000);
        setup.now = run * 1_000_000;
      }
    }
    checkCounts(what);
    given.remove(Verdict.FORWARD_SYN_TABLE_FULL); // possible, but too rare for a short run
    assertThat(given.keySet()).as(what).containsExactlyInAnyOrderElementsOf(possible());
  }

  /** Returns what can come of frames alone, without rules of a service and limits of a source. */
  private static Set<Verdict> possible() {
    return EnumSet.complementOf(
        EnumSet.of(
            Verdict.DROP_NO_INTERFACE,
            Verdict.FORWARD_SYN_TABLE_FULL,
            Verdict.FORWARD_BRAKED,
            Verdict.FORWARD_OVER_QUOTA,
            Verdict.FORWARD_UNTRACKED,
            Verdict.DROP_DENIED,
            Verdict.DROP_BANNED,
            Verdict.DROP_SOURCE_RATE,
            Verdict.DROP_SOURCE_CONNECTIONS,
            Verdict.DROP_SOURCE_RESETS,
            Verdict.DROP_PINNED,
            Verdict.DROP_EXPIRED,
            Verdict.DROP_STANDBY,
            Verdict.DROP_OWN_FRAME));
  }

  private void check(byte[] bytes, int length, String what) {
    ByteBuf frame = (frames & 1) == 0 ? heap : direct;
    fill(expected, bytes, length);
    fill(frame, bytes, length);
    Verdict verdict;
    try {
      prefetch(frame);
      verdict = setup.director.direct(frame).verdict();
    } catch (RuntimeException e) {
      throw new AssertionError(describe(bytes, length, what), e);
    }
    frames++;
    given.merge(verdict, 1L, Long::sum);
    boolean right = frame.readerIndex() == GUARD && frame.writerIndex() == GUARD + length;
    if (verdict.action() == Verdict.Action.FORWARD) {
      right &= servers.contains(frame.getLong(GUARD) >>> 16);
      right &= frame.getLong(GUARD + 6) >>> 16 == OWN;
      expected.setBytes(GUARD, frame, GUARD, 12);
    }
    int all = GUARD + length + GUARD;
    expected.setIndex(0, all);
    frame.setIndex(0, all);
    if (!right || !ByteBufUtil.equals(expected, frame)) {
      throw new AssertionError(verdict + ": " + describe(bytes, length, what));
    }
  }

  /** No announcement changes anything either. */
  private void prefetch(ByteBuf frame) {
    setup.director.prefetcher().prefetch(frame);
    if (frames % FlowPrefetcher.MOST == 0) {
      setup.director.prefetcher().load();
    }
  }

  private static void fill(ByteBuf buffer, byte[] bytes, int length) {
    for (int i = 0; i < GUARD; i += 8) {
      buffer.setLong(i, 0x4500_0028_4500_0028L);
      buffer.setLong(GUARD + length + i, 0x0800_4500_0800_4500L);
    }
    buffer.setBytes(GUARD, bytes, 0, length);
    buffer.setIndex(GUARD, GUARD + length);
  }

  private void checkCounts(String what) {
    Map<Verdict, Long> counted = setup.director.verdicts().snapshot();
    counted.values().removeIf(count -> count == 0);
    assertThat(counted).as(what).isEqualTo(given);
    assertThat(counted.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(frames);
  }

  private static String describe(byte[] bytes, int length, String what) {
    return what + ": " + HexFormat.of().formatHex(Arrays.copyOf(bytes, length));
  }
}
