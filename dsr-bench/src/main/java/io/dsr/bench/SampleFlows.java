package io.dsr.bench;

import io.dsr.core.HashKey;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.TcpState;

/** The flows of the clients of {@link SampleFrame}, without frames. */
final class SampleFlows {

  private final FlowKey key = new FlowKey(HashKey.PLACEMENT);
  private final boolean ipv6;

  SampleFlows(boolean ipv6) {
    this.ipv6 = ipv6;
  }

  /** Returns the key of a client's flow, until the next call. */
  FlowKey key(int client) {
    int address = SampleFrame.address(client);
    int port = SampleFrame.port(client);
    if (ipv6) {
      key.ipv6(
              SampleFrame.CLIENT6_HIGH,
              Integer.toUnsignedLong(address),
              SampleFrame.VIP6_HIGH,
              SampleFrame.VIP6_LOW)
          .transport(port, SampleFrame.PORT, 6);
    } else {
      key.ipv4(address, SampleFrame.VIP, port, SampleFrame.PORT, 6);
    }
    return key;
  }

  /** Makes a client's flow one of the table's, established. */
  void open(FlowTracker table, int client) {
    int record = table.insert(key(client), client & 15, 1);
    table.segment(record, TcpState.SYN, 1, 0, 0);
    table.segment(record, TcpState.ACK, 1, 1, 0);
  }
}
