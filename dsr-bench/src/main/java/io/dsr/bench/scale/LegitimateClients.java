package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.bench.Traffic;
import io.dsr.core.Verdict;
import java.util.Arrays;
import java.util.Random;

/**
 * Clients that open one connection each: a SYN, an ACK one round trip later, and then a segment
 * every few hundred milliseconds until the end. Time is in milliseconds.
 */
final class LegitimateClients {

  static final int COUNT = 1_000;

  private static final int SHORTEST_TRIP = 5;
  private static final int LONGEST_TRIP = 250;
  private static final int SHORTEST_PAUSE = 200;
  private static final int LONGEST_PAUSE = 600;
  private static final int NOWHERE = -1;

  private final BenchDirector director;
  private final SampleFrame frame = new SampleFrame(Traffic.TCP_IPV4);
  private final Random random;

  /** When each client's next frame is due, whether it is its SYN, and to whom its SYN went. */
  private final int[] due = new int[COUNT];

  private final boolean[] opened = new boolean[COUNT];
  private final int[] server = new int[COUNT];
  private final boolean[] moved = new boolean[COUNT];

  private long frames;
  private long lost;

  /**
   * Lets the even clients come before the flood, the odd ones while it lasts.
   *
   * @param quiet when no client is between its SYN and its ACK
   */
  LegitimateClients(BenchDirector director, long seed, int floodBegins, int floodEnds, int quiet) {
    this.director = director;
    this.random = new Random(seed);
    Arrays.fill(server, NOWHERE);
    for (int client = 0; client < COUNT; client++) {
      due[client] =
          client % 2 == 0
              ? random.nextInt(floodBegins - LONGEST_TRIP)
              : random.nextInt(floodBegins, floodEnds);
      if (due[client] <= quiet && due[client] + LONGEST_TRIP >= quiet) {
        due[client] -= 2 * LONGEST_TRIP;
      }
    }
  }

  /** Sends what is due at that time. */
  void step(int now) {
    for (int client = 0; client < COUNT; client++) {
      if (due[client] <= now) {
        due[client] = now + (opened[client] ? pause() : trip());
        send(client, opened[client] ? SampleFrame.ACK : SampleFrame.SYN);
        opened[client] = true;
      }
    }
  }

  /** Returns how many frames were sent. */
  long frames() {
    return frames;
  }

  /** Returns how many frames were not forwarded. */
  long lost() {
    return lost;
  }

  /** Returns how many clients had a frame sent to another server than their SYN. */
  int moved() {
    int count = 0;
    for (boolean one : moved) {
      count += one ? 1 : 0;
    }
    return count;
  }

  private void send(int client, int flags) {
    Verdict verdict = director.direct(frame.client(client).flags(flags));
    frames++;
    if (verdict.action() != Verdict.Action.FORWARD) {
      lost++;
      return;
    }
    int to = BenchDirector.server(frame.destination());
    if (server[client] == NOWHERE) {
      server[client] = to;
    }
    moved[client] |= server[client] != to;
  }

  private int trip() {
    return random.nextInt(SHORTEST_TRIP, LONGEST_TRIP);
  }

  private int pause() {
    return random.nextInt(SHORTEST_PAUSE, LONGEST_PAUSE);
  }
}
