package io.dsr.lab;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * One HTTP exchange on a connection of its own, made in the namespace of the calling thread. It
 * ends once the server has closed the connection, as it is asked to.
 *
 * <p>Not the JDK's client: that makes its sockets on threads of its own, in namespaces of its own.
 */
public final class HttpCall {

  private static final int TIMEOUT_MILLISECONDS = (int) Duration.ofSeconds(10).toMillis();
  private static final int MAXIMUM_TEXT = 64 * 1024;
  private static final int MAXIMUM_LINE = 8 * 1024;

  private HttpCall() {}

  /**
   * What came back.
   *
   * @param status the HTTP status
   * @param server who answered, as it says itself
   * @param bytes the length of the body
   * @param text the body, or empty for a download
   * @param localPort the client's port
   */
  public record Answer(int status, String server, long bytes, String text, int localPort) {}

  /** Makes so many connections on a host, one after another, and returns who answered them. */
  public static Set<String> servers(Host client, InetAddress address, int port, int connections)
      throws IOException {
    Set<String> servers = new HashSet<>();
    for (int i = 0; i < connections; i++) {
      servers.add(client.namespace().call(() -> get(address, port, "/")).server());
    }
    return servers;
  }

  /** Gets a text, of 64 KiB at most. */
  public static Answer get(InetAddress address, int port, String path) throws IOException {
    return exchange(address, port, request("GET", path, 0), new byte[0]);
  }

  /**
   * Puts a body to {@code /upload}; the answer's text is the SHA-256 that the server took of it.
   */
  public static Answer upload(InetAddress address, int port, byte[] body) throws IOException {
    return exchange(address, port, request("PUT", "/upload", body.length), body);
  }

  /**
   * Gets {@code bytes} bytes and checks each of them.
   *
   * @throws IOException if the download is not the pattern that the server sends, or too short
   */
  public static Answer download(InetAddress address, int port, long bytes) throws IOException {
    return exchange(address, port, request("GET", "/download?bytes=" + bytes, 0), new byte[0]);
  }

  private static String request(String method, String path, int length) {
    String contentLength = length == 0 ? "" : "Content-Length: " + length + "\r\n";
    return method
        + " "
        + path
        + " HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n"
        + contentLength
        + "\r\n";
  }

  private static Answer exchange(InetAddress address, int port, String request, byte[] body)
      throws IOException {
    try (var socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLISECONDS);
      socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLISECONDS);
      int localPort = socket.getLocalPort();
      OutputStream output = socket.getOutputStream();
      output.write(request.getBytes(StandardCharsets.US_ASCII));
      output.write(body);
      boolean download = request.startsWith("GET /download");
      InputStream input = new BufferedInputStream(socket.getInputStream());
      Answer answer = answer(input, download, localPort);
      // Until the server has closed: or our ACK of its FIN would come at any time after this call.
      long _ = input.transferTo(OutputStream.nullOutputStream());
      return answer;
    }
  }

  private static Answer answer(InputStream input, boolean download, int localPort)
      throws IOException {
    int status = status(line(input));
    String server = "";
    long length = 0;
    for (String line = line(input); !line.isEmpty(); line = line(input)) {
      String[] header = line.split(":", 2);
      String name = header[0].strip().toLowerCase(Locale.ROOT);
      if (name.equals("content-length")) {
        length = Long.parseLong(header[1].strip());
      } else if (name.equals(HttpServers.SERVER_HEADER.toLowerCase(Locale.ROOT))) {
        server = header[1].strip();
      }
    }
    if (download && status == 200) {
      checkPattern(input, length);
      return new Answer(status, server, length, "", localPort);
    }
    byte[] text = input.readNBytes((int) Math.min(length, MAXIMUM_TEXT));
    return new Answer(
        status, server, length, new String(text, StandardCharsets.US_ASCII), localPort);
  }

  private static int status(String line) throws IOException {
    String[] words = line.split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[0-9]{3}")) {
      throw new IOException("not an HTTP response: " + line);
    }
    return Integer.parseInt(words[1]);
  }

  private static void checkPattern(InputStream input, long length) throws IOException {
    byte[] block = new byte[Pattern.MAXIMUM];
    for (long position = 0; position < length; ) {
      int read = input.read(block, 0, (int) Math.min(block.length, length - position));
      if (read < 0) {
        throw new EOFException("download ends after " + position + " of " + length + " bytes");
      }
      if (!Pattern.matches(block, read, position)) {
        throw new IOException("download differs within " + read + " bytes from " + position);
      }
      position += read;
    }
  }

  private static String line(InputStream input) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int octet = input.read(); octet != '\n'; octet = input.read()) {
      if (octet < 0 || line.size() > MAXIMUM_LINE) {
        throw new EOFException("the response header ends after: " + line);
      }
      line.write(octet);
    }
    return line.toString(StandardCharsets.US_ASCII).strip();
  }
}
