package io.dsr.server.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a balancer over its socket. Belongs to one thread. A connection that has not been used for a
 * while is replaced by a fresh one, since the balancer closes those.
 */
public final class ControlClient implements AutoCloseable {

  private static final int LONGEST_ANSWER = 64 * 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final Path socket;
  private final long freshNanoseconds;
  private @Nullable LineChannel lines;
  private long used;

  /** Creates a client; it connects with its first request. */
  public ControlClient(Path socket) {
    this(socket, FRESH);
  }

  /** Creates a client that does not trust a connection that was not used for that long. */
  public ControlClient(Path socket, Duration fresh) {
    this.socket = socket;
    this.freshNanoseconds = fresh.toNanos();
  }

  /** Returns the answer to a request that has one. */
  public ObjectNode ask(ObjectNode request) throws ControlException {
    return ask(request, progress -> {});
  }

  /**
   * Returns the last answer to a request, and tells those before. After a failure, the next request
   * is made on a new connection: a balancer that refuses a client has closed its connection.
   *
   * @throws ControlException if the balancer refuses, with its words, or cannot be reached
   */
  public ObjectNode ask(ObjectNode request, Consumer<ObjectNode> progress) throws ControlException {
    boolean success = false;
    try {
      LineChannel connected = connected();
      send(connected, Json.line(request));
      while (true) {
        ObjectNode answer = receive(connected);
        if (!answer.path("progress").booleanValue()) {
          ObjectNode last = checked(answer);
          success = true;
          return last;
        }
        progress.accept(answer);
      }
    } catch (IOException e) {
      throw ControlException.failed(
          "--control: " + socket + ": the balancer ended or does not answer: " + e.getMessage(), e);
    } finally {
      used = System.nanoTime();
      if (!success) {
        close();
      }
    }
  }

  @Override
  public void close() {
    LineChannel open = lines;
    lines = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new IllegalStateException("the control connection could not be closed", e);
      }
    }
  }

  /** Sends a line; a balancer that refuses a client has answered, and closed, before it. */
  private static void send(LineChannel lines, byte[] line) throws ControlException, IOException {
    if (line.length > Json.LONGEST_REQUEST) {
      throw ControlException.usage(
          "a request of "
              + line.length
              + " bytes (expected: at most "
              + Json.LONGEST_REQUEST
              + ")");
    }
    try {
      lines.write(line, PATIENCE);
    } catch (IOException broken) {
      try {
        checked(receive(lines));
      } catch (IOException e) {
        broken.addSuppressed(e);
      }
      throw broken;
    }
  }

  private static ObjectNode receive(LineChannel lines) throws ControlException, IOException {
    String line = lines.read(PATIENCE);
    if (line == null) {
      throw new IOException("it closed the connection");
    }
    return Json.parse(line);
  }

  private static ObjectNode checked(ObjectNode answer) throws ControlException {
    if (answer.has("error")) {
      throw ControlException.of(answer.path("usage").booleanValue(), answer.path("error").asText());
    }
    return answer;
  }

  private LineChannel connected() throws ControlException {
    if (lines != null && System.nanoTime() - used > freshNanoseconds) {
      close();
    }
    LineChannel open = lines;
    if (open == null) {
      open = connect();
      lines = open;
    }
    return open;
  }

  private LineChannel connect() throws ControlException {
    if (Files.notExists(socket, LinkOption.NOFOLLOW_LINKS)) {
      throw ControlException.failed(
          "--control: there is no socket "
              + socket
              + " (cure: start the balancer with dsr run --control "
              + socket
              + ")");
    }
    try {
      SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
      return new LineChannel(channel, LONGEST_ANSWER);
    } catch (ConnectException e) {
      throw ControlException.failed(
          "--control: nobody listens at "
              + socket
              + " (cure: its balancer died; restart it with dsr run --control "
              + socket
              + ")",
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw ControlException.failed(
          "--control: "
              + socket
              + ": cannot connect: "
              + e.getMessage()
              + " (expected: the socket of dsr run --control, and the same user or root)",
          e);
    }
  }
}
