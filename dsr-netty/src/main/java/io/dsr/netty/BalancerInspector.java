package io.dsr.netty;

import static java.util.Objects.requireNonNull;

import io.dsr.core.BanEntry;
import io.dsr.core.ChangePreview;
import io.dsr.core.ClientPin;
import io.dsr.core.Explanation;
import io.dsr.core.FlowFilter;
import io.dsr.core.FlowPage;
import io.dsr.core.HashKey;
import io.dsr.core.IpPrefix;
import io.dsr.core.PersistenceEntry;
import io.dsr.core.ServiceKey;
import io.dsr.core.Ticker;
import io.dsr.core.VirtualService;
import io.dsr.core.control.ServiceControl;
import io.dsr.core.datapath.ServiceTable;
import io.dsr.core.flow.StoredFlow;
import io.dsr.core.inspect.BanListing;
import io.dsr.core.inspect.ChangeProbe;
import io.dsr.core.inspect.Inspection;
import io.dsr.core.membership.Member;
import io.dsr.core.membership.SlotDirectory;
import io.dsr.core.persistence.PersistenceTable;
import io.dsr.core.persistence.StoredEntry;
import io.dsr.core.snapshot.SnapshotWriter;
import io.dsr.netty.host.HostDatapath;
import io.dsr.netty.host.Shard;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The read operations of a running balancer: its flows and persistence entries, the explanation of
 * a decision, the preview of a change, and snapshots.
 *
 * <p>Any thread may call. Traffic continues: the event loop visits a bounded number of records at a
 * time and forwards frames in between. Calls are answered one after the other.
 */
final class BalancerInspector {

  private static final int MAXIMUM_LIMIT = 100_000;

  /** Records that are looked at while frames wait: about a millisecond. */
  private static final int RECORDS_A_TASK = 8_192;

  /** Records that are looked at for one page at most. */
  private static final long RECORDS_A_PAGE = 1 << 21;

  /** A position has the number of the event loop above what that loop calls it. */
  private static final int LOOP_SHIFT = 40;

  private static final BinaryOperator<BanEntry> LONGEST =
      BinaryOperator.maxBy(Comparator.comparing(BanEntry::remaining));

  private final ServiceControl control;
  private final Supplier<HostDatapath> datapath;
  private final EventExecutor executor;
  private final EventExecutor controlThread;
  private final BooleanSupplier onOwnThread;
  private final Executor dependents;
  private final HashKey hashKey;
  private final Ticker ticker;

  /**
   * Creates an inspector.
   *
   * @param executor the thread that asks
   * @param onOwnThread tells whether the calling thread is one of the balancer's
   * @param dependents runs what waits for an answer
   * @param hashKey the key of placement
   */
  BalancerInspector(
      ServiceControl control,
      Supplier<HostDatapath> datapath,
      EventExecutor executor,
      EventExecutor controlThread,
      BooleanSupplier onOwnThread,
      Executor dependents,
      HashKey hashKey,
      Ticker ticker) {
    this.control = control;
    this.datapath = datapath;
    this.executor = executor;
    this.controlThread = controlThread;
    this.onOwnThread = onOwnThread;
    this.dependents = dependents;
    this.hashKey = hashKey;
    this.ticker = ticker;
  }

  private <T> CompletionStage<T> ask(Callable<T> question) {
    return new Answer<T>(onOwnThread, dependents)
        .by(
            executor,
            () -> {
              checkRuns();
              return question.call();
            });
  }

  private void checkRuns() {
    HostDatapath _ = datapath.get();
  }

  /**
   * Returns flows that match; a page may hold fewer than {@code limit}, or none, though there are
   * more: {@link FlowPage#next} tells.
   *
   * @param from 0, or where the last page said to go on
   * @param limit how many flows at most, 1 to 100,000
   */
  CompletionStage<FlowPage> flows(FlowFilter filter, long from, int limit) {
    requireNonNull(filter, "filter");
    return ask(() -> {
      checkLimit(limit);
      return page(filter, from, limit);
    });
  }

