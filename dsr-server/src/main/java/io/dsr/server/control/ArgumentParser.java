package io.dsr.server.control;

import io.dsr.core.IpPrefix;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads what an operator writes: services, addresses, durations. */
public final class ArgumentParser {

  private static final String ENDPOINT = "ADDRESS:PORT, or [IPV6-ADDRESS]:PORT";
  private static final Pattern SERVICE_OPTION =
      Pattern.compile("^\\s*(-t|--tcp-service|-u|--udp-service|--sctp-service)(\\s.*)$");
  private static final Pattern ENDPOINT_WORDS =
      Pattern.compile("(?:\\[([^]]*)]|([^:\\s\\[\\]]*)):(\\d{1,5})");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

  private ArgumentParser() {}

  /**
   * Returns the key that {@link ServiceKey#parse} reads; the protocol may be written as ipvsadm's
   * option too: {@code -t 192.0.2.10:80}.
   */
  public static ServiceKey service(String text) throws ControlException {
    Matcher option = SERVICE_OPTION.matcher(text);
    try {
      return ServiceKey.parse(option.find() ? protocol(option.group(1)) + option.group(2) : text);
    } catch (IllegalArgumentException e) {
      throw ControlException.usage(String.valueOf(e.getMessage()));
    }
  }

  /** Returns the first key of the service among those that run, of which {@code key} is one. */
  static VirtualService running(List<VirtualService> services, ServiceKey key)
      throws ControlException {
    for (VirtualService service : services) {
      if (service.keys().contains(key)) {
        return service;
      }
    }
    String known =
        services.stream()
            .map(service -> service.key().toString())
            .collect(Collectors.joining(", "));
    throw ControlException.usage(
        "service: \""
            + key
            + "\" does not exist (expected: "
            + (known.isEmpty() ? "there is none" : known)
            + ")");
  }

  /** Returns an IPv4 or IPv6 address; names are not looked up. */
  public static InetAddress address(String text, String what) throws ControlException {
    try {
      IpPrefix prefix = IpPrefix.parse(text);
      if (text.indexOf('/') < 0) {
        return prefix.address();
      }
    } catch (IllegalArgumentException notAnAddress) {
      // Told below, in the words of what was asked for.
    }
    throw ControlException.usage(what, text, "an IPv4 or IPv6 address");
  }

  /** Returns an address and a port of 1 to 65535. */
  public static InetSocketAddress endpoint(String text, String what) throws ControlException {
    Matcher words = ENDPOINT_WORDS.matcher(text);
    if (!words.matches()) {
      throw ControlException.usage(what, text, ENDPOINT);
    }
    int port = Integer.parseInt(words.group(3));
    if (port < 1 || port > 65_535) {
      throw ControlException.usage(what, text, "a port from 1 to 65535");
    }
    String host = words.group(1) == null ? words.group(2) : words.group(1);
    return new InetSocketAddress(address(host, what), port);
  }

  /** Returns a duration written as {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h} or 30. */
  public static Duration duration(String text, String what) throws ControlException {
    Matcher words = DURATION.matcher(text);
    if (!words.matches()) {
      throw ControlException.usage(what, text, "a time such as 30s, 5m or 1h");
    }
    long number = Long.parseLong(words.group(1));
    String unit = words.group(2) == null ? "s" : words.group(2);
    return switch (unit) {
      case "ms" -> Duration.ofMillis(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofSeconds(number);
    };
  }

  private static Protocol protocol(String option) {
    return switch (option) {
      case "-t", "--tcp-service" -> Protocol.TCP;
      case "-u", "--udp-service" -> Protocol.UDP;
      default -> Protocol.SCTP;
    };
  }
}
