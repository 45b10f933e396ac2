package io.dsr.core.datapath;

import static java.util.Objects.requireNonNull;

import io.dsr.core.HashKey;
import io.dsr.core.Picker;
import io.dsr.core.flow.FlowKey;
import io.dsr.core.persistence.ClientProbe;
import io.dsr.core.persistence.PersistenceTable;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that a director remembers, found by following its fields: every array, every field that is
 * not final, every queue, what persistence exports, and whom the pickers would pick. Left out are
 * the probe of a search, and what Caffeine and pickers keep for themselves.
 */
@SuppressWarnings("ReferenceEquality") // the very objects, as they were
final class DirectorState {

  private static final List<String> PACKAGES =
      Stream.of("datapath", "flow", "admission", "membership", "persistence", "frame")
          .map(name -> "io.dsr.core." + name + ".")
          .toList();

  private final List<Part> parts = new ArrayList<>();

  /** A piece of state, which can be copied and compared. */
  private interface Part {
    void take();

    @Nullable String change();
  }

  private DirectorState() {}

  /** Returns the state of a director, for as long as it has this service table. */
  static DirectorState of(Director director) {
    var state = new DirectorState();
    state.walk(director);
    return state;
  }

  /** Copies the state as it is now. */
  void take() {
    parts.forEach(Part::take);
  }

  /** Returns what differs from the copy, or null. */
  @Nullable String change() {
    for (Part part : parts) {
      String change = part.change();
      if (change != null) {
        return change;
      }
    }
    return null;
  }

  /** Returns how many pieces there are. */
  int size() {
    return parts.size();
  }

  private void walk(Object root) {
    var seen = new IdentityHashMap<Object, Boolean>();
    Deque<Object> left = new ArrayDeque<>(List.of(root));
    while (!left.isEmpty()) {
      Object next = left.pop();
      if (seen.put(next, true) == null) {
        look(next, left);
      }
    }
  }

  private void look(Object object, Deque<Object> left) {
    switch (object) {
      case PersistenceTable table -> parts.add(new Clients(table));
      case Picker picker -> parts.add(new Peeks(picker));
      case ArrayDeque<?> queue -> parts.add(new Queue(queue));
      case Collection<?> all -> all.forEach(each -> push(each, left));
      case Map<?, ?> map -> map.values().forEach(each -> push(each, left));
      case Object[] array -> {
        parts.add(new Cells(array, () -> array.length));
        Arrays.stream(array).forEach(each -> push(each, left));
      }
      case Object array when array.getClass().isArray() ->
          parts.add(new Cells(array, () -> Array.getLength(array)));
      default -> fields(object, left);
    }
  }

  private static void push(@Nullable Object object, Deque<Object> left) {
    if (object != null) {
      left.push(object);
    }
  }