  private static void checkLimit(int limit) {
    if (limit < 1 || limit > MAXIMUM_LIMIT) {
      throw new IllegalArgumentException(
          "limit: " + limit + " (expected: 1 to " + MAXIMUM_LIMIT + ")");
    }
  }

  private FlowPage page(FlowFilter filter, long from, int limit) throws Exception {
    SlotDirectory slotDirectory = control.slotDirectory();
    FlowPage page = new FlowPage(List.of(), from, 0);
    List<io.dsr.core.FlowEntry> flows = new ArrayList<>();
    long examined = 0;
    while (page.next() != FlowPage.END && flows.size() < limit && examined < RECORDS_A_PAGE) {
      long next = page.next();
      int left = limit - flows.size();
      page = page(next, i -> i.flows(filter, slotDirectory, within(next), left, RECORDS_A_TASK));
      flows.addAll(page.flows());
      examined += page.examined();
    }
    return new FlowPage(flows, page.next(), examined);
  }

  /** Forgets flows that match, and returns how many; their next frames are placed again. */
  CompletionStage<Integer> forgetFlows(FlowFilter filter) {
    requireNonNull(filter, "filter");
    return ask(() -> {
      SlotDirectory slotDirectory = control.slotDirectory();
      int[] forgotten = {0};
      for (long next = 0; next != FlowPage.END; ) {
        long from = next;
        next =
            walk(
                from,
                i -> i.forget(filter, slotDirectory, within(from), RECORDS_A_TASK, forgotten));
      }
      return forgotten[0];
    });
  }

  /** Counts flows that match, one loop after the other. */
  CompletionStage<FlowCount> count(FlowFilter filter) {
    return ask(() -> {
      SlotDirectory slotDirectory = control.slotDirectory();
      long[] counts = {0, 0};
      for (long next = 0; next != FlowPage.END; ) {
        long from = next;
        next =
            walk(from, i -> i.count(filter, slotDirectory, within(from), RECORDS_A_TASK, counts));
      }
      return new FlowCount(counts[0], counts[1]);
    });
  }

  /**
   * How many flows there are.
   *
   * @param open those that may still be in use
   * @param closed those that are closing or closed, but remembered
   */
  record FlowCount(long open, long closed) {}

  /** Returns clients that persistence remembers, and pins; at most {@code limit}. */
  CompletionStage<List<PersistenceEntry>> persistenceEntries(FlowFilter filter, int limit) {
    requireNonNull(filter, "filter");
    return ask(() -> {
      checkLimit(limit);
      SlotDirectory slotDirectory = control.slotDirectory();
      List<PersistenceEntry> found = new ArrayList<>();
      control
          .persistenceTables()
          .forEach((key, table) -> {
            if (filter.service().map(key::equals).orElse(true)) {
              addPins(found, key, filter);
              table
                  .entries(matches(table, filter, slotDirectory), limit)
                  .forEach(entry -> found.add(entry(key, table, entry, slotDirectory)));
            }
          });
      return List.copyOf(found.subList(0, Math.min(limit, found.size())));
    });
  }

  private List<ClientPin> pins(ServiceKey key) {
    return control.services().stream()
        .filter(service -> service.key().equals(key))
        .flatMap(service -> service.persistence().stream())
        .flatMap(policy -> policy.pins().stream())
        .toList();
  }

  private void addPins(List<PersistenceEntry> found, ServiceKey key, FlowFilter filter) {
    for (ClientPin pin : pins(key)) {
      if (filter.server().map(pin.server()::equals).orElse(true)
          && filter.client().map(wanted -> wanted.contains(pin.clients())).orElse(true)) {
        found.add(
            new PersistenceEntry(
                key, pin.clients(), pin.clients().toString(), pin.server(), true, Duration.ZERO));
      }
    }
  }

