package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.BalancerEvent;
import io.dsr.core.BalancerEvent.ExtensionFailed;
import io.dsr.core.BalancerEvent.FramesHeld;
import io.dsr.core.BalancerEvent.HandlersSlow;
import io.dsr.core.BalancerEvent.HealthChanged;
import io.dsr.core.BalancerEvent.InterfaceReturned;
import io.dsr.core.BalancerStatistics.ExtensionStatistics;
import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowView;
import io.dsr.core.Health;
import io.dsr.core.Picker;
import io.dsr.core.Scheduler;
import io.dsr.core.Servers;
import io.dsr.core.Verdict;
import io.dsr.core.VirtualService;
import io.dsr.core.frame.ArpPacket;
import io.dsr.core.frame.FrameBuilder;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.Host;
import io.dsr.lab.HttpCall;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.DsrBalancer;
import io.dsr.netty.HandlerNames;
import io.dsr.netty.NeighbourTimings;
import io.dsr.netty.Reception;
import io.dsr.netty.channel.PacketChannel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What code of the embedding program does wrong, and what the balancer goes on to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UserCodeIT {

  private static final int PORT = 80;
  private static final Duration SOON = Duration.ofSeconds(10);

  private Lab lab;
  private HttpServers http;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).localClient(true).build();
    http = HttpServers.start(lab.servers(), Lab.VIP, PORT);
  }

  @AfterAll
  void takeDown() {
    if (http != null) {
      http.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void goesOnWhateverAListenerThrows() throws Exception {
    Consumer<BalancerEvent> broken = new Broken();
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.listener(broken), service())) {
      InetAddress server = first();
      for (int i = 0; i < 10; i++) {
        Health health = i % 2 == 0 ? Health.down("no") : Health.up("yes");
        EmbeddedBalancer.await(balanced.balancer().health(service().key(), server, health));
        assertThat(balanced.server(service().key(), server).health()).isEqualTo(health);
      }

      assertServes();
      String name = "listener " + Broken.class.getName();
      assertThat(balanced.awaitEvent(SOON, ExtensionFailed.class::isInstance))
          .isEqualTo(new ExtensionFailed(name, "java.io.IOException: past the compiler"));
      RunningBalancer.awaitTrue(
          "all counted", () -> extensions(balanced).failures().getOrDefault(name, 0L) >= 10);
      assertThat(balanced.eventsSoFar()).noneMatch(ExtensionFailed.class::isInstance);
    }
  }

  @Test
  void makesChangesAndClosesWhileAListenerBlocks() throws Exception {
    var release = new CountDownLatch(1);
    var balanced = EmbeddedBalancer.start(lab, b -> b.listener(event -> await(release)), service());
    try {
      EmbeddedBalancer.await(balanced.balancer().addService(other()));
      assertServes();
      long began = System.nanoTime();

      balanced.balancer().close();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
      assertSilent();
    } finally {
      release.countDown();
      balanced.close();
    }
  }

  @Test
  void givesUpTheVipsWhileASchedulerHoldsTheControlThread() throws Exception {
    var release = new CountDownLatch(1);
    var asked = new CountDownLatch(1);
    try (var balanced = EmbeddedBalancer.start(lab, service())) {
      Scheduler stuck =
          servers -> {
            asked.countDown();
            await(release);
            return flow -> Picker.NONE;
          };
      var change = balanced.balancer().addService(other().scheduler(stuck)).toCompletableFuture();
      assertThat(asked.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertServes();

      balanced.balancer().close();

      assertSilent();
      assertThat(change).isNotDone();
      release.countDown();
      assertThat(change.handle((none, failure) -> true).get(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      release.countDown();
    }
  }

  @Test
  void letsAListenerWaitForChangesAndForItsEnd() throws Exception {
    BlockingQueue<String> done = new LinkedBlockingQueue<>();
    var balancer = new AtomicReference<DsrBalancer>();
    var once = new AtomicBoolean();
    Consumer<BalancerEvent> caller =
        event -> {
          if (event instanceof HealthChanged && !once.getAndSet(true)) {
            DsrBalancer own = balancer.get();
            own.addService(other()).toCompletableFuture().join();
            own.flows(FlowFilter.ALL, 0, 10).toCompletableFuture().join();
            own.close();
            done.add("closed");
          }
        };
    try (var balanced = EmbeddedBalancer.start(lab, b -> b.listener(caller), service())) {
      balancer.set(balanced.balancer());
      var _ = balanced.balancer().health(service().key(), first(), Health.down("no"));

      assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
      assertThat(balanced.balancer().services()).hasSize(2);
      assertSilent();
    }
  }

  @Test
  void letsADependentOfAStageBlockAndClose() throws Exception {
    var release = new CountDownLatch(1);
    try (var balanced = EmbeddedBalancer.start(lab, service())) {
      CompletableFuture<Void> blocked =
          balanced.balancer().own().thenRun(() -> await(release)).toCompletableFuture();
      EmbeddedBalancer.await(balanced.balancer().addService(other()));
      EmbeddedBalancer.await(
          balanced.balancer().removeService(other().key()).thenRun(balanced.balancer()::close));

      assertSilent();
      release.countDown();
      blocked.get(10, TimeUnit.SECONDS);
    } finally {
      release.countDown();
    }
  }

  @Test
  void asksASchedulerAgainThatThrewOnce() throws Exception {
    var fails = new AtomicBoolean();
    var weight = new AtomicInteger();
    Scheduler flaky =
        servers -> {
          if (fails.getAndSet(false)) {
            throw new AssertionError("on purpose");
          }
          weight.set(servers.weight(0));
          return Schedulers.roundRobin().newPicker(servers);
        };
    var timings = new NeighbourTimings(Duration.ofMillis(200), Duration.ofMillis(400), 3);
    try (var balanced =
        EmbeddedBalancer.start(lab, b -> b.neighbourTimings(timings), service().scheduler(flaky))) {
      RunningBalancer.awaitTrue("all may be chosen", () -> weight.get() == 1);
      fails.set(true);
      setServer("ip link set %s arp off");

      RunningBalancer.awaitTrue("asked again with what it missed", () -> weight.get() == 0);
      assertThat(fails).isFalse();
      assertThat(balanced.server(service().key(), first()).effectiveWeight()).isZero();
      assertThat(extensions(balanced).failures().values()).containsExactly(1L);
    } finally {
      setServer("ip link set %s arp on; ip neigh flush dev %s");
    }
  }

  @Test
  void tellsAndExplainsWhatAPickerThrows() throws Exception {
    try (var balanced = EmbeddedBalancer.start(lab, service().scheduler(new BrokenPickers()))) {
      Host local = lab.localClient().orElseThrow();
      var crafted = new Crafted(local.mac(), lab.balancer().mac(), local.ipv4(), Lab.VIP);
      try (var wire = Wire.of(local)) {
        for (int i = 0; i < 20; i++) {
          wire.send(crafted.syn(5_000 + i, PORT));
        }
      }

      ExtensionFailed failed =
          (ExtensionFailed) balanced.awaitEvent(SOON, ExtensionFailed.class::isInstance);
      String name =
          "picker of scheduler " + BrokenPickers.class.getName() + " of " + service().key();
      assertThat(failed).isEqualTo(new ExtensionFailed(name, "java.lang.AssertionError: no idea"));
      RunningBalancer.awaitTrue(
          "counted", () -> Map.of(name, 20L).equals(extensions(balanced).failures()));
      Explanation told =
          EmbeddedBalancer.await(balanced.balancer().explain(crafted.syn(6_000, PORT)));
      assertThat(told.verdict()).isEqualTo(Verdict.DROP_NO_SERVER);
      assertThat(told.steps())
          .contains("The " + name + " throws java.lang.AssertionError: no idea when asked.")
          .contains(
              "The "
                  + name
                  + " has thrown 20 times, most recently java.lang.AssertionError: no idea."
                  + " A frame that it throws for is dropped.");
      assertThat(balanced.eventsSoFar()).noneMatch(ExtensionFailed.class::isInstance);
    }
  }

  @Test
  void failsToStartWithTheNameOfAPipelineCustomizerThatThrows() {
    Consumer<ChannelPipeline> broken =
        pipeline -> {
          throw new AssertionError("no handler");
        };

    assertThatThrownBy(
            () -> EmbeddedBalancer.startReady(lab, b -> b.pipeline(broken), service()).close())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("pipeline customizer " + UserCodeIT.class.getName())
        .hasMessageEndingWith(" failed on seg0: java.lang.AssertionError: no handler");
  }

  @Test
  void tellsOfAHandlerThatThrowsOnceAndServesOn() throws Exception {
    var thrower = new Thrower();
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.pipeline(p -> p.addBefore(HandlerNames.DISCARD, "mine", thrower)),
            service())) {
      sendStrayFrames(20, Duration.ZERO);

      String name = "handler mine (" + Thrower.class.getName() + ")";
      assertThat(balanced.awaitEvent(SOON, ExtensionFailed.class::isInstance))
          .isEqualTo(new ExtensionFailed(name, "java.lang.IllegalStateException: not mine"));
      RunningBalancer.awaitTrue(
          "all counted", () -> extensions(balanced).failures().getOrDefault(name, 0L) >= 20);
      assertServes();
      assertThat(balanced.eventsSoFar()).noneMatch(ExtensionFailed.class::isInstance);
    }
  }

  @Test
  void tellsOfAHandlerThatTakesTwentyMillisecondsAFrame() throws Exception {
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.pipeline(p -> p.addBefore(HandlerNames.DISCARD, "mine", new Sleepy())),
            service())) {
      sendStrayFrames(10, Duration.ofMillis(100));

      HandlersSlow slow = (HandlersSlow) balanced.awaitEvent(SOON, HandlersSlow.class::isInstance);
      assertThat(slow.name()).isEqualTo("seg0");
      assertThat(slow.handlers()).containsExactly("mine");
      assertThat(slow.frames()).isBetween(3L, 1_000L);
      assertThat(slow.longest()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
      assertThat(extensions(balanced).slowFrames()).isGreaterThanOrEqualTo(slow.frames());
    }
  }

  @Test
  void tellsOfAHandlerThatReleasesNoFrame() throws Exception {
    var leak =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            // forgotten
          }

          @Override
          public boolean isSharable() {
            return true;
          }
        };
    var few = Reception.DEFAULT.ringFrames(16);
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.reception(few).pipeline(p -> p.addBefore(HandlerNames.DISCARD, "leak", leak)),
            service())) {
      var sending = new AtomicBoolean(true);
      var sender =
          new FutureTask<>(() -> {
            while (sending.get()) {
              sendStrayFrames(20, Duration.ofMillis(5));
            }
            return true;
          });
      Thread.ofPlatform().daemon().start(sender);
      try {
        FramesHeld told = (FramesHeld) balanced.awaitEvent(SOON, FramesHeld.class::isInstance);
        assertThat(told.name()).isEqualTo("seg0");
        assertThat(told.handlers()).containsExactly("leak");
        assertThat(told.frames()).isBetween(1, 16);
      } finally {
        sending.set(false);
        assertThat(sender.get(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void countsNoFrameAsHeldThatItsHandlerHasReleased() throws Exception {
    BlockingQueue<Integer> held = new LinkedBlockingQueue<>();
    var releasing =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
            held.add(((PacketChannel) context.channel()).heldFrames());
          }

          @Override
          public boolean isSharable() {
            return true;
          }
        };
    try (var _ =
        EmbeddedBalancer.start(
            lab,
            b -> b.pipeline(p -> p.addBefore(HandlerNames.DISCARD, "mine", releasing)),
            service())) {
      sendStrayFrames(1, Duration.ZERO);

      assertThat(held.poll(10, TimeUnit.SECONDS)).isZero();
    }
  }

  @Test
  void opensAnInterfaceAgainThatAHandlerHasClosed() throws Exception {
    var once = new AtomicBoolean();
    var closer =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            if (!once.getAndSet(true)) {
              var _ = context.close();
            }
            context.fireChannelRead(message);
          }

          @Override
          public boolean isSharable() {
            return true;
          }
        };
    try (var balanced =
        EmbeddedBalancer.start(
            lab, b -> b.pipeline(p -> p.addFirst("closer", closer)), service())) {
      RunningBalancer.awaitTrue("closed", once::get);

      assertThat(balanced.awaitEvent(SOON, InterfaceReturned.class::isInstance))
          .isEqualTo(new InterfaceReturned("seg0"));
      balanced.awaitServers();
      assertServes();
      assertThat(balanced.balancer().statistics().interfaces().getFirst().attached()).isTrue();
    }
  }

  @Test
  void saysThatItsStartFailedAndWhy() {
    var balancer = DsrBalancer.builder().networkInterface("none0").build();
    assertThatThrownBy(() -> balancer.start().sync()).isInstanceOf(IOException.class);

    assertThatThrownBy(balancer::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the start failed: java.io.IOException: ")
        .hasMessageEndingWith(" (expected: a new balancer)")
        .cause()
        .isInstanceOf(IOException.class);
    balancer.close();
  }

  @Test
  void failsAStartThatIsClosedMeanwhile() throws Exception {
    var opening = new CountDownLatch(1);
    var closing = new CountDownLatch(1);
    DsrBalancer balancer =
        DsrBalancer.builder()
            .networkInterface(lab.balancer().networkInterface())
            .pipeline(pipeline -> {
              opening.countDown();
              await(closing);
            })
            .service(service())
            .build();
    Future<Void> start = lab.balancer().namespace().call(balancer::start);
    await(opening);
    var closed = new FutureTask<>(balancer::close, true);
    Thread.ofPlatform().daemon().start(closed);
    RunningBalancer.awaitTrue(
        "closed",
        () -> {
          try {
            var _ = balancer.start();
            return false;
          } catch (IllegalStateException e) {
            return "closed".equals(e.getMessage());
          }
        });

    closing.countDown();

    assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
    assertThat(start.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(start.cause()).isInstanceOf(IllegalStateException.class).hasMessage("closed");
    assertSilent();
  }

  @Test
  void closesFromAHandlerAndFailsItsWaitsAtOnce() throws Exception {
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    var balancer = new AtomicReference<@Nullable DsrBalancer>();
    var handler =
        new ChannelInboundHandlerAdapter() {
          @Override
          public void channelRead(ChannelHandlerContext context, Object message) {
            DsrBalancer own = balancer.getAndSet(null);
            if (own != null) {
              try {
                own.own().toCompletableFuture().join();
              } catch (IllegalStateException e) {
                said.add(e.getMessage());
              }
              own.close();
              said.add("closed");
            }
            context.fireChannelRead(message);
          }

          @Override
          public boolean isSharable() {
            return true;
          }
        };
    try (var balanced =
        EmbeddedBalancer.start(
            lab,
            b -> b.pipeline(p -> p.addBefore(HandlerNames.DISCARD, "mine", handler)),
            service())) {
      balancer.set(balanced.balancer());
      sendStrayFrames(1, Duration.ZERO);

      assertThat(said.poll(10, TimeUnit.SECONDS)).contains("a thread of the balancer");
      assertThat(said.poll(1, TimeUnit.SECONDS)).isEqualTo("closed");
      assertSilent();
    }
  }

  /** Sends frames that the balancer has no use for, and that its handlers see. */
  private void sendStrayFrames(int frames, Duration pause) throws Exception {
    Host local = lab.localClient().orElseThrow();
    byte[] arp =
        FrameBuilder.arp(
                ArpPacket.REQUEST,
                local.mac().bits(),
                local.ipv4().getHostAddress(),
                0,
                "195.30.70.77")
            .ethernet(0xffff_ffff_ffffL, local.mac().bits())
            .bytes();
    try (var wire = Wire.of(local)) {
      for (int i = 0; i < frames; i++) {
        wire.send(arp);
        TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      }
    }
  }

  private static ExtensionStatistics extensions(EmbeddedBalancer balanced) {
    return balanced.balancer().statistics().extensions();
  }

  private static void await(CountDownLatch latch) {
    try {
      boolean _ = latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertServes() throws Exception {
    assertThat(HttpCall.servers(lab.client(), Lab.VIP, PORT, 4)).isNotEmpty();
  }

  /** Nobody answers for the VIP any more. */
  private void assertSilent() throws Exception {
    RunningBalancer.awaitTrue(
        "nobody answers for the VIP",
        () -> {
          String _ =
              Command.run(
                  lab.router(),
                  "sh",
                  "-c",
                  "ip neigh flush all; ping -c 1 -W 1 " + Lab.VIP.getHostAddress() + " || true");
          return !Command.run(lab.router(), "ip", "neigh", "show", Lab.VIP.getHostAddress())
              .contains("lladdr");
        });
  }

  private void setServer(String commands) throws Exception {
    Host server = lab.servers().getFirst();
    String _ = Command.run(server, "sh", "-c", commands.replace("%s", server.networkInterface()));
  }

  private InetAddress first() {
    return lab.servers().getFirst().ipv4();
  }

  private VirtualService service() {
    return RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
  }

  private VirtualService other() {
    return VirtualService.tcp("195.30.70.201", PORT).realServer("195.30.70.102");
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable failure) throws T {
    throw (T) failure;
  }

  private static final class Broken implements Consumer<BalancerEvent> {
    @Override
    public void accept(BalancerEvent event) {
      throw UserCodeIT.<RuntimeException>unchecked(new IOException("past the compiler"));
    }
  }

  private static final class BrokenPickers implements Scheduler {
    @Override
    public Picker newPicker(Servers servers) {
      return new Picker() {
        @Override
        public int pick(FlowView flow) {
          throw new AssertionError("no idea");
        }

        @Override
        public int peek(FlowView flow) {
          throw new AssertionError("no idea");
        }
      };
    }
  }

  private static final class Thrower extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      throw new IllegalStateException("not mine");
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }

  private static final class Sleepy extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      TimeUnit.MILLISECONDS.sleep(20);
      context.fireChannelRead(message);
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }
}
