package io.dsr.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.dsr.linux.Errno;
import io.dsr.linux.LinuxException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * A trie of address prefixes between Java and BPF programs.
 *
 * <p>Memory is taken per entry, not for the largest size at once. Every call may come from any
 * thread; the kernel makes each update and deletion atomic for the programs that look.
 */
public final class BpfMap extends BpfDescriptor {

  private static final int LONGEST_PREFIX_TRIE = 11;
  private static final int NO_PREALLOCATION = 1;

  // BPF_MAP_CREATE
  private static final long TYPE = 0;
  private static final long KEY_SIZE = 4;
  private static final long VALUE_SIZE = 8;
  private static final long MAX_ENTRIES = 12;
  private static final long FLAGS = 16;
  private static final long NAME = 28;

  // BPF_MAP_*_ELEM
  private static final long MAP = 0;
  private static final long KEY = 8;
  private static final long VALUE = 16;

  private final String name;
  private final int keySize;
  private final int valueSize;

  private BpfMap(int descriptor, String name, int keySize, int valueSize) {
    super(descriptor);
    this.name = name;
    this.keySize = keySize;
    this.valueSize = valueSize;
  }

  /**
   * Creates an empty trie, which finds the longest prefix that matches. A key is the number of bits
   * that count, four bytes in the host's order, and then the address.
   *
   * @param name for bpftool's eyes: up to 15 letters, digits, dots and underscores
   * @param addressSize the length of an address in bytes
   * @param valueSize the length of a value in bytes
   * @param entries how many prefixes it holds at most
   * @throws LinuxException with EPERM where bpf(2) is not allowed
   */
  public static BpfMap longestPrefix(String name, int addressSize, int valueSize, int entries)
      throws LinuxException {
    int keySize = Integer.BYTES + addressSize;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = BpfCall.attribute(arena);
      attribute.set(JAVA_INT, TYPE, LONGEST_PREFIX_TRIE);
      attribute.set(JAVA_INT, KEY_SIZE, keySize);
      attribute.set(JAVA_INT, VALUE_SIZE, valueSize);
      attribute.set(JAVA_INT, MAX_ENTRIES, entries);
      attribute.set(JAVA_INT, FLAGS, NO_PREALLOCATION);
      BpfCall.name(attribute, NAME, name);
      int descriptor =
          BpfCall.check(BpfCall.call(BpfCall.MAP_CREATE, attribute), "BPF_MAP_CREATE " + name);
      return new BpfMap(descriptor, name, keySize, valueSize);
    }
  }

  /**
   * Puts an entry, over the old one if there is one.
   *
   * @throws LinuxException with ENOSPC (28) if the map is full
   */
  public void put(byte[] key, byte[] value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = element(arena, key);
      attribute.set(JAVA_LONG, VALUE, copy(arena, value, valueSize).address());
      BpfCall.check(
          BpfCall.call(BpfCall.MAP_UPDATE_ELEM, attribute), "BPF_MAP_UPDATE_ELEM " + name);
    }
  }

  /** Returns the value of the longest prefix that matches {@code key}, if there is one. */
  public Optional<byte[]> get(byte[] key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attribute = element(arena, key);
      MemorySegment value = arena.allocate(valueSize, 8);
      attribute.set(JAVA_LONG, VALUE, value.address());
      int result = BpfCall.call(BpfCall.MAP_LOOKUP_ELEM, attribute);
      if (result == -Errno.ENOENT) {
        return Optional.empty();
      }
      BpfCall.check(result, "BPF_MAP_LOOKUP_ELEM " + name);
      return Optional.of(value.toArray(JAVA_BYTE));
    }
  }

  /** Removes an entry; returns whether there was one. */
  public boolean remove(byte[] key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      int result = BpfCall.call(BpfCall.MAP_DELETE_ELEM, element(arena, key));
      if (result == -Errno.ENOENT) {
        return false;
      }
      BpfCall.check(result, "BPF_MAP_DELETE_ELEM " + name);
      return true;
    }
  }

  private MemorySegment element(Arena arena, byte[] key) {
    MemorySegment attribute = BpfCall.attribute(arena);
    attribute.set(JAVA_INT, MAP, number());
    attribute.set(JAVA_LONG, KEY, copy(arena, key, keySize).address());
    return attribute;
  }

  private static MemorySegment copy(Arena arena, byte[] bytes, int length) {
    if (bytes.length != length) {
      throw new IllegalArgumentException(
          "bytes: " + Arrays.toString(bytes) + " (expected: " + length + " of them)");
    }
    MemorySegment segment = arena.allocate(length, 8);
    MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, length);
    return segment;
  }
}