  private void fields(Object object, Deque<Object> left) {
    if (!isOurs(object)) {
      return;
    }
    boolean sources = object.getClass().getSimpleName().equals("SourceRecords");
    for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())) {
          continue;
        }
        field.setAccessible(true);
        if (!Modifier.isFinal(field.getModifiers())) {
          parts.add(new Value(object, field));
        }
        Object value = get(object, field);
        if (sources && value != null && value.getClass().isArray()) {
          parts.add(used(object, field.getName(), value));
        } else if (!field.getType().isPrimitive()) {
          push(value, left);
        }
      }
    }
  }

  /** Returns the cells of large arrays that a record was ever in: the others are as they began. */
  private static Part used(Object records, String name, Object array) {
    int length = Array.getLength(array);
    if (name.equals("heads")) {
      return new Cells(array, () -> length);
    }
    Field fresh = field(records.getClass(), "fresh");
    return new Cells(
        array, () -> Math.min(length, 2 * (requireNonNull((Integer) get(records, fresh)) + 1)));
  }

  private static boolean isOurs(Object object) {
    Class<?> type = object.getClass();
    return !type.isHidden()
        && !type.isEnum()
        && !(object instanceof HashKey)
        && !(object instanceof ClientProbe)
        && PACKAGES.stream().anyMatch(type.getName()::startsWith);
  }

  private static Field field(Class<?> type, String name) {
    try {
      Field field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new AssertionError(e);
    }
  }

  private static @Nullable Object get(Object object, Field field) {
    try {
      return field.get(object);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** A field that is not final. */
  private static final class Value implements Part {
    private final Object object;
    private final Field field;
    private @Nullable Object before;

    Value(Object object, Field field) {
      this.object = object;
      this.field = field;
    }

    @Override
    public void take() {
      before = get(object, field);
    }

    @Override
    public @Nullable String change() {
      Object after = get(object, field);
      boolean same =
          field.getType().isPrimitive() ? Objects.equals(after, before) : after == before;
      return same
          ? null
          : object.getClass().getSimpleName()
              + "."
              + field.getName()
              + ": "
              + before
              + ", "
              + after;
    }
  }

  /** The cells of an array. */
  private static final class Cells implements Part {
    private final Object array;
    private final IntSupplier used;
    private Object before;

    Cells(Object array, IntSupplier used) {
      this.array = array;
      this.used = used;
      this.before = array;
    }

    @Override
    public void take() {
      int length = used.getAsInt();
      if (before == array || Array.getLength(before) != length) {
        before = Array.newInstance(array.getClass().getComponentType(), length);
      }
      System.arraycopy(array, 0, before, 0, length);
    }

    @Override
    public @Nullable String change() {
      return isSame() ? null : array.getClass().getComponentType() + "[]: " + first();
    }

    private boolean isSame() {
      int length = Array.getLength(before);
      if (used.getAsInt() != length) {
        return false;
      }
      return switch (before) {
        case long[] b -> Arrays.equals(b, 0, length, (long[]) array, 0, length);
        case int[] b -> Arrays.equals(b, 0, length, (int[]) array, 0, length);
        case byte[] b -> Arrays.equals(b, 0, length, (byte[]) array, 0, length);
        case char[] b -> Arrays.equals(b, 0, length, (char[]) array, 0, length);
        case boolean[] b -> Arrays.equals(b, 0, length, (boolean[]) array, 0, length);
        default -> first() == -1;
      };
    }

    private int first() {
      for (int i = 0; i < Array.getLength(before); i++) {
        Object old = Array.get(before, i);
        Object now = Array.get(array, i);
        boolean primitive = array.getClass().getComponentType().isPrimitive();
        if (primitive ? !Objects.equals(old, now) : old != now) {
          return i;
        }
      }
      return -1;
    }
  }

  /** What waits in a queue. */
  private static final class Queue implements Part {
    private final ArrayDeque<?> queue;
    private Object[] before = {};

    Queue(ArrayDeque<?> queue) {
      this.queue = queue;
    }

    @Override
    public void take() {
      before = queue.toArray();
    }

    @Override
    public @Nullable String change() {
      return Arrays.equals(before, queue.toArray()) ? null : "a queue";
    }
  }

  /** Whom a picker would pick. */
  private static final class Peeks implements Part {
    private static final int FLOWS = 3;

    private final Picker picker;
    private final FlowKey flow = new FlowKey(HashKey.PLACEMENT);
    private final int[] before = new int[FLOWS];

    Peeks(Picker picker) {
      this.picker = picker;
    }

    private int peek(int number) {
      flow.ipv4(0xc633_6400 + 7 * number, 0xc000_020a, 40_000 + number, 80, 6);
      return picker.peek(flow);
    }

    @Override
    public void take() {
      Arrays.setAll(before, this::peek);
    }

    @Override
    public @Nullable String change() {
      for (int number = 0; number < FLOWS; number++) {
        if (before[number] != peek(number)) {
          return "whom " + picker + " would pick: " + before[number] + ", " + peek(number);
        }
      }
      return null;
    }
  }

  /** Who is remembered by persistence, and for how long yet. */
  private static final class Clients implements Part {
    private final PersistenceTable table;
    private List<String> before = List.of();

    Clients(PersistenceTable table) {
      this.table = table;
    }

    private List<String> now() {
      List<String> clients = new ArrayList<>();
      table.export(client -> clients.add(client.toString()));
      clients.add("refusals " + table.refusals());
      return clients.stream().sorted().toList();
    }

    @Override
    public void take() {
      before = now();
    }

    @Override
    public @Nullable String change() {
      return before.equals(now()) ? null : "persistence: " + before + ", " + now();
    }
  }
}
