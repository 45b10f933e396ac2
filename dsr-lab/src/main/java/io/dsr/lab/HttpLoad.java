package io.dsr.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** Downloads over and over from several threads of a client, each time on a new connection. */
public final class HttpLoad implements AutoCloseable {

  private static final long JOIN_MILLISECONDS = Duration.ofSeconds(30).toMillis();

  private final InetAddress address;
  private final int port;
  private final long bytes;
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
  private final LongAdder received = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final AtomicReference<Optional<String>> firstFailure =
      new AtomicReference<>(Optional.empty());
  private volatile boolean stopped;

  private HttpLoad(InetAddress address, int port, long bytes) {
    this.address = address;
    this.port = port;
    this.bytes = bytes;
  }

  /**
   * Starts {@code concurrency} threads in the client's namespace, for downloads of {@code bytes}.
   */
  public static HttpLoad start(
      Host client, InetAddress address, int port, int concurrency, long bytes) {
    var load = new HttpLoad(address, port, bytes);
    for (int i = 0; i < concurrency; i++) {
      Thread thread = client.namespace().newThread(load::work);
      load.threads.add(thread);
      thread.start();
    }
    return load;
  }

  /** Returns how many downloads each server has answered in full, by the server's name. */
  public Map<String, Long> requests() {
    var counts = new TreeMap<String, Long>();
    requests.forEach((server, count) -> counts.put(server, count.sum()));
    return counts;
  }

  /** Returns the bytes of all bodies. */
  public long received() {
    return received.sum();
  }

  /** Returns how many downloads have failed. */
  public long failures() {
    return failures.sum();
  }

  /** Returns what the first that failed failed with. */
  public Optional<String> firstFailure() {
    return firstFailure.get();
  }

  /** Lets each thread end the download it is at, and waits for that. */
  @Override
  public void close() {
    stopped = true;
    long deadline = System.nanoTime() + Duration.ofMillis(JOIN_MILLISECONDS).toNanos();
    try {
      for (Thread thread : threads) {
        long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        thread.join(Math.max(1, left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    while (!stopped) {
      try {
        HttpCall.Answer answer = HttpCall.download(address, port, bytes);
        if (answer.status() != 200 || answer.bytes() != bytes) {
          throw new IOException(answer.toString());
        }
        requests.computeIfAbsent(answer.server(), server -> new LongAdder()).increment();
        received.add(answer.bytes());
      } catch (IOException e) {
        failures.increment();
        firstFailure.compareAndSet(Optional.empty(), Optional.of(e.toString()));
      }
    }
  }
}
