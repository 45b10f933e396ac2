package io.dsr.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server in each server's namespace, the JDK's own.
 *
 * <p>{@code GET /} returns the server's name; {@code GET /download?bytes=N} returns N bytes of a
 * pattern that {@link HttpCall} checks; {@code PUT} or {@code POST /upload} returns the SHA-256 of
 * the body. Each answer names its server in the header {@value #SERVER_HEADER}.
 */
public final class HttpServers implements AutoCloseable {

  /** The header that names the server. */
  public static final String SERVER_HEADER = "X-Server";

  private static final long MAXIMUM_DOWNLOAD = 1L << 30;
  private static final int BACKLOG = 1024;
  private static final int THREADS = 4;
  private static final String BYTES = "bytes=";

  static {
    // Else the answer's body waits for the client's delayed acknowledgement of its header.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final List<HttpServer> servers = new ArrayList<>();
  private final List<ExecutorService> executors = new ArrayList<>();

  private HttpServers() {}

  /** Starts a server on each of {@code hosts}, bound to {@code address}, such as the VIP. */
  public static HttpServers start(List<Host> hosts, InetAddress address, int port)
      throws IOException {
    var servers = new HttpServers();
    boolean success = false;
    try {
      for (Host host : hosts) {
        servers.add(host, new InetSocketAddress(address, port));
      }
      success = true;
      return servers;
    } finally {
      if (!success) {
        servers.close();
      }
    }
  }

  /** Stops them, without waiting for exchanges to end. */
  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    executors.forEach(ExecutorService::shutdownNow);
  }

  private void add(Host host, InetSocketAddress address) throws IOException {
    // Only the listening socket belongs to a namespace, and with it each that it accepts.
    HttpServer server = host.namespace().call(() -> HttpServer.create(address, BACKLOG));
    servers.add(server);
    ExecutorService executor =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name(host.name() + "-http-", 1).daemon().factory());
    executors.add(executor);
    server.setExecutor(executor);
    server.createContext("/", exchange -> answer(exchange, host.name()));
    server.start();
  }

  private static void answer(HttpExchange exchange, String name) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set(SERVER_HEADER, name);
      switch (exchange.getRequestURI().getPath()) {
        case "/" -> text(exchange, 200, name);
        case "/download" -> download(exchange);
        case "/upload" -> text(exchange, 200, digest(exchange.getRequestBody()));
        default -> text(exchange, 404, "not found");
      }
    }
  }

  private static void text(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static void download(HttpExchange exchange) throws IOException {
    long length = requestedLength(exchange.getRequestURI().getQuery());
    if (length < 0) {
      text(exchange, 400, "expected: ?bytes=N, N from 0 to " + MAXIMUM_DOWNLOAD);
      return;
    }
    exchange.sendResponseHeaders(200, length == 0 ? -1 : length);
    OutputStream body = exchange.getResponseBody();
    byte[] block = new byte[Pattern.MAXIMUM];
    for (long position = 0; position < length; ) {
      int size = (int) Math.min(block.length, length - position);
      Pattern.fill(block, size, position);
      body.write(block, 0, size);
      position += size;
    }
  }

  private static long requestedLength(@Nullable String query) {
    if (query == null || !query.matches(BYTES + "[0-9]{1,10}")) {
      return -1;
    }
    long length = Long.parseLong(query.substring(BYTES.length()));
    return length > MAXIMUM_DOWNLOAD ? -1 : length;
  }

  private static String digest(InputStream body) throws IOException {
    try (var digesting = new DigestInputStream(body, MessageDigest.getInstance("SHA-256"))) {
      digesting.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
