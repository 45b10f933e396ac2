package io.dsr.netty.host;

import io.dsr.linux.LinuxException;
import io.dsr.linux.link.NetworkLink;
import io.dsr.linux.suppression.HostSuppressor;
import io.dsr.linux.suppression.NftablesSuppressor;
import io.dsr.linux.suppression.TcxSuppressor;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses what keeps the host's kernel silent, by what the host permits, and says why. */
public enum SuppressorChoice {
  /** The first of {@link #TCX} and {@link #NFTABLES} that the host permits. */
  AUTO,
  /** A BPF program on a TCX link. */
  TCX,
  /** An nftables table with an owner. */
  NFTABLES,
  /** Nothing. */
  NONE;

  private static final Logger LOG = LoggerFactory.getLogger(SuppressorChoice.class);

  /** Opens what keeps the kernel silent on an interface; an error names the cure. */
  InterfaceSuppressor open(NetworkLink link) throws IOException {
    return switch (this) {
      case TCX -> configured("TCX", () -> TcxSuppressor.open(link.index()));
      case NFTABLES -> configured("nftables", () -> NftablesSuppressor.open(link.name()));
      case NONE -> {
        LOG.warn("host suppression: none, as configured; forwarding on this host must be off");
        yield new InterfaceSuppressor(null);
      }
      case AUTO -> first(link);
    };
  }

  @FunctionalInterface
  private interface Opening {
    HostSuppressor open() throws LinuxException;
  }

  private static InterfaceSuppressor configured(String name, Opening opening) throws IOException {
    try {
      return chosen(opening.open(), "as configured");
    } catch (LinuxException e) {
      throw new IOException(
          "host suppression by "
              + name
              + " failed: "
              + e.getMessage()
              + " (cure: more privileges, or AUTO, which uses what the host permits)",
          e);
    }
  }

  private static InterfaceSuppressor first(NetworkLink link) throws IOException {
    LinuxException noTcx;
    try {
      return chosen(TcxSuppressor.open(link.index()), "the host permits it");
    } catch (LinuxException e) {
      noTcx = e;
    }
    try {
      String why = "TCX failed: " + noTcx.getMessage();
      return chosen(NftablesSuppressor.open(link.name()), why);
    } catch (LinuxException e) {
      e.addSuppressed(noTcx);
      throw new IOException(
          "nothing stops this host's kernel from answering for the VIPs: TCX: "
              + noTcx.getMessage()
              + "; nftables: "
              + e.getMessage()
              + " (cure: give the process CAP_NET_ADMIN, and CAP_BPF on Linux 6.6 or later; or"
              + " turn forwarding off and choose HostSuppression.NONE, which is --silence none)",
          e);
    }
  }

  private static InterfaceSuppressor chosen(HostSuppressor suppressor, String why) {
    LOG.info("host suppression: {} ({})", suppressor.name(), why);
    return new InterfaceSuppressor(suppressor);
  }
}
