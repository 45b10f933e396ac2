package io.dsr.core.inspect;

import io.dsr.core.BanEntry;
import io.dsr.core.FlowFilter;
import io.dsr.core.IpPrefix;
import io.dsr.core.ServiceKey;
import io.dsr.core.admission.SourceTable;
import io.dsr.core.datapath.ServiceEntry;
import io.dsr.core.datapath.ServiceTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bans that one event loop has in force for one service. On that loop only; a call looks at
 * every source of the service, 65,536 at most.
 */
public final class BanListing {

  private final ServiceKey service;
  private final @Nullable SourceTable sources;
  private final @Nullable IpPrefix client;

  /**
   * Creates a listing.
   *
   * @param serviceTable the service table of the loop
   * @param service the first key of a service, which may no longer be in the service table
   * @param filter its client decides
   */
  @SuppressWarnings("exports") // made by our own modules alone
  public BanListing(ServiceTable serviceTable, ServiceKey service, FlowFilter filter) {
    ServiceEntry planned = serviceTable.service(service);
    this.service = service;
    this.sources = planned == null ? null : planned.sources();
    this.client = filter.client().orElse(null);
  }

  /** Returns the bans, in no order. */
  public List<BanEntry> list(long nowNanos) {
    List<BanEntry> found = new ArrayList<>();
    if (sources != null) {
      sources.forEachBan(
          nowNanos,
          (ipv6, high, low, length, remaining, reason) -> {
            var source = new IpPrefix(FlowListing.address(ipv6, high, low), length);
            if (client == null || client.overlaps(source)) {
              found.add(new BanEntry(service, source, Duration.ofNanos(remaining), reason));
            }
          });
    }
    return found;
  }

  /** Ends the bans, and returns which they were. */
  public List<BanEntry> lift(long nowNanos) {
    List<BanEntry> found = list(nowNanos);
    for (BanEntry ban : found) {
      IpPrefix source = ban.source();
      if (sources != null) {
        sources.unban(source.isIpv6(), source.high(), source.low(), nowNanos);
      }
    }
    return found;
  }
}
