package io.dsr.core.membership;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** What forwarding threads see of the servers' MAC addresses while one of them resolves. */
public final class MacSetStress {

  private static final long ONE = 0x0200_0000_0001L;
  private static final long OTHER = 0xfdff_ffff_fffeL;
  private static final long THIRD = 0x0200_0000_0003L;

  private MacSetStress() {}

  private static int bit(boolean holds) {
    return holds ? 1 : 0;
  }

  /** An address that stays is there throughout: else a looped frame would pass the guard. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "there")
  @Outcome(expect = FORBIDDEN, desc = "an address that stays was away")
  @State
  public static class KeepsWhatStays {

    private final MacSet macs = new MacSet();

    /** Begins with one address. */
    public KeepsWhatStays() {
      macs.add(ONE);
    }

    /** Adds in place, replaces the set by a larger and by a smaller one, and adds again. */
    @Actor
    public void resolver() {
      macs.add(OTHER);
      macs.of(new long[] {THIRD, OTHER, -1, 4, 5, 6, 7}, ONE);
      macs.of(new long[] {ONE}, -1);
      macs.add(THIRD);
    }

    /** Asks for the one that stays. */
    @Actor
    public void forwarder(I_Result result) {
      result.r1 = bit(macs.contains(ONE));
    }
  }

  /** Who has seen an address sees it again, and those that came before it. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "1, 1"},
      expect = ACCEPTABLE,
      desc = "in the order of the changes")
  @Outcome(expect = FORBIDDEN, desc = "a set that never was")
  @State
  public static class GrowsInOrder {

    private final MacSet macs = new MacSet();

    /** Adds two in place. */
    @Actor
    public void resolver() {
      macs.add(ONE);
      macs.add(OTHER);
    }

    /** Asks for the second, then for the first. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = bit(macs.contains(OTHER));
      result.r2 = bit(macs.contains(ONE));
    }
  }

  /** An address that was never given is not found, not even halves of two that were. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nobody's")
  @Outcome(expect = FORBIDDEN, desc = "halves of two addresses")
  @State
  public static class AddressIsWhole {

    // The empty bucket is all ones: the halves are what half a write would leave there. The address
    // is one that has its bucket in common with both, so that it is compared with them.
    private static final long WHOLE = 0x1ad6_2778_507cL;
    private static final long LOW_HALF = 0xffff_ffff_0000_0000L | (WHOLE & 0xffff_ffffL);
    private static final long HIGH_HALF = (WHOLE & 0xffff_0000_0000L) | 0xffff_ffffL;

    private final MacSet macs = new MacSet();

    /** Adds one. */
    @Actor
    public void resolver() {
      macs.add(WHOLE);
    }

    /** Asks for what half of it would be. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = bit(macs.contains(LOW_HALF));
      result.r2 = bit(macs.contains(HIGH_HALF));
    }
  }

  /** When a server's address changes, a reader finds the old one or the new one. */
  @JCStressTest
  @Outcome(
      id = {"1, 0", "0, 1", "1, 1"},
      expect = ACCEPTABLE,
      desc = "before, after, or between the two questions")
  @Outcome(expect = FORBIDDEN, desc = "the server had no address at all")
  @State
  public static class ChangesAtOnce {

    private final MacSet macs = new MacSet();

    /** Begins with the old address. */
    public ChangesAtOnce() {
      macs.add(ONE);
    }

    /** Puts the new one in its place. */
    @Actor
    public void resolver() {
      macs.of(new long[] {OTHER}, -1);
    }

    /** Asks for both. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = bit(macs.contains(ONE));
      result.r2 = bit(macs.contains(OTHER));
    }
  }
}
