package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.netty.HostSuppression;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What tcpdump and tshark read of a capture, and what ping says of the VIP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CaptureIT {

  private static final int UPLOAD = 50_000_000;
  private static final int DOWNLOADS = 4;

  private static final String SYN = "tcp[tcpflags] & tcp-syn != 0";
  private static final String CAME = " and ether dst 00:00:00:00:00:aa";
  private static final String WENT = " and ether src 00:00:00:00:00:aa";

  @TempDir Path folder;

  private Lab lab;
  private HttpServers http;
  private EmbeddedBalancer balancer;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot("tcpdump", "tshark", "ping")).isEmpty();
    lab = Lab.builder().servers(2).build();
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
  void showsEachFrameAsItCameAndAsItWent() throws Exception {
    Path file = folder.resolve("small.pcap");
    balancer.balancer().startCapture(file).toCompletableFuture().get();
    assertThatThrownBy(() -> balancer.balancer().startCapture(file).toCompletableFuture().get())
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a capture is already running");
    for (int i = 0; i < DOWNLOADS; i++) {
      lab.client()
          .namespace()
          .call(() -> HttpCall.download(Lab.VIP, EmbeddedBalancer.HTTP, 100_000));
    }
    balancer.balancer().stopCapture().toCompletableFuture().get();

    assertThat(clients(file, SYN + CAME)).hasSize(DOWNLOADS);
    assertThat(clients(file, SYN + WENT + " and ether dst 00:00:00:00:00:bb")).hasSize(2);
    assertThat(clients(file, SYN + WENT + " and ether dst 00:00:00:00:00:bc")).hasSize(2);
    assertThat(tcpdump(file, "src host 195.30.70.200 and tcp")).isEmpty();
    assertThat(tshark(file)).contains("00:00:00:00:00:aa,00:00:00:00:00:bb,216.139.43.10");
  }

  @Test
  void lastsWhileAnUploadOfFiftyMegabytesPasses() throws Exception {
    Path file = folder.resolve("large.pcap");
    byte[] body = new byte[UPLOAD];
    new Random(42).nextBytes(body);
    balancer.balancer().startCapture(file).toCompletableFuture().get();
    var answer =
        lab.client().namespace().call(() -> HttpCall.upload(Lab.VIP, EmbeddedBalancer.HTTP, body));
    balancer.balancer().stopCapture().toCompletableFuture().get();

    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    assertThat(answer.text()).isEqualTo(sum);
    // A disk that is slower than the wire loses frames of the capture, never of the upload; the
    // first ones fit into the buffers whatever the disk does.
    assertThat(clients(file, SYN + CAME)).hasSize(1);
    assertThat(clients(file, SYN + WENT)).hasSize(1);
    assertThat(tcpdump(file, "greater 1000")).isNotEmpty();
    assertThat(tshark(file)).contains("00:00:00:00:00:aa,00:00:00:00:00:b");
  }

  @Test
  void answersPingsForBothVips() throws Exception {
    for (String vip : List.of(Lab.VIP.getHostAddress(), Lab.VIP6.getHostAddress())) {
      for (int i = 0; i < 3; i++) {
        String output = run("ping", "-c", "1", "-W", "10", vip);

        assertThat(output).contains("1 packets transmitted, 1 received");
        assertThat(output).contains("ttl=63");
      }
    }
  }

  private String run(String... command) throws Exception {
    Process process =
        lab.client().namespace().processBuilder(List.of(command)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private static List<String> tcpdump(Path file, String filter) throws Exception {
    return Recorder.read(file, filter, "-nn", "-e");
  }

  /**
   * Returns addresses and ports of those who sent these frames. A SYN may have been sent again, at
   * another time; the same frame may not be there twice.
   */
  private static Set<String> clients(Path file, String filter) throws Exception {
    List<String> frames = Recorder.read(file, filter, "-nn", "-S", "-t", "-e");
    assertThat(frames).isNotEmpty().allMatch(frame -> frame.contains("TS val"));
    assertThat(frames).doesNotHaveDuplicates();
    return frames.stream()
        .map(frame -> frame.replaceAll("^.*length \\d+: ", "").replaceAll(" > .*$", ""))
        .collect(Collectors.toSet());
  }

  private static String tshark(Path file) throws Exception {
    Process process =
        new ProcessBuilder(
                "tshark",
                "-n",
                "-r",
                file.toString(),
                "-T",
                "fields",
                "-E",
                "separator=,",
                "-e",
                "eth.src",
                "-e",
                "eth.dst",
                "-e",
                "ip.src",
                "-e",
                "tcp.flags")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
