package io.dsr.core.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.ClientPin;
import io.dsr.core.ClientPin.Fallback;
import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.VirtualService;
import io.dsr.core.flow.FlowKey;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PinsTest {

  private static final List<ClientPin> PINS =
      List.of(
          pin("10.0.0.0/8", "192.0.2.21", Fallback.SCHEDULE),
          pin("10.1.2.3", "192.0.2.22", Fallback.REFUSE),
          pin("10.1.0.0/16", "192.0.2.23", Fallback.SCHEDULE),
          pin("2001:db8::/32", "2001:db8::21", Fallback.SCHEDULE),
          pin("2001:db8:0:1::/64", "2001:db8::22", Fallback.REFUSE),
          pin("2001:db8:0:1::5", "2001:db8::23", Fallback.SCHEDULE),
          pin("2001:db8:0:1::/65", "2001:db8::24", Fallback.SCHEDULE));

  @ParameterizedTest
  @CsvSource({
    "10.255.255.255,0",
    "10.1.2.3,1",
    "10.1.2.2,2",
    "10.0.255.255,0",
    "11.0.0.0,-1",
    "9.255.255.255,-1",
    "2001:db8:1::,3",
    "2001:db8:0:1:8000::,4",
    "2001:db8:0:1:7fff::,6",
    "2001:db8:0:1::5,5",
    "2001:db9::,-1",
    "::10.1.2.3,-1"
  })
  void findsTheLongestPrefix(String client, int pin) {
    Pins pins = Pins.of(PINS, server -> 0);

    assertThat(pins.find(flow(client))).isEqualTo(pin);
  }

  @Test
  void knowsSlotAndFallbackOfAPin() {
    InetAddress gone = InetAddress.ofLiteral("192.0.2.23");
    Pins pins = Pins.of(PINS, server -> server.equals(gone) ? -1 : server.getAddress()[3] & 0xff);

    assertThat(pins.count()).isEqualTo(PINS.size());
    assertThat(pins.slot(0)).isEqualTo(21);
    assertThat(pins.slot(1)).isEqualTo(22);
    assertThat(pins.slot(2)).isNegative();
    assertThat(pins.refuses(0)).isFalse();
    assertThat(pins.refuses(1)).isTrue();
  }

  @Test
  void findsNobodyWhereThereAreNoPins() {
    Pins pins = Pins.of(List.of(), server -> 0);

    assertThat(pins.find(flow("10.0.0.1"))).isEqualTo(Pins.NONE);
    assertThat(pins.find(flow("2001:db8::1"))).isEqualTo(Pins.NONE);
  }

  @Test
  void pinsEverybody() {
    Pins pins = Pins.of(List.of(pin("0.0.0.0/0", "192.0.2.21", Fallback.REFUSE)), server -> 0);

    assertThat(pins.find(flow("255.255.255.255"))).isZero();
    assertThat(pins.find(flow("2001:db8::1"))).isEqualTo(Pins.NONE);
  }

  @ParameterizedTest
  @CsvSource({"4", "16"})
  void agreesWithASearchOfTheWholeList(int bytes) throws Exception {
    long seed = System.nanoTime();
    var random = new SplittableRandom(seed);
    List<ClientPin> list = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      IpPrefix clients = IpPrefix.around(address(random, bytes), random.nextInt(bytes * 8 + 1));
      if (list.stream().noneMatch(pin -> pin.clients().equals(clients))) {
        list.add(new ClientPin(clients, address(random, bytes), Fallback.SCHEDULE));
      }
    }
    Pins pins = Pins.of(list, server -> 0);

    for (int i = 0; i < 3000; i++) {
      InetAddress client = address(random, bytes);
      assertThat(pins.find(flow(client.getHostAddress())))
          .as("%s, seed %d", client, seed)
          .isEqualTo(longest(list, client));
    }
  }

  @Test
  void namesServiceAndPinWhoseServerIsNotThere() {
    VirtualService service =
        VirtualService.tcp("192.0.2.10", 80)
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(1)).pin(PINS.getFirst()));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Pins.check(service.realServer("192.0.2.22")))
        .withMessage(
            "tcp 192.0.2.10:80: pin: 10.0.0.0/8 to 192.0.2.21"
                + " (expected: a real server of the service)");
    assertThatCode(() -> Pins.check(service.realServer("192.0.2.21"))).doesNotThrowAnyException();
    assertThatCode(() -> Pins.check(VirtualService.tcp("192.0.2.10", 80)))
        .doesNotThrowAnyException();
  }

  private static int longest(List<ClientPin> pins, InetAddress client) {
    int best = Pins.NONE;
    for (int pin = 0; pin < pins.size(); pin++) {
      IpPrefix clients = pins.get(pin).clients();
      if (clients.contains(client)
          && (best == Pins.NONE || clients.length() > pins.get(best).clients().length())) {
        best = pin;
      }
    }
    return best;
  }

  /** Returns an address of few different bits, so that prefixes nest. */
  private static InetAddress address(SplittableRandom random, int bytes) throws Exception {
    byte[] octets = new byte[bytes];
    octets[0] = 32;
    octets[random.nextInt(bytes)] |= (byte) (1 << random.nextInt(8));
    octets[random.nextInt(bytes)] |= (byte) (1 << random.nextInt(8));
    return InetAddress.getByAddress(octets);
  }

  private static ClientPin pin(String clients, String server, Fallback fallback) {
    return new ClientPin(IpPrefix.parse(clients), InetAddress.ofLiteral(server), fallback);
  }

  private static FlowView flow(String client) {
    ByteBuffer octets = ByteBuffer.wrap(InetAddress.ofLiteral(client).getAddress());
    FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    if (octets.remaining() == 4) {
      flow.ipv4(octets.getInt(), 1, 1024, 80, 6);
    } else {
      flow.ipv6(octets.getLong(), octets.getLong(), 1, 1).transport(1024, 80, 6);
    }
    return flow;
  }
}
