package io.dsr.server.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsr.core.Balancer;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.DrainReport;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.IpPrefix;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import io.dsr.rules.RulesException;
import io.dsr.rules.RulesParser;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** The commands of one client, done with {@link Balancer}. Belongs to that client's thread. */
public final class Commands {

  /** All of them. */
  static final String NAMES =
      "status, flows, sessions, forget-flows, forget-sessions, explain, rules, preview, reload, weight,"
          + " drain, undrain, snapshot-export or snapshot-import";

  /** The most flows in an answer. */
  public static final int PAGE = 500;

  /** The most flows that are counted for an answer without flows. */
  public static final int COUNTED_PAGE = 10_000;

  /** The most sessions in an answer, counted or shown. */
  public static final int SESSIONS = 10_000;

  private static final int MOST_RULES = 8 * 1024 * 1024;
  private static final Duration LONGEST_DRAIN = Duration.ofDays(1);
  private static final Duration PROGRESS = Duration.ofSeconds(1);

  private final Balancer balancer;
  private final Duration patience;
  private final Reload reload;

  /** Lines of rules, the last of which may go on with the next request. */
  private final List<StringBuilder> rules = new ArrayList<>();

  private long rulesSize;

  /**
   * Creates the commands of a client.
   *
   * @param patience how long an operation may take, but for a drain
   * @param reload reads the rules again
   */
  Commands(Balancer balancer, Duration patience, Reload reload) {
    this.balancer = balancer;
    this.reload = reload;
    this.patience = patience;
  }

  /** Takes an answer that is not the last one to a request. */
  interface Progress {
    /** Sends it. */
    void tell(ObjectNode answer) throws IOException;
  }

  /** Does a request and returns the last answer to it. */
  ObjectNode execute(Request request, Progress progress) throws ControlException, IOException {
    return switch (request.command()) {
      case "status" -> status(request);
      case "flows" -> flows(request);
      case "sessions" -> sessions(request);
      case "forget-flows", "forget-sessions" -> forget(request);
      case "explain" -> explain(request);
      case "rules" -> takeRules(request);
      case "preview" -> preview(request);
      case "reload" -> reload(request);
      case "weight" -> weight(request);
      case "drain" -> drain(request, progress);
      case "undrain" -> undrain(request);
      case "snapshot-export", "snapshot-import" -> snapshot(request);
      default -> throw ControlException.usage("command", request.command(), NAMES);
    };
  }

  private ObjectNode status(Request request) throws ControlException {
    request.end();
    return ResponseEncoder.status(balancer.services(), balancer.statistics());
  }

  private ObjectNode flows(Request request) throws ControlException {
    FlowFilter filter = request.filter(balancer.services());
    boolean countOnly = request.flag("countOnly");
    long from = request.number("from", 0, Long.MAX_VALUE, 0);
    int most = countOnly ? COUNTED_PAGE : PAGE;
    int limit = (int) request.number("limit", 1, most, most);
    request.end();
    FlowPage page = await(balancer.flows(filter, from, limit));
    ObjectNode answer = Json.object();
    if (!countOnly) {
      ArrayNode flows = answer.putArray("flows");
      page.flows().forEach(flow -> flows.add(ResponseEncoder.flow(flow)));
    }
    return answer
        .put("count", page.flows().size())
        .put("next", page.next())
        .put("examined", page.examined());
  }

  private ObjectNode sessions(Request request) throws ControlException {
    FlowFilter filter = request.filter(balancer.services());
    boolean countOnly = request.flag("countOnly");
    int limit = (int) request.number("limit", 1, SESSIONS, SESSIONS);
    request.end();
    // One more than asked for, to know whether there are more.
    List<PersistenceEntry> found = await(balancer.persistenceEntries(filter, limit + 1));
    ObjectNode answer = Json.object();
    if (!countOnly) {
      ArrayNode sessions = answer.putArray("sessions");
      found.stream()
          .limit(limit)
          .forEach(session -> sessions.add(ResponseEncoder.session(session)));
    }
    return answer.put("count", Math.min(found.size(), limit)).put("more", found.size() > limit);
  }

  private ObjectNode forget(Request request) throws ControlException {
    FlowFilter filter = request.filter(balancer.services());
    boolean all = request.flag("all");
    request.end();
    if (filter.equals(FlowFilter.ALL) && !all) {
      throw ControlException.usage(
          request.command() + ": no filter (expected: service, client, server, state, or all)");
    }
    int forgotten =
        request.command().equals("forget-flows")
            ? await(balancer.forgetFlows(filter))
            : await(balancer.forgetPersistence(filter));
    return Json.object().put("forgotten", forgotten);
  }

  private ObjectNode explain(Request request) throws ControlException {
    String text = request.text("frame", "an Ethernet frame in Base64");
    request.end();
    byte[] frame;
    try {
      frame = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw ControlException.usage("frame: " + e.getMessage() + " (expected: Base64)");
    }
    return ResponseEncoder.explanation(await(balancer.explain(frame)));
  }

  private ObjectNode takeRules(Request request) throws ControlException {
    List<String> lines = request.texts("lines", "rule lines");
    boolean continued = request.flag("continued") && !lines.isEmpty() && !rules.isEmpty();
    request.end();
    rulesSize += lines.stream().mapToLong(line -> line.length() + 1L).sum();
    if (rulesSize > MOST_RULES) {
      clearRules();
      throw ControlException.usage(
          "rules: more than " + MOST_RULES + " characters (expected: at most " + MOST_RULES + ")");
    }
    if (continued) {
      rules.getLast().append(lines.getFirst());
    }
    lines.stream().skip(continued ? 1 : 0).forEach(line -> rules.add(new StringBuilder(line)));
    return Json.object().put("lines", rules.size());
  }

