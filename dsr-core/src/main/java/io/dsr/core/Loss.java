package io.dsr.core;

/**
 * Where and why a frame was lost between the kernel and the balancer. Every frame ends in one
 * verdict or in one loss.
 *
 * <p>On one interface, while no frame is under way:
 *
 * <ul>
 *   <li>frames that the kernel counted = frames that reached a verdict + losses of {@link
 *       Stage#RECEIVE};
 *   <li>frames to be sent = frames that the kernel took + losses of {@link Stage#SEND}.
 * </ul>
 *
 * <p>Operators see the names, so they do not change.
 */
public enum Loss {
  /** The receive ring, or the socket's receive queue, was full: its event loop cannot keep up. */
  RING_FULL(Stage.RECEIVE),
  /**
   * A part of the frame was missing: it was longer than a slot of the ring, and the socket's
   * receive buffer had no room for it either.
   */
  TRUNCATED(Stage.RECEIVE),
  /** All buffers for frames longer than a slot (merged TCP segments) were in use. */
  GSO_BUFFERS_FULL(Stage.RECEIVE),
  /**
   * No memory for a copy for a handler in front of the balancer's handler. Handlers get copies
   * while they hold more than half of the ring.
   */
  COPY_FAILED(Stage.RECEIVE),
  /** The handler that decides about frames threw an exception. */
  HANDLER_FAILED(Stage.RECEIVE),
  /** Still in the ring when the interface was released. */
  UNREAD(Stage.RECEIVE),
  /**
   * No memory for a copy of a passed frame. Handlers get copies while they hold more than half of
   * the ring.
   */
  PASS_COPY_FAILED(Stage.HAND_OVER),
  /** The egress interface was closed; counted on the interface that received the frame. */
  NO_EGRESS(Stage.HAND_OVER),
  /** The send queue of the interface was full (ENOBUFS). */
  SEND_QUEUE_FULL(Stage.SEND),
  /** The send buffer of the socket was full (EAGAIN). */
  SEND_BUFFER_FULL(Stage.SEND),
  /** Longer than the interface's MTU (EMSGSIZE). */
  SEND_TOO_LONG(Stage.SEND),
  /** The egress interface is down or gone (ENETDOWN, ENXIO). */
  SEND_LINK_DOWN(Stage.SEND),
  /** The kernel rejected the frame or its offload header as malformed (EINVAL). */
  SEND_INVALID(Stage.SEND),
  /** The kernel rejected it for another reason. */
  SEND_REFUSED(Stage.SEND),
  /** Still queued when the interface was released. */
  UNSENT(Stage.SEND);

  /** The stage at which a frame was lost. */
  public enum Stage {
    /** Received by the kernel, and lost before its verdict. */
    RECEIVE,
    /** Lost after its verdict, on the way to its handler or egress interface. */
    HAND_OVER,
    /** Lost on sending: a forwarded frame, or one that the balancer made. */
    SEND
  }

  private final Stage stage;

  Loss(Stage stage) {
    this.stage = stage;
  }

  /** Returns the stage at which the frame was lost. */
  public Stage stage() {
    return stage;
  }
}
