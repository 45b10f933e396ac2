package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.bench.Traffic;

/**
 * One frame that becomes that of any flow: which client sends it, and to which service, is said by
 * the flow's number. Neighbours among the flows are of different services.
 */
final class ServiceFrames {

  private static final int ODD = 0x9e_3779b1;
  private static final long LOW_HALF = 0xffff_ffffL;

  private final SampleFrame frame;
  private final int[] vips;
  private final int[] ports;

  /** Makes frames for services that have these VIPs, the low 32 bits of each, and ports. */
  ServiceFrames(Traffic traffic, int[] vips, int[] ports) {
    this.frame = new SampleFrame(traffic);
    this.vips = vips.clone();
    this.ports = ports.clone();
  }

  /** Makes frames for the only service of a director. */
  static ServiceFrames ofOne(Traffic traffic) {
    int vip = traffic.isIpv6() ? SampleFrame.VIP6_LOW : SampleFrame.VIP;
    return new ServiceFrames(traffic, new int[] {vip}, new int[] {SampleFrame.PORT});
  }

  /** Returns the frame, as the flow's client has sent it. */
  SampleFrame of(int flow) {
    int service = (int) ((flow * ODD & LOW_HALF) * vips.length >>> Integer.SIZE);
    return frame.client(flow).to(vips[service], ports[service]);
  }

  /** Returns the number of the server that the frame has been made ready for. */
  int server() {
    return BenchDirector.server(frame.destination());
  }
}
