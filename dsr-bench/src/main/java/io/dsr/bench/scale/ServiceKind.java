package io.dsr.bench.scale;

import io.dsr.bench.BenchDirector;
import io.dsr.bench.SampleFrame;
import io.dsr.bench.Traffic;
import io.dsr.core.IpPrefix;
import io.dsr.core.PortRange;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What tells a number of services apart: that is what a search for the service goes by. */
enum ServiceKind {
  /** Each service has a VIP of its own, and the same port. */
  SINGLE_PORTS("one port each, on as many VIPs") {
    @Override
    int vip(int number) {
      return VIPS + number;
    }
  },

  /** All services share one VIP; each has 50 ports of it. */
  PORT_RANGES("50 ports each, all on one VIP") {
    @Override
    PortRange ports(int number) {
      int first = FIRST_PORT + number * PORTS_APART;
      return new PortRange(first, first + PORTS - 1);
    }
  },

  /** Each service has a network of VIPs; eight lengths of prefix occur. */
  NETWORKS("one port of a VIP network, /24 to /31") {
    @Override
    int vip(int number) {
      return VIPS + (number << 8);
    }

    @Override
    int length(int number) {
      return 24 + (number & 7);
    }
  };

  private static final int VIPS = 0x6440_0000;
  private static final int FIRST_PORT = 1_024;
  private static final int PORTS = 50;
  private static final int PORTS_APART = 60;

  private final String description;

  ServiceKind(String description) {
    this.description = description;
  }

  /** Returns services 0 to {@code count - 1}, with one server each. */
  List<VirtualService> services(Traffic traffic, int count) {
    var scheduler = Schedulers.named("wlc").orElseThrow();
    var services = new ArrayList<VirtualService>();
    for (int number = 0; number < count; number++) {
      services.add(
          VirtualService.of(key(traffic, number))
              .scheduler(scheduler)
              .realServers(List.of(BenchDirector.realServer(traffic.isIpv6(), number, 1))));
    }
    return services;
  }

  /** Returns frames that are for services 0 to {@code count - 1}, turn and turn about. */
  ServiceFrames frames(Traffic traffic, int count) {
    var vips = new int[count];
    var ports = new int[count];
    for (int number = 0; number < count; number++) {
      vips[number] = vip(number);
      ports[number] = ports(number).first() + ports(number).size() / 2;
    }
    return new ServiceFrames(traffic, vips, ports);
  }

  @Override
  public String toString() {
    return description;
  }

  /** Returns the low 32 bits of a service's VIP. */
  int vip(int number) {
    return VIPS;
  }

  /** Returns how long the prefix is, of 32 bits. */
  int length(int number) {
    return 32;
  }

  PortRange ports(int number) {
    return PortRange.of(SampleFrame.PORT);
  }

  private ServiceKey key(Traffic traffic, int number) {
    Protocol protocol = traffic.isTcp() ? Protocol.TCP : Protocol.UDP;
    InetAddress address = address(traffic, vip(number));
    int length = length(number) + (traffic.isIpv6() ? 96 : 0);
    return new ServiceKey(protocol, IpPrefix.around(address, length), ports(number));
  }

  private static InetAddress address(Traffic traffic, int vip) {
    return traffic.isIpv6()
        ? IpPrefix.address(
            ByteBuffer.allocate(16).putInt(0x2001_0db8).putInt(0).putInt(0).putInt(vip).array())
        : IpPrefix.address(ByteBuffer.allocate(4).putInt(vip).array());
  }
}
