package io.dsr.core.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.HashKey;
import io.dsr.core.membership.ServerCounters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Does the same to a table and to a map, at random, and compares all that can be seen. */
final class FlowTrackerModel {

  private static final int SLOTS = 5;
  private static final long TICK = 1L << FlowTracker.TICK_BITS;
  private static final int[] FLAGS = {2, 2, 16, 16, 16, 24, 17, 1, 4, 20, 18, 0, 8};

  private record Client(boolean ipv6, long a, long b, long c, long d, int port, int protocol) {

    FlowKey into(FlowKey key) {
      if (ipv6) {
        key.ipv6(a, b, c, d).transport(port, 443, protocol);
      } else {
        key.ipv4((int) b, (int) d, port, 443, protocol);
      }
      return key;
    }
  }

  private static final class Flow {
    final int record;
    final int slot;
    final int generation;
    final boolean tcp;
    TcpState state = TcpState.NONE;
    long deadline;
    boolean acknowledged;
    boolean sequenced;
    int acknowledgement;
    int sequenceEnd;
    int upstream;

    Flow(int record, int slot, int generation, boolean tcp) {
      this.record = record;
      this.slot = slot;
      this.generation = generation;
      this.tcp = tcp;
    }

    boolean active() {
      return !tcp || state.isActive();
    }

    void touch(long tick) {
      long nanos = (tcp ? state.timeoutSeconds() : 300) * 1_000_000_000L;
      deadline = tick + 1 + (nanos + TICK - 1) / TICK;
    }
  }

  private final SplittableRandom random;
  private final long seed;
  private final boolean ipv6;
  private final int capacity;
  private final HashKey tableKey;
  private final ServerCounters counters = new ServerCounters(SLOTS);
  private final FlowKey key = new FlowKey(HashKey.PLACEMENT);
  private final Map<Client, Flow> flows = new HashMap<>();
  private final long[] opened = new long[SLOTS];
  private final long origin;
  private long tick;
  private long nanos;
  private final FlowTracker table;

