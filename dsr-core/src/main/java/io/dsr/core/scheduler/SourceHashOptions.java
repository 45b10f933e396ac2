package io.dsr.core.scheduler;

/**
 * How source hashing chooses.
 *
 * @param sourcePort whether the client's port counts too, so that one client's connections spread
 *     ({@code sh-port} in IPVS)
 * @param fallback whether a client whose server may take no new flow is given another ({@code
 *     sh-fallback} in IPVS); otherwise its new flows are refused until the server is back
 */
public record SourceHashOptions(boolean sourcePort, boolean fallback) {

  /** By address alone, with fallback. */
  public static final SourceHashOptions DEFAULT = new SourceHashOptions(false, true);

  /** Returns the same options with the client's port counted, or not. */
  public SourceHashOptions sourcePort(boolean newSourcePort) {
    return new SourceHashOptions(newSourcePort, fallback);
  }

  /** Returns the same options with fallback, or without. */
  public SourceHashOptions fallback(boolean newFallback) {
    return new SourceHashOptions(sourcePort, newFallback);
  }
}
