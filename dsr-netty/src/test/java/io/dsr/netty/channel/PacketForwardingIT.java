package io.dsr.netty.channel;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.linux.link.NetworkLink;
import io.netty.buffer.ByteBuf;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** A TCP connection of two kernels through two packet channels that rewrite MAC addresses. */
@Timeout(60)
@ParameterizedClass(name = "{0}, inline {1}")
@CsvSource({
  "TPACKET_V2, false",
  "TPACKET_V2, true",
  "TPACKET_V3, false",
  "TPACKET_V3, true",
  "RECVMMSG, false",
  "RECVMMSG, true"
})
final class PacketForwardingIT {

  private static final int UPLOAD = 50_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ThreeNamespaces net;
  private final ReceivePath path;
  private final boolean inline;

  PacketForwardingIT(ReceivePath path, boolean inline) throws Exception {
    this.path = path;
    this.inline = inline;
    net = new ThreeNamespaces(path, inline ? 1 : 2);
  }

  @AfterEach
  void end() {
    net.close();
  }

  @Test
  void carriesAnUploadWithAllOffloadsOn() throws Exception {
    PacketChannel[] hop = startHop();

    String received = upload();

    assertThat(received).isEqualTo(digestOfUpload());
    PacketStatistics in = statisticsOnceAllIsSent(hop);
    assertThat(in.path()).isEqualTo(path);
    assertThat(in.gsoFrames() > 0).isEqualTo(path == ReceivePath.TPACKET_V2);
    assertThat(in.received()).isLessThan(UPLOAD / 1460 / 4);
    assertThat(in.truncated()).isZero();
    assertThat(hop[1].statistics().sendErrors().total()).isZero();
    assertThat(in.forwarded()).isEqualTo(inline ? in.received() : 0);
  }

  @Test
  void carriesAnUploadWhoseEveryFrameIsTaggedWhereItLies() throws Exception {
    // A tag of VLAN 0 is a priority alone: the next kernel takes it off.
    PacketChannel[] hop = startHop(frame -> Vlans.retag(frame, 100).setShort(14, 0));

    String received = upload();

    assertThat(received).isEqualTo(digestOfUpload());
    PacketStatistics in = statisticsOnceAllIsSent(hop);
    assertThat(in.received()).isLessThan(UPLOAD / 1460 / 4);
    assertThat(in.gsoDrops()).isZero();
    assertThat(hop[1].statistics().sendErrors().total()).isZero();
  }

  /** Returns the statistics of the way in once all that has come in has left by the way out. */
  private static PacketStatistics statisticsOnceAllIsSent(PacketChannel[] hop) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      PacketStatistics in = hop[0].statistics();
      long sent = hop[1].statistics().sent();
      if (sent == in.received()) {
        return in;
      }
      assertThat(System.nanoTime()).as("%s of %s sent", sent, in.received()).isLessThan(end);
      Thread.sleep(1); // the client's last ACK may come after the upload has ended
    }
  }

  @Test
  void sendsAReceivedFrameOnToAVlan() throws Exception {
    startHop(frame -> Vlans.retag(frame, 100));
    var frames = new FrameCollector();
    net.openIn(net.right, "server", frames);
    PacketChannel client = net.openIn(net.left, "client", new FrameCollector());
    long in = net.middle.call(() -> NetworkLink.byName("in").hardwareAddress());

    ByteBuf frame = TestFrames.frame(5).setMedium(0, (int) (in >> 24)).setMedium(3, (int) in);
    client.writeAndFlush(frame).sync();

    ByteBuf tagged = frames.take(1).getFirst();
    assertThat(tagged.getInt(12)).isEqualTo(0x8100_0064);
    assertThat(tagged.getUnsignedShort(16)).isEqualTo(TestFrames.EXPERIMENTAL);
    assertThat(tagged.getInt(44)).isEqualTo(5);
    tagged.release();
  }

  private PacketChannel[] startHop() throws Exception {
    return startHop(UnaryOperator.identity());
  }

  /** Sends what comes from one side to the other, addressed to the next host. */
  private PacketChannel[] startHop(UnaryOperator<ByteBuf> onward) throws Exception {
    long client = net.left.call(() -> NetworkLink.byName("client").hardwareAddress());
    long server = net.right.call(() -> NetworkLink.byName("server").hardwareAddress());
    long in = net.middle.call(() -> NetworkLink.byName("in").hardwareAddress());
    long out = net.middle.call(() -> NetworkLink.byName("out").hardwareAddress());
    net.left.ip("neigh add 10.9.0.2 lladdr " + mac(in) + " dev client");
    net.right.ip("neigh add 10.9.0.1 lladdr " + mac(out) + " dev server");
    MacForwarder forth = forwarder(in, out, server);
    MacForwarder back = forwarder(out, in, client);
    forth.onward = onward;
    back.onward = onward;
    PacketChannel inbound = net.open("in", forth);
    PacketChannel outbound = net.open("out", back);
    forth.to = outbound;
    back.to = inbound;
    return new PacketChannel[] {inbound, outbound};
  }

  private MacForwarder forwarder(long own, long source, long destination) {
    return inline
        ? new InlineForwarder(own, source, destination)
        : new MacForwarder(own, source, destination);
  }

  private String upload() throws Exception {
    ServerSocket listener =
        net.right.call(() -> new ServerSocket(8080, 1, InetAddress.getByName("10.9.0.2")));
    Future<String> receiving = net.right.start(() -> receive(listener));
    net.left.call(() -> {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("10.9.0.2", 8080), 5_000);
        OutputStream out = socket.getOutputStream();
        byte[] chunk = new byte[UPLOAD / 100];
        for (int i = 0; i < 100; i++) {
          Arrays.fill(chunk, (byte) i);
          out.write(chunk);
        }
      }
      return true;
    });
    return receiving.get(30, SECONDS);
  }

  private static String receive(ServerSocket listener) throws Exception {
    try (listener;
        Socket socket = listener.accept();
        InputStream in = socket.getInputStream()) {
      var digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
      digest.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest());
    }
  }

  private static String digestOfUpload() throws Exception {
    var digest = MessageDigest.getInstance("SHA-256");
    byte[] chunk = new byte[UPLOAD / 100];
    for (int i = 0; i < 100; i++) {
      Arrays.fill(chunk, (byte) i);
      digest.update(chunk);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String mac(long address) {
    return HexFormat.ofDelimiter(":")
        .formatHex(ByteBuffer.allocate(8).putLong(address).array(), 2, 8);
  }
}
