package io.dsr.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * A source that is banned from a service, as shown to an operator.
 *
 * @param service the service, by its first key
 * @param source the source: a prefix as long as the service's {@link SourceLimits} say
 * @param remaining how long the ban still lasts if the source stays within its limits
 * @param reason the verdict on the frame that the ban began with
 */
public record BanEntry(ServiceKey service, IpPrefix source, Duration remaining, Verdict reason) {

  /** Checks that nothing is missing. */
  public BanEntry {
    requireNonNull(service, "service");
    requireNonNull(source, "source");
    requireNonNull(remaining, "remaining");
    requireNonNull(reason, "reason");
  }
}
