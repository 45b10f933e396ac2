package io.dsr.core.datapath;

import io.dsr.core.Explanation;
import io.dsr.core.Explanation.Candidate;
import io.dsr.core.FlowEntry;
import io.dsr.core.FlowTracking;
import io.dsr.core.HashKey;
import io.dsr.core.MacAddress;
import io.dsr.core.Picker;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.flow.FragmentTable;
import io.dsr.core.flow.UpstreamMacs;
import io.dsr.core.frame.SctpChunk;
import io.dsr.core.frame.TcpSegment;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a {@link Director} would do with a frame, without doing it: no state changes, no
 * counter moves, no byte of the frame does. Event loop only; slow.
 *
 * <p>One thing is not foreseen: whether a source would go over a rate just with this frame.
 */
final class Explainer {

  private final Slots slots;
  private final ServerCounters counters;
  private final FlowTables flowTables;
  private final FlowListing listing;
  private final Placement placement;
  private final Fragments fragments;
  private final UpstreamMacs upstreams;
  private final Forwarder forwarder;
  private final FrameClassifier classifier;

  private ServiceTable serviceTable = ServiceTable.EMPTY;
  private final List<String> steps = new ArrayList<>();
  private @Nullable ServiceEntry service;
  private @Nullable FlowEntry entry;
  private boolean asked;
  private int slot = Picker.NONE;

  Explainer(Inspection.Parts parts, Forwarder forwarder, HashKey hashKey, boolean dropBogusFlags) {
    this.forwarder = forwarder;
    this.upstreams = forwarder.upstreams();
    this.slots = parts.slots();
    this.counters = parts.counters();
    this.flowTables = parts.flowTables();
    this.listing = parts.listing();
    this.placement = parts.placement();
    this.fragments = parts.fragments();
    this.classifier = new FrameClassifier(hashKey, dropBogusFlags);
  }

  Explanation explain(ByteBuf frame, ServiceTable current, SlotDirectory slotDirectory) {
    serviceTable = current;
    classifier.serviceTable(current);
    steps.clear();
    service = null;
    entry = null;
    asked = false;
    slot = Picker.NONE;
    Verdict verdict = verdict(frame, slotDirectory);
    steps.add(Reasons.of(verdict));
    boolean forwards = verdict.action() == Verdict.Action.FORWARD;
    Member member = forwards ? slotDirectory.member(slot) : null;
    if (member != null) {
      steps.add(
          "It is sent to "
              + member.address().getHostAddress()
              + " at "
              + new MacAddress(slots.mac(slot))
              + ".");
    }
    ServiceEntry of = service;
    return new Explanation(
        verdict,
        steps,
        Optional.ofNullable(of).map(ServiceEntry::key),
        Optional.ofNullable(entry),
        of == null || !asked ? Optional.empty() : Optional.of(scheduler(of)),
        of == null ? List.of() : candidates(of),
        Optional.ofNullable(member).map(Member::address),
        member == null ? Optional.empty() : Optional.of(new MacAddress(slots.mac(slot))));
  }

  Optional<InetAddress> client(ByteBuf frame, ServiceTable current) {
    classifier.serviceTable(current);
    return classifier.classify(frame) == null
        ? Optional.of(Inspection.client(classifier.flow()))
        : Optional.empty();
  }

  private Verdict verdict(ByteBuf frame, SlotDirectory slotDirectory) {
    Verdict reason = classifier.classify(frame);
    if (reason != null) {
      return reason;
    }
    FlowKey flow = classifier.flow();
    steps.add(what(flow));
    if (classifier.kind() == FrameClassifier.Kind.FRAGMENT) {
      return fragment(frame.readableBytes());
    }
    FamilyFlows tables = flowTables.of(flow);
    FlowTracker table = tables == null ? null : tables.of(flow);
    int record = table == null ? FlowTracker.MISSING : table.peek(flow);
    if (table != null && record >= 0) {
      Verdict known = known(table, record, slotDirectory);
      if (known != null) {
        return known;
      }
    } else {
      steps.add("Nobody remembers its flow.");
    }
    return fresh(flow, tables);
  }

