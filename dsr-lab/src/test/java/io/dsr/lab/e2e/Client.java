package io.dsr.lab.e2e;

import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Makes connections on a host of the lab. */
final class Client {

  private static final int TIMEOUT_MILLISECONDS = 10_000;

  private Client() {}

  /** Makes a connection, and returns who answered on it. */
  static String server(Host host, InetAddress vip, int port) throws IOException {
    return host.namespace().call(() -> HttpCall.get(vip, port, "/")).server();
  }

  /** Makes a connection from an address of the host, and returns who answered on it. */
  static String server(Host host, InetAddress vip, int port, InetAddress from) throws IOException {
    try (var connection = Live.open(host, vip, port, "/", from)) {
      return connection.server();
    }
  }

  /** A connection whose answer is read when the test likes. */
  static final class Live implements AutoCloseable {

    private final Socket socket;
    private final InputStream input;
    private final String server;

    private Live(Socket socket, InputStream input, String server) {
      this.socket = socket;
      this.input = input;
      this.server = server;
    }

    /** Asks for a download, and reads its header. */
    static Live download(Host host, InetAddress vip, int port, long bytes) throws IOException {
      return open(host, vip, port, "/download?bytes=" + bytes, null);
    }

    /** Asks for a download from an address of the host, and reads its header. */
    static Live download(Host host, InetAddress vip, int port, long bytes, InetAddress from)
        throws IOException {
      return open(host, vip, port, "/download?bytes=" + bytes, from);
    }

    private static Live open(
        Host host, InetAddress vip, int port, String path, @Nullable InetAddress from)
        throws IOException {
      Socket socket = host.namespace().call(() -> connect(vip, port, from));
      boolean success = false;
      try {
        String request = "GET " + path + " HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream input = socket.getInputStream();
        var live = new Live(socket, input, server(input));
        success = true;
        return live;
      } finally {
        if (!success) {
          socket.close();
        }
      }
    }

    private static Socket connect(InetAddress vip, int port, @Nullable InetAddress from)
        throws IOException {
      var socket = new Socket();
      boolean success = false;
      try {
        socket.setReceiveBufferSize(64 * 1024);
        socket.setSoTimeout(TIMEOUT_MILLISECONDS);
        if (from != null) {
          socket.bind(new InetSocketAddress(from, 0));
        }
        socket.connect(new InetSocketAddress(vip, port), TIMEOUT_MILLISECONDS);
        success = true;
        return socket;
      } finally {
        if (!success) {
          socket.close();
        }
      }
    }

    /** Returns who answers. */
    String server() {
      return server;
    }

    /** Reads a part of the body. */
    void read(int bytes) throws IOException {
      int read = input.readNBytes(bytes).length;
      if (read < bytes) {
        throw new EOFException(server + ": ended after " + read + " of " + bytes + " bytes");
      }
    }

    /** Reads to the end, and returns how many bytes that were. */
    long drain() throws IOException {
      return input.transferTo(OutputStream.nullOutputStream());
    }

    /** Reads the body to its end from its first byte on, and checks each byte of it. */
    long drainPattern() throws IOException {
      byte[] body = input.readAllBytes();
      for (int i = 0; i < body.length; i++) {
        if (body[i] != (byte) (i % 251)) {
          throw new IOException(server + ": differs at " + i + " of " + body.length + " bytes");
        }
      }
      return body.length;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }

    /** Octet by octet, so as to leave the body. */
    private static String server(InputStream input) throws IOException {
      var header = new StringBuilder();
      while (header.indexOf("\r\n\r\n") < 0) {
        int octet = input.read();
        if (octet < 0) {
          throw new EOFException("the header ends after: " + header);
        }
        header.append((char) octet);
      }
      for (String line : header.toString().split("\r\n", -1)) {
        if (line.regionMatches(
            true, 0, HttpServers.SERVER_HEADER, 0, HttpServers.SERVER_HEADER.length())) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
      throw new IOException("no server in " + header);
    }
  }
}
