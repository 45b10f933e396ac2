package io.dsr.bench.packet;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program of the host that the benchmark runs, and the Debian package that brings it. */
enum Program {
  CLANG("clang", "clang"),
  ETHTOOL("ethtool", "ethtool"),
  IP("ip", "iproute2"),
  NFT("nft", "nftables"),
  NFTLB("nftlb", "nftlb"),
  NSENTER("nsenter", "util-linux"),
  TASKSET("taskset", "util-linux"),
  UNSHARE("unshare", "util-linux");

  private static final String ADMINISTRATORS = "/usr/local/sbin:/usr/sbin:/sbin";

  private final String command;
  private final String origin;

  Program(String command, String origin) {
    this.command = command;
    this.origin = origin;
  }

  /** Returns the command, with its directory if that is not in PATH. */
  String command() {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    for (String directory : (path + ":" + ADMINISTRATORS).split(File.pathSeparator, -1)) {
      Path candidate = Path.of(directory, command);
      if (Files.isExecutable(candidate)) {
        return candidate.toString();
      }
    }
    return command;
  }

  boolean isInstalled() {
    return Files.isExecutable(Path.of(command()));
  }

  /** Returns what to say when it is not installed. */
  String missing() {
    return "no " + command + " (cure: apt-get install " + origin + ")";
  }
}
