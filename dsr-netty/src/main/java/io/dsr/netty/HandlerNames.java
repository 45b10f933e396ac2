package io.dsr.netty;

import io.dsr.netty.handler.ArpHandler;
import io.dsr.netty.handler.CaptureHandler;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.DiscardHandler;
import io.dsr.netty.handler.EchoHandler;
import io.dsr.netty.handler.NeighbourDiscoveryHandler;

/**
 * The names of a balancer's own handlers in its pipelines, in their order: to add your own handlers
 * before or after one of them with {@link DsrBalancerBuilder#pipeline}.
 */
public final class HandlerNames {

  /** Copies every frame to a file; the first handler, present while a capture is running. */
  public static final String CAPTURE = CaptureHandler.NAME;

  /** Decides about each frame, and forwards, passes or drops it. */
  public static final String DIRECTOR = DirectorHandler.NAME;

  /** Answers ARP for IPv4 VIPs and resolves real servers; only on the first event loop. */
  public static final String ARP = ArpHandler.NAME;

  /** Does the same for IPv6 with neighbor discovery; only on the first event loop. */
  public static final String NEIGHBOUR_DISCOVERY = NeighbourDiscoveryHandler.NAME;

  /** Answers echo requests to VIPs. */
  public static final String ECHO = EchoHandler.NAME;

  /** Releases the frames that no other handler used; the last handler. */
  public static final String DISCARD = DiscardHandler.NAME;

  private HandlerNames() {}
}
