package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.Servers;

/**
 * Takes the server with the highest score for the client, by weighted rendezvous hashing (D. G.
 * Thaler, C. V. Ravishankar: "Using name-based mappings to increase hit rates", IEEE/ACM ToN 6(1),
 * 1998; the weights as in C. Schindelhauer, G. Schomaker: "Weighted distributed hash tables", SPAA
 * 2005): a server of weight w scores {@code -w / ln(u)}, where u, between 0 and 1, is a hash of the
 * client and the server's address, both hashed under {@link Servers#hashKey} before.
 *
 * <p>A server that goes moves its own clients alone, to all others by weight; a weight that changes
 * moves just the share that it must. No table: a pick hashes once for every server that may take a
 * new flow, and takes the logarithm of few.
 *
 * <p>Kernel fast path: has no logarithm, so the packet must go up, unless all weights are equal:
 * then the greatest hash wins and the servers' hashes are all it needs.
 */
record Rendezvous(RendezvousOptions options) implements Preferring {

  private static final int SCORE = 3;

  @Override
  public Picker newPicker(Servers servers) {
    var candidates = Candidates.available(servers);
    return candidates.noneAvailable()
        ? NoServer.INSTANCE
        : new Scores(servers, candidates, FlowPart.source(options.sourcePort()));
  }

  @Override
  public Candidates candidates(Servers servers) {
    return Candidates.available(servers);
  }

  @Override
  public Preference newPreference(Servers servers, Candidates candidates) {
    return new Scores(servers, candidates, FlowPart.source(options.sourcePort()));
  }

  @Override
  public boolean isConsistent() {
    return true;
  }

  @Override
  public String bounded() {
    return "hrw-bounded" + flags();
  }

  @Override
  public String toString() {
    return "hrw" + flags();
  }

  private String flags() {
    return options.sourcePort() ? " -b hrw-port" : "";
  }

  private static final class Scores implements StatelessPicker, Preference {

    private final FlowPart part;
    private final Servers servers;
    private final int[] slots;
    private final long[] hashes;
    private final double[] inverses;

    Scores(Servers servers, Candidates candidates, FlowPart part) {
      this.part = part;
      this.servers = servers;
      this.slots = candidates.slots;
      this.hashes = new long[candidates.size()];
      this.inverses = new double[candidates.size()];
      for (int rank = 0; rank < hashes.length; rank++) {
        hashes[rank] = AddressHash.of(servers, candidates.positions[rank], SCORE);
        inverses[rank] = 1.0 / candidates.weights[rank];
      }
    }

    @Override
    public boolean isShareable() {
      return true;
    }

    @Override
    public int pick(FlowView flow) {
      return slots[first(flow, Room.EVERYWHERE)];
    }

    // Scores are compared by -1/score, that is ln(u)/w: it rises with the score and divides by no
    // logarithm. As ln(u) <= u - 1, most servers are beaten before theirs is taken. StrictMath, so
    // that the balancers of a fleet agree to the last bit whatever machine they run on.
    @Override
    public int first(FlowView flow, Room room) {
      long hash = part.hash(flow);
      int best = NOWHERE;
      double bestScore = Double.NEGATIVE_INFINITY;
      for (int rank = 0; rank < hashes.length; rank++) {
        double u = unit(servers.hashKey().quickHash(hash, hashes[rank]));
        if ((u - 1) * inverses[rank] > bestScore && room.at(rank)) {
          double score = StrictMath.log(u) * inverses[rank];
          best = score > bestScore ? rank : best;
          bestScore = Math.max(score, bestScore);
        }
      }
      return best;
    }

    /** Returns the middle of that one of 2^53 equal parts of 0 to 1 which {@code hash} names. */
    private static double unit(long hash) {
      return ((hash >>> 11) + 0.5) * 0x1p-53;
    }
  }
}
