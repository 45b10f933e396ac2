package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.flow.FlowKey;
import java.util.stream.IntStream;

/** Flows of a test: TCP from clients 198.18.0.0 and on to 192.0.2.10:80. */
final class Flows {

  private static final int FIRST_CLIENT = 0xc612_0000;
  private static final int VIP = 0xc000_020a;

  private Flows() {}

  /** Returns a flow of client number {@code client}. */
  static FlowView of(int client, int port) {
    var flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv4(FIRST_CLIENT + client, VIP, port, 80, 6);
    return flow;
  }

  /** Returns a flow of client number {@code client} to address number {@code destination}. */
  static FlowView between(int client, int destination) {
    var flow = new FlowKey(HashKey.PLACEMENT);
    flow.ipv4(FIRST_CLIENT + client, VIP + destination, 40_000, 80, 6);
    return flow;
  }

  /** Returns the slots picked for {@code count} flows, each of another client. */
  static int[] picks(Picker picker, int count) {
    return IntStream.range(0, count).map(client -> picker.pick(of(client, 40_000))).toArray();
  }

  /** Returns how many of {@code count} flows, each of another client, went to each slot. */
  static int[] shares(Picker picker, int count, int slots) {
    int[] shares = new int[slots];
    IntStream.of(picks(picker, count)).forEach(slot -> shares[slot]++);
    return shares;
  }
}
