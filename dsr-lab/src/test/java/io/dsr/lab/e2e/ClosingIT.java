package io.dsr.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.dsr.core.Balancer;
import io.dsr.core.FlowFilter;
import io.dsr.core.Health;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.scheduler.Schedulers;
import io.dsr.lab.EmbeddedBalancer;
import io.dsr.lab.HttpServers;
import io.dsr.lab.Lab;
import io.dsr.lab.Requirements;
import io.dsr.lab.RunningBalancer;
import io.dsr.netty.DsrBalancer;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of operations that are under way when their balancer is closed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClosingIT {

  private static final int PORT = 80;
  private static final int LOOPS = 3;
  private static final ServiceKey KEY = VirtualService.tcp("195.30.70.200", PORT).key();

  private Lab lab;
  private HttpServers http;

  @BeforeAll
  void build() throws Exception {
    assumeThat(Requirements.whyNot()).isEmpty();
    lab = Lab.builder().servers(2).build();
    http = HttpServers.start(lab.servers(), Lab.VIP, PORT);
  }

  @AfterAll
  void takeDown() {
    if (lab != null) {
      http.close();
      lab.close();
    }
  }

  @Test
  void failsADrainThatWaitsForAFlow() throws Exception {
    try (var balanced = EmbeddedBalancer.start(lab, service());
        var live = Client.Live.download(lab.client(), Lab.VIP, PORT, 20_000_000)) {
      InetAddress server = lab.servers().get(live.server().endsWith("1") ? 0 : 1).ipv4();
      var drain = balanced.balancer().drain(KEY, server, Duration.ofDays(1)).toCompletableFuture();
      RunningBalancer.awaitTrue(
          "draining", () -> balanced.server(KEY, server).effectiveWeight() == 0);
      assertThat(EmbeddedBalancer.await(balanced.balancer().flows(FlowFilter.ALL, 0, 10)).flows())
          .hasSize(1);
      assertThat(drain).isNotDone();

      balanced.balancer().close();

      assertThatThrownBy(() -> drain.get(1, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("closed");
    }
  }

  /** Closed at any moment of its start, a balancer ends that start and leaves nothing behind. */
  @RepeatedTest(12)
  void endsAStartThatIsUnderWay(RepetitionInfo repetition) throws Exception {
    var balancer =
        lab.balancer()
            .namespace()
            .call(() ->
                DsrBalancer.builder()
                    .networkInterface(lab.balancer().networkInterface())
                    .service(service())
                    .build());
    var start = lab.balancer().namespace().call(balancer::start);
    long until =
        System.nanoTime()
            + TimeUnit.MILLISECONDS.toNanos(repetition.getCurrentRepetition() * 5L - 5);
    while (System.nanoTime() < until && !start.isDone()) {
      Thread.onSpinWait();
    }
    balancer.close();

    assertThat(start.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(start.cause())
        .satisfiesAnyOf(
            failure -> assertThat(failure).isNull(),
            failure ->
                assertThat(failure)
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("closed"));
  }

  /**
   * Every operation of {@link Balancer} that gives a stage, by its name. What can be done once is
   * undone, so that none fails while the balancer runs.
   */
  private Map<String, Function<Balancer, CompletionStage<?>>> operations(Path directory) {
    VirtualService service = service();
    VirtualService other = VirtualService.tcp("195.30.70.201", PORT).realServer("195.30.70.102");
    InetAddress server = lab.servers().getFirst().ipv4();
    InetAddress third = InetAddress.ofLiteral("195.30.70.103");
    Path file = directory.resolve("capture");
    Map<String, Function<Balancer, CompletionStage<?>>> all = new LinkedHashMap<>();
    all.put("addService", b -> first(b.addService(other), b.removeService(other.key())));
    all.put("replaceService", b -> b.replaceService(service));
    all.put("removeService", b -> last(b.addService(other), b.removeService(other.key())));
    all.put(
        "addRealServer",
        b -> first(b.addRealServer(KEY, new RealServer(third, 1)), b.removeRealServer(KEY, third)));
    all.put(
        "removeRealServer",
        b -> last(b.addRealServer(KEY, new RealServer(third, 1)), b.removeRealServer(KEY, third)));
    all.put("apply", b -> b.apply(List.of(service)));
    all.put("overrideWeight", b -> b.overrideWeight(KEY, server, 7));
    all.put("clearOverride", b -> b.clearOverride(KEY, server));
    all.put("drain", b -> b.drain(KEY, server, Duration.ofDays(1)));
    all.put("undrain", b -> b.undrain(KEY, server));
    all.put("health", b -> b.health(KEY, server, Health.UNKNOWN));
    all.put("own", Balancer::own);
    all.put("standby", Balancer::standby);
    all.put("announce", Balancer::announce);
    all.put("flows", b -> b.flows(FlowFilter.ALL, 0, 10));
    all.put("forgetFlows", b -> b.forgetFlows(FlowFilter.ALL));
    all.put("persistenceEntries", b -> b.persistenceEntries(FlowFilter.ALL, 10));
    all.put("forgetPersistence", b -> b.forgetPersistence(FlowFilter.ALL));
    all.put("bans", b -> b.bans(FlowFilter.ALL, 10));
    all.put("unban", b -> b.unban(FlowFilter.ALL));
    all.put("explain", b -> b.explain(new byte[60]));
    all.put("preview", b -> b.preview(List.of(service)));
    all.put("exportSnapshot", b -> b.exportSnapshot(directory.resolve("exported")));
    all.put("importSnapshot", b -> b.importSnapshot(directory.resolve("snapshot")));
    all.put("startCapture", b -> first(b.startCapture(file), b.stopCapture()));
    all.put("stopCapture", b -> last(b.startCapture(file), b.stopCapture()));
    return all;
  }

  private static CompletionStage<?> first(CompletionStage<?> one, CompletionStage<?> then) {
    assertThat(then).isNotNull();
    return one;
  }

  private static CompletionStage<?> last(CompletionStage<?> before, CompletionStage<?> one) {
    assertThat(before).isNotNull();
    return one;
  }

  @Test
  void knowsEveryOperation(@TempDir Path directory) {
    assertThat(Balancer.class.getMethods())
        .filteredOn(method -> method.getReturnType() == CompletionStage.class)
        .extracting(Method::getName)
        .containsExactlyInAnyOrderElementsOf(operations(directory).keySet());
  }

  @RepeatedTest(8)
  void completesEveryOperationThatIsUnderWay(@TempDir Path directory) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed: " + seed);
    var random = new SplittableRandom(seed);
    try (var balanced = EmbeddedBalancer.startReady(lab, b -> b.eventLoops(LOOPS), service())) {
      Balancer balancer = balanced.balancer();
      EmbeddedBalancer.await(balancer.exportSnapshot(directory.resolve("snapshot")));
      var closed = new AtomicBoolean();
      var underWay = new CountDownLatch(1 + random.nextInt(100));
      List<Asked> asked = new ArrayList<>();
      var asker =
          new FutureTask<>(() -> ask(balancer, directory, random.split(), closed, underWay, asked));
      Thread.ofPlatform().daemon().start(asker);
      assertThat(underWay.await(10, TimeUnit.SECONDS)).isTrue();

      balancer.close();
      closed.set(true);
      int afterwards = asker.get(10, TimeUnit.SECONDS);

      for (Asked one : asked) {
        assertThat(one.failure())
            .as(one.name)
            .satisfiesAnyOf(
                failure -> assertThat(failure).isNull(),
                failure ->
                    assertThat(failure)
                        .isExactlyInstanceOf(IllegalStateException.class)
                        .hasMessage("closed"));
      }
      assertThat(asked.subList(asked.size() - afterwards, asked.size()))
          .allSatisfy(one -> assertThat(one.failure()).as(one.name).hasMessage("closed"));
    }
  }

  /**
   * Asks for all operations again and again, and once after the close; returns how many these are.
   */
  private int ask(
      Balancer balancer,
      Path directory,
      SplittableRandom random,
      AtomicBoolean closed,
      CountDownLatch underWay,
      List<Asked> asked) {
    List<Map.Entry<String, Function<Balancer, CompletionStage<?>>>> all =
        new ArrayList<>(operations(directory).entrySet());
    boolean over;
    do {
      over = closed.get();
      Collections.shuffle(all, Random.from(random));
      for (var each : all) {
        asked.add(new Asked(each.getKey(), each.getValue().apply(balancer).toCompletableFuture()));
        underWay.countDown();
      }
      Asked latest = asked.getLast();
      if (!over) {
        latest.stage.exceptionally(failure -> null).orTimeout(10, TimeUnit.SECONDS).join();
      }
    } while (!over);
    return all.size();
  }

  /** An operation, and what it gives. */
  private record Asked(String name, CompletableFuture<?> stage) {

    /** Returns what it fails with, or null; fails if it does not come to an end. */
    @Nullable Throwable failure() throws Exception {
      try {
        stage.get(10, TimeUnit.SECONDS);
        return null;
      } catch (ExecutionException e) {
        return e.getCause();
      } catch (TimeoutException e) {
        throw new AssertionError(name + " does not come to an end", e);
      }
    }
  }

  private VirtualService service() {
    return RunningBalancer.tcp(Lab.VIP, PORT, Schedulers.roundRobin(), lab.servers());
  }
}
