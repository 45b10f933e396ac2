package io.dsr.core.datapath;

import static java.util.Objects.requireNonNull;

import io.dsr.core.FlowTracking;
import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.OverloadDetector;
import io.dsr.core.membership.ServiceMembers;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.Pins;
import io.dsr.core.scheduler.Schedulers;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop needs to place a new flow of one service. Immutable but for what its pickers,
 * its persistence table and its source table remember.
 */
@SuppressWarnings("exports") // used by our own modules alone
public final class ServiceEntry {

  /**
   * What outlives a change of servers.
   *
   * @param persistence who took this client before, null without persistence
   * @param sources what each source does, null without limits
   * @param access which clients are served, null for all
   * @param failures what its pickers threw
   */
  public record Memory(
      @Nullable PersistenceTable persistence,
      @Nullable SourceTable sources,
      @Nullable PrefixMap access,
      PickerFailures failures) {

    /** Creates a memory of which nobody is told what pickers threw. */
    public Memory(
        @Nullable PersistenceTable persistence,
        @Nullable SourceTable sources,
        @Nullable PrefixMap access) {
      this(persistence, sources, access, PickerFailures.untold());
    }
  }

  /**
   * The pickers of one event loop.
   *
   * @param scheduled picks for a flow that begins
   * @param midFlow picks for an unknown flow
   */
  public record Pickers(Picker scheduled, Picker midFlow) {

    /** Checks that both are there. */
    public Pickers {
      requireNonNull(scheduled, "the picker that a scheduler returned");
      requireNonNull(midFlow, "the picker that a scheduler returned");
    }
  }

  private final ServiceMembers members;
  private final Pickers pickers;
  private final OverloadDetector load;

  // Of pickers and memory, what a new flow asks for: with many services, each object on its way is
  // one more that no cache has.
  private final Picker scheduled;
  private final Picker midFlow;
  private final @Nullable PersistenceTable persistence;
  private final @Nullable SourceTable sources;
  private final @Nullable PrefixMap access;
  private final PickerFailures failures;

  private final Pins pins;
  private final boolean stale;
  private final FlowTracking tracking;
  private final boolean keepsQuiescent;
  private final int slots;
  private final int[] eligible;

  /**
   * The word of a set of slots that the first one of the service is in; lower ones are left out.
   */
  private final int firstWord;

  /** The first word of {@link #mayTake}: all that most services have, without a look elsewhere. */
  private final long firstMayTake;

  private final long[] mayTake;
  private final long[] mayKeep;
  private final long[] mayKeepDatagrams;
  private final long[] standing;
  private final long[] refusing;

  /**
   * Creates an entry.
   *
   * @param members the service with its servers
   * @param pickers those of the event loop
   * @param memory what outlives a change of servers
   * @param load what the event loop counts for each server
   */
  public ServiceEntry(
      ServiceMembers members, Pickers pickers, Memory memory, OverloadDetector load) {
    this(members, pickers, memory, load, /* stale= */ false);
  }

  private ServiceEntry(
      ServiceMembers members,
      Pickers pickers,
      Memory memory,
      OverloadDetector load,
      boolean stale) {
    this.stale = stale;
    this.members = members;
    this.pickers = pickers;
    this.load = load;
    this.scheduled = pickers.scheduled();
    this.midFlow = pickers.midFlow();
    this.persistence = memory.persistence();
    this.sources = memory.sources();
    this.access = memory.access();
    this.failures = memory.failures();
    VirtualService service = members.service();
    this.tracking = service.rules().tracking();
    this.pins =
        Pins.of(service.persistence().map(p -> p.pins()).orElse(List.of()), members::slotOf);
    this.keepsQuiescent =
        service.persistence().map(policy -> !policy.expireQuiescent()).orElse(false);
    this.slots = members.members().stream().mapToInt(Member::slot).max().orElse(-1) + 1;
    this.eligible =
        members.members().stream()
            .filter(member -> member.effectiveWeight() > 0)
            .mapToInt(Member::slot)
            .toArray();
    this.firstWord = members.members().stream().mapToInt(Member::slot).min().orElse(0) >> 6;
    this.mayTake = bits(member -> member.effectiveWeight() > 0);
    this.firstMayTake = mayTake.length == 0 ? 0 : mayTake[0];
    this.mayKeep = bits(member -> member.condition().keepsClients());
    this.mayKeepDatagrams = bits(member -> member.condition().keepsDatagrams());
    this.standing = bits(member -> !member.isRemoved());
    this.refusing = bits(Member::refusesFlows);
  }

  private long[] bits(Predicate<Member> which) {
    var bits = new BitSet();
    members.members().stream()
        .filter(which)
        .forEach(member -> bits.set(member.slot() - (firstWord << 6)));
    return bits.toLongArray();
  }

  /** Returns the first key of the service. */
  public ServiceKey key() {
    return members.service().key();
  }

  List<ServiceKey> keys() {
    return members.service().keys();
  }

