package io.dsr.rules;

import io.dsr.core.AccessList;
import io.dsr.core.ClientPin;
import io.dsr.core.FlowTimeouts;
import io.dsr.core.IpPrefix;
import io.dsr.core.Persistence;
import io.dsr.core.Persistence.Part;
import io.dsr.core.Protocol;
import io.dsr.core.RealServer;
import io.dsr.core.Scheduler;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes rules as {@link RulesParser} reads them: parsed again, they are equal. */
public final class RulesWriter {

  private RulesWriter() {}

  /**
   * Returns the lines of all rules.
   *
   * @throws IllegalArgumentException if a scheduler has no name in rules
   */
  public static List<String> write(Rules rules) {
    List<String> lines = new ArrayList<>();
    rules.admission().ifPresent(admission -> lines.add(LimitRule.write(admission)));
    rules.services().forEach(service -> lines.addAll(write(service)));
    return lines;
  }

  /**
   * Returns the lines of a service: its own, and one for each real server.
   *
   * @throws IllegalArgumentException if its scheduler has no name in rules
   */
  public static List<String> write(VirtualService service) {
    String all = service.keys().stream().map(RulesWriter::key).collect(Collectors.joining(" "));
    String name = key(service.key());
    List<String> words = new ArrayList<>(List.of("-A", all));
    service.scheduler().ifPresent(scheduler -> words.add(scheduler(scheduler)));
    service.persistence().ifPresent(p -> persistence(p, service.key().isIpv6(), words));
    rules(service.rules(), words);
    List<String> lines = new ArrayList<>(List.of(String.join(" ", words)));
    service.realServers().forEach(server -> lines.add("-a " + name + " " + server(server)));
    return lines;
  }

  private static String key(ServiceKey key) {
    Protocol protocol = key.protocol();
    String vip = RuleError.shown(key.vip());
    if (!protocol.hasPorts()) {
      return protocol == Protocol.ANY
          ? "--any " + vip
          : "--protocol " + protocol.number() + " " + vip;
    }
    String option =
        protocol == Protocol.TCP ? "-t" : protocol == Protocol.UDP ? "-u" : "--sctp-service";
    return option + " " + vip + ":" + key.ports();
  }

  private static String scheduler(Scheduler scheduler) {
    Optional<String> text = scheduler.spec().flatMap(SchedulerRule::write);
    if (text.isPresent() && isRead(text.get(), scheduler)) {
      return text.get();
    }
    throw new IllegalArgumentException(
        "scheduler: " + scheduler + " (expected: one that rules can name)");
  }

  /** Returns whether the text is read as that scheduler; that of a user's own might not be. */
  private static boolean isRead(String text, Scheduler scheduler) {
    var words = new Tokens(text);
    var rule = new SchedulerRule();
    try {
      boolean read = true;
      while (read && !words.isEmpty()) {
        read = rule.option(words.take(), words);
      }
      return read && rule.scheduler().filter(scheduler::equals).isPresent();
    } catch (RuleError unknown) {
      return false;
    }
  }

  private static void persistence(Persistence persistence, boolean ipv6, List<String> words) {
    words.add("-p " + Durations.write(persistence.timeout()));
    int ipv4Bits = persistence.ipv4Prefix();
    int ipv6Bits = persistence.ipv6Prefix();
    if (ipv6 ? ipv4Bits != 32 : ipv6Bits != 128) {
      words.add("-M " + ipv4Bits + "/" + ipv6Bits);
    } else if (ipv6 ? ipv6Bits != 128 : ipv4Bits != 32) {
      words.add("-M " + (ipv6 ? ipv6Bits : ipv4Bits));
    }
    if (!persistence.key().equals(EnumSet.of(Part.SOURCE_ADDRESS))) {
      words.add(
          PersistenceRule.PARTS.entrySet().stream()
              .filter(part -> persistence.key().contains(part.getValue()))
              .sorted(Map.Entry.comparingByValue())
              .map(Map.Entry::getKey)
              .collect(Collectors.joining(",", "--persist-key ", "")));
    }
    if (!persistence.expireQuiescent()) {
      words.add("--persist-keep-quiescent");
    }
    if (persistence.quota() > 0) {
      words.add("--persist-quota " + persistence.quota());
    }
    persistence.pins().forEach(pin -> words.add(pin(pin)));
  }

  private static String pin(ClientPin pin) {
    return "--pin "
        + pin.clients()
        + "="
        + IpPrefix.text(pin.server())
        + ","
        + pin.fallback().name().toLowerCase(Locale.ROOT);
  }

  private static void rules(ServiceRules rules, List<String> words) {
    AccessList access = rules.access();
    prefixes("--allow ", access.allowed(), words);
    prefixes("--deny ", access.denied(), words);
    switch (rules.tracking()) {
      case TRACKED -> {}
      case SESSIONLESS -> words.add("--sessionless");
      case ONE_PACKET -> words.add("-o");
    }
    if (!rules.timeouts().equals(FlowTimeouts.DEFAULT)) {
      words.add("--timeout " + TimeoutRule.write(rules.timeouts()));
    }
    if (rules.removal() != ServiceRules.DEFAULT.removal()) {
      words.add("--on-removal " + rules.removal().name().toLowerCase(Locale.ROOT));
    }
    if (rules.minimumServers() > 1) {
      words.add("--minimum-servers " + rules.minimumServers());
    }
    rules.limits().ifPresent(limits -> words.add("--limit " + LimitRule.write(limits)));
  }

  private static void prefixes(String option, List<IpPrefix> prefixes, List<String> words) {
    if (!prefixes.isEmpty()) {
      words.add(
          prefixes.stream().map(IpPrefix::toString).collect(Collectors.joining(",", option, "")));
    }
  }

  private static String server(RealServer server) {
    InetAddress address = server.address();
    var text = new StringBuilder("-r ");
    text.append(RuleError.shown(IpPrefix.of(address))).append(" -g -w ").append(server.weight());
    option(text, " --tier ", server.tier());
    option(text, " -x ", server.upperThreshold());
    option(text, " -y ", server.lowerThreshold());
    option(text, " --vlan ", server.vlan());
    return text.toString();
  }

  private static void option(StringBuilder text, String option, int value) {
    if (value > 0) {
      text.append(option).append(value);
    }
  }
}
