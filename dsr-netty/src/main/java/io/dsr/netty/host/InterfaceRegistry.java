package io.dsr.netty.host;

import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What holds each interface, by its number, and what those that held it before have counted.
 * Changed on the control thread; read by any: counts never go back.
 */
final class InterfaceRegistry {

  /**
   * One interface.
   *
   * @param attached what holds it, null while it is gone
   * @param leaving what is letting go of it, and still counts
   * @param past the counts of the interfaces that were released
   */
  private record Hold(
      @Nullable InterfaceBinding attached,
      @Nullable InterfaceBinding leaving,
      @Nullable InterfaceStatistics past) {

    InterfaceStatistics counts(String name) {
      InterfaceBinding counting = attached == null ? leaving : attached;
      return InterfaceCounts.of(name, attached != null && attached.isOpen(), counting, past);
    }
  }

  private static final Hold NONE = new Hold(null, null, null);

  private final AtomicReferenceArray<Hold> holds;

  InterfaceRegistry(int interfaces) {
    holds = new AtomicReferenceArray<>(interfaces);
    for (int number = 0; number < interfaces; number++) {
      holds.set(number, NONE);
    }
  }

  int size() {
    return holds.length();
  }

  /** Returns what holds an interface, or null while it is gone. */
  @Nullable InterfaceBinding get(int number) {
    return holds.get(number).attached();
  }

  /** Returns all that hold an interface, in the order of their numbers. */
  List<InterfaceBinding> attached() {
    List<InterfaceBinding> attached = new ArrayList<>();
    for (int number = 0; number < holds.length(); number++) {
      InterfaceBinding binding = get(number);
      if (binding != null) {
        attached.add(binding);
      }
    }
    return attached;
  }

  void attach(int number, InterfaceBinding binding) {
    holds.set(number, new Hold(binding, null, holds.get(number).past()));
  }

  /** Begins to release an interface; until {@link #left} its segment is still counted. */
  void leave(int number) {
    Hold hold = holds.get(number);
    holds.set(number, new Hold(null, hold.attached(), hold.past()));
  }

  /** Ends what {@link #leave} began: the closed segment counts no longer. */
  void left(int number, String name) {
    holds.set(number, new Hold(null, null, holds.get(number).counts(name)));
  }

  /** Returns what was counted of an interface, whoever held it. */
  InterfaceStatistics counts(int number, String name) {
    return holds.get(number).counts(name);
  }
}
