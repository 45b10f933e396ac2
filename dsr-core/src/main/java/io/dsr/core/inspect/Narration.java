package io.dsr.core.inspect;

import io.dsr.core.Explanation;
import io.dsr.core.Explanation.Candidate;
import io.dsr.core.FlowEntry;
import io.dsr.core.IpPrefix;
import io.dsr.core.MacAddress;
import io.dsr.core.Protocol;
import io.dsr.core.Verdict;
import io.dsr.core.datapath.Decision;
import io.dsr.core.datapath.Director;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.ServerCounters;
import io.dsr.core.membership.SlotDirectory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link Decision} into words: each step from what the deciding procedure has written at
 * that step, so that it reports only what was done. Event loop only; slow.
 */
final class Narration {

  private final Director director;
  private final FlowListing listing;
  private final SlotDirectory slotDirectory;
  private final List<String> steps = new ArrayList<>();
  private @Nullable ServiceEntry service;
  private @Nullable FlowEntry entry;

  Narration(Director director, FlowListing listing, SlotDirectory slotDirectory) {
    this.director = director;
    this.listing = listing;
    this.slotDirectory = slotDirectory;
  }

  /** Returns what was decided, in words. */
  Explanation tell(Decision d) {
    if (d.isOfFlow()) {
      tellFlow(d);
    }
    Verdict verdict = d.verdict();
    steps.add(Reasons.of(verdict));
    boolean forwards = verdict.action() == Verdict.Action.FORWARD;
    Member member = forwards ? slotDirectory.member(d.slot()) : null;
    Optional<MacAddress> mac =
        member == null ? Optional.empty() : Optional.of(new MacAddress(d.destination()));
    if (member != null) {
      String address = IpPrefix.text(member.address());
      steps.add("It is sent to " + address + " at " + mac.orElseThrow() + ".");
    }
    ServiceEntry of = service;
    return new Explanation(
        verdict,
        steps,
        Optional.ofNullable(of).map(ServiceEntry::key),
        Optional.ofNullable(entry),
        of != null && d.isPlaced() && d.isScheduled()
            ? Optional.of(scheduler(of))
            : Optional.empty(),
        of == null ? List.of() : candidates(of),
        Optional.ofNullable(member).map(Member::address),
        mac);
  }

  private void tellFlow(Decision d) {
    steps.add(what(d.flow()));
    if (d.isFragment()) {
      steps.add("It is a fragment, but not the first of its datagram.");
      return;
    }
    FlowTracker known = d.table();
    FlowTracker left = d.leavingTable();
    if (known != null) {
      tellRemembered(known, d.record());
    } else if (left != null && d.leavingReason() != CloseReason.EXPIRED) {
      tellRemembered(left, d.leaving());
      steps.add(
          switch (d.leavingReason()) {
            case REUSED -> "That connection is over, or came to nothing; this starts a new one.";
            case SERVER_FAILED ->
                "That server has failed or drained, and such flows do not stay with it.";
            default ->
                "That server was removed from the service, and its flows do not stay with it.";
          });
    } else {
      steps.add("Its flow is not in the flow table.");
    }
    if (d.isPlaced()) {
      tellPlacement(d);
    }
  }

  private void tellRemembered(FlowTracker table, int record) {
    FlowEntry met = listing.entry(table, record, slotDirectory);
    entry = met;
    service = director.serviceTable().ofSlot(table.slot(record));
    steps.add(
        "Its flow is in the flow table, in state "
            + met.state()
            + " with "
            + IpPrefix.text(met.server())
            + ", and expires in "
            + met.remaining().toSeconds()
            + " s.");
  }

  private void tellPlacement(Decision d) {
    ServiceEntry found = d.service();
    service = found;
    if (found == null) {
      return;
    }
    steps.add("Its service is " + found.key() + ".");
    if (d.pin() >= 0) {
      boolean up = found.mayTake(found.pins().slot(d.pin()));
      steps.add("Its client is pinned to a server that " + (up ? "can" : "cannot") + " take it.");
    }
    if (d.isReturning()) {
      steps.add("Persistence or a pin selects its server.");
    }
    if (d.isUnknown()) {
      steps.add("The scheduler cannot tell in advance which server it picks.");
    }
    if (!d.isReturning()) {
      tellFailures(found, d);
    }
    if (d.verdict() == Verdict.DROP_NO_SERVER) {
      tellFallback(found);
    }
    if (d.isPlacedOnItsSender()) {
      steps.add(
          "It comes from the very server that it is placed on, which routes for its client, or"
              + " forwards what it should answer. A hash or persistence places the client's next"
              + " attempt there again, other schedulers elsewhere (cure: route its clients by"
              + " another machine, or use a scheduler that is no hash).");
    }
  }

  private void tellFallback(ServiceEntry found) {
    boolean anyMayTake =
        found.members().members().stream().anyMatch(member -> found.mayTake(member.slot()));
    if (anyMayTake) {
      found
          .missingFallback()
          .ifPresent(flag ->
              steps.add(
                  "Its client belongs to a server that cannot take it, and without "
                      + flag
                      + " the scheduler picks no other, as in IPVS (cure: -b "
                      + flag
                      + ")."));
    }
  }

  private void tellFailures(ServiceEntry found, Decision d) {
    Throwable now = found.peekFailure(d.flow(), d.isScheduled());
    if (now != null) {
      steps.add("The " + found.failures().name() + " throws " + shortly(now) + " when asked.");
    }
    long failures = found.failures().count();
    Throwable latest = found.failures().latest();
    if (failures > 0 && latest != null) {
      steps.add(
          "The "
              + found.failures().name()
              + " has thrown "
              + (failures == 1 ? "once: " : failures + " times, most recently ")
              + shortly(latest)
              + ". A frame that it throws for is dropped.");
    }
    if (found.isStale()) {
      steps.add("The scheduler failed when the servers changed: its picker is an earlier one.");
    }
  }

  /** Returns a failure in a line; what describes it is not ours either. */
  private static String shortly(Throwable failure) {
    try {
      return failure.toString().lines().findFirst().orElse(failure.getClass().getName());
    } catch (Throwable e) {
      return failure.getClass().getName();
    }
  }

  private static String what(FlowKey flow) {
    InetAddress client = FlowListing.address(flow.isIpv6(), flow.sourceHigh(), flow.sourceLow());
    InetAddress vip =
        FlowListing.address(flow.isIpv6(), flow.destinationHigh(), flow.destinationLow());
    boolean ports = Protocol.of(flow.protocol()).hasPorts();
    return "It is of the flow "
        + Protocol.of(flow.protocol())
        + " "
        + IpPrefix.text(client)
        + (ports ? " port " + flow.sourcePort() : "")
        + " -> "
        + IpPrefix.text(vip)
        + (ports ? " port " + flow.destinationPort() : "")
        + ".";
  }

  private static String scheduler(ServiceEntry of) {
    return of.members().service().scheduler().map(Object::toString).orElse("wlc");
  }

  private List<Candidate> candidates(ServiceEntry of) {
    ServerCounters counters = director.counters();
    List<Candidate> candidates = new ArrayList<>();
    for (Member member : of.members().members()) {
      candidates.add(
          new Candidate(
              member.address(),
              member.configuredWeight(),
              member.condition().override(),
              member.effectiveWeight(),
              member.reason(),
              counters.active(member.slot()),
              counters.inactive(member.slot())));
    }
    return candidates;
  }
}
