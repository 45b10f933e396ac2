package io.dsr.server.control;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.Balancer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a balancer on a Unix domain socket that only its owner may use.
 *
 * <p>Each request is a line with a JSON object, {@code {"version":1,"command":"status"}}; each
 * answer is one as well, {@code {"version":1,...}}, or {@code {"version":1,"error":"...",
 * "usage":true}}. A drain answers several lines, all but the last with {@code "progress":true}.
 *
 * <p>Every client has a daemon thread of its own, and there are few: no client, slow or hostile,
 * holds up another one or the balancer.
 */
public final class ControlServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
  private static final long AFTER_FAULT_MILLISECONDS = 100;

  private final ControlSocket socket;
  private final Balancer balancer;
  private final Limits limits;
  private final Reload reload;
  private final Set<LineChannel> clients = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ControlServer(ControlSocket socket, Balancer balancer, Limits limits, Reload reload) {
    this.socket = socket;
    this.balancer = balancer;
    this.limits = limits;
    this.reload = reload;
  }

  /**
   * What a client may take.
   *
   * @param clients how many there may be at a time
   * @param idle how long a client may take to say, or to take, a whole line
   * @param patience how long an operation may take, but for a drain
   */
  public record Limits(int clients, Duration idle, Duration patience) {
    /** Eight clients, thirty seconds each, a minute for an operation. */
    public static final Limits DEFAULT =
        new Limits(8, Duration.ofSeconds(30), Duration.ofMinutes(1));
  }

  /**
   * Opens the socket with mode 0600 and serves it; a socket that a dead process has left is
   * replaced.
   *
   * @throws IOException if the name cannot be used, or is that of a balancer that runs; the message
   *     tells the cure
   */
  public static ControlServer open(Path socket, Balancer balancer) throws IOException {
    return open(socket, balancer, Limits.DEFAULT);
  }

  /**
   * Opens the socket likewise, for clients that may also have the rules read again.
   *
   * @throws IOException if the name cannot be used, or is that of a balancer that runs
   */
  public static ControlServer open(Path socket, Balancer balancer, Reload reload)
      throws IOException {
    return open(socket, balancer, Limits.DEFAULT, reload);
  }

  /**
   * Opens the socket likewise, with other limits.
   *
   * @throws IOException if the name cannot be used, or is that of a balancer that runs
   */
  public static ControlServer open(Path socket, Balancer balancer, Limits limits)
      throws IOException {
    return open(
        socket,
        balancer,
        limits,
        () -> {
          throw new UnsupportedOperationException(
              "reload: this program has no rules to read again (expected: dsr run --rules FILE)");
        });
  }

  private static ControlServer open(Path socket, Balancer balancer, Limits limits, Reload reload)
      throws IOException {
    requireNonNull(balancer, "balancer");
    requireNonNull(reload, "reload");
    var server = new ControlServer(ControlSocket.open(socket), balancer, limits, reload);
    Thread.ofPlatform().daemon().name("dsr-control").start(server::accept);
    return server;
  }

  /** Closes the socket and every client's connection, and removes the socket's name. */
  @Override
  public void close() throws IOException {
    closed = true;
    socket.close();
    clients.forEach(ControlServer::closeQuietly);
  }

  private void accept() {
    while (!closed) {
      try {
        welcome(socket.channel().accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        LOG.warn("a control client could not be accepted", e);
        pause();
      }
    }
  }

  private void welcome(SocketChannel channel) throws IOException {
    if (clients.size() >= limits.clients()) {
      refuse(channel);
      return;
    }
    LineChannel lines;
    try {
      lines = new LineChannel(channel, Json.LONGEST_REQUEST);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    clients.add(lines);
    try {
      Thread.ofPlatform().daemon().name("dsr-control-client").start(() -> serve(lines));
    } catch (RuntimeException | OutOfMemoryError e) {
      release(lines);
      throw e;
    }
    if (closed) {
      release(lines);
    }
  }

  private void refuse(SocketChannel channel) throws IOException {
    try (channel) {
      channel.configureBlocking(false);
      String message =
          limits.clients() + " clients are already connected (expected: fewer; try again later)";
      byte[] line = Json.line(error(ControlException.failed(message)));
      channel.write(ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip());
    }
  }

  private void serve(LineChannel lines) {
    try {
      converse(lines, new Commands(balancer, limits.patience(), reload));
    } catch (IOException e) {
      LOG.debug("a control client disconnected", e);
    } catch (RuntimeException e) {
      LOG.warn("a control client was disconnected after a failure", e);
    } finally {
      release(lines);
    }
  }

  private void converse(LineChannel lines, Commands commands) throws IOException {
    while (true) {
      String line;
      try {
        line = lines.read(limits.idle());
      } catch (LineChannel.BadLineException e) {
        lines.write(
            Json.line(error(ControlException.usage(String.valueOf(e.getMessage())))),
            limits.idle());
        return;
      }
      if (line == null) {
        return;
      }
      lines.write(Json.line(answer(line, lines, commands)), limits.idle());
    }
  }

  private ObjectNode answer(String line, LineChannel lines, Commands commands) throws IOException {
    try {
      return commands.execute(
          Request.parse(line), progress -> lines.write(Json.line(progress), limits.idle()));
    } catch (ControlException e) {
      return error(e);
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      return error(Await.failed(e));
    } catch (RuntimeException | Error e) { // the client hears of an OutOfMemoryError too
      LOG.warn("a control request failed", e);
      return error(Await.failed(e));
    }
  }

  private static ObjectNode error(ControlException e) {
    return Json.object().put("error", e.getMessage()).put("usage", e.isUsage());
  }

  private void release(LineChannel lines) {
    clients.remove(lines);
    closeQuietly(lines);
  }

  private static void closeQuietly(LineChannel lines) {
    try {
      lines.close();
    } catch (IOException e) {
      LOG.debug("a control connection could not be closed", e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(AFTER_FAULT_MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