  private static String what(FlowKey flow) {
    InetAddress client = FlowListing.address(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    InetAddress vip =
        FlowListing.address(flow.isIpv6(), flow.destinationHigh(), flow.destinationLow());
    boolean ports = FrameClassifier.hasPorts(flow.protocol());
    return "It is of the flow "
        + Protocol.of(flow.protocol())
        + " "
        + client.getHostAddress()
        + (ports ? " port " + flow.sourcePort() : "")
        + " -> "
        + vip.getHostAddress()
        + (ports ? " port " + flow.destinationPort() : "")
        + ".";
  }

  private Verdict fragment(int octets) {
    steps.add("It is a fragment that is not the first of its datagram.");
    long found = fragments.find(classifier.fragment());
    if (found == FragmentTable.NONE) {
      return fragments.hasRoom(classifier.fragment(), octets)
          ? Verdict.HOLD_FRAGMENT
          : Verdict.DROP_FRAGMENT;
    }
    slot = FragmentTable.slot(found);
    return slots.generation(slot) == FragmentTable.generation(found)
        ? checked(Verdict.FORWARD_FRAGMENT)
        : Verdict.DROP_FRAGMENT;
  }

  /** Returns the verdict on a frame of a flow that is remembered, or null if it begins another. */
  private @Nullable Verdict known(FlowTracker table, int record, SlotDirectory slotDirectory) {
    entry = listing.entry(table, record, slotDirectory);
    int holder = table.slot(record);
    service = serviceTable.ofSlot(holder);
    steps.add(
        "Its flow is remembered in state "
            + entry.state()
            + " with "
            + entry.server().getHostAddress()
            + ", for "
            + entry.remaining().toSeconds()
            + " s yet.");
    if (!slots.holds(holder, table.generation(record))) {
      steps.add("That server has been removed from its service, and its flows do not stay.");
      return slots.removalPolicy(holder) == Slots.EXPIRE ? Verdict.DROP_EXPIRED : null;
    }
    if (isOpeningTcp() && !table.isActive(record)) {
      steps.add("That connection is closing or closed: this SYN begins another.");
      return null;
    }
    slot = holder;
    if (classifier.kind() != FrameClassifier.Kind.ERROR && comesFromAServer(table, record)) {
      return checked(Verdict.DROP_LOOP);
    }
    return checked(
        classifier.kind() == FrameClassifier.Kind.ERROR
            ? Verdict.FORWARD_ICMP_ERROR
            : Verdict.FORWARD_FLOW);
  }

  /** Returns whether the flow's frames come from a real server, and did not before. */
  private boolean comesFromAServer(FlowTracker table, int record) {
    long from = classifier.ethernet().source();
    return upstreams.mac(table.upstream(record)) != from && slots.isServer(from);
  }

  private Verdict fresh(FlowKey flow, @Nullable FamilyFlows tables) {
    ServiceEntry found = serviceTable.service(flow);
    service = found;
    if (found == null || tables == null) {
      return serviceTable.unserved(flow);
    }
    steps.add("Its service is " + found.key() + ".");
    boolean opening = isOpening();
    Verdict verdict = checked(Verdict.FORWARD_NEW);
    if (slots.isServer(classifier.ethernet().source())) {
      verdict = Verdict.DROP_LOOP;
    }
    if (verdict == Verdict.DROP_LOOP || verdict == Verdict.DROP_OWN_FRAME) {
      return verdict;
    }
    Verdict refused = refused(found, flow);
    return refused == null ? placed(found, flow, tables, opening) : refused;
  }

  private @Nullable Verdict refused(ServiceEntry found, FlowKey flow) {
    if (!found.permits(flow)) {
      return Verdict.DROP_DENIED;
    }
    if (placement.isBanned(found, flow)) {
      return Verdict.DROP_BANNED;
    }
    int pin = found.pins().find(flow);
    if (pin >= 0) {
      boolean up = found.mayTake(found.pins().slot(pin));
      steps.add("Its client is pinned to a server that " + (up ? "may" : "may not") + " take it.");
      return !up && found.pins().refuses(pin) ? Verdict.DROP_PINNED : null;
    }
    return null;
  }

  private Verdict placed(ServiceEntry found, FlowKey flow, FamilyFlows tables, boolean opening) {
    int returning = placement.returning(found, flow);
    boolean error = classifier.kind() == FrameClassifier.Kind.ERROR;
    FlowTracker table = isOpeningTcp() ? tables.halfOpen() : tables.remembered();
    boolean room = table.hasRoom();
    boolean tracked = found.tracking() == FlowTracking.TRACKED && !error;
    boolean scheduled = found.tracking() == FlowTracking.ONE_PACKET || (tracked && opening && room);
    if (returning != Picker.NONE) {
      steps.add("Persistence, or a pin, names its server.");
      slot = returning;
    } else {
      asked = scheduled;
      slot =
          scheduled ? found.pickers().scheduled().peek(flow) : found.pickers().midFlow().peek(flow);
    }
    if (slot == Picker.UNKNOWN) {
      steps.add("The scheduler cannot tell whom it would pick before it does.");
    } else if (slot == Picker.NONE || !found.mayTake(slot)) {
      return Verdict.DROP_NO_SERVER;
    }
    if (error) {
      return checked(Verdict.FORWARD_ICMP_ERROR);
    }
    if (!tracked) {
      return checked(Verdict.FORWARD_UNTRACKED);
    }
    if (!room) {
      return checked(Verdict.FORWARD_TABLE_FULL);
    }
    if (!opening) {
      return checked(Verdict.FORWARD_MIDFLOW);
    }
    return checked(returning == Picker.NONE ? Verdict.FORWARD_NEW : Verdict.FORWARD_PERSISTENT);
  }

  /** Returns {@code verdict}, or why a frame for {@link #slot} cannot be sent. */
  private Verdict checked(Verdict verdict) {
    long from = classifier.ethernet().source();
    if (forwarder.isOurs(from)) {
      return Verdict.DROP_OWN_FRAME;
    }
    if (slot < 0) {
      return verdict;
    }
    if (slots.mac(slot) == Slots.UNRESOLVED) {
      return Verdict.DROP_UNRESOLVED;
    }
    if (from == slots.mac(slot)) {
      return Verdict.DROP_LOOP;
    }
    return forwarder.reaches(slot) ? verdict : Verdict.DROP_NO_INTERFACE;
  }

  private boolean isOpening() {
    return switch (classifier.kind()) {
      case TCP -> isOpeningTcp();
      case SCTP -> classifier.sctp().decisiveChunkType() == SctpChunk.INIT;
      default -> true;
    };
  }

  private boolean isOpeningTcp() {
    return classifier.kind() == FrameClassifier.Kind.TCP
        && TcpSegment.isOpening(classifier.tcp().flags());
  }

  private static String scheduler(ServiceEntry of) {
    return of.members().service().scheduler().map(Object::toString).orElse("wlc");
  }

  private List<Candidate> candidates(ServiceEntry of) {
    List<Candidate> candidates = new ArrayList<>();
    for (Member member : of.members().members()) {
      candidates.add(
          new Candidate(
              member.address(),
              member.configuredWeight(),
              member.effectiveWeight(),
              member.reason(),
              counters.active(member.slot()),
              counters.inactive(member.slot())));
    }
    return candidates;
  }

  /** Returns the first key of the service that the last frame was for, or null. */
  @Nullable ServiceKey service() {
    return service == null ? null : service.key();
  }
}
