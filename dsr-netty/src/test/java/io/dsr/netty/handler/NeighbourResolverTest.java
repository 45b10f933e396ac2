package io.dsr.netty.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.MacAddress;
import io.dsr.core.membership.Slots;
import io.dsr.netty.channel.ThreadCost;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class NeighbourResolverTest {

  private static final InetAddress SERVER = InetAddress.ofLiteral("192.0.2.21");
  private static final InetAddress SERVER6 = InetAddress.ofLiteral("2001:db8::21");
  private static final long MAC = 0x0200_5e10_0001L;
  private static final long OTHER_MAC = 0x0200_5e10_0002L;
  private static final long MILLISECOND = 1_000_000;

  private final Slots slots = new Slots(4);
  private final List<String> told = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final NeighbourResolver resolver =
      new NeighbourResolver(
          slots,
          new NeighbourResolver.Timings(
              Duration.ofSeconds(1), Duration.ofSeconds(15), /* probes= */ 6),
          new Recorder());
  private long now = -5;

  NeighbourResolverTest() {
    resolver
        .on(0)
        .probers(
            (server, mac) -> asked.add(seconds() + " v4 " + to(mac)),
            (server, mac) -> asked.add(seconds() + " v6 " + to(mac)));
  }

  @Test
  void asksEverybodyForANewServerAtOnceAndEagerlyUntilItAnswers() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    run(1_000);

    assertThat(asked)
        .containsExactly(
            "0.0 v4 everybody",
            "0.25 v4 everybody",
            "0.5 v4 everybody",
            "0.75 v4 everybody",
            "1.0 v4 everybody");
  }

  @Test
  void saysForHowLongNobodyNeedBeAsked() {
    resolver.servers(Map.of(SERVER, new int[] {0}, SERVER6, new int[] {1}), now);
    for (int question = 0; question < 8; question++) {
      asked.clear();
      long quiet = resolver.quietNanos(now);
      now += quiet - 1;
      resolver.tick(now);
      assertThat(asked).isEmpty();
      now++;
      resolver.tick(now);
      assertThat(asked).hasSize(2);
    }
    resolver.on(0).seen(SERVER, MAC, now);
    resolver.on(0).seen(SERVER6, MAC, now);
    now += resolver.quietNanos(now);
    resolver.tick(now);

    assertThat(resolver.quietNanos(now)).isEqualTo(14_000 * MILLISECOND);
  }

  @Test
  void asksForAnIpv6ServerByNeighbourDiscovery() {
    resolver.servers(Map.of(SERVER6, new int[] {0}), now);

    assertThat(asked).containsExactly("0.0 v6 everybody");
  }

  @Test
  void publishesAnAnswerToEverySlotOfTheServerAndTellsOnce() {
    resolver.servers(Map.of(SERVER, new int[] {0, 2}), now);
    resolver.on(0).seen(SERVER, MAC, now);
    resolver.on(0).seen(SERVER, MAC, now);

    assertThat(slots.mac(0)).isEqualTo(MAC);
    assertThat(slots.mac(1)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.mac(2)).isEqualTo(MAC);
    assertThat(told).containsExactly("resolved 02:00:5e:10:00:01");
  }

  @Test
  void forgetsTheAddressOfASlotThatItsServerHasGivenUp() {
    resolver.servers(Map.of(SERVER, new int[] {0, 2}), now);
    resolver.on(0).seen(SERVER, MAC, now);

    resolver.change(Map.of(SERVER, new int[] {2}), server -> 1, now);

    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.isServer(MAC)).isTrue();

    resolver.change(Map.of(SERVER, new int[0], SERVER6, new int[] {2}), server -> 1, now);

    assertThat(slots.mac(2)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.isServer(MAC)).isFalse();

    resolver.on(0).seen(SERVER6, OTHER_MAC, now);
    resolver.servers(Map.of(), now);

    assertThat(slots.mac(2)).isEqualTo(Slots.UNRESOLVED);
    assertThat(slots.isServer(OTHER_MAC)).isFalse();
  }

  @Test
  void givesUpThousandsOfSlotsAtTheCostOfAFew() throws Exception {
    int count = 4_000;
    var many = new Slots(2 * count);
    var resolving =
        new NeighbourResolver(
            many,
            new NeighbourResolver.Timings(Duration.ofSeconds(1), Duration.ofSeconds(15), 6),
            new Recorder());
    Map<InetAddress, int[]> servers = new HashMap<>();
    for (int slot = 0; slot < count; slot++) {
      byte[] address = {10, 0, (byte) (slot >> 8), (byte) slot};
      servers.put(InetAddress.getByAddress(address), new int[] {slot});
    }
    servers.put(SERVER, IntStream.range(count, 2 * count).toArray());
    resolving.servers(servers, now);
    long mac = MAC;
    for (InetAddress server : servers.keySet()) {
      resolving.on(0).seen(server, mac++, now);
    }
    long before = ThreadCost.allocated();
    resolving.on(0).seen(SERVER, mac, now);
    resolving.change(Map.of(SERVER, IntStream.range(count, count + 9).toArray()), _ -> 1, now);
    resolving.servers(Map.of(SERVER, new int[] {count}), now);
    long after = ThreadCost.allocated();

    assertThat(after - before).isLessThan(10_000_000);
    assertThat(many.mac(count)).isEqualTo(mac);
    for (int slot = 0; slot < 2 * count; slot++) {
      assertThat(many.mac(slot) == Slots.UNRESOLVED).isEqualTo(slot != count);
    }
    for (long other = MAC; other <= mac; other++) {
      assertThat(many.isServer(other)).isEqualTo(other == mac);
    }
  }

  @Test
  void leavesASlotToTheServerThatGetsItAtOnce() {
    for (InetAddress first : List.of(SERVER, SERVER6)) {
      InetAddress second = first.equals(SERVER) ? SERVER6 : SERVER;
      resolver.servers(Map.of(first, new int[] {0}, second, new int[] {1}), now);
      resolver.on(0).seen(first, MAC, now);
      resolver.on(0).seen(second, OTHER_MAC, now);

      resolver.change(Map.of(first, new int[0], second, new int[] {0, 1}), server -> 1, now);

      assertThat(slots.mac(0)).isEqualTo(OTHER_MAC);
      assertThat(slots.mac(1)).isEqualTo(OTHER_MAC);
    }
  }

  @Test
  void asksOnEveryLinkWhereAServerMayBeAndRemembersWhichAnswered() {
    resolver.on(1).probers((server, mac) -> asked.add("link 1 " + to(mac)), null);
    resolver.on(2).probers((server, mac) -> asked.add("link 2 " + to(mac)), null);
    resolver.servers(Map.of(SERVER, new int[] {0}), server -> 0b110, now);
    resolver.on(0).seen(SERVER, OTHER_MAC, now);

    assertThat(asked).containsExactly("link 1 everybody", "link 2 everybody");
    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);

    resolver.on(2).seen(SERVER, MAC, now);

    assertThat(Slots.link(slots.nextHop(0))).isEqualTo(2);
    assertThat(slots.mac(0)).isEqualTo(MAC);
  }

  @Test
  void countsTheServersOfALinkThatGoesAsUnreachableAndAsksWhenItIsBack() {
    resolver.on(1).probers((server, mac) -> asked.add("link 1 " + to(mac)), null);
    resolver.servers(Map.of(SERVER, new int[] {0}), server -> 0b10, now);
    resolver.on(1).seen(SERVER, MAC, now);

    resolver.on(1).gone(now);
    assertThat(told).containsExactly("resolved 02:00:5e:10:00:01", "unreachable");
    assertThat(slots.mac(0)).isEqualTo(MAC);

    asked.clear();
    resolver.on(1).probers((server, mac) -> asked.add("back " + to(mac)), null);
    resolver.on(1).back(now);
    assertThat(asked).containsExactly("back everybody");
    resolver.on(1).seen(SERVER, MAC, now);
    assertThat(told).last().isEqualTo("resolved 02:00:5e:10:00:01");
  }

  @Test
  void givesANewSlotOfAKnownServerItsAddressAtOnce() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    resolver.on(0).seen(SERVER, MAC, now);
    resolver.servers(Map.of(SERVER, new int[] {0, 3}), now);

    assertThat(slots.mac(3)).isEqualTo(MAC);
  }

  @Test
  void clearsTheAddressOfASlotThatGoesToAStranger() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    resolver.on(0).seen(SERVER, MAC, now);
    resolver.servers(Map.of(SERVER6, new int[] {0}), now);

    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);
  }

  @Test
  void asksAServerItselfBeforeItsAnswerGetsOldThenEverybodyThenGivesUpButKeepsTheAddress() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    resolver.on(0).seen(SERVER, MAC, now);
    asked.clear();
    run(22_000);

    assertThat(asked)
        .containsExactly(
            "15.0 v4 02:00:5e:10:00:01",
            "16.0 v4 02:00:5e:10:00:01",
            "17.0 v4 02:00:5e:10:00:01",
            "18.0 v4 everybody",
            "19.0 v4 everybody",
            "20.0 v4 everybody",
            "21.0 v4 everybody",
            "22.0 v4 everybody");
    assertThat(told).containsExactly("resolved 02:00:5e:10:00:01", "unreachable");
    assertThat(slots.mac(0)).isEqualTo(MAC);
    assertThat(resolver.patience()).isEqualTo(Duration.ofSeconds(21));
  }

  @Test
  void tellsOfAServerThatNeverAnsweredOnce() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    run(60_000);

    assertThat(told).containsExactly("unreachable");
  }

  @Test
  void takesAServerBackWhenItAnswersAgain() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    run(10_000);
    resolver.on(0).seen(SERVER, MAC, now);
    run(14_000);

    assertThat(told).containsExactly("unreachable", "resolved 02:00:5e:10:00:01");
  }

  @Test
  void followsAServerToAnotherAddressAtOnce() {
    resolver.servers(Map.of(SERVER, new int[] {1}), now);
    resolver.on(0).seen(SERVER, MAC, now);
    resolver.on(0).seen(SERVER, OTHER_MAC, now);

    assertThat(slots.mac(1)).isEqualTo(OTHER_MAC);
    assertThat(told)
        .containsExactly("resolved 02:00:5e:10:00:01", "moved 02:00:5e:10:00:01 02:00:5e:10:00:02");
  }

  @Test
  void believesNobodyWhoClaimsAGroupAddressOrNone() {
    resolver.servers(Map.of(SERVER, new int[] {0}), now);
    resolver.on(0).seen(SERVER, 0xffff_ffff_ffffL, now);
    resolver.on(0).seen(SERVER, 0, now);
    resolver.on(0).seen(SERVER6, MAC, now);

    assertThat(slots.mac(0)).isEqualTo(Slots.UNRESOLVED);
    assertThat(told).isEmpty();
  }

  private void run(long milliseconds) {
    long end = now + milliseconds * MILLISECOND;
    while (now < end) {
      now += 50 * MILLISECOND;
      resolver.tick(now);
    }
  }

  private String seconds() {
    return String.valueOf((now + 5) / 1e9);
  }

  private static String to(long mac) {
    return mac == NeighbourProber.EVERYBODY ? "everybody" : new MacAddress(mac).toString();
  }

  private final class Recorder implements NeighbourListener {

    @Override
    public void resolved(InetAddress server, MacAddress mac) {
      told.add("resolved " + mac);
    }

    @Override
    public void unreachable(InetAddress server) {
      told.add("unreachable");
    }

    @Override
    public void moved(InetAddress server, MacAddress from, MacAddress to) {
      told.add("moved " + from + " " + to);
    }

    @Override
    public void conflict(InetAddress vip, MacAddress claimant) {
      told.add("conflict " + vip + " " + claimant);
    }
  }
}
