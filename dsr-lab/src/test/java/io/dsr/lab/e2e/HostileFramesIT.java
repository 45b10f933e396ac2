package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.Verdict;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.frame.TcpSegment;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.netty.HostSuppression;
import io.dsr.netty.channel.PacketAddress;
import io.dsr.netty.channel.PacketChannel;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A burst of hostile frames on the wire, while somebody else's download runs. */
@SuppressWarnings("FutureReturnValueIgnored") // frames that are lost are lost
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileFramesIT {

  private static final int DOWNLOAD = 50_000_000;
  private static final int FRAMES = 20_000;
  private static final int BATCH = 100;
  private static final int SHORTEST = 14;

  /** A TCP segment for the VIP, without checksums, Ethernet header first. */
  private static final byte[] SEGMENT =
      FrameBuilder.payload()
          .tcp(0x9999, EmbeddedBalancer.HTTP, TcpSegment.SYN, 1, 0)
          .checksum(0)
          .ip(InetAddress.ofLiteral("216.139.43.99"), Lab.VIP)
          .fragment(0x4000)
          .checksum(0)
          .ethernet(0xaa, 0x0200_0000_0066L)
          .bytes();

  private Lab lab;
  private HttpServers http;
  private EmbeddedBalancer balancer;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    lab.segment().run(HostileFramesIT::letTheBridgePassAnything);
    http = HttpServers.start(lab.servers(), Lab.VIP, EmbeddedBalancer.HTTP);
    balancer = EmbeddedBalancer.startHttp(lab, HostSuppression.AUTO);
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      balancer.close();
      http.close();
      lab.close();
    }
  }

  @Test
  void doesNotDisturbADownloadAndIsCountedByName() throws Exception {
    long seed = System.nanoTime();
    System.out.println("HostileFramesIT: seed " + seed);
    try (var executor = Executors.newSingleThreadExecutor()) {
      Future<HttpCall.Answer> download =
          executor.submit(() ->
              lab.client()
                  .namespace()
                  .call(() -> HttpCall.download(Lab.VIP, EmbeddedBalancer.HTTP, DOWNLOAD)));
      burst(new SplittableRandom(seed));

      assertThat(download.get(60, TimeUnit.SECONDS).bytes()).isEqualTo(DOWNLOAD);
    }
    var after =
        lab.client()
            .namespace()
            .call(() -> HttpCall.download(Lab.VIP, EmbeddedBalancer.HTTP, 100_000));
    assertThat(after.bytes()).isEqualTo(100_000);
    Map<Verdict, Long> verdicts = balancer.balancer().statistics().verdicts();
    assertThat(verdicts.entrySet().stream().filter(e -> e.getValue() > 0).map(Map.Entry::getKey))
        .as("seed %d, %s", seed, verdicts)
        .contains(
            Verdict.DROP_BAD_IPV4,
            Verdict.DROP_BAD_TCP,
            Verdict.DROP_FRAGMENT,
            Verdict.DROP_PROTOCOL,
            Verdict.DROP_NO_SERVICE,
            Verdict.FORWARD_NEW);
  }

  // Where the kernel's bridge filters for iptables it drops bad IP headers, which a switch does
  // not.
  private static void letTheBridgePassAnything() throws IOException {
    for (String tables : List.of("iptables", "ip6tables", "arptables")) {
      Path setting = Path.of("/proc/sys/net/bridge/bridge-nf-call-" + tables);
      if (Files.exists(setting)) {
        Files.writeString(setting, "0");
      }
    }
  }

  private void burst(SplittableRandom random) throws Exception {
    Host client = lab.localClient().orElseThrow();
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      // A channel sends where it was made: in the lab, and by an interface that only the lab has.
      PacketChannel channel = client.namespace().call(PacketChannel::new);
      channel.config().setAutoRead(false);
      loops.register(channel).sync();
      channel.bind(new PacketAddress(client.networkInterface())).sync();
      for (int sent = 0; sent < FRAMES; sent += BATCH) {
        for (int frame = 0; frame < BATCH; frame++) {
          channel.write(hostile(random, channel.alloc().directBuffer()), channel.quietPromise());
        }
        channel.flush();
        TimeUnit.MILLISECONDS.sleep(5);
      }
      channel.close().sync();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  /** Writes a segment for the VIP with some of it changed, cut short or made longer. */
  private static ByteBuf hostile(SplittableRandom random, ByteBuf out) {
    out.writeBytes(SEGMENT);
    // The destination stays ours: others the kernel's filter would keep from the balancer.
    for (int changes = random.nextInt(6); changes > 0; changes--) {
      int index = SHORTEST + random.nextInt(out.writerIndex() - SHORTEST);
      if (index < 30 || index > 33) {
        out.setByte(index, random.nextInt(256));
      }
    }
    switch (random.nextInt(6)) {
      case 0 -> out.setByte(14, 0x40 | random.nextInt(16));
      case 1 -> out.setShort(20, random.nextInt(0x10000));
      case 2 -> out.setShort(16, random.nextInt(0x10000));
      case 3 -> out.setByte(46, random.nextInt(256));
      case 4 -> out.writerIndex(34 + random.nextInt(20));
      default -> out.writeZero(random.nextInt(1_400));
    }
    return out;
  }
}
