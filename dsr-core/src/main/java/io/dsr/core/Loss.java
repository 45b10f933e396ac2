package io.dsr.core;

/**
 * Where, and why, a frame was lost that the kernel had for a balancer, or that a balancer had for
 * the kernel. Every frame ends in one verdict or one of these.
 *
 * <p>On one interface, while no frame is under way:
 *
 * <ul>
 *   <li>frames that the kernel counted = frames that reached a verdict + losses of {@link
 *       Stage#RECEIVE};
 *   <li>frames to be sent = frames that the kernel took + losses of {@link Stage#SEND}.
 * </ul>
 *
 * <p>The names are part of what operators see; they do not change.
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
   * No memory for a copy, which a handler in front of the balancer's was to get because handlers
   * hold more than half of the ring.
   */
  COPY_FAILED(Stage.RECEIVE),
  /** The handler that decides about frames threw an exception. */
  HANDLER_FAILED(Stage.RECEIVE),
  /** Still in the ring when the interface was given up. */
  UNREAD(Stage.RECEIVE),
  /**
   * No memory for a copy, which handlers were to get of a frame that passes because they hold more
   * than half of the ring.
   */
  PASS_COPY_FAILED(Stage.HAND_OVER),
  /** The interface that the frame was to leave by was closed; counted where the frame came in. */
  NO_EGRESS(Stage.HAND_OVER),
  /** The interface's queue for sending was full (ENOBUFS). */
  SEND_QUEUE_FULL(Stage.SEND),
  /** The socket's buffer for sending was full (EAGAIN). */
  SEND_BUFFER_FULL(Stage.SEND),
  /** Longer than the interface's MTU (EMSGSIZE). */
  SEND_TOO_LONG(Stage.SEND),
  /** The interface to send by is down or gone (ENETDOWN, ENXIO). */
  SEND_LINK_DOWN(Stage.SEND),
  /** The kernel took it for no frame, or its offload header for wrong (EINVAL). */
  SEND_INVALID(Stage.SEND),
  /** The kernel refused to send it, for any other reason. */
  SEND_REFUSED(Stage.SEND),
  /** Still waiting to be sent when the interface was given up. */
  UNSENT(Stage.SEND);

  /** How far a frame came. */
  public enum Stage {
    /** Received by the kernel, and lost before its verdict. */
    RECEIVE,
    /** Lost after its verdict, on the way to the handler or the interface that was to have it. */
    HAND_OVER,
    /** Given to an interface to be sent: a forwarded frame, or one that the balancer made. */
    SEND
  }

  private final Stage stage;

  Loss(Stage stage) {
    this.stage = stage;
  }

  /** Returns how far the frame came. */
  public Stage stage() {
    return stage;
  }
}
