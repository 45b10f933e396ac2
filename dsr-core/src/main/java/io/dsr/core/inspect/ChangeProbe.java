package io.dsr.core.inspect;

import io.dsr.core.ChangePreview;
import io.dsr.core.ChangePreview.ServiceChange;
import io.dsr.core.FlowRemoval;
import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a service table would move, before it is published: the share of the hash space by
 * a sample of flows through both service tables' pickers, and the live flows by looking at each.
 * Event loop only; the pickers are only asked what they would do.
 */
public final class ChangeProbe {

  private static final int SAMPLES = 16_384;
  private static final long SEED = 0x5eed_0f_d5L;

  private final ServiceTable before;
  private final ServiceTable after;
  private final SlotDirectory holders;
  private final SlotDirectory successors;
  private final FlowKey flow;
  private final Map<ServiceKey, Tally> tallies = new HashMap<>();

  private static final class Tally {
    long live;
    long moved;
    long unprotected;
  }

  /**
   * Creates a probe of a change.
   *
   * @param before the service table in force
   * @param after the service table that would be
   * @param holders whose slots are which in {@code before}
   * @param successors whose they would be
   */
  @SuppressWarnings("exports") // called by our own modules alone
  public ChangeProbe(
      ServiceTable before,
      ServiceTable after,
      SlotDirectory holders,
      SlotDirectory successors,
      HashKey placement) {
    this.before = before;
    this.after = after;
    this.holders = holders;
    this.successors = successors;
    this.flow = new FlowKey(placement);
  }

  /** Looks at live flows from a position on, and returns where to go on. */
  public long walk(Inspection flows, long from, int examined) {
    return flows.walk(from, examined, this::look);
  }

  private boolean look(FlowTracker table, int record) {
    int slot = table.slot(record);
    ServiceKey key = holders.service(slot);
    Member server = holders.member(slot);
    if (key == null || server == null) {
      return true;
    }
    Tally tally = tallies.computeIfAbsent(key, any -> new Tally());
    tally.live++;
    Member successor = successors.member(slot);
    boolean stays =
        successor != null
            && (!successor.isRemoved() || removal(key) == FlowRemoval.KEEP)
            && successor.generation() == server.generation();
    if (!stays) {
      tally.moved++;
    }
    table.key(record, flow);
    ServiceEntry planned = after.service(flow);
    InetAddress next = planned == null ? null : placed(planned, successors);
    if (!server.address().equals(next)) {
      tally.unprotected++;
    }
    return true;
  }

  private FlowRemoval removal(ServiceKey key) {
    ServiceEntry planned = after.service(key);
    if (planned == null) {
      planned = before.service(key);
    }
    return planned == null ? FlowRemoval.KEEP : planned.members().service().rules().removal();
  }

  /** Returns what was found, once {@link #walk} has come to the end. */
  public ChangePreview result() {
    Set<ServiceKey> keys = new LinkedHashSet<>();
    before.services().forEach(service -> keys.add(service.key()));
    after.services().forEach(service -> keys.add(service.key()));
    List<ServiceChange> changes = new ArrayList<>();
    for (ServiceKey key : keys) {
      VirtualService old = service(before, key);
      VirtualService now = service(after, key);
      if (!Objects.equals(old, now)) {
        changes.add(change(key, old, now));
      }
    }
    return new ChangePreview(changes);
  }

  private static @Nullable VirtualService service(ServiceTable serviceTable, ServiceKey key) {
    ServiceEntry planned = serviceTable.service(key);
    return planned == null ? null : planned.members().service();
  }

  private ServiceChange change(
      ServiceKey key, @Nullable VirtualService old, @Nullable VirtualService now) {
    Tally tally = tallies.getOrDefault(key, new Tally());
    ServiceEntry from = before.service(key);
    ServiceEntry to = after.service(key);
    Optional<Double> share = Optional.of(from == null ? 0.0 : 1.0);
    double unavoidable = share.get();
    if (from != null && to != null) {
      share = share(key, from, to);
      unavoidable = unavoidable(from, to);
    }
    return new ServiceChange(
        key,
        summary(old, now),
        share,
        unavoidable,
        SAMPLES,
        tally.live,
        tally.moved,
        tally.unprotected);
  }

  private static String summary(@Nullable VirtualService old, @Nullable VirtualService now) {
    if (old == null) {
      return "comes";
    }
    if (now == null) {
      return "goes";
    }
    List<String> parts = new ArrayList<>();
    if (!old.scheduler().equals(now.scheduler())) {
      parts.add("scheduler");
    }
    if (!old.persistence().equals(now.persistence())) {
      parts.add("persistence");
    }
    if (!old.realServers().equals(now.realServers())) {
      parts.add("servers");
    }
    if (!old.rules().equals(now.rules())) {
      parts.add("rules");
    }
    if (!old.keys().equals(now.keys())) {
      parts.add("keys");
    }
    return "changes " + String.join(", ", parts);
  }

  private Optional<Double> share(ServiceKey key, ServiceEntry from, ServiceEntry to) {
    var random = new SplittableRandom(SEED);
    int moved = 0;
    for (int sample = 0; sample < SAMPLES; sample++) {
      sample(key, random);
      int slot = from.pickers().midFlow().peek(flow);
      int next = to.pickers().midFlow().peek(flow);
      if (slot == Picker.UNKNOWN || next == Picker.UNKNOWN) {
        return Optional.empty();
      }
      if (!Objects.equals(address(holders, slot), address(successors, next))) {
        moved++;
      }
    }
    return Optional.of((double) moved / SAMPLES);
  }

  private void sample(ServiceKey key, SplittableRandom random) {
    int protocol = key.protocol().number();
    int port = random.nextInt(1024, 65_536);
    if (key.isIpv6()) {
      flow.ipv6(random.nextLong(), random.nextLong(), key.vip().high(), key.vip().low())
          .transport(port, key.port(), protocol);
    } else {
      flow.ipv4(random.nextInt(), (int) key.vip().low(), port, key.port(), protocol);
    }
  }

  private @Nullable InetAddress placed(ServiceEntry planned, SlotDirectory slotDirectory) {
    return address(slotDirectory, planned.pickers().midFlow().peek(flow));
  }

  private static @Nullable InetAddress address(SlotDirectory slotDirectory, int slot) {
    Member member = slot < 0 ? null : slotDirectory.member(slot);
    return member == null ? null : member.address();
  }

  /** Returns how much of the work changes hands by the weights alone. */
  private static double unavoidable(ServiceEntry from, ServiceEntry to) {
    Map<InetAddress, Double> shares = shares(from);
    Map<InetAddress, Double> next = shares(to);
    double lost = 0;
    for (Map.Entry<InetAddress, Double> share : shares.entrySet()) {
      lost += Math.max(0, share.getValue() - next.getOrDefault(share.getKey(), 0.0));
    }
    return lost;
  }

  private static Map<InetAddress, Double> shares(ServiceEntry planned) {
    long sum = 0;
    for (Member member : planned.members().members()) {
      sum += member.effectiveWeight();
    }
    Map<InetAddress, Double> shares = new HashMap<>();
    for (Member member : planned.members().members()) {
      if (member.effectiveWeight() > 0) {
        shares.put(member.address(), (double) member.effectiveWeight() / sum);
      }
    }
    return shares;
  }
}
