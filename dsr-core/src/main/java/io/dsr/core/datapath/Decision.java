package io.dsr.core.datapath;

import io.dsr.core.Picker;
import io.dsr.core.Verdict;
import io.dsr.core.flow.CloseReason;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.flow.FlowTracker;
import io.dsr.core.membership.Slots;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about a frame: one object serves every frame of an event loop, and holds the
 * answer until the next frame.
 *
 * <p>{@link Decider} fills it and changes nothing else; what has to change because of the decision
 * is named here, by {@link #effects}, and done by {@link Director}, or by nobody if somebody only
 * asks. Event loop only.
 */
public final class Decision {

  /** The flow's record takes note of the frame. */
  static final int NOTE = 1;

  /** The frame is sent. */
  static final int SEND = 1 << 1;

  /** The flow's record takes note of the address that the frame comes from. */
  static final int UPSTREAM = 1 << 2;

  /** The flow moves to the table of those that go on. */
  static final int ADOPT = 1 << 3;

  /** A flow is forgotten: {@link #leaving}. */
  static final int LEAVE = 1 << 4;

  /** The limits of the flow's source count a new flow. */
  static final int ADMIT = 1 << 5;

  /** The limits of the flow's source count a reset. */
  static final int RESET = 1 << 6;

  /** The session of the flow's client starts again. */
  static final int RENEW = 1 << 7;

  /** The limiter of new flows gives a token. */
  static final int TOKEN = 1 << 8;

  /** The flow is remembered. */
  static final int REMEMBER = 1 << 9;

  /** The frame is a fragment that waits for the first of its datagram. */
  static final int HOLD = 1 << 10;

  /** The frame is the first fragment of a datagram, which others follow. */
  static final int LEAD = 1 << 11;

  /** The packet is one that may come back, or has: {@link #digest} is remembered. */
  static final int WATCH = 1 << 12;

  /** The frame, which no flow is remembered for, comes from another address than the one before. */
  static final int STRAY = 1 << 13;

  /** What is done about a new flow, or a reset. */
  static final int PLACED = ADMIT | RESET | RENEW | TOKEN | REMEMBER;

  /** All effects that most frames do not have. */
  static final int RARE = ~(NOTE | SEND);

  final FrameClassifier classifier;
  final FlowKey flow;

  /** Whether what is decided will be done; if not, pickers are asked what they would pick. */
  final boolean live;

  Verdict verdict = Verdict.PASS_NOT_OURS;
  int effects;

  /** Whether the frame turned out to be of a flow. */
  private boolean ofFlow;

  /** Whether the flow was nobody's, so that a server was looked for. */
  private boolean placing;

  /** The hash by which the flow tables know the flow. */
  int hash;

  /** The record of the flow that goes on, or MISSING. */
  int record;

  /** Where {@link #record} is, or will be if the flow is remembered. */
  @Nullable FlowTracker table;

  /** The record of the flow that is forgotten, or MISSING. */
  int leaving;

  @Nullable FlowTracker leavingTable;
  CloseReason leavingReason = CloseReason.EXPIRED;

  /** The service of a flow that was placed, or would have been. */
  @Nullable ServiceEntry service;

  /** The pin of the flow's client, or NONE. */
  int pin;

  /** What persistence has of the flow's client; asked if {@link #RENEW} is named. */
  long session;

  /** The server that a pin or persistence names, or NONE. */
  int returning;

  /** The server that the flow was given, {@link Picker#NONE} or {@link Picker#UNKNOWN}. */
  int placed;

  /** The verdict that came with {@link #placed}, before the way to the server was looked at. */
  Verdict placement = Verdict.DROP_NO_SERVER;

  /** Whether the scheduler was asked for {@link #placed}, and not a hash. */
  boolean scheduled;

  /** What the packet is known by, if {@link #WATCH} is named. */
  long digest;

  /** Whether that counts if it comes again from where it came first. */
  boolean repeats;

  /** The slot that the frame is sent to; the other fields say how. */
  int slot;

  int link;
  long destination;
  long source;

  /** The VLAN whose number a tag of the frame gets, or 0. */
  int retag;

  /** The VLAN of a tag that the frame has to be given, or 0. */
  int vlan;

  private @Nullable Director releasing;

  Decision(FrameClassifier classifier, boolean live) {
    this.classifier = classifier;
    this.flow = classifier.flow();
    this.live = live;
    begin();
  }

  /** Begins a frame. */
  void begin() {
    effects = 0;
    ofFlow = false;
    placing = false;
    record = FlowTracker.MISSING;
    leaving = FlowTracker.MISSING;
    slot = Picker.NONE;
    retag = 0;
    vlan = 0;
    if (releasing != null) {
      releasing = null;
    }
  }

  /** Returns the flow that the frame is of, if {@link #isOfFlow}; good until the next frame. */
  @SuppressWarnings("exports") // called by our own modules alone
  public FlowKey flow() {
    return flow;
  }

  /** Returns whether the frame is of a flow, but does not tell of which ports. */
  public boolean isFragment() {
    return ofFlow && classifier.kind() == FrameClassifier.Kind.FRAGMENT;
  }

  /** Returns the table that remembers the flow, which goes on with this frame, or null. */
  @SuppressWarnings("exports") // called by our own modules alone
  public @Nullable FlowTracker table() {
    return record < 0 ? null : table;
  }

  /** Returns the number of the flow's record in {@link #table}. */
  public int record() {
    return record;
  }

  /** Returns the table with a flow that ends with this frame, or null. */
  @SuppressWarnings("exports") // called by our own modules alone
  public @Nullable FlowTracker leavingTable() {
    return leaving < 0 ? null : leavingTable;
  }

  /** Returns the number of that flow's record in {@link #leavingTable}. */
  public int leaving() {
    return leaving;
  }

  /** Returns why that flow ends. */
  @SuppressWarnings("exports") // called by our own modules alone
  public CloseReason leavingReason() {
    return leavingReason;
  }

  /** Returns the service that a flow which nobody remembers is for, if {@link #isPlaced}. */
  @SuppressWarnings("exports") // called by our own modules alone
  public @Nullable ServiceEntry service() {
    return service;
  }

  /** Returns the pin of the flow's client, if {@link #isPlaced}; negative for none. */
  public int pin() {
    return pin;
  }

  /** Returns whether a pin or persistence has named the server, if {@link #isPlaced}. */
  public boolean isReturning() {
    return returning != Picker.NONE;
  }

  /** Returns whether the scheduler was asked for the server, if {@link #isPlaced}. */
  public boolean isScheduled() {
    return scheduled;
  }

  /** Returns whether the server is unknown, as a picker could not tell, if {@link #isPlaced}. */
  public boolean isUnknown() {
    return placed == Picker.UNKNOWN;
  }

  /** Returns whether the frame is dropped because the server it was given is the one it is from. */
  public boolean isPlacedOnItsSender() {
    return placing && placed >= 0 && verdict == Verdict.DROP_LOOP && !has(WATCH);
  }

  /** Returns the MAC address that a frame to be forwarded goes to, in the low 48 bits. */
  public long destination() {
    return destination;
  }

  /** Takes note that the frame is of a flow. */
  void ofFlow() {
    ofFlow = true;
  }

  /** Returns whether the frame is of a flow to a virtual IP, or what is left of one. */
  public boolean isOfFlow() {
    return ofFlow;
  }

  /** Returns whether nobody remembers the flow, so that a server was looked for. */
  public boolean isPlaced() {
    return placing;
  }

  /** Begins to place a flow. */
  void place(@Nullable ServiceEntry found) {
    placing = true;
    service = found;
    pin = Picker.NONE;
    returning = Picker.NONE;
    placed = Picker.NONE;
    scheduled = false;
  }

  /** Returns what becomes of the frame. */
  public Verdict verdict() {
    return verdict;
  }

  /** Returns what to do with the frame. */
  public Verdict.Action action() {
    return verdict.action();
  }

  /**
   * Returns the slot of the server that a frame to be forwarded goes to, else {@link Picker#NONE}.
   */
  public int slot() {
    return slot;
  }

  /** Returns the number of the link that a frame to be forwarded leaves by. */
  public int link() {
    return link;
  }

  /**
   * Returns a VLAN that the frame has to be tagged with before it is sent, because it came without
   * a tag and its server is on a VLAN; 0 for none.
   */
  public int vlan() {
    return vlan;
  }

  /**
   * Returns a fragment that had waited for this frame and is to be sent after it, by the same link,
   * or null if there is none, or no more. The caller has to release it. From now on, {@link #vlan}
   * is that of the fragment, which may have a tag where this frame had none.
   */
  public @Nullable ByteBuf released() {
    Director director = releasing;
    ByteBuf waited = director == null ? null : director.release(this);
    if (waited == null) {
      releasing = null;
    }
    return waited;
  }

  void releasing(Director director) {
    releasing = director;
  }

  void add(int more) {
    effects |= more;
  }

  boolean has(int effect) {
    return (effects & effect) != 0;
  }

  /** Takes note that the flow of a record is to be forgotten. */
  void leave(FlowTracker from, int which, CloseReason reason) {
    leavingTable = from;
    leaving = which;
    leavingReason = reason;
    effects |= LEAVE;
  }

  /** Returns how many flows of a table are about to be forgotten. */
  int leavingFrom(FlowTracker from) {
    return leaving >= 0 && leavingTable == from ? 1 : 0;
  }

  void verdict(Verdict now) {
    if (verdict != now) { // storing a reference costs more than comparing it
      verdict = now;
    }
  }

  /** Takes note that the packet has come back, so that it is not sent, and begins no flow. */
  void returned() {
    slot = Picker.NONE;
    if (record >= 0) {
      effects &= ~(SEND | ADOPT);
    } else {
      effects &= WATCH | STRAY;
      leaving = FlowTracker.MISSING;
    }
  }

  /** Takes note of the record of the flow that goes on. */
  void known(FlowTracker where, int which) {
    if (table != where) {
      table = where;
    }
    record = which;
  }

  /** Takes note of the server's VLAN, 0 for none, and of whether what is sent there has a tag. */
  void onVlan(int wanted, boolean tagged) {
    retag = tagged ? wanted : 0;
    vlan = tagged ? 0 : wanted;
  }

  /** Takes note of the way to a server, and has the frame sent. */
  void send(int to, long nextHop, long from) {
    slot = to;
    link = Slots.link(nextHop);
    destination = Slots.mac(nextHop);
    source = from;
    effects |= SEND;
  }
}
