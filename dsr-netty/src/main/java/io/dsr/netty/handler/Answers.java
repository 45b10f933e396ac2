package io.dsr.netty.handler;

/**
 * What the handlers of an interface answer for, as one value: it comes from the control thread.
 *
 * @param own the addresses of our own
 * @param vips the virtual IPs
 */
record Answers(OwnAddresses own, VipSet vips) {

  /** Nothing. */
  static final Answers NONE = new Answers(OwnAddresses.NONE, VipSet.EMPTY);
}
