package io.dsr.netty;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Skeleton: the signatures to come. */
@SuppressWarnings("DoNotCallSuggester")
public final class DsrBalancer implements AutoCloseable {

  private DsrBalancer() {}

  /** Returns a builder. */
  public static DsrBalancerBuilder builder() {
    return new DsrBalancerBuilder();
  }

  /** Returns whether this process can run a balancer. */
  public static boolean isAvailable() {
    return unavailabilityCause() == null;
  }

  /** Returns why not, or null. */
  public static @Nullable Throwable unavailabilityCause() {
    return new UnsupportedOperationException("skeleton");
  }

  /** Starts; done once sockets and filters stand and the VIPs are announced. */
  public Future<Void> start() {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Adds a service. */
  public Future<Void> addService(VirtualService service) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Replaces the service of the same key. */
  public Future<Void> replaceService(VirtualService service) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Removes a service. */
  public Future<Void> removeService(ServiceKey service) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Adds a server. */
  public Future<Void> addRealServer(ServiceKey service, RealServer server) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Removes a server; its live flows go on. */
  public Future<Void> removeRealServer(ServiceKey service, InetAddress server) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Sets a weight; 0 drains. */
  public Future<Void> weight(ServiceKey service, InetAddress server, int weight) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Makes the services these and no others. */
  public Future<Void> apply(Collection<VirtualService> services) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Announces every VIP again: gratuitous ARP, unsolicited neighbour advertisements. */
  public Future<Void> announce() {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Begins to write every frame, as received and as sent, to a pcap file. */
  public Future<Void> startCapture(Path file) {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Ends the capture. */
  public Future<Void> stopCapture() {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Returns the services as they run. */
  public Collection<VirtualService> services() {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Returns what has been counted. */
  public BalancerStatistics statistics() {
    throw new UnsupportedOperationException("skeleton");
  }

  /** Gives up the VIPs and everything else, within two seconds. */
  @Override
  public void close() {}
}