  /** Returns the service with its servers. */
  public ServiceMembers members() {
    return members;
  }

  /** Returns a number above that of every slot of the service. */
  int slots() {
    return slots;
  }

  /** Returns who took which client before, or null without persistence. */
  public @Nullable PersistenceTable persistence() {
    return persistence;
  }

  /** Returns what each source does, or null without limits. */
  public @Nullable SourceTable sources() {
    return sources;
  }

  /** Returns what its pickers threw. */
  public PickerFailures failures() {
    return failures;
  }

  FlowTracking tracking() {
    return tracking;
  }

  /** Returns the clients that are tied to a server. */
  public Pins pins() {
    return pins;
  }

  /** Returns the flag without which the scheduler drops clients whose server cannot take them. */
  public Optional<String> missingFallback() {
    return members.service().scheduler().flatMap(Schedulers::missingFallback);
  }

  /** Returns who picks a server. */
  public Pickers pickers() {
    return pickers;
  }

  /**
   * Returns a copy with the same pickers.
   *
   * @param others differ in nothing that a picker was told, unless the pickers are stale
   */
  public ServiceEntry withMembers(ServiceMembers others, Memory newMemory, boolean stale) {
    return new ServiceEntry(others, pickers, newMemory, load, stale);
  }

  /** Returns whether the pickers know other servers than there are: the scheduler has failed. */
  public boolean isStale() {
    return stale;
  }

  /** Returns whether the client of {@code flow} is served. */
  boolean permits(FlowView flow) {
    return access == null
        || access.find(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow()) == AccessRules.ALLOWED;
  }

  /**
   * Returns the slot of the server for a flow that begins, or {@link Picker#NONE}.
   *
   * @param live whether it is picked, or only asked which would be: {@link Picker#UNKNOWN} if the
   *     picker cannot tell
   */
  int schedule(FlowView flow, boolean live) {
    int slot = guarded(scheduled, flow, live);
    return slot < 0 || load.admits(slot) ? slot : another(flow);
  }

  /**
   * Returns the slot of the server for an unknown flow, or {@link Picker#NONE}; a server that has
   * just become full too, for the flow may be one that it has.
   *
   * @param live as in {@link #schedule}
   */
  int place(FlowView flow, boolean live) {
    return guarded(midFlow, flow, live);
  }

  /** Returns whether the server of that slot may take a new flow of this service. */
  public boolean mayTake(int slot) {
    return hasWeight(slot) && load.admits(slot);
  }

  private boolean hasWeight(int slot) {
    return slot >> 6 == firstWord ? (firstMayTake & (1L << slot)) != 0 : has(mayTake, slot);
  }

  /**
   * Returns whether a client that persistence remembers may go on to the server of that slot with a
   * flow: while it may take new flows, and also while it drains or has weight 0 if the service
   * keeps quiescent servers; with one of datagrams until the deadline of the drain. A client of a
   * server that is silent or unhealthy is placed again.
   */
  boolean mayReturn(int slot, FlowView flow) {
    return mayTake(slot)
        || (keepsQuiescent
            && has(FlowTracker.connects(flow.protocol()) ? mayKeep : mayKeepDatagrams, slot));
  }

  /** Returns whether the server of that slot is one of this service, and has not been removed. */
  boolean isStanding(int slot) {
    return has(standing, slot);
  }

  /** Returns whether the server of that slot takes no new flows, even if it had fewer. */
  boolean refuses(int slot) {
    return has(refusing, slot);
  }

  private boolean has(long[] bits, int slot) {
    int word = (slot >> 6) - firstWord;
    return word >= 0 && word < bits.length && (bits[word] & (1L << slot)) != 0;
  }

  // A user's picker may be wrong; its fault must not become a frame to a stranger, or an end of the
  // event loop. A question changes nothing: what it meets is not counted.
  private int guarded(Picker picker, FlowView flow, boolean live) {
    try {
      int slot = live ? picker.pick(flow) : picker.peek(flow);
      if (!live && slot == Picker.UNKNOWN) {
        return slot;
      }
      return hasWeight(slot) ? slot : Picker.NONE;
    } catch (Throwable e) {
      if (live) {
        failures.add(e);
      }
      return Picker.NONE;
    }
  }

  /**
   * Returns what a picker throws when it is asked about a flow without being made to pick, or null.
   * Event loop only.
   */
  public @Nullable Throwable peekFailure(FlowView flow, boolean opening) {
    try {
      int _ = (opening ? scheduled : midFlow).peek(flow);
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  /** Returns a server with room, for the one picked has become full since the pickers were made. */
  private int another(FlowView flow) {
    int from = (int) Long.remainderUnsigned(flow.tupleHash(), eligible.length);
    for (int step = 0; step < eligible.length; step++) {
      int slot =
          eligible[from + step < eligible.length ? from + step : from + step - eligible.length];
      if (load.admits(slot)) {
        return slot;
      }
    }
    return Picker.NONE;
  }
}
