package io.dsr.linux.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.linux.link.LinkChange.AddressChanged;
import io.dsr.linux.link.LinkChange.Appeared;
import io.dsr.linux.link.LinkChange.IpAddressesChanged;
import io.dsr.linux.link.LinkChange.LinkDown;
import io.dsr.linux.link.LinkChange.LinkUp;
import io.dsr.linux.link.LinkChange.MtuChanged;
import io.dsr.linux.link.LinkChange.Removed;
import io.dsr.linux.link.LinkChange.Renamed;
import io.dsr.linux.link.NetworkLink.LinkAddress;
import io.dsr.linux.namespace.NetworkNamespace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The monitor against the kernel: what ip(8) does in a namespace is told, once. */
@Timeout(60)
final class LinkMonitorIT {

  private final NetworkNamespace namespace;
  private final LinkMonitor monitor;

  LinkMonitorIT() throws Exception {
    if (!Boolean.getBoolean("dsr.test.required")) {
      assumeThat(NetworkNamespace.whyNot()).as("network namespaces").isEmpty();
    }
    namespace = NetworkNamespace.create("links");
    run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
    ip("link add name eth0 type veth peer name eth1");
    ip("link set eth1 up");
    ip("link set eth0 up");
    while (!current("eth0").isRunning() || !current("eth1").isRunning()) {
      Thread.onSpinWait(); // the kernel says so a little later
    }
    monitor = namespace.call(() -> LinkMonitor.open());
  }

  @AfterEach
  void end() throws IOException {
    monitor.close();
    namespace.close();
  }

  private void ip(String arguments) throws Exception {
    run("ip " + arguments);
  }

  private void run(String command) throws Exception {
    run(List.of(command.split(" ")), "");
  }

  private void run(List<String> command, String input) throws Exception {
    Process process = namespace.processBuilder(command).redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
  }

  private boolean batch(String lines) throws Exception {
    run(List.of("ip", "-batch", "-"), lines);
    return true;
  }

  private List<LinkChange> poll() throws IOException {
    List<LinkChange> changes = new ArrayList<>();
    while (monitor.poll(changes::add)) {}
    return changes;
  }

  /** Polls until there are {@code count} changes: the kernel tells of a carrier after a while. */
  private List<LinkChange> await(int count) throws Exception {
    List<LinkChange> changes = poll();
    while (changes.size() < count) {
      Thread.sleep(1);
      changes.addAll(poll());
    }
    return changes;
  }

  private <T extends LinkChange> T only(Class<T> type) throws IOException {
    List<LinkChange> changes = poll();
    assertThat(changes).singleElement().isInstanceOf(type);
    return type.cast(changes.getFirst());
  }

  private NetworkLink current(String name) throws Exception {
    return namespace.call(() -> NetworkLink.byName(name));
  }

  @Test
  void knowsWhatIsThereAndTellsNothingOfIt() throws Exception {
    assertThat(poll()).isEmpty();
    assertThat(monitor.links()).isEqualTo(namespace.call(() -> NetworkLink.all()));
    assertThat(monitor.links()).extracting(NetworkLink::name).contains("lo", "eth0", "eth1");
  }

  @Test
  void tellsOfLinksThatGoDownAndUp() throws Exception {
    int index = current("eth0").index();

    ip("link set eth0 down");
    List<LinkChange> down = await(2); // the peer has no carrier
    ip("link set eth0 up");
    List<LinkChange> up = await(2);

    assertThat(down).allMatch(LinkDown.class::isInstance).hasSize(2);
    assertThat(down).extracting(LinkChange::index).contains(index);
    assertThat(up).allMatch(LinkUp.class::isInstance).hasSize(2);
    assertThat(((LinkUp) up.getFirst()).before().isRunning()).isFalse();
    assertThat(((LinkUp) up.getFirst()).after().isRunning()).isTrue();
  }

  @Test
  void tellsOfAFlapBetweenTwoCalls() throws Exception {
    ip("link set eth1 down");
    ip("link set eth1 up");

    // Its peer's carrier may be off for too short a time to be told of.
    List<LinkChange> changes = new ArrayList<>();
    while (changes.size() < 2) {
      Thread.sleep(1);
      poll().stream().filter(change -> change.link().name().equals("eth1")).forEach(changes::add);
    }
    assertThat(changes).extracting(Object::getClass).containsExactly(LinkDown.class, LinkUp.class);
  }

  @Test
  void tellsOfMtuMacAndName() throws Exception {
    NetworkLink first = current("eth0");

    ip("link set eth0 mtu 1400");
    MtuChanged mtu = only(MtuChanged.class);
    assertThat(mtu.before()).isEqualTo(first);
    assertThat(mtu.after().mtu()).isEqualTo(1400);
    ip("link set eth0 address 02:00:00:00:00:09");
    AddressChanged mac = only(AddressChanged.class);
    assertThat(mac.before()).isEqualTo(mtu.after());
    assertThat(mac.after().hardwareAddress()).isEqualTo(0x020000000009L);
    ip("link set eth0 down");
    await(2);
    ip("link set eth0 name wan");
    Renamed name = only(Renamed.class);
    assertThat(name.before().name()).isEqualTo("eth0");
    assertThat(name.after().name()).isEqualTo("wan");
    assertThat(name.index()).isEqualTo(first.index());
    assertThat(monitor.link(first.index())).contains(current("wan"));
  }

