package io.dsr.server.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Lines over a socket, whose peer may be slow, silent or hostile: each line has a greatest length
 * and a time in which the whole of it must have come or gone. Belongs to one thread, but for {@link
 * #close}.
 */
final class LineChannel implements AutoCloseable {

  private static final int CHUNK = 8_192;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final int longest;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(0);

  /**
   * Takes a connected socket over.
   *
   * @param longest the most bytes that a line from the peer may have
   */
  LineChannel(SocketChannel channel, int longest) throws IOException {
    this.channel = channel;
    this.longest = longest;
    channel.configureBlocking(false);
    selector = channel.provider().openSelector();
    key = channel.register(selector, SelectionKey.OP_READ);
  }

  /** A line that cannot be taken; nothing can be read after it. */
  static final class BadLineException extends IOException {

    private static final long serialVersionUID = 1L;

    BadLineException(String message) {
      super(message);
    }
  }

  /** The peer did not take or give a whole line in time. */
  static final class SlowPeerException extends IOException {

    private static final long serialVersionUID = 1L;

    SlowPeerException(String message) {
      super(message);
    }
  }

  /**
   * Returns the next line without its end, or null if the peer has closed between two lines.
   *
   * @throws BadLineException if the line is too long, is not UTF-8, or ends with the connection
   * @throws SlowPeerException if it has not come in time
   */
  @Nullable String read(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    var line = new ByteArrayOutputStream();
    while (true) {
      while (chunk.hasRemaining()) {
        byte octet = chunk.get();
        if (octet == '\n') {
          return text(line.toByteArray());
        }
        if (line.size() == longest) {
          throw new BadLineException(
              "a line of more than " + longest + " bytes (expected: at most " + longest + ")");
        }
        line.write(octet);
      }
      if (!fill(end)) {
        if (line.size() == 0) {
          return null;
        }
        throw new BadLineException(
            "an incomplete line (expected: a line feed after the JSON object)");
      }
    }
  }

  /** Writes a line, and waits until the peer's side of the socket has room for all of it. */
  void write(byte[] line, Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    ByteBuffer rest = ByteBuffer.allocate(line.length + 1).put(line).put((byte) '\n').flip();
    while (true) {
      channel.write(rest);
      if (!rest.hasRemaining()) {
        return;
      }
      await(SelectionKey.OP_WRITE, end);
    }
  }

  /** Closes the socket; a thread that reads or writes is woken and fails. */
  @Override
  public void close() throws IOException {
    try (selector;
        channel) {
      selector.wakeup();
    }
  }

  /** Reads some bytes; returns false if there will be none. */
  private boolean fill(long end) throws IOException {
    chunk.clear();
    try {
      int count = channel.read(chunk);
      while (count == 0) {
        await(SelectionKey.OP_READ, end);
        count = channel.read(chunk);
      }
      return count > 0;
    } finally {
      chunk.flip();
    }
  }

  private void await(int operation, long end) throws IOException {
    long milliseconds = (end - System.nanoTime()) / 1_000_000;
    if (milliseconds > 0) {
      try {
        key.interestOps(operation);
        selector.select(milliseconds);
        selector.selectedKeys().clear();
      } catch (ClosedSelectorException | CancelledKeyException e) {
        throw new IOException("closed in the meantime", e);
      }
    }
    if (System.nanoTime() >= end || milliseconds <= 0) {
      throw new SlowPeerException("the peer was silent for too long");
    }
  }

  private static String text(byte[] line) throws BadLineException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw new BadLineException("a line that is not UTF-8 text (expected: UTF-8)");
    }
  }
}
