package io.dsr.rules;

/** Why an option or a command of ipvsadm is not taken, and what to do instead. */
final class UnsupportedOptions {

  private static final String DIRECT_ROUTING =
      "-g; dsr does direct routing only: give the server the VIP on lo, without ARP";

  private UnsupportedOptions() {}

  /** Returns the refusal of an option. */
  static RuleError of(String option) {
    return switch (option) {
      case "--pe" ->
          new RuleError(
              "--pe (the SIP engine reads the Call-ID in the payload; dsr reads only headers)",
              "-p, which keeps a client's calls on one server, in one service of all ports, such as"
                  + " -A -u VIP:5060 -t VIP:5060,5061 -p 1800");
      case "-i", "--ipip" -> new RuleError(option + " (tunneling)", DIRECT_ROUTING);
      case "--tun-type", "--tun-port", "--tun-nocsum", "--tun-csum", "--tun-remcsum" ->
          new RuleError(option + " (tunneling)", DIRECT_ROUTING);
      case "-m", "--masquerading" -> new RuleError(option + " (masquerading)", DIRECT_ROUTING);
      default -> new RuleError("\"" + option + "\"", "an option of ipvsadm -S -n or of dsr");
    };
  }

  /** Returns the refusal of a command. */
  static RuleError ofCommand(String command) {
    return switch (command) {
      case "-E", "--edit-service", "-e", "--edit-server", "-D", "--delete-service" -> edit(command);
      case "-d", "--delete-server", "-C", "--clear", "-Z", "--zero" -> edit(command);
      case "--start-daemon", "--stop-daemon" ->
          new RuleError(
              command + " (IPVS state synchronization)",
              "no such line; all balancers place flows by the same hash");
      default ->
          new RuleError(
              "\"" + command + "\"",
              "-A (a service), -a (a real server), --fwmark, --set or --defence");
    };
  }

  private static RuleError edit(String command) {
    return new RuleError(
        command + " (a change)", "only -A and -a lines; edit the file, then run kill -HUP");
  }
}
