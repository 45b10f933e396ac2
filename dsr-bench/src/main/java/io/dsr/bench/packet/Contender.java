package io.dsr.bench.packet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What is measured side by side, in the order of the tables. */
enum Contender {
  /** The generator straight into the sink: the ceiling, and what every other row includes. */
  GENERATOR("generator", Place.NOWHERE, List.of()),
  /** A C program on XDP with a Maglev table, without state. */
  XDP("xdp", Place.KERNEL, List.of()),
  /** The same with a map of flows, least recently used first out. */
  XDP_FLOWS("xdp-flows", Place.KERNEL, List.of()),
  /** The stateless program at tc ingress. */
  TC("tc-bpf", Place.KERNEL, List.of()),
  /** A rule at netdev ingress, written by hand. */
  NFT("nft", Place.KERNEL, List.of(Program.NFT)),
  /** The rules that nftlb makes of its own JSON. */
  NFTLB("nftlb", Place.KERNEL, List.of(Program.NFTLB)),
  /** A minimal forwarder in C on AF_PACKET. */
  C_AFPACKET("c-afpacket", Place.PROCESS, List.of()),
  /** This project. */
  DSR("dsr", Place.PROCESS, List.of()),
  /** The same with two event loops on the one CPU that it has. */
  DSR_TWO_LOOPS("dsr-2-loops", Place.PROCESS, List.of());

  private final String text;
  private final Place place;
  private final List<Program> programs;

  Contender(String text, Place place, List<Program> programs) {
    this.text = text;
    this.place = place;
    this.programs = programs;
  }

  /** Where a balancer does its work. */
  enum Place {
    /** There is none. */
    NOWHERE,
    /** In the kernel's softirq. */
    KERNEL,
    /** In a process of its own. */
    PROCESS
  }

  /** Returns the contender of that name, or empty. */
  static Optional<Contender> named(String name) {
    return Arrays.stream(values()).filter(contender -> contender.text.equals(name)).findFirst();
  }

  /** Returns where it does its work. */
  Place place() {
    return place;
  }

  /** Returns why it cannot run here, and what to install, or empty. */
  Optional<String> missing() {
    return programs.stream()
        .filter(program -> !program.isInstalled())
        .findFirst()
        .map(Program::missing);
  }

  /** Returns its name on the command line. */
  @Override
  public String toString() {
    return text;
  }
}
