package io.dsr.examples.rules;

/** Why an option or a command of ipvsadm is not taken. */
final class Refusals {

  private Refusals() {}

  /** Returns the refusal of an option. */
  static Fault of(String option) {
    return switch (option) {
      case "-o", "--ops" -> Fault.notCarried(option, "one-packet scheduling");
      case "-f", "--fwmark-service" -> Fault.notCarried(option, "a firewall-mark service");
      case "-6", "--ipv6" -> Fault.notCarried(option, "a firewall-mark service of IPv6");
      case "--pe" -> Fault.notCarried(option, "a persistence engine");
      case "--sctp-service" -> Fault.notCarried(option, "SCTP");
      case "-x", "--u-threshold" -> Fault.notCarried(option, "an upper connection threshold");
      case "-y", "--l-threshold" -> Fault.notCarried(option, "a lower connection threshold");
      default -> new Fault("\"" + option + "\"", "an option of ipvsadm -S -n");
    };
  }

  /** Returns the refusal of a command. */
  static Fault ofCommand(String command) {
    return new Fault(
        "\"" + command + "\"", "-A (a service) or -a (a real server), as ipvsadm -S -n writes");
  }
}
