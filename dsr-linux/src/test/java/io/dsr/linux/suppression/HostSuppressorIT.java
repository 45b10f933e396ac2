package io.dsr.linux.suppression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import io.dsr.linux.AddressPrefix;
import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Needs root, and the tools named below. */
final class HostSuppressorIT {

  private static final List<String> TOOLS =
      List.of("ip", "nft", "bpftool", "sysctl", "unshare", "setpriv");

  private static final String NOBODYS_SETUP =
      """
      set -e
      ip link add name eth0 type veth peer name eth1
      ip link set eth0 up
      ip link set eth1 up
      ip address add 10.1.0.1/24 dev eth0
      ip address add 10.1.0.101/32 dev eth0
      exec \
      """;

  @BeforeAll
  static void needsRootAndTools() throws IOException {
    List<String> missing = TOOLS.stream().filter(tool -> !Commands.installed(tool)).toList();
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    if (root && missing.isEmpty()) {
      return;
    }
    String reason = "root: " + root + ", tools missing: " + missing;
    if (Boolean.getBoolean("dsr.test.required")) {
      throw new AssertionError(reason);
    }
    abort(reason);
  }

  @Test
  void kernelSpeaksForEveryVipIfNothingStopsIt() throws Exception {
    try (Segment segment = new Segment()) {
      assertThat(segment.round().words()).containsAll(Segment.SPEECH).contains(Segment.REDIRECT);
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void silencesTheKernelButNotTheTap(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> mechanism.open("eth0"))) {
      assertThat(segment.round().words()).containsAll(Segment.SPEECH);

      suppressor.vips(Mechanism.addresses(Segment.VIPS));
      Segment.Round silent = segment.round();

      assertThat(silent.words()).isEmpty();
      assertThat(fromClient(silent.tapped())).hasSize(Segment.probes().size() + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void followsTheSetOfVips(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> mechanism.open("eth0"))) {
      for (String spared : Segment.VIPS) {
        Set<String> guarded = new HashSet<>(Segment.VIPS);
        guarded.remove(spared);

        suppressor.vips(Mechanism.addresses(guarded));

        Set<String> expected = new HashSet<>(Segment.SPEECH);
        expected.removeIf(word -> !List.of(word.split(" ")).contains(spared));
        Set<String> words = segment.round().words();
        words.remove(Segment.REDIRECT);
        assertThat(words).as("VIPs without %s", spared).isEqualTo(expected);
      }
      suppressor.vips(Set.of());

      assertThat(segment.round().words()).containsAll(Segment.SPEECH);
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void silencesWholeNetworksAndNothingBesides(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> mechanism.open("eth0"))) {
      suppressor.vips(Mechanism.addresses(Segment.NETWORKS));
      Segment.Round silent = segment.round();

      assertThat(silent.words()).isEmpty();
      assertThat(fromClient(silent.tapped())).hasSize(Segment.probes().size() + 1);

      // .96/28 holds all, .100/31 all but .102: what is left of the network speaks again.
      suppressor.vips(Mechanism.addresses(Set.of("10.1.0.100/31", "fd01::100/127")));
      Set<String> words = segment.round().words();
      words.remove(Segment.REDIRECT);
      assertThat(words).containsExactly("forward 10.1.0.102 53");

      suppressor.vips(Mechanism.addresses(Set.of("10.1.0.96/28", "10.1.0.102", "fd01::100/127")));
      assertThat(segment.round().words()).isEmpty();
      suppressor.vips(Mechanism.addresses(Set.of("10.1.0.102", "fd01::/120")));
      assertThat(segment.round().words())
          .contains("arp 10.1.0.100", "icmp6 136 fd01::100", "reset6 fd01::101")
          .doesNotContain("forward 10.1.0.102 53");
    }
  }

  @Test
  void nftablesReadsNetworksAsTheRulesThatWereMeant() throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> NftablesSuppressor.open("eth0"))) {
      suppressor.vips(Mechanism.addresses(Segment.NETWORKS));

      assertThat(segment.host.run("nft list ruleset"))
          .contains("elements = { 10.1.0.96 }")
          .contains("elements = { fd01::100 }")
          .containsPattern("\\sip daddr & 255\\.255\\.255\\.240 (== )?@vip4_28 drop")
          .containsPattern("ip6 daddr & (ffff:){7}ff00 (== )?@vip6_120 drop")
          .containsPattern("arp daddr ip & 255\\.255\\.255\\.240 (== )?@vip4_28 drop");
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void leavesNothingWhenClosed(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment()) {
      Set<String> before = traces(segment);
      HostSuppressor suppressor = segment.host.call(() -> mechanism.open("eth0"));
      suppressor.vips(Mechanism.addresses(Segment.VIPS));
      Set<String> own = tracesSince(before, segment);

      suppressor.close();
      suppressor.close();

      assertGone(own, segment);
      assertThat(segment.round().words()).containsAll(Segment.SPEECH);
      assertThatThrownBy(() -> suppressor.vips(Set.of())).isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void leavesNothingWhenKilled(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment()) {
      Set<String> before = traces(segment);
      Set<String> own;
      Process holder = segment.host.call(() -> hold(mechanism));
      try (BufferedReader output = holder.inputReader()) {
        assertThat(output.readLine()).isEqualTo("holding");
        assertThat(segment.round().words()).isEmpty();
        own = tracesSince(before, segment);
      } finally {
        holder.destroyForcibly().waitFor();
      }

      assertThat(holder.exitValue()).as("killed by signal 9").isEqualTo(128 + 9);
      assertGone(own, segment);
      assertThat(segment.round().words()).containsAll(Segment.SPEECH);
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void takesAsManyVipsAsItSays(Mechanism mechanism) throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> mechanism.open("eth0"))) {
      Set<AddressPrefix> many = Mechanism.addresses(Segment.VIPS);
      for (int i = 0; many.size() < HostSuppressor.MAX_VIPS; i++) {
        byte[] address = ProbeFrames.address(i % 2 == 0 ? "192.0.0.0" : "fd77::");
        address[address.length - 3] = (byte) (i >> 16);
        address[address.length - 2] = (byte) (i >> 8);
        address[address.length - 1] = (byte) i;
        many.add(AddressPrefix.of(InetAddress.getByAddress(address)));
      }

      suppressor.vips(many);
      assertThat(segment.round().words()).isEmpty();
      suppressor.vips(Mechanism.addresses(Set.of(Segment.HAIRPIN)));
      assertThat(segment.round().words()).hasSizeGreaterThan(8).doesNotContain(Segment.REDIRECT);

      many.addAll(Mechanism.addresses(Set.of("192.0.2.1", "192.0.2.2")));
      assertThatThrownBy(() -> suppressor.vips(many)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nftablesReadsAsTheRulesThatWereMeant() throws Exception {
    try (Segment segment = new Segment();
        HostSuppressor suppressor = segment.host.call(() -> NftablesSuppressor.open("eth0"))) {
      suppressor.vips(Mechanism.addresses(Set.of(Segment.OWNED, Segment.OWNED6)));

      assertThat(segment.host.run("nft list ruleset"))
          .contains("table netdev dsr-")
          .contains("flags owner")
          .contains("hook ingress device \"eth0\" priority -400; policy accept;")
          .contains("type ipv4_addr")
          .contains("elements = { 10.1.0.101 }")
          .contains("elements = { fd01::101 }")
          .contains("ip daddr @vip4 drop")
          .contains("ip6 daddr @vip6 drop")
          .contains("arp operation request arp daddr ip @vip4 drop");
    }
  }

  @ParameterizedTest
  @EnumSource(Mechanism.class)
  void saysThatTheInterfaceIsMissing(Mechanism mechanism) {
    assertThatThrownBy(() -> mechanism.open("nosuch0"))
        .isInstanceOfSatisfying(
            LinuxException.class, failed -> assertThat(failed.errno()).isEqualTo(Errno.ENODEV));
  }

  @Test
  void tcxSaysThatTheInterfaceIsMissingOrNotEthernet() throws Exception {
    try (OwnNamespace namespace = new OwnNamespace()) {
      assertThatThrownBy(() -> namespace.call(() -> TcxSuppressor.open(9_999)))
          .isInstanceOfSatisfying(
              LinuxException.class, failed -> assertThat(failed.errno()).isEqualTo(Errno.ENODEV));
      namespace.run("ip tuntap add dev tunnel0 mode tun");
      assertThatThrownBy(() -> namespace.call(() -> Mechanism.TCX.open("tunnel0")))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining("tunnel0 is not Ethernet");
    }
  }

  @Test
  void nftablesWorksForAnUnprivilegedUserAndTcxSaysWhyNot() throws Exception {
    Path classes = Files.createTempDirectory("dsr-silence");
    try {
      copy(Path.of("target"), classes);

      String arguments =
          Stream.of(Segment.OWNED, "10.1.0.1")
              .map(address -> " " + HexFormat.of().formatHex(ProbeFrames.arpRequest(address)))
              .collect(Collectors.joining());
      String output = asNobody(NOBODYS_SETUP + java(classes, "unprivileged" + arguments));

      assertThat(output)
          .contains("without: true")
          .contains("nftables: false")
          .contains("table netdev dsr-")
          .contains("closed: true\n")
          .containsPattern("tcx: BPF_.*needs CAP_BPF and CAP_NET_ADMIN.*EPERM");
    } finally {
      Commands.run(List.of("rm", "-r", classes.toString()));
    }
  }

  private static String asNobody(String script) {
    String user = "setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -c";
    return Commands.run(
        Stream.concat(Pattern.compile(" ").splitAsStream(user), Stream.of(script)).toList());
  }

  /** Returns tables of the host's namespace, and our programs, links and maps of the machine. */
  private static Set<String> traces(Segment segment) throws Exception {
    Set<String> traces = new TreeSet<>(segment.host.run("nft list tables").lines().toList());
    List<String> programs = lines("bpftool prog show", " name dsr_silence ");
    traces.addAll(programs);
    traces.addAll(lines("bpftool map show", " name dsr_vip"));
    for (String program : programs) {
      traces.addAll(
          lines("bpftool link show", " prog " + program.substring(0, program.indexOf(':')) + " "));
    }
    return traces;
  }

  private static List<String> lines(String command, String containing) {
    return Commands.run(command).lines().filter(line -> line.contains(containing)).toList();
  }

  private static Set<String> tracesSince(Set<String> before, Segment segment) throws Exception {
    Set<String> own = traces(segment);
    own.removeAll(before); // what was there may go meanwhile: others use this machine too
    assertThat(own).isNotEmpty();
    return own;
  }

  /** The kernel frees programs and maps after a grace period: looks until they have gone. */
  private static void assertGone(Set<String> own, Segment segment) throws Exception {
    Set<String> left = traces(segment);
    for (int look = 0; look < 200 && !Collections.disjoint(left, own); look++) {
      left = traces(segment);
    }
    assertThat(left).doesNotContainAnyElementsOf(own);
  }

  private static List<byte[]> fromClient(List<byte[]> frames) {
    return frames.stream().filter(frame -> frame[6] == 2 && frame[11] == 1).toList();
  }

  private static Process hold(Mechanism mechanism) throws IOException {
    return new ProcessBuilder("sh", "-c", "exec " + java(Path.of("target"), mechanism.name()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String java(Path target, String argument) {
    return "%s/bin/java -XX:+UseSerialGC -Xmx64m --enable-native-access=ALL-UNNAMED -cp %s %s %s"
        .formatted(
            System.getProperty("java.home"),
            target.resolve("classes") + ":" + target.resolve("test-classes"),
            SuppressorHolder.class.getName(),
            argument);
  }

  private static void copy(Path target, Path into) {
    Commands.run(
        List.of(
            "cp",
            "-r",
            target.resolve("classes").toString(),
            target.resolve("test-classes").toString(),
            into.toString()));
    Commands.run(List.of("chmod", "-R", "a+rX", into.toString()));
  }
}
