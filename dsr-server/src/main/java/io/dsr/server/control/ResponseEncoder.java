package io.dsr.server.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.ExtensionStatistics;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.TableStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.ChangePreview;
import io.dsr.core.ChangePreview.ServiceChange;
import io.dsr.core.Explanation;
import io.dsr.core.FlowEntry;
import io.dsr.core.Health;
import io.dsr.core.IpPrefix;
import io.dsr.core.Loss;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.Scheduler;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** What the balancer says, as JSON: addresses as text, times in milliseconds. */
final class ResponseEncoder {

  private ResponseEncoder() {}

  /** Returns the services, their servers and the counters that are not zero. */
  static ObjectNode status(List<VirtualService> services, BalancerStatistics statistics) {
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("services");
    for (ServiceStatistics counted : statistics.services()) {
      Optional<VirtualService> service =
          services.stream().filter(s -> s.key().equals(counted.service())).findFirst();
      list.add(service(service, counted));
    }
    ObjectNode verdicts = answer.putObject("verdicts");
    statistics
        .verdicts()
        .forEach((verdict, count) -> {
          if (count > 0) {
            verdicts.put(verdict.name(), count);
          }
        });
    ArrayNode interfaces = answer.putArray("interfaces");
    statistics.interfaces().forEach(each -> add(interfaces.addObject(), each));
    TableStatistics tables = statistics.tables();
    ExtensionStatistics extensions = statistics.extensions();
    ObjectNode failures = answer.putObject("extensionFailures");
    extensions.failures().forEach(failures::put);
    return answer
        .put("lostEvents", extensions.lostEvents())
        .put("slowFrames", extensions.slowFrames())
        .put("kernelFrames", statistics.kernelFrames())
        .put("kernelDrops", statistics.kernelDrops())
        .put("sendDrops", statistics.sendDrops())
        .put("releasedFragments", statistics.releasedFragments())
        .put("evictedFlows", tables.evictedFlows())
        .put("untrackedSources", tables.untrackedSources())
        .put("refusedPersistence", tables.refusedPersistence())
        .put("uncapturedFrames", tables.uncapturedFrames());
  }

  private static void add(ObjectNode answer, InterfaceStatistics each) {
    answer.put("interface", each.name()).put("attached", each.attached());
    ArrayNode loops = answer.putArray("framesByLoop");
    each.kernelFrames().forEach(loops::add);
    long queueFull = each.lost(Loss.SEND_QUEUE_FULL) + each.lost(Loss.SEND_BUFFER_FULL);
    answer
        .put("received", each.received())
        .put("forwarded", each.forwarded())
        .put("offered", each.offered())
        .put("sent", each.sent())
        .put("kernelDrops", each.kernelDrops())
        .put("sendQueueFull", queueFull)
        .put("sendRefused", each.sendDrops() - queueFull);
    ObjectNode losses = answer.putObject("losses");
    each.losses()
        .forEach((loss, count) -> {
          if (count > 0) {
            losses.put(loss.name(), count);
          }
        });
  }

  /** Returns a flow. */
  static ObjectNode flow(FlowEntry flow) {
    return Json.empty()
        .put("service", flow.service().toString())
        .put("protocol", flow.protocol().toString())
        .put("client", IpPrefix.text(flow.client()))
        .put("clientPort", flow.clientPort())
        .put("vip", IpPrefix.text(flow.vip()))
        .put("port", flow.port())
        .put("server", IpPrefix.text(flow.server()))
        .put("state", flow.state())
        .put("active", flow.active())
        .put("remainingMilliseconds", flow.remaining().toMillis());
  }

  /** Returns a client that persistence remembers. */
  static ObjectNode session(PersistenceEntry session) {
    return Json.empty()
        .put("service", session.service().toString())
        .put("client", session.client().toString())
        .put("key", session.key())
        .put("server", IpPrefix.text(session.server()))
        .put("pinned", session.pinned())
        .put("remainingMilliseconds", session.remaining().toMillis());
  }