  /** Creates a table and a map of nothing. */
  FlowTrackerModel(long seed, boolean ipv6, int capacity) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.ipv6 = ipv6;
    this.capacity = capacity;
    this.tableKey = new HashKey(random.nextLong(), random.nextLong());
    this.origin = random.nextLong();
    this.nanos = origin;
    this.table = new FlowTracker(ipv6, capacity, tableKey, counters, origin);
  }

  /**
   * Does so many operations with so many clients, colliding in the index or not, from a little
   * before tick {@code wrap}.
   */
  void run(int clients, boolean colliding, long wrap, long operations) {
    if (wrap > 0) {
      jump((wrap - 20_000) * TICK);
    }
    List<Client> pool = clients(clients, colliding);
    for (long operation = 0; operation < operations; operation++) {
      Client client = pool.get(random.nextInt(pool.size()));
      step(client);
      if (random.nextInt(4096) == 0 || operation == operations - 1) {
        recount();
      }
    }
  }

  private void step(Client client) {
    int what = random.nextInt(100);
    if (what < 88) {
      frame(client);
    } else if (what < 92) {
      Flow flow = flows.get(client);
      if (flow != null && flow.deadline > tick) {
        table.remove(flow.record, CloseReason.REMOVED);
        flows.remove(client);
      }
    } else if (what < 99 || random.nextInt(8) != 0) {
      jump(random.nextLong(2 * TICK));
    } else {
      jump(random.nextLong(random.nextInt(20) == 0 ? 2_000_000_000_000L : 20_000_000_000L));
    }
  }

  /** What a director does with a frame. */
  private void frame(Client client) {
    int record = table.find(client.into(key));
    Flow flow = flows.get(client);
    if (flow == null) {
      check(record == FlowTracker.MISSING, "finds what is not there");
      flow = insert(client);
    } else {
      check(record == flow.record, "does not find what is there");
      check(table.generation(record) == flow.generation, "generation");
      check(table.upstream(record) == flow.upstream, "upstream");
    }
    if (flow == null) {
      return;
    }
    if (flow.tcp) {
      segment(flow);
    } else {
      table.datagram(flow.record);
    }
    flow.touch(tick);
    if (random.nextInt(8) == 0) {
      flow.upstream = random.nextInt(65_536);
      table.upstream(flow.record, flow.upstream);
    }
  }

  private @Nullable Flow insert(Client client) {
    int slot = random.nextInt(SLOTS);
    int generation = random.nextInt(65_536);
    int record = table.insert(client.into(key), slot, generation);
    if (flows.size() == capacity) {
      check(record == FlowTracker.FULL, "takes a flow too many");
      return null;
    }
    check(record >= 0 && record < capacity, "refuses a flow that it has room for");
    Flow flow = new Flow(record, slot, generation, client.protocol() == 6);
    flows.put(client, flow);
    opened[slot]++;
    return flow;
  }

  private void segment(Flow flow) {
    int flags = FLAGS[random.nextInt(FLAGS.length)];
    int end = random.nextInt(4) == 0 ? random.nextInt() : flow.sequenceEnd + random.nextInt(3000);
    int ack = flow.acknowledgement + random.nextInt(-2000, 20_000);
    table.segment(flow.record, flags, end, ack, 0);
    boolean repeated = flow.state == TcpState.SYN_RECEIVED && end == flow.sequenceEnd;
    flow.state = flow.state.next(flags);
    if ((flags & 6) == 2 && flow.state == TcpState.SYN_RECEIVED && !repeated) {
      flow.sequenced = false;
      flow.acknowledged = false;
      flow.acknowledgement = 0;
    }
    if (!flow.sequenced || newer(end, flow.sequenceEnd)) {
      flow.sequenced = true;
      flow.sequenceEnd = end;
    }
    boolean hasAck = (flags & 16) != 0;
    if (hasAck && (!flow.acknowledged || newer(ack, flow.acknowledgement))) {
      flow.acknowledged = true;
      flow.acknowledgement = ack;
    }
  }

  /** RFC 1982, 3.2, in its own words of 64 bits. */
  private static boolean newer(int a, int b) {
    long difference = Math.floorMod((a & 0xffff_ffffL) - (b & 0xffff_ffffL), 1L << 32);
    return difference > 0 && difference < 1L << 31;
  }

  private void jump(long by) {
    nanos += by;
    tick = (nanos - origin) / TICK;
    if (random.nextInt(4) == 0) {
      probeTheDue();
    }
    table.time(nanos);
    while (!table.expire()) {
      check(table.size() > 0, "is never done");
    }
    flows.values().removeIf(flow -> flow.deadline <= tick);
    check(table.size() == flows.size(), "keeps or forgets too much");
  }

  /** Advances once only, and finds some of the flows that may be left over. */
  private void probeTheDue() {
    table.time(nanos);
    table.expire();
    int probes = 20;
    for (Iterator<Map.Entry<Client, Flow>> all = flows.entrySet().iterator();
        all.hasNext() && probes > 0;
        probes--) {
      Map.Entry<Client, Flow> entry = all.next();
      int record = table.find(entry.getKey().into(key));
      if (entry.getValue().deadline <= tick) {
        check(record == FlowTracker.MISSING, "finds what is due");
        all.remove();
      } else {
        check(record == entry.getValue().record, "forgets too early");
      }
    }
  }

  private void recount() {
    int[] active = new int[SLOTS];
    int[] inactive = new int[SLOTS];
    flows.forEach((client, flow) -> {
      (flow.active() ? active : inactive)[flow.slot]++;
      compare(client, flow);
    });
    for (int slot = 0; slot < SLOTS; slot++) {
      check(counters.active(slot) == active[slot], "active");
      check(counters.inactive(slot) == inactive[slot], "inactive");
      check(counters.connections(slot) == opened[slot], "connections");
    }
    int used = 0;
    for (int record = 0; record < capacity; record++) {
      used += table.inUse(record) ? 1 : 0;
    }
    check(used == flows.size(), "records in use");
  }

  private void compare(Client client, Flow flow) {
    int record = flow.record;
    check(table.inUse(record), "in use");
    check(table.slot(record) == flow.slot, "slot");
    check(table.state(record) == flow.state, "state");
    check(table.isActive(record) == flow.active(), "active");
    check(table.hasAcknowledgement(record) == flow.acknowledged, "has acknowledgement");
    check(table.acknowledgement(record) == flow.acknowledgement, "acknowledgement");
    check(table.sequenceEnd(record) == flow.sequenceEnd, "sequence end");
    check(table.remainingNanos(record) == (flow.deadline - tick) * TICK, "remaining");
    FlowKey wanted = client.into(new FlowKey(HashKey.PLACEMENT));
    table.key(record, key);
    check(key.tupleHash() == wanted.tupleHash() && key.isIpv6() == ipv6, "key");
  }

  private List<Client> clients(int count, boolean colliding) {
    FlowRecords records = new FlowRecords(ipv6, 1);
    FlowIndex index = new FlowIndex(capacity);
    int last = index.home(-1);
    List<Client> clients = new ArrayList<>();
    while (clients.size() < count) {
      Client client = client();
      // Colliding clients all begin their search in the last places of the index, and wrap round.
      int home = index.home(records.hash(client.into(key), tableKey));
      if (!colliding || home > last - 4) {
        clients.add(client);
      }
    }
    return clients;
  }

  private Client client() {
    int protocol = random.nextInt(4) == 0 ? 17 : 6;
    int port = random.nextInt(65_536);
    return ipv6
        ? new Client(
            true, random.nextLong(), random.nextLong(), 1, random.nextInt(9), port, protocol)
        : new Client(false, 0, random.nextInt(), 0, random.nextInt(), port, protocol);
  }

  private void check(boolean holds, String what) {
    if (!holds) {
      assertThat(holds).as("%s; seed %d, tick %d", what, seed, tick).isTrue();
    }
  }
}
