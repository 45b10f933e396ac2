package io.dsr.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class JsonTest {

  private final FakeBalancer balancer = new FakeBalancer(1);

  @Test
  void keepsAFilterOnItsWay() throws ControlException {
    ObjectNode sent =
        Json.object()
            .put("command", "flows")
            .put("service", FakeBalancer.WEB.toString())
            .put("client", "2001:db8::/32")
            .put("server", "192.0.2.21")
            .put("state", "ESTABLISHED");

    Request request = Request.parse(new String(Json.line(sent), StandardCharsets.UTF_8));
    FlowFilter filter = request.filter(balancer.services());
    request.end();

    assertThat(filter)
        .isEqualTo(
            FlowFilter.ALL
                .service(FakeBalancer.WEB)
                .client(IpPrefix.parse("2001:db8::/32"))
                .server(FakeBalancer.FIRST)
                .state("ESTABLISHED"));
  }

  @Test
  void keepsEverythingOfAFlow() throws ControlException {
    ObjectNode flow = ResponseEncoder.flow(FakeBalancer.flow(2));

    assertThat(Json.parse(flow.toString())).hasToString(flow.toString());
    assertThat(flow)
        .hasToString(
            "{\"service\":\"tcp 192.0.2.10:80\",\"protocol\":\"tcp\",\"client\":\"10.0.0.2\","
                + "\"clientPort\":1026,\"vip\":\"192.0.2.10\",\"port\":80,"
                + "\"server\":\"192.0.2.21\",\"state\":\"ESTABLISHED\",\"active\":true,"
                + "\"remainingMilliseconds\":899000}");
  }

  @Test
  void neverFailsOtherThanInWordsOnRandomLines() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    String letters = "{}[]\":,0123456789.-+eEtruefalsn\\u version command status\t";
    for (int i = 0; i < 20_000; i++) {
      var line = new StringBuilder();
      random
          .ints(random.nextInt(40), 0, letters.length())
          .forEach(at -> line.append(letters.charAt(at)));
      assertThatThrownBy(() -> Request.parse(line.toString()))
          .as("seed %d, line %s", seed, line)
          .isInstanceOf(ControlException.class);
    }
  }
}