  /** Returns what would become of a frame; what is not known is left out. */
  static ObjectNode explanation(Explanation told) {
    ObjectNode answer =
        Json.object().put("verdict", told.verdict().name()).put("forwards", told.forwards());
    ArrayNode steps = answer.putArray("steps");
    told.steps().forEach(steps::add);
    told.service().ifPresent(service -> answer.put("service", service.toString()));
    told.entry().ifPresent(entry -> answer.set("entry", flow(entry)));
    told.scheduler().ifPresent(scheduler -> answer.put("scheduler", scheduler));
    ArrayNode candidates = answer.putArray("candidates");
    for (Explanation.Candidate each : told.candidates()) {
      ObjectNode candidate = candidates.addObject().put("server", IpPrefix.text(each.server()));
      weights(
          candidate,
          each.configuredWeight(),
          each.override(),
          each.effectiveWeight(),
          each.reason());
      candidate.put("active", each.active()).put("inactive", each.inactive());
    }
    told.server().map(IpPrefix::text).ifPresent(text -> answer.put("server", text));
    told.mac().ifPresent(mac -> answer.put("mac", mac.toString()));
    return answer;
  }

  /** Returns what a change would move; an unknown share is left out. */
  static ObjectNode preview(ChangePreview preview) {
    ObjectNode answer = Json.object();
    ArrayNode services = answer.putArray("services");
    for (ServiceChange change : preview.services()) {
      ObjectNode each =
          services
              .addObject()
              .put("service", change.service().toString())
              .put("summary", change.summary());
      change.hashShareMoved().ifPresent(share -> each.put("hashShareMoved", share));
      each.put("unavoidableShare", change.unavoidableShare())
          .put("sampledFlows", change.sampledFlows())
          .put("liveFlows", change.liveFlows())
          .put("flowsMoved", change.flowsMoved())
          .put("flowsUnprotected", change.flowsUnprotected());
    }
    return answer;
  }

  private static String scheduler(Scheduler scheduler) {
    return scheduler.spec().map(SchedulerSpec::toString).orElseGet(scheduler::toString);
  }

  private static ObjectNode service(Optional<VirtualService> service, ServiceStatistics counted) {
    ObjectNode object = Json.empty().put("service", counted.service().toString());
    service.ifPresent(running -> {
      ArrayNode keys = object.putArray("keys");
      running.keys().forEach(key -> keys.add(key.toString()));
      object.put("scheduler", running.scheduler().map(ResponseEncoder::scheduler).orElse("wlc"));
    });
    traffic(object, counted.traffic());
    ArrayNode servers = object.putArray("servers");
    for (ServerStatistics server : counted.servers()) {
      ObjectNode each = servers.addObject().put("server", IpPrefix.text(server.address()));
      weights(
          each,
          server.configuredWeight(),
          server.override(),
          server.effectiveWeight(),
          server.reason());
      health(each, server.health());
      server.mac().ifPresent(mac -> each.put("mac", mac.toString()));
      traffic(each, server.traffic());
    }
    return object;
  }

  /** Puts a server's weights, without an override if there is none. */
  private static void weights(
      ObjectNode object, int configured, OptionalInt override, int effective, WeightReason reason) {
    object.put("weight", configured);
    override.ifPresent(weight -> object.put("override", weight));
    object.put("effectiveWeight", effective).put("reason", reason.text());
  }

  private static void health(ObjectNode object, Health health) {
    object.put("health", health.state().name().toLowerCase(Locale.ROOT));
    if (!health.reason().isEmpty()) {
      object.put("healthReason", health.reason());
    }
  }

  private static void traffic(ObjectNode object, Traffic traffic) {
    object
        .put("packets", traffic.packets())
        .put("bytes", traffic.bytes())
        .put("active", traffic.activeConnections())
        .put("inactive", traffic.inactiveConnections())
        .put("total", traffic.totalConnections());
  }
}