  @Test
  void tellsOfAddressesOfBothFamilies() throws Exception {
    ip("addr add 192.0.2.1/24 dev eth0");
    IpAddressesChanged added = only(IpAddressesChanged.class);
    assertThat(added.before().addresses()).isEmpty();
    assertThat(added.after().addresses())
        .extracting(LinkAddress::address)
        .containsExactly(InetAddress.ofLiteral("192.0.2.1"));
    ip("link set eth0 addrgenmode none");
    run("sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0");
    ip("addr add 2001:db8::1/64 dev eth0 nodad");
    assertThat(await(1)).allMatch(IpAddressesChanged.class::isInstance);
    assertThat(monitor.links()).isEqualTo(namespace.call(() -> NetworkLink.all()));
    ip("addr del 192.0.2.1/24 dev eth0");
    assertThat(poll()).allMatch(IpAddressesChanged.class::isInstance);
    assertThat(monitor.link(added.index()).orElseThrow().addresses())
        .isNotEmpty()
        .noneMatch(LinkAddress::isIpv4);
  }

  @Test
  void tellsApartALinkThatWasMadeAnewUnderItsName() throws Exception {
    NetworkLink first = current("eth0");

    ip("link del eth0");
    List<LinkChange> gone = poll();
    ip("link add name eth0 type veth peer name eth1");
    List<LinkChange> made = poll();

    assertThat(gone).filteredOn(Removed.class::isInstance).hasSize(2);
    assertThat(gone)
        .filteredOn(Removed.class::isInstance)
        .extracting(LinkChange::index)
        .contains(first.index());
    assertThat(made).filteredOn(Appeared.class::isInstance).hasSize(2);
    assertThat(current("eth0").index()).isNotEqualTo(first.index());
    assertThat(made)
        .filteredOn(Appeared.class::isInstance)
        .extracting(change -> change.link().name())
        .containsExactlyInAnyOrder("eth0", "eth1");
    assertThat(monitor.link(first.index())).isEmpty();
  }

  @Test
  void doesNotTakeAPortThatLeavesItsBridgeForADeletedLink() throws Exception {
    ip("link add name bridge type bridge");
    ip("link set eth0 master bridge");
    ip("link set eth0 nomaster");

    assertThat(poll()).noneMatch(Removed.class::isInstance);
    try (var other = NetworkNamespace.create("other")) {
      ip("link set eth0 netns " + other.path());
      assertThat(poll())
          .filteredOn(Removed.class::isInstance)
          .singleElement()
          .satisfies(change -> assertThat(change.link().name()).isEqualTo("eth0"));
    }
  }

  @Test
  void tellsTheDifferencesAfterAStormThatOverrunsTheQueue() throws Exception {
    NetworkLink first = current("eth0");
    var batch = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      batch.append("link set eth0 mtu ").append(1000 + i % 100).append('\n');
    }
    batch.append("link set eth0 mtu 1234\nlink del eth1\nlink add name eth1 type bridge\n");
    batch(batch.toString());

    List<LinkChange> changes = poll();

    assertThat(monitor.overruns()).isEqualTo(1);
    assertThat(monitor.links()).isEqualTo(namespace.call(() -> NetworkLink.all()));
    assertThat(changes).hasSizeLessThan(2000);
    assertThat(changes)
        .filteredOn(Removed.class::isInstance)
        .extracting(LinkChange::index)
        .contains(first.index());
    assertThat(changes)
        .filteredOn(Appeared.class::isInstance)
        .extracting(change -> change.link().name())
        .containsExactly("eth1");
    assertThat(poll()).isEmpty();
    ip("link set eth1 mtu 1300");
    assertThat(only(MtuChanged.class).after().mtu()).isEqualTo(1300);
  }

  @Test
  void endsUpRightWhilePolledInAStorm() throws Exception {
    try (LinkMonitor small = namespace.call(() -> LinkMonitor.open(8192))) {
      var batch = new StringBuilder();
      for (int i = 0; i < 30; i++) {
        batch.append("link add name d").append(i % 7).append(" type bridge\n");
        for (int j = 10; j < 200; j++) {
          batch.append("addr add 192.0.2.").append(j).append("/32 dev lo\n");
          batch.append("addr del 192.0.2.").append(j).append("/32 dev lo\n");
        }
        batch.append("link del d").append(i % 7).append('\n');
      }
      batch.append("link add name last type bridge\naddr add 192.0.2.9/32 dev lo\n");
      var storm = new FutureTask<>(() -> batch(batch.toString()));
      Thread.ofPlatform().start(storm);
      List<LinkChange> changes = new ArrayList<>();
      while (!storm.isDone()) {
        small.poll(changes::add);
        Thread.sleep(2); // so that its queue overruns, again and again
      }
      assertThat(storm.get()).isTrue();
      while (small.poll(changes::add)) {}

      assertThat(small.overruns()).isPositive();
      assertThat(small.links()).isEqualTo(namespace.call(() -> NetworkLink.all()));
      assertThat(changes)
          .filteredOn(Appeared.class::isInstance)
          .extracting(change -> change.link().name())
          .containsOnlyOnce("last");
    }
  }

  @Test
  void isToldNoMoreOnceClosed() throws Exception {
    ip("link set eth0 mtu 1400");
    ip("link set eth0 mtu 1300");
    List<LinkChange> changes = new ArrayList<>();

    monitor.poll(change -> {
      changes.add(change);
      monitor.close();
    });

    assertThat(changes).hasSize(1);
    assertThat(monitor.poll(changes::add)).isFalse();
    assertThat(changes).hasSize(1);
  }
}
