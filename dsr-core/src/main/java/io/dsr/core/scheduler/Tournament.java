package io.dsr.core.scheduler;

import io.dsr.core.LoadChanges;
import io.dsr.core.Servers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the server of least cost, and of several the first, as a look at all of them in their order
 * would. Fractions of cost and weight are compared by cross-multiplication, so none is rounded.
 *
 * <p>A tournament tree: the servers are its leaves, and each node above knows the better one of the
 * two below it, so the root knows the best. {@link LoadChanges} tell which servers' loads are
 * others than at the last question; only the nodes above these are decided again, each time up to
 * where the outcome is what it was. For thousands of servers that is some ten comparisons a flow.
 *
 * <p>All are looked at, without the tree, where there are few of them, where no changes are noted,
 * and where there were more changes than servers since the last question. The tree is rebuilt when
 * two questions in a row had no more changes than that between them: so a service with little to
 * do, among many, does not make trees that are of no use by its next flow.
 */
final class Tournament {

  private static final int FEW = 16;
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Servers servers;
  private final Measure measure;
  private final int[] positions;
  private final int[] weights;
  private final int[] divisors;

  private final @Nullable LoadChanges changes;
  private final SlotRanks ranks;

  /** By rank, what the tree goes by. */
  private final long[] costs;

  /** By node, a rank: 1 is the root, 2n and 2n + 1 are below n, the leaves come last. */
  private final int[] winners;

  private final int mostChanges;

  /** Behind the last change that the tree knows of. */
  private long seen = NEVER;

  /** Where the changes ended at the last question. */
  private long asked = NEVER;

  private long revision;

  /**
   * Creates a tournament of servers.
   *
   * @param positions where each is among {@code servers}; the index is its rank: one or more
   * @param weights their weights by rank, above 0
   */
  Tournament(Servers servers, Measure measure, int[] positions, int[] weights) {
    this.servers = servers;
    this.measure = measure;
    this.positions = positions;
    this.weights = weights;
    this.divisors = measure.isWeighted() ? weights : ones(weights.length);
    this.changes = positions.length <= FEW ? null : servers.loadChanges().orElse(null);
    int leaves = changes == null ? 0 : positions.length;
    this.ranks = new SlotRanks(Arrays.stream(positions, 0, leaves).map(servers::slot).toArray());
    this.costs = new long[leaves];
    this.winners = new int[2 * leaves];
    for (int rank = 0; rank < leaves; rank++) {
      winners[leaves + rank] = rank;
    }
    this.mostChanges = changes == null ? 0 : Math.min(leaves, changes.kept());
  }

  private static int[] ones(int length) {
    int[] ones = new int[length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Returns the rank of the server of least cost. */
  int least() {
    LoadChanges noted = changes;
    return noted != null && isUpToDate(noted) ? winners[1] : scan();
  }

  /** Returns what the server of this rank costs just now, not divided by its weight. */
  long cost(int rank) {
    return measure.cost(servers, positions[rank], weights[rank]);
  }

  private int scan() {
    int least = 0;
    long leastCost = cost(0);
    for (int rank = 1; rank < positions.length && leastCost > 0; rank++) {
      long cost = cost(rank);
      // Below 2^40 times 2^16: no product overflows.
      if (leastCost * divisors[rank] > cost * divisors[least]) {
        least = rank;
        leastCost = cost;
      }
    }
    return least;
  }

  private boolean isUpToDate(LoadChanges noted) {
    long end = noted.end();
    long now = noted.revision();
    if (now != revision || end - seen > mostChanges) {
      boolean soon = now == revision && end - asked <= mostChanges;
      asked = end;
      revision = now;
      if (!soon) {
        seen = NEVER;
        return false;
      }
      build();
    } else {
      for (long entry = seen; entry < end; entry++) {
        int rank = ranks.of(noted.slot(entry));
        if (rank != SlotRanks.NONE) {
          update(rank);
        }
      }
    }
    seen = end;
    asked = end;
    return true;
  }

  private void build() {
    for (int rank = 0; rank < costs.length; rank++) {
      costs[rank] = cost(rank);
    }
    for (int node = costs.length - 1; node > 0; node--) {
      winners[node] = winner(node);
    }
  }

  private void update(int rank) {
    long cost = cost(rank);
    if (cost == costs[rank]) {
      return;
    }
    costs[rank] = cost;
    for (int node = (costs.length + rank) >> 1; node > 0; node >>= 1) {
      int before = winners[node];
      int after = winner(node);
      winners[node] = after;
      if (before != rank && after != rank) {
        return;
      }
    }
  }

  private int winner(int node) {
    int a = winners[2 * node];
    int b = winners[2 * node + 1];
    long costOfA = costs[a] * divisors[b];
    long costOfB = costs[b] * divisors[a];
    return costOfA < costOfB || (costOfA == costOfB && a < b) ? a : b;
  }
}