  private ObjectNode preview(Request request) throws ControlException {
    String name = request.text("name", "the name of the rules file");
    request.end();
    try {
      List<VirtualService> wanted =
          RulesParser.parseForBalancer(name, rules.stream().map(StringBuilder::toString).toList())
              .services();
      return ResponseEncoder.preview(await(balancer.preview(wanted)));
    } catch (RulesException e) {
      throw ControlException.usage(String.join("\n", e.faults()));
    } finally {
      clearRules();
    }
  }

  private ObjectNode reload(Request request) throws ControlException {
    request.end();
    ObjectNode answer = Json.object();
    await(reload.reload()).forEach(answer.putArray("lines")::add);
    return answer;
  }

  private void clearRules() {
    rules.clear();
    rulesSize = 0;
  }

  /** Overrides a weight, or clears the override; before and after are what the operator wants. */
  private ObjectNode weight(Request request) throws ControlException {
    VirtualService service = service(request);
    RealServer server = server(request, service);
    OptionalInt weight = request.numberOr("configured", "weight", 0, RealServer.MAXIMUM_WEIGHT);
    request.end();
    OptionalInt before = statistics(service.key(), server.address()).override();
    await(
        weight.isPresent()
            ? balancer.overrideWeight(service.key(), server.address(), weight.getAsInt())
            : balancer.clearOverride(service.key(), server.address()));
    return Json.object()
        .put("service", service.key().toString())
        .put("server", IpPrefix.text(server.address()))
        .put("before", before.orElse(server.weight()))
        .put("weight", weight.orElse(server.weight()))
        .put("configured", server.weight());
  }

  private ObjectNode drain(Request request, Progress progress)
      throws ControlException, IOException {
    VirtualService service = service(request);
    InetAddress server = server(request, service).address();
    long milliseconds = request.number("deadlineMilliseconds", 0, LONGEST_DRAIN.toMillis(), 30_000);
    request.end();
    Duration deadline = Duration.ofMillis(milliseconds);
    var waiting = new Await<>(balancer.drain(service.key(), server, deadline));
    long end = System.nanoTime() + deadline.plus(patience).toNanos();
    while (!waiting.isDone(PROGRESS)) {
      if (System.nanoTime() > end) {
        throw Await.tooLong(deadline.plus(patience));
      }
      progress.tell(progress(service.key(), server));
    }
    DrainReport report = waiting.result(patience);
    return Json.object()
        .put("service", service.key().toString())
        .put("server", IpPrefix.text(server))
        .put("flowsAtStart", report.flowsAtStart())
        .put("flowsLeft", report.flowsLeft())
        .put("closedFlows", report.closedFlows())
        .put("tookMilliseconds", report.took().toMillis());
  }

  private ObjectNode undrain(Request request) throws ControlException {
    VirtualService service = service(request);
    InetAddress server = server(request, service).address();
    request.end();
    boolean drains = statistics(service.key(), server).reason() == WeightReason.DRAINING;
    await(balancer.undrain(service.key(), server));
    ServerStatistics now = statistics(service.key(), server);
    return Json.object()
        .put("service", service.key().toString())
        .put("server", IpPrefix.text(server))
        .put("changed", drains)
        .put("effectiveWeight", now.effectiveWeight())
        .put("reason", now.reason().text());
  }

  private ObjectNode progress(ServiceKey service, InetAddress server) throws ControlException {
    Traffic traffic = statistics(service, server).traffic();
    return Json.object()
        .put("progress", true)
        .put("active", traffic.activeConnections())
        .put("inactive", traffic.inactiveConnections());
  }

  private ServerStatistics statistics(ServiceKey service, InetAddress server)
      throws ControlException {
    return balancer.statistics().services().stream()
        .filter(each -> each.service().equals(service))
        .map(ServiceStatistics::servers)
        .flatMap(List::stream)
        .filter(each -> each.address().equals(server))
        .findFirst()
        .orElseThrow(() ->
            ControlException.failed(
                IpPrefix.text(server) + " was removed from " + service + " in the meantime"));
  }

  private ObjectNode snapshot(Request request) throws ControlException {
    Path file = Path.of(request.text("file", "an absolute path"));
    request.end();
    if (!file.isAbsolute()) {
      throw ControlException.usage("file", file.toString(), "an absolute path");
    }
    boolean export = request.command().equals("snapshot-export");
    long records = await(export ? balancer.exportSnapshot(file) : balancer.importSnapshot(file));
    return Json.object().put("file", file.toString()).put("records", records);
  }

  private VirtualService service(Request request) throws ControlException {
    String text = request.text("service", "tcp 192.0.2.10:80");
    return ArgumentParser.running(balancer.services(), ArgumentParser.service(text));
  }

  private static RealServer server(Request request, VirtualService service)
      throws ControlException {
    InetAddress address =
        ArgumentParser.address(request.text("server", "a real server's address"), "server");
    for (RealServer server : service.realServers()) {
      if (server.address().equals(address)) {
        return server;
      }
    }
    String known =
        service.realServers().stream()
            .map(server -> IpPrefix.text(server.address()))
            .collect(Collectors.joining(", "));
    throw ControlException.usage(
        "server: "
            + IpPrefix.text(address)
            + " is not a real server of "
            + service.key()
            + " (expected: "
            + (known.isEmpty() ? "the service has none" : known)
            + ")");
  }

  private <T> T await(CompletionStage<T> stage) throws ControlException {
    return new Await<>(stage).result(patience);
  }
}
