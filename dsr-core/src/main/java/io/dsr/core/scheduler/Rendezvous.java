package io.dsr.core.scheduler;

import io.dsr.core.FlowView;
import io.dsr.core.Picker;
import io.dsr.core.SchedulerSpec;
import io.dsr.core.Servers;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Takes the server with the highest score for the client, by weighted rendezvous hashing (D. G.
 * Thaler, C. V. Ravishankar: "Using name-based mappings to increase hit rates", IEEE/ACM ToN 6(1),
 * 1998; the weights as in C. Schindelhauer, G. Schomaker: "Weighted distributed hash tables", SPAA
 * 2005): a server of weight w scores {@code -w / ln(u)}, where u, between 0 and 1, is a hash of the
 * client and the server's address, both hashed under {@link Servers#hashKey} before.
 *
 * <p>A server that goes moves its own clients alone, to all others by weight; a weight that changes
 * moves just the share that it must. No table: a pick hashes once for every server that may take a
 * new flow, many at a time, and takes the logarithm of few.
 *
 * <p>Kernel fast path: has no logarithm, so the packet must go up, unless all weights are equal:
 * then the greatest hash wins and the servers' hashes are all it needs.
 */
record Rendezvous(RendezvousOptions options) implements Preferring {

  private static final int SCORE = 3;
  private static final int HASH_SHIFT = 11;

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
  public SchedulerSpec bounded() {
    return spec("hrw-bounded");
  }

  @Override
  public Optional<SchedulerSpec> spec() {
    return Optional.of(spec("hrw"));
  }

  @Override
  public String toString() {
    return spec("hrw").toString();
  }

  private SchedulerSpec spec(String name) {
    var spec = SchedulerSpec.of(name);
    return options.sourcePort() ? spec.flag("hrw-port") : spec;
  }

  /**
   * The scores of one event loop. Servers of one weight stand together, in the order of their
   * ranks: of these the greatest hash has the best score, so one comparison of whole numbers passes
   * over a server, and few logarithms are taken.
   */
  private static final class Scores implements StatelessPicker, Preference {

    /** By how much a bound is lowered, so that no rounding makes it pass over the best server. */
    private static final double CAUTION = 1 - 1e-12;

    private static final long ALL = -1;

    /** From how many servers on an exponential costs less than the logarithms that it saves. */
    private static final int WORTH_A_BOUND = 16;

    private final FlowPart part;
    private final int[] slots;
    private final QuickHashes hashes;

    /** By place: the rank of the server, the heaviest first. */
    private final int[] ranks;

    /** By group of servers of one weight: the place behind its last server, the weight, and 1/w. */
    private final int[] ends;

    private final int[] weights;
    private final double[] inverses;

    private int best;
    private double bestScore;

    Scores(Servers servers, Candidates candidates, FlowPart part) {
      this.part = part;
      this.slots = candidates.slots;
      this.ranks = candidates.byWeight();
      int[] weightOf = candidates.weights;
      this.ends =
          IntStream.rangeClosed(1, ranks.length)
              .filter(
                  end -> end == ranks.length || weightOf[ranks[end]] != weightOf[ranks[end - 1]])
              .toArray();
      this.weights = IntStream.of(ends).map(end -> weightOf[ranks[end - 1]]).toArray();
      this.inverses = IntStream.of(weights).mapToDouble(weight -> 1.0 / weight).toArray();
      this.hashes =
          new QuickHashes(
              servers.hashKey(),
              IntStream.of(ranks)
                  .mapToLong(rank -> AddressHash.of(servers, candidates.positions[rank], SCORE))
                  .toArray());
    }

    @Override
    public int pick(FlowView flow) {
      return slots[first(flow, Room.EVERYWHERE)];
    }

    // Scores are compared by -1/score, that is ln(u)/w: it rises with the score and divides by no
    // logarithm. StrictMath, so that the balancers of a fleet agree to the last bit whatever
    // machine
    // they run on. Of equal scores the first rank has the best.
    @Override
    public int first(FlowView flow, Room room) {
      long flowHash = part.hash(flow);
      best = NOWHERE;
      bestScore = Double.NEGATIVE_INFINITY;
      int group = 0;
      long bound = ALL;
      for (int from = 0; from < ranks.length; from += QuickHashes.BLOCK) {
        long[] block = hashes.of(flowHash, from);
        int blockEnd = Math.min(ranks.length, from + QuickHashes.BLOCK);
        int place = from;
        while (place < blockEnd) {
          int end = Math.min(blockEnd, ends[group]);
          bound = look(block, from, place, end, group, bound, room);
          place = end;
          if (end == ends[group] && end < ranks.length) {
            group++;
            bound = bound(group);
          }
        }
      }
      return best;
    }

    /** Looks at servers of one weight, and returns the hash that later ones have to be above. */
    private long look(
        long[] block, int from, int place, int end, int group, long atMost, Room room) {
      long bound = atMost;
      for (int at = place; at < end; at++) {
        long number = block[at - from] >>> HASH_SHIFT;
        if (number > bound && room.at(ranks[at])) {
          // A smaller hash of the same weight scores no better, and its rank is higher.
          bound = number;
          consider(ranks[at], StrictMath.log(unit(number)) * inverses[group]);
        }
      }
      return bound;
    }

    private void consider(int rank, double score) {
      if (score > bestScore || (score == bestScore && rank < best)) {
        best = rank;
        bestScore = score;
      }
    }

    /** Returns a hash so small that no server of the group scores better than the best with it. */
    private long bound(int group) {
      if (best == NOWHERE) {
        return ALL;
      }
      // The score is better if ln(u) is above this, so if u is above its exponential; and as
      // ln(u) <= u - 1, only if u is above 1 more than this.
      double logarithm = bestScore * weights[group];
      boolean many = ends[group] - ends[group - 1] >= WORTH_A_BOUND;
      double unit = many ? Math.exp(logarithm) : 1 + logarithm;
      return unit > 0 ? (long) (unit * CAUTION * 0x1p53) - 2 : ALL;
    }

    /** Returns the middle of that one of 2^53 equal parts of 0 to 1 which is numbered so. */
    private static double unit(long number) {
      return (number + 0.5) * 0x1p-53;
    }
  }
}
