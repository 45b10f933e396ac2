package org.example.embedding;

import io.dsr.core.Balancer;
import io.dsr.core.BalancerEvent.ServerResolved;
import io.dsr.core.FlowFilter;
import io.dsr.core.Health;
import io.dsr.core.Persistence;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.ServiceRules;
import io.dsr.core.SourceLimits;
import io.dsr.core.VipOwnership;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.netty.DsrBalancer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Starts a balancer, says {@code READY}, waits for a line, calls every method of {@link Balancer}
 * and says what it got; {@code called:} lines are written by a proxy in front of the balancer.
 */
public final class UseEveryMethod {

  private static final int ECHO = 7000;
  private static final int LIMITED = 7001;
  private static final int CLIENT_PORT = 40_000;
  private static final int IPV4_AND_UDP = 28;

  private final Balancer balancer;
  private final Path folder;
  private final VirtualService echo;
  private final VirtualService limited;
  private final InetAddress server;

  private UseEveryMethod(
      Balancer balancer, Path folder, VirtualService echo, VirtualService limited) {
    this.balancer = balancer;
    this.folder = folder;
    this.echo = echo;
    this.limited = limited;
    this.server = echo.realServers().getFirst().address();
  }

  /** Takes INTERFACE MAC CLIENT VIP SERVER SERVER FOLDER. */
  public static void main(String[] arguments) throws Exception {
    DsrBalancer.ensureAvailability();
    String vip = arguments[3];
    VirtualService echo =
        VirtualService.udp(vip, ECHO)
            .scheduler(Schedulers.maglev())
            .persistence(Persistence.sourceAddress(Duration.ofMinutes(1)))
            .realServer(arguments[4])
            .realServer(arguments[5], 2);
    VirtualService limited =
        VirtualService.udp(vip, LIMITED)
            .rules(
                ServiceRules.builder()
                    .limits(
                        SourceLimits.builder()
                            .newPerSecond(1, 1)
                            .ban(Duration.ofMinutes(1))
                            .build())
                    .build())
            .realServer(arguments[4]);
    var resolved = new CountDownLatch(2);
    DsrBalancer dsr =
        DsrBalancer.builder()
            .networkInterface(arguments[0])
            .maximumConnections(1 << 12)
            .ownership(VipOwnership.STANDBY)
            .service(echo)
            .service(limited)
            .build();
    Balancer balancer = recorded(dsr);
    try (balancer;
        var registration =
            balancer.addListener(event -> {
              if (event instanceof ServerResolved) {
                resolved.countDown();
              }
            })) {
      dsr.start().sync();
      if (!resolved.await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("servers do not answer: " + balancer.statistics());
      }
      say("registration", registration != null);
      await(balancer.own());
      System.out.println("READY");
      if (System.in.read() != '\n') {
        throw new IllegalStateException("standard input: expected a line");
      }
      var program = new UseEveryMethod(balancer, Path.of(arguments[6]), echo, limited);
      program.inspect(frame(arguments[1], arguments[2], vip));
      program.operateOneServer();
      program.change();
      program.forgetAndRemember();
      await(balancer.standby());
    }
    System.out.println("END");
  }

  private void inspect(byte[] frame) throws Exception {
    say("services", balancer.services().size());
    say("statistics", balancer.statistics().decidedFrames() > 0);
    say("flows", await(balancer.flows(FlowFilter.ALL, 0, 100)).flows().size());
    say("persistenceEntries", await(balancer.persistenceEntries(FlowFilter.ALL, 100)).size());
    say("bans", await(balancer.bans(FlowFilter.ALL, 100)).size());
    say("unban", await(balancer.unban(FlowFilter.ALL.service(limited.key()))));
    say("explain", await(balancer.explain(frame)).verdict().action());
    say("preview", await(balancer.preview(List.of(echo))).services().size());
    await(balancer.announce());
    await(balancer.startCapture(folder.resolve("frames.pcap")));
    await(balancer.stopCapture());
  }

  private void operateOneServer() throws Exception {
    ServiceKey key = echo.key();
    await(balancer.overrideWeight(key, server, 7));
    say("overridden", weight());
    await(balancer.clearOverride(key, server));
    say("cleared", weight());
    await(balancer.health(key, server, Health.down("connection refused")));
    say("down", weight());
    await(balancer.health(key, server, Health.up("")));
    say("up", weight());
    say("drained", await(balancer.drain(key, server, Duration.ofMillis(50))) != null);
    say("draining", weight());
    await(balancer.undrain(key, server));
    say("undrained", weight());
  }

  private void change() throws Exception {
    ServiceKey key = limited.key();
    RealServer second = echo.realServers().getLast();
    await(balancer.addRealServer(key, second));
    await(balancer.removeRealServer(key, second.address()));
    await(balancer.removeService(key));
    await(balancer.addService(limited));
    await(balancer.replaceService(limited.scheduler(Schedulers.roundRobin())));
    await(balancer.apply(List.of(echo)));
    say("applied", balancer.services().size());
  }

  private void forgetAndRemember() throws Exception {
    Path file = folder.resolve("flows");
    FlowFilter ours = FlowFilter.ALL.service(echo.key());
    say("exportSnapshot", await(balancer.exportSnapshot(file)) > 0);
    say("forgetFlows", await(balancer.forgetFlows(ours)));
    say("forgetPersistence", await(balancer.forgetPersistence(FlowFilter.ALL)));
    say("importSnapshot", await(balancer.importSnapshot(file)) > 0);
    say("remembered", await(balancer.flows(ours, 0, 100)).flows().size());
  }

  private int weight() {
    return balancer.statistics().services().getFirst().servers().getFirst().effectiveWeight();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static void say(String what, Object got) {
    System.out.println(what + ": " + got);
  }

  /** Returns a datagram from the client to the VIP, as it comes to the interface. */
  private static byte[] frame(String mac, String client, String vip) {
    byte[] destination = HexFormat.ofDelimiter(":").parseHex(mac);
    return ByteBuffer.allocate(60)
        .put(destination)
        .put(new byte[] {0, 0, 0, 0, 0, 0x11})
        .putShort((short) 0x0800)
        .put((byte) 0x45)
        .put((byte) 0)
        .putShort((short) IPV4_AND_UDP)
        .putInt(0)
        .put((byte) 64)
        .put((byte) 17)
        .putShort((short) 0)
        .put(InetAddress.ofLiteral(client).getAddress())
        .put(InetAddress.ofLiteral(vip).getAddress())
        .putShort((short) CLIENT_PORT)
        .putShort((short) ECHO)
        .putShort((short) 8)
        .array();
  }

  private static Balancer recorded(Balancer balancer) {
    return (Balancer)
        Proxy.newProxyInstance(
            Balancer.class.getClassLoader(),
            new Class<?>[] {Balancer.class},
            (proxy, method, given) -> call(balancer, method, given));
  }

  private static Object call(Balancer balancer, Method method, Object[] given) throws Throwable {
    System.out.println("called: " + method);
    try {
      return method.invoke(balancer, given);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