  private static Predicate<StoredEntry> matches(
      PersistenceTable table, FlowFilter filter, SlotDirectory slotDirectory) {
    return entry -> {
      Member member = holder(entry, slotDirectory);
      IpPrefix client = table.client(entry);
      return member != null
          && filter.server().map(member.address()::equals).orElse(true)
          && filter.client().map(wanted -> wanted.contains(client)).orElse(true);
    };
  }

  private static @Nullable Member holder(StoredEntry entry, SlotDirectory slotDirectory) {
    Member member = slotDirectory.member(entry.slot());
    return member != null && member.generation() == entry.generation() ? member : null;
  }

  private static PersistenceEntry entry(
      ServiceKey key, PersistenceTable table, StoredEntry entry, SlotDirectory slotDirectory) {
    Member member = requireNonNull(slotDirectory.member(entry.slot()));
    return new PersistenceEntry(
        key,
        table.client(entry),
        table.words(entry),
        member.address(),
        false,
        Duration.ofNanos(entry.remainingNanos()));
  }

  /** Forgets clients that match, and returns how many; pins stay. */
  CompletionStage<Integer> forgetPersistence(FlowFilter filter) {
    requireNonNull(filter, "filter");
    return ask(() -> {
      SlotDirectory slotDirectory = control.slotDirectory();
      int forgotten = 0;
      for (var entry : control.persistenceTables().entrySet()) {
        if (filter.service().map(entry.getKey()::equals).orElse(true)) {
          forgotten += entry.getValue().forget(matches(entry.getValue(), filter, slotDirectory));
        }
      }
      return forgotten;
    });
  }

  /** Returns sources that are banned; at most {@code limit}. */
  CompletionStage<List<BanEntry>> bans(FlowFilter filter, int limit) {
    requireNonNull(filter, "filter");
    return ask(() -> {
      checkLimit(limit);
      return bans(filter, BanListing::list).values().stream().limit(limit).toList();
    });
  }

  /** Ends bans that match, and returns how many. */
  CompletionStage<Integer> unban(FlowFilter filter) {
    requireNonNull(filter, "filter");
    return ask(() -> bans(filter, BanListing::lift).size());
  }

  private record Banned(ServiceKey service, IpPrefix source) {}

  /** Visits the bans of all loops; a source that several have banned counts once. */
  private Map<Banned, BanEntry> bans(
      FlowFilter filter, BiFunction<BanListing, Long, List<BanEntry>> visit) throws Exception {
    if (filter.server().isPresent() || filter.state().isPresent()) {
      throw new IllegalArgumentException(
          "filter: a server or a state (expected: only service and client for bans)");
    }
    Map<Banned, BanEntry> found = new LinkedHashMap<>();
    for (Shard shard : datapath.get().shards()) {
      for (VirtualService service : control.services()) {
        if (filter.service().map(service.key()::equals).orElse(true)) {
          List<BanEntry> bans =
              shard.call(() -> {
                ServiceTable serviceTable = control.serviceTable(shard.number());
                return visit.apply(
                    new BanListing(serviceTable, service.key(), filter), ticker.nanos());
              });
          bans.forEach(ban -> found.merge(new Banned(ban.service(), ban.source()), ban, LONGEST));
        }
      }
    }
    return found;
  }

  /**
   * Tells what would become of a frame, from its Ethernet header on, just now; nothing is changed.
   */
  CompletionStage<Explanation> explain(byte[] frame) {
    byte[] copy = frame.clone();
    return ask(() -> {
      SlotDirectory slotDirectory = control.slotDirectory();
      ByteBuf wrapped = Unpooled.wrappedBuffer(copy);
      HostDatapath now = datapath.get();
      int loop = onLoop(0, inspection -> inspection.client(wrapped)).map(now::loopOf).orElse(0);
      return onLoop(loop, i -> i.explain(wrapped, slotDirectory));
    });
  }

