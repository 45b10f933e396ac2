package io.dsr.netty;

import io.dsr.netty.handler.ArpHandler;
import io.dsr.netty.handler.CaptureHandler;
import io.dsr.netty.handler.DirectorHandler;
import io.dsr.netty.handler.DiscardHandler;
import io.dsr.netty.handler.EchoHandler;
import io.dsr.netty.handler.NeighbourDiscoveryHandler;

/**
 * The names of a balancer's own handlers in its pipelines, in their order: for handlers of your
 * own, which {@link DsrBalancerBuilder#pipeline} adds before or behind one of them.
 */
public final class HandlerNames {

  /** Copies every frame to a file; first of all, and there while a capture runs. */
  public static final String CAPTURE = CaptureHandler.NAME;

  /** Decides about each frame, and forwards it, passes it on or drops it. */
  public static final String DIRECTOR = DirectorHandler.NAME;

  /** Answers ARP for IPv4 VIPs and asks for real servers; on the first event loop alone. */
  public static final String ARP = ArpHandler.NAME;

  /** Does the same for IPv6, by neighbour discovery; on the first event loop alone. */
  public static final String NEIGHBOUR_DISCOVERY = NeighbourDiscoveryHandler.NAME;

  /** Answers echo requests to VIPs. */
  public static final String ECHO = EchoHandler.NAME;

  /** Lets go of frames that no handler before it had a use for; the last. */
  public static final String DISCARD = DiscardHandler.NAME;

  private HandlerNames() {}
}
