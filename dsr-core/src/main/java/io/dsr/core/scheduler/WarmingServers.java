package io.dsr.core.scheduler;

import io.dsr.core.HashKey;
import io.dsr.core.LoadChanges;
import io.dsr.core.Servers;
import java.net.InetAddress;
import java.util.Optional;

/** Some of the servers of a service, the warming ones with the load that they feel. */
final class WarmingServers implements Servers {

  private final Servers servers;
  private final Warming warming;
  private final int[] positions;

  WarmingServers(Servers servers, Warming warming, int[] positions) {
    this.servers = servers;
    this.warming = warming;
    this.positions = positions;
  }

  @Override
  public int size() {
    return positions.length;
  }

  @Override
  public int slot(int position) {
    return servers.slot(positions[position]);
  }

  @Override
  public InetAddress address(int position) {
    return servers.address(positions[position]);
  }

  @Override
  public int weight(int position) {
    return servers.weight(positions[position]);
  }

  @Override
  public int configuredWeight(int position) {
    return servers.configuredWeight(positions[position]);
  }

  @Override
  public int active(int position) {
    return warming.felt(servers.active(positions[position]), positions[position]);
  }

  @Override
  public int inactive(int position) {
    return warming.felt(servers.inactive(positions[position]), positions[position]);
  }

  @Override
  public Optional<LoadChanges> loadChanges() {
    return servers.loadChanges().map(changes -> new FeltChanges(changes, warming));
  }

  @Override
  public long nowNanos() {
    return servers.nowNanos();
  }

  @Override
  public long sinceNanos(int position) {
    return servers.sinceNanos(positions[position]);
  }

  @Override
  public HashKey hashKey() {
    return servers.hashKey();
  }

  /** What the warming feel changes with time too. */
  private record FeltChanges(LoadChanges changes, Warming warming) implements LoadChanges {

    @Override
    public long end() {
      return changes.end();
    }

    @Override
    public int kept() {
      return changes.kept();
    }

    @Override
    public int slot(long entry) {
      return changes.slot(entry);
    }

    @Override
    public long revision() {
      return changes.revision() + warming.revision();
    }
  }
}
