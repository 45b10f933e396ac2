package io.dsr.linux.packet;

import static io.dsr.linux.packet.FilterAssembler.AND;
import static io.dsr.linux.packet.FilterAssembler.COPY_TO_X;
import static io.dsr.linux.packet.FilterAssembler.JUMP;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_EQUAL;
import static io.dsr.linux.packet.FilterAssembler.JUMP_IF_GREATER;
import static io.dsr.linux.packet.FilterAssembler.LOAD_WORD;
import static io.dsr.linux.packet.FilterAssembler.MULTIPLY;
import static io.dsr.linux.packet.FilterAssembler.WHOLE_FRAME;
import static io.dsr.linux.packet.FilterAssembler.XOR_X;

import io.dsr.linux.AddressPrefix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Prefixes of one family and one length, and the programs that look whether a frame's destination
 * is in one of them. Only the words of an address that a prefix of that length reaches into are
 * loaded, the last one masked.
 *
 * <p>A set of words is a row of sorted blocks: one comparison skips a block, so that a thousand
 * words cost some fifty comparisons. An address is up to four words: a tree of such sets, the words
 * in whichever order makes the smallest program (addresses of one network share all but the last).
 * The other program compares one hash of the words instead.
 */
final class PrefixGroup {

  private static final int BLOCK = 32;

  private final int destination;
  private final int length;
  private final int count;
  private final List<int[]> prefixes = new ArrayList<>();

  private PrefixGroup(int destination, int length) {
    this.destination = destination;
    this.length = length;
    this.count = Math.max(1, (length + Integer.SIZE - 1) / Integer.SIZE);
  }

  /**
   * Returns the groups of these prefixes of one family, the longest first.
   *
   * @param destination where in a frame the address is
   */
  static List<PrefixGroup> of(Collection<AddressPrefix> prefixes, int destination) {
    var groups = new TreeMap<Integer, PrefixGroup>(Comparator.reverseOrder());
    for (AddressPrefix prefix : prefixes) {
      groups
          .computeIfAbsent(prefix.length(), length -> new PrefixGroup(destination, length))
          .add(prefix);
    }
    return List.copyOf(groups.values());
  }

  private void add(AddressPrefix prefix) {
    ByteBuffer octets = ByteBuffer.wrap(prefix.octets());
    int[] words = new int[count];
    for (int i = 0; i < count; i++) {
      words[i] = octets.getInt();
    }
    prefixes.add(words);
  }

  /** Returns a program that lets the frame through, or goes on behind its end. */
  FilterAssembler exact() {
    List<FilterAssembler> trees = new ArrayList<>();
    for (int[] order : orders()) {
      trees.add(tree(prefixes, order, 0));
    }
    FilterAssembler smallest =
        trees.stream().min(Comparator.comparingInt(FilterAssembler::length)).orElseThrow();
    smallest.bindMisses();
    return smallest;
  }

  /** Returns all orders of the words. */
  private List<int[]> orders() {
    List<int[]> orders = new ArrayList<>();
    for (int code = 0; code < 1 << (2 * count); code++) {
      int[] order = new int[count];
      int seen = 0;
      for (int i = 0; i < count; i++) {
        order[i] = (code >> (2 * i)) & 3;
        seen |= 1 << order[i];
      }
      if (seen == (1 << count) - 1) {
        orders.add(order);
      }
    }
    return orders;
  }

  /** Compares the words from {@code level} on. */
  private FilterAssembler tree(List<int[]> some, int[] order, int level) {
    var program = new FilterAssembler();
    int word = order[level];
    load(program, word);
    if (level == order.length - 1) {
      addSet(program, sorted(some.stream().mapToInt(a -> a[word]).toArray()));
      return program;
    }
    var children = new TreeMap<Integer, List<int[]>>();
    some.forEach(a -> children.computeIfAbsent(a[word], _ -> new ArrayList<>()).add(a));
    children.forEach((value, rest) -> {
      FilterAssembler child = tree(rest, order, level + 1);
      program.add(JUMP_IF_EQUAL, 1, 0, value);
      program.add(JUMP, child.length());
      program.append(child);
    });
    program.miss();
    return program;
  }

  /**
   * Returns a shorter program to the same end, which lets a stranger through once in some billions:
   * it compares one keyed hash. Prefixes that differ in the last word alone never collide.
   */
  FilterAssembler hashed(SplittableRandom random) {
    int[] key = random.ints(count - 1L).map(i -> i | 1).toArray();
    var program = new FilterAssembler();
    load(program, 0);
    for (int i = 0; i < key.length; i++) {
      program.add(MULTIPLY, key[i]);
      program.add(COPY_TO_X, 0);
      load(program, i + 1);
      program.add(XOR_X, 0);
    }
    addSet(program, sorted(prefixes.stream().mapToInt(a -> hash(a, key)).toArray()));
    program.bindMisses();
    return program;
  }

  private static int hash(int[] words, int[] key) {
    int hash = words[0];
    for (int i = 0; i < key.length; i++) {
      hash = hash * key[i] ^ words[i + 1];
    }
    return hash;
  }

  private void load(FilterAssembler program, int word) {
    program.add(LOAD_WORD, destination + word * Integer.BYTES);
    int bits = length - word * Integer.SIZE;
    if (bits < Integer.SIZE) {
      program.add(AND, bits == 0 ? 0 : -1 << (Integer.SIZE - bits));
    }
  }

  private static int[] sorted(int[] words) {
    int[] flipped = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      flipped[i] = words[i] ^ Integer.MIN_VALUE;
    }
    Arrays.sort(flipped);
    return Arrays.stream(flipped).distinct().map(w -> w ^ Integer.MIN_VALUE).toArray();
  }

  /** Looks whether A is one of {@code words}, which are sorted as unsigned numbers. */
  private static void addSet(FilterAssembler program, int[] words) {
    for (int from = 0; from < words.length; from += BLOCK) {
      int to = Math.min(words.length, from + BLOCK);
      int size = to - from;
      if (to < words.length) {
        program.add(JUMP_IF_GREATER, size + 2, 0, words[to - 1]);
      }
      for (int i = from; i < to; i++) {
        program.add(JUMP_IF_EQUAL, to - i, 0, words[i]);
      }
      program.miss();
      program.answer(WHOLE_FRAME);
    }
  }
}
