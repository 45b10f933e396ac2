package io.dsr.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
final class ControlServerTest {

  private static final String WEIGHT =
      "{\"version\":1,\"command\":\"weight\",\"service\":\"tcp 192.0.2.10:80\","
          + "\"server\":\"192.0.2.21\"";

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final String STATUS = "{\"version\":1,\"command\":\"status\"}\n";

  private final FakeBalancer balancer = new FakeBalancer(100);
  @TempDir private Path directory;
  private Path socket = Path.of("");
  private ControlServer server;

  @BeforeEach
  void open() throws IOException {
    socket = directory.resolve("c");
    server = ControlServer.open(socket, balancer, new ControlServer.Limits(2, LONG, LONG));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | is not a JSON object",
        "[1] | is not a JSON object",
        "{\"version\":1,\"command\":\"status\"} {} | is not a JSON object",
        "{\"version\":1,\"version\":1,\"command\":\"status\"} | is not a JSON object",
        "{\"command\":\"status\"} | version: missing (expected: 1",
        "{\"version\":2,\"command\":\"status\"} | version: 2 (expected: 1",
        "{\"version\":1} | command: missing (expected: status, flows",
        "{\"version\":1,\"command\":\"reboot\"} | command: \"reboot\" (expected: status, flows",
        "{\"version\":1,\"command\":\"flows\",\"sate\":\"X\"} | field \"sate\" does not belong to flows",
        "{\"version\":1,\"command\":\"flows\",\"limit\":0} | limit: 0 (expected: 1 to 500)",
        "{\"version\":1,\"command\":\"flows\",\"from\":1.5} | from: 1.5 (expected: 0 to",
        "{\"version\":1,\"command\":\"flows\",\"state\":7} | state: 7 (expected: ESTABLISHED)",
        "{\"version\":1,\"command\":\"flows\",\"client\":\"10.0.0.1/8\"} | (expected: 10.0.0.0/8",
        "{\"version\":1,\"command\":\"forget-flows\"} | forget-flows: no filter (expected: ",
        "{\"version\":1,\"command\":\"explain\",\"frame\":\"?\"} | frame: ",
        WEIGHT + ",\"weight\":-1} | weight: -1 (expected: 0 to 65535, or \"configured\")",
        WEIGHT + ",\"weight\":\"old\"} | weight: \"old\" (expected: 0 to 65535, or \"configured\")",
        WEIGHT + "} | weight: missing (expected: 0 to 65535, or \"configured\")",
        "{\"version\":1,\"command\":\"snapshot-export\",\"file\":\"f\"} | (expected: an absolute",
      })
  void tellsAWrongRequestAndGoesOn(String line, String message) throws Exception {
    try (var client = connect()) {
      ObjectNode answer = ask(client, line + "\n");

      assertThat(answer.path("error").asText()).contains(message);
      assertThat(answer.path("usage").booleanValue()).isTrue();
      assertThat(ask(client, STATUS).has("services")).isTrue();
      assertThat(balancer.calls).isEmpty();
    }
  }

  @Test
  void refusesALineThatIsTooLongAndHangsUp() throws Exception {
    try (var client = connect()) {
      ObjectNode answer = ask(client, "x".repeat(Json.LONGEST_REQUEST + 1));

      assertThat(answer.path("error").asText())
          .isEqualTo("a line of more than 65536 bytes (expected: at most 65536)");
      assertHungUp(client);
    }
  }

  @Test
  void takesALineOfTheGreatestLength() throws Exception {
    try (var client = connect()) {
      String padding = " ".repeat(Json.LONGEST_REQUEST + 1 - STATUS.length());

      assertThat(ask(client, padding + STATUS).has("services")).isTrue();
    }
  }

  @Test
  void refusesDeepNesting() throws Exception {
    try (var client = connect()) {
      assertThat(ask(client, "[".repeat(60_000) + "\n").path("usage").booleanValue()).isTrue();
    }
  }

  @Test
  void refusesHalfALine() throws Exception {
    try (var client = connect()) {
      send(client, "{\"version\"");
      client.shutdownOutput();

      assertThat(receive(client).path("error").asText())
          .startsWith("an incomplete line (expected: ");
    }
  }

  @Test
  void refusesWhatIsNotText() throws Exception {
    try (var client = connect()) {
      client.write(ByteBuffer.wrap(new byte[] {(byte) 0xff, (byte) 0xfe, '\n'}));

      assertThat(receive(client).path("error").asText())
          .isEqualTo("a line that is not UTF-8 text (expected: UTF-8)");
    }
  }

  @Test
  void hangsUpOnAClientThatFallsSilent() throws Exception {
    Path other = directory.resolve("silent");
    try (var hasty = ControlServer.open(other, balancer, new ControlServer.Limits(2, SHORT, LONG));
        var client = SocketChannel.open(UnixDomainSocketAddress.of(other))) {
      assertThat(hasty).isNotNull();
      send(client, "{\"version\":1,");
      assertHungUp(client);
    }
  }

  @Test
  void hangsUpOnAClientThatDoesNotTakeItsAnswers() throws Exception {
    Path other = directory.resolve("deaf");
    try (var hasty = ControlServer.open(other, balancer, new ControlServer.Limits(1, SHORT, LONG));
        var client = SocketChannel.open(UnixDomainSocketAddress.of(other))) {
      assertThat(hasty).isNotNull();
      assertThatThrownBy(
              () -> {
                while (true) {
                  send(client, "{\"version\":1,\"command\":\"flows\"}\n".repeat(100));
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesOneClientTooManyAndTakesTheNextWhenOneHasGone() throws Exception {
    try (var first = connect()) {
      assertThat(ask(first, STATUS).has("services")).isTrue();
      try (var second = connect()) {
        assertThat(ask(second, STATUS).has("services")).isTrue();
        try (var third = connect()) {
          assertThat(receive(third).path("error").asText())
              .startsWith("2 clients are already connected");
          assertHungUp(third);
        }
      }
      boolean served = false;
      while (!served) { // until the server has seen that the second has gone
        try (var next = connect()) {
          served = tryAsk(next);
        }
      }
    }
  }

  @Test
  void givesUpAnOperationThatDoesNotEnd() throws Exception {
    Path other = directory.resolve("stuck");
    balancer.drained = new CompletableFuture<>();
    try (var hasty = ControlServer.open(other, balancer, new ControlServer.Limits(1, LONG, SHORT));
        var client = SocketChannel.open(UnixDomainSocketAddress.of(other))) {
      assertThat(hasty).isNotNull();
      ObjectNode answer =
          ask(
              client,
              "{\"version\":1,\"command\":\"drain\",\"service\":\"tcp 192.0.2.10:80\","
                  + "\"server\":\"192.0.2.21\",\"deadlineMilliseconds\":0}\n");
      while (answer.path("progress").booleanValue()) {
        assertThat(answer.path("active").longValue()).isEqualTo(12);
        answer = receive(client);
      }

      assertThat(answer.path("error").asText()).startsWith("the balancer did not answer within");
      assertThat(answer.path("usage").booleanValue()).isFalse();
    }
  }

  @Test
  void hangsUpWhenItCloses() throws Exception {
    try (var client = connect()) {
      assertThat(ask(client, STATUS).has("services")).isTrue();
      server.close();

      assertHungUp(client);
      assertThat(socket).doesNotExist();
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private static boolean tryAsk(SocketChannel client) throws Exception {
    try {
      return ask(client, STATUS).has("services");
    } catch (IOException refused) {
      return false;
    }
  }

  private static ObjectNode ask(SocketChannel client, String line) throws Exception {
    send(client, line);
    return receive(client);
  }

  private static void send(SocketChannel client, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  private static ObjectNode receive(SocketChannel client) throws Exception {
    List<Byte> line = new ArrayList<>();
    ByteBuffer octet = ByteBuffer.allocate(1);
    while (client.read(octet.clear()) == 1 && octet.get(0) != '\n') {
      line.add(octet.get(0));
    }
    var bytes = new byte[line.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = line.get(i);
    }
    return Json.parse(new String(bytes, StandardCharsets.UTF_8));
  }

  private static void assertHungUp(SocketChannel client) {
    try {
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }
}