  /**
   * Tells what {@link DsrBalancer#apply} of these services would move.
   *
   * @param services all services that there would be
   */
  CompletionStage<ChangePreview> preview(Collection<VirtualService> services) {
    List<VirtualService> wanted = List.copyOf(services);
    return ask(() -> {
      ServiceControl.Draft draft =
          controlThread
              .submit(
                  (Callable<ServiceControl.Draft>)
                      () -> {
                        datapath.get().check(wanted);
                        return control.draft(wanted);
                      })
              .sync() // throws what the draft threw
              .getNow();
      var probe =
          new ChangeProbe(
              draft.before(), draft.after(), draft.holders(), draft.successors(), hashKey);
      for (long next = 0; next != FlowPage.END; ) {
        long from = next;
        next = walk(from, inspection -> probe.walk(inspection, within(from), RECORDS_A_TASK));
      }
      return onLoop(0, inspection -> probe.result());
    });
  }

  /**
   * Writes all flows and persistence entries to a file, which is there as a whole or not at all,
   * and returns how many they are.
   */
  CompletionStage<Long> exportSnapshot(Path file) {
    requireNonNull(file, "file");
    return ask(() -> {
      try (var writer = new SnapshotWriter(file)) {
        SlotDirectory slotDirectory = control.slotDirectory();
        for (long next = 0; next != FlowPage.END; ) {
          long from = next;
          List<StoredFlow> flows = new ArrayList<>();
          next = walk(from, i -> i.export(within(from), RECORDS_A_TASK / 8, flows::add));
          for (StoredFlow flow : flows) {
            Member member = slotDirectory.member(flow.slot());
            ServiceKey service = slotDirectory.service(flow.slot());
            if (member != null && service != null && member.generation() == flow.generation()) {
              writer.flow(flow, service, member.address());
            }
          }
        }
        for (var table : control.persistenceTables().entrySet()) {
          List<StoredEntry> entries = new ArrayList<>();
          table.getValue().export(entries::add);
          for (StoredEntry entry : entries) {
            Member member = holder(entry, slotDirectory);
            if (member != null) {
              writer.client(entry, table.getKey(), member.address());
            }
          }
        }
        return writer.finish();
      }
    });
  }

  /**
   * Reads a file that {@link #exportSnapshot} has written, and remembers what is in it: flows and
   * persistence entries whose services and servers there are, and that are not remembered already.
   * Returns how many they were.
   */
  CompletionStage<Long> importSnapshot(Path file) {
    requireNonNull(file, "file");
    return ask(() -> new SnapshotImport(control, datapath.get()).run(file));
  }

  private FlowPage page(long position, Task<FlowPage> task) throws Exception {
    FlowPage page = onLoop(loop(position), task);
    return new FlowPage(page.flows(), next(position, page.next()), page.examined());
  }

  private long walk(long position, Task<Long> task) throws Exception {
    return next(position, onLoop(loop(position), task));
  }

  /** Returns where to go on after {@code within}: behind a loop's last record is the next loop. */
  private long next(long position, long within) {
    int loop = loop(position);
    if (within != FlowPage.END) {
      return ((long) loop << LOOP_SHIFT) | within;
    }
    return loop + 1 < datapath.get().shards().size() ? (loop + 1L) << LOOP_SHIFT : FlowPage.END;
  }

  private static int loop(long position) {
    return (int) (position >>> LOOP_SHIFT);
  }

  private static long within(long position) {
    return position & ((1L << LOOP_SHIFT) - 1);
  }

  private <T> T onLoop(int loop, Task<T> task) throws Exception {
    List<Shard> shards = datapath.get().shards();
    if (loop >= shards.size()) {
      throw new IllegalArgumentException(
          "from: a flow of event loop "
              + loop
              + " (expected: 0 or the position from the last page)");
    }
    Shard shard = shards.get(loop);
    return shard.call(() -> {
      shard.director().time(ticker.nanos()); // a quiet loop may not have seen the last change
      return task.run(new Inspection(shard.director()));
    });
  }

  @FunctionalInterface
  private interface Task<T> {
    T run(Inspection inspection);
  }
}
