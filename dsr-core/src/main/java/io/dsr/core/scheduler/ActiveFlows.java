package io.dsr.core.scheduler;

import io.dsr.core.LoadChanges;
import io.dsr.core.Servers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many active flows some servers have together. {@link LoadChanges} tell which servers' loads
 * are others than at the last question; only these are read again. All are read where there are few
 * of them, where no changes are noted, and where there were more changes than servers since the
 * last question.
 */
final class ActiveFlows {

  private static final int FEW = 16;
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Servers servers;
  private final int[] positions;
  private final @Nullable LoadChanges changes;
  private final SlotRanks ranks;
  private final int mostChanges;

  /** By index into {@link #positions}, what is in the sum. */
  private final int[] counted;

  private long sum;

  /** Behind the last change that the sum knows of. */
  private long seen = NEVER;

  private long revision;

  /**
   * Creates a sum over servers.
   *
   * @param positions where each is among {@code servers}
   */
  ActiveFlows(Servers servers, int[] positions) {
    this.servers = servers;
    this.positions = positions;
    this.changes = positions.length <= FEW ? null : servers.loadChanges().orElse(null);
    int kept = changes == null ? 0 : positions.length;
    this.ranks = new SlotRanks(Arrays.stream(positions, 0, kept).map(servers::slot).toArray());
    this.counted = new int[kept];
    this.mostChanges = changes == null ? 0 : Math.min(kept, changes.kept());
  }

  /** Returns the sum just now. */
  long sum() {
    LoadChanges noted = changes;
    if (noted == null) {
      return scan();
    }
    long end = noted.end();
    long now = noted.revision();
    if (now != revision || end - seen > mostChanges) {
      revision = now;
      count();
    } else {
      for (long entry = seen; entry < end; entry++) {
        update(ranks.of(noted.slot(entry)));
      }
    }
    seen = end;
    return sum;
  }

  private long scan() {
    long flows = 0;
    for (int position : positions) {
      flows += servers.active(position);
    }
    return flows;
  }

  private void count() {
    sum = 0;
    for (int rank = 0; rank < counted.length; rank++) {
      counted[rank] = servers.active(positions[rank]);
      sum += counted[rank];
    }
  }

  private void update(int rank) {
    if (rank != SlotRanks.NONE) {
      int active = servers.active(positions[rank]);
      sum += active - counted[rank];
      counted[rank] = active;
    }
  }
}
