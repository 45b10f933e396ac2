package io.dsr.netty.handler;

import io.dsr.core.frame.PcapWriter;
import io.dsr.core.snapshot.RegularFile;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pcap file that frames are written to without waiting for it: the format is {@link
 * PcapWriter}'s.
 *
 * <p>Any event loop may {@link #write} and {@link #flush}; they wait for one another for the
 * copying of a frame, and never for the file: they fill one of a fixed number of chunks, which a
 * daemon thread of the writer's own puts into the file. When all chunks are full, frames are
 * dropped and counted.
 */
public final class CaptureFile implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureFile.class);

  private static final long NANOS = 1_000_000_000;
  private static final int CHUNK = 1 << 20;
  private static final int CHUNKS = 8;

  private final Path path;
  private final FileChannel file;
  private final InstantSource clock;
  private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(CHUNKS);
  private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(CHUNKS + 1);
  private final Thread thread;

  private @Nullable ByteBuffer current;
  private long dropped;
  private boolean closed;

  /**
   * Creates the file for its owner alone, in place of a regular file of that name, and writes the
   * file header.
   *
   * @throws IOException if there is something else than a regular file, or if that fails; the
   *     message has its name
   */
  public CaptureFile(Path path, InstantSource clock) throws IOException {
    this.path = path;
    this.clock = clock;
    RegularFile.checkReplaceable(path);
    Files.deleteIfExists(path);
    this.file = RegularFile.create(path);
    for (int i = 0; i < CHUNKS; i++) {
      empty.add(ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN));
    }
    ByteBuffer header = ByteBuffer.allocate(PcapWriter.HEADER_LENGTH);
    PcapWriter.header(header);
    try {
      write(header.flip());
    } catch (IOException e) {
      file.close();
      throw new IOException(path + " cannot be written: " + e.getMessage(), e);
    }
    this.thread = new Thread(this::drain, "dsr-capture " + path.getFileName());
    thread.setDaemon(true);
    thread.start();
  }

  /** Adds the readable bytes of {@code frame} with the current time. */
  public synchronized void write(ByteBuf frame) {
    int kept = Math.min(frame.readableBytes(), PcapWriter.SNAP_LENGTH);
    ByteBuffer chunk = room(PcapWriter.RECORD_HEADER_LENGTH + kept);
    if (chunk == null) {
      dropped++;
      return;
    }
    Instant now = clock.instant();
    PcapWriter.record(chunk, now.getEpochSecond() * NANOS + now.getNano(), frame);
  }

  /** Hands what has been added to the writing thread, if it has nothing else to do. */
  public synchronized void flush() {
    if (current != null && full.isEmpty()) {
      handOver(current);
    }
  }

  /** Returns how many frames were not written because the file was too slow. */
  public synchronized long dropped() {
    return dropped;
  }

  /** Writes what has been added and closes the file, on the writing thread. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (current != null) {
      handOver(current);
    }
    full.add(ByteBuffer.allocate(0));
    if (dropped > 0) {
      LOG.warn("capture: dropped {} frames because the file was too slow", dropped);
    }
  }

  /** Waits until the file has been closed, for at most that long. */
  public boolean awaitClosed(long milliseconds) throws InterruptedException {
    thread.join(milliseconds);
    return !thread.isAlive();
  }

  private @Nullable ByteBuffer room(int bytes) {
    if (closed) {
      return null;
    }
    if (current != null && current.remaining() < bytes) {
      handOver(current);
    }
    if (current == null) {
      current = empty.poll();
    }
    return current;
  }

  private void handOver(ByteBuffer chunk) {
    current = null;
    full.add(chunk.flip());
  }

  private void write(ByteBuffer octets) throws IOException {
    while (octets.hasRemaining()) {
      file.write(octets);
    }
  }

  private void drain() {
    try (file) {
      for (ByteBuffer chunk = full.take(); chunk.capacity() > 0; chunk = full.take()) {
        write(chunk);
        empty.add(chunk.clear());
      }
    } catch (IOException e) {
      // The chunks are not given back: from here on every frame counts as dropped.
      LOG.warn("capture: {} cannot be written, and ends here: {}", path, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
