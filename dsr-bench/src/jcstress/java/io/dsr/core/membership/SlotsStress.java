package io.dsr.core.membership;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.J_Result;

/** What forwarding threads see of the slots while the control side changes them. */
public final class SlotsStress {

  private static final long ONE = 0x0200_0000_0001L;
  private static final long OTHER = 0xfdff_ffff_fffeL;

  private SlotsStress() {}

  /** A MAC address is the old one or the new one, never half of each: a frame would go astray. */
  @JCStressTest
  @Outcome(id = "2199023255553", expect = ACCEPTABLE, desc = "the old address")
  @Outcome(id = "279275953455102", expect = ACCEPTABLE, desc = "the new address")
  @Outcome(expect = FORBIDDEN, desc = "halves of two addresses")
  @State
  public static class MacIsReadWhole {

    private final Slots slots = new Slots(1);

    /** Resolves the server. */
    public MacIsReadWhole() {
      slots.mac(0, ONE);
    }

    /** Learns another address. */
    @Actor
    public void resolver() {
      slots.mac(0, OTHER);
    }

    /** Reads. */
    @Actor
    public void forwarder(J_Result result) {
      result.r1 = slots.mac(0);
    }
  }

  /** A thread that has seen the new MAC address does not see the old one again. */
  @JCStressTest
  @Outcome(
      id = {
        "-1, -1",
        "-1, 2199023255553",
        "-1, 279275953455102",
        "2199023255553, 2199023255553",
        "2199023255553, 279275953455102",
        "279275953455102, 279275953455102"
      },
      expect = ACCEPTABLE,
      desc = "in the order of the changes")
  @Outcome(expect = FORBIDDEN, desc = "an address came back")
  @State
  public static class MacNeverGoesBack {

    private final Slots slots = new Slots(1);

    /** Learns one address and then another. */
    @Actor
    public void resolver() {
      slots.mac(0, ONE);
      slots.mac(0, OTHER);
    }

    /** Reads twice. */
    @Actor
    public void forwarder(JJ_Result result) {
      result.r1 = slots.mac(0);
      result.r2 = slots.mac(0);
    }
  }

  /**
   * A thread that has the new service table sees the new generation too: flows of the server that
   * held the slot before would else go to the one that holds it now.
   */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "0, 1", "1, 1"},
      expect = ACCEPTABLE,
      desc = "the generation first, or both")
  @Outcome(expect = FORBIDDEN, desc = "a plan before its generation")
  @State
  public static class GenerationComesBeforeThePlan {

    private final Slots slots = new Slots(1);
    private volatile int serviceTable;

    /** Gives the slot away, and publishes the service table that says so. */
    @Actor
    public void control() {
      slots.begin(0, slots.nextGeneration(0));
      serviceTable = 1;
    }

    /** Takes the service table, then looks at the slot. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = serviceTable;
      result.r2 = slots.generation(0);
    }
  }

  /**
   * Frames go to no address that the guard against loops does not know: what a server sends back is
   * told from what a client sends.
   */
  @JCStressTest
  @Outcome(
      id = {"-1, 1", "2199023255553, 1", "279275953455102, 1"},
      expect = ACCEPTABLE,
      desc = "not resolved, or known as a server's")
  @Outcome(expect = FORBIDDEN, desc = "an address to send to that is nobody's")
  @State
  public static class MacComesAfterItsGuard {

    private final Slots slots = new Slots(1);

    /** Learns one address and then another. */
    @Actor
    public void resolver() {
      slots.mac(0, ONE);
      slots.mac(0, OTHER);
    }

    /** Reads the address to send to, then asks the guard for it. */
    @Actor
    public void forwarder(JJ_Result result) {
      long mac = slots.mac(0);
      // Gone again when asked: of the two, the newer one is there for good.
      boolean known = mac == Slots.UNRESOLVED || slots.isServer(mac) || slots.isServer(OTHER);
      result.r1 = mac;
      result.r2 = known ? 1 : 0;
    }
  }

  /** Flows that a change lets go are let go by whoever has the service table of that change. */
  @JCStressTest
  @Outcome(
      id = {"0, 1", "0, 0", "1, 0"},
      expect = ACCEPTABLE,
      desc = "the fate first, or both")
  @Outcome(expect = FORBIDDEN, desc = "a plan before the fate of its flows")
  @State
  public static class FateComesBeforeThePlan {

    private final Slots slots = new Slots(1);
    private volatile int serviceTable;

    /** Removes the server, and publishes the service table that says so. */
    @Actor
    public void control() {
      slots.removalPolicy(0, Slots.MOVE);
      serviceTable = 1;
    }

    /** Takes the service table, then looks whether a flow of the server stays. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = serviceTable;
      result.r2 = slots.holds(0, 0) ? 1 : 0;
    }
  }

  /**
   * A flow that has been let go does not belong to the slot's next server: the word that keeps the
   * new generation's flows is not taken for one that keeps the old one's.
   */
  @JCStressTest
  @Outcome(
      id = {"1, 1", "1, 0", "0, 0"},
      expect = ACCEPTABLE,
      desc = "held until it was let go")
  @Outcome(expect = FORBIDDEN, desc = "a flow went to the slot's next server")
  @State
  public static class FlowNeverComesBack {

    private final Slots slots = new Slots(1);

    /** Removes the server, and gives its slot away. */
    @Actor
    public void control() {
      slots.removalPolicy(0, Slots.EXPIRE);
      slots.begin(0, slots.nextGeneration(0));
    }

    /** Looks twice whether a flow of the old generation stays. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = slots.holds(0, 0) ? 1 : 0;
      result.r2 = slots.holds(0, 0) ? 1 : 0;
    }
  }

  /**
   * Generation and removal policy are one word: setting the removal policy never disturbs the
   * generation.
   */
  @JCStressTest
  @Outcome(
      id = {"7, 0", "7, 1", "7, 2"},
      expect = ACCEPTABLE,
      desc = "the generation stays, and one fate after another")
  @Outcome(expect = FORBIDDEN, desc = "a generation that never was")
  @State
  public static class FateLeavesTheGeneration {

    private final Slots slots = new Slots(1);

    /** Makes it the seventh generation. */
    public FateLeavesTheGeneration() {
      for (int i = 0; i < 7; i++) {
        slots.begin(0, slots.nextGeneration(0));
      }
    }

    /** Lets the flows go, and has them back. */
    @Actor
    public void control() {
      slots.removalPolicy(0, Slots.MOVE);
      slots.removalPolicy(0, Slots.EXPIRE);
      slots.removalPolicy(0, Slots.KEEP);
    }

    /** Reads both. */
    @Actor
    public void forwarder(II_Result result) {
      result.r1 = slots.generation(0);
      result.r2 = slots.removalPolicy(0);
    }
  }
}
