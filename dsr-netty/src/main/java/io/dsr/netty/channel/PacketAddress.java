package io.dsr.netty.channel;

import static java.util.Objects.requireNonNull;

import java.net.SocketAddress;

/** A network interface, by its name or its index, as what a {@link PacketChannel} is bound to. */
public final class PacketAddress extends SocketAddress {

  private static final long serialVersionUID = 1L;

  /** The name, empty if only the index is known. */
  private final String name;

  /** The index, 0 if only the name is known. */
  private final int index;

  /** Creates the address of the interface called {@code name}. */
  public PacketAddress(String name) {
    this(requireNonNull(name, "name"), 0);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name: empty (expected: an interface name)");
    }
  }

  /** Creates the address of the interface that has {@code index}. */
  public PacketAddress(int index) {
    this("", index);
    if (index <= 0) {
      throw new IllegalArgumentException("index: " + index + " (expected: more than 0)");
    }
  }

  PacketAddress(String name, int index) {
    this.name = name;
    this.index = index;
  }

  /** Returns the interface's name, empty if this was made of an index. */
  public String name() {
    return name;
  }

  /** Returns the interface's index, 0 if this was made of a name. */
  public int index() {
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PacketAddress that && index == that.index && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + index;
  }

  @Override
  public String toString() {
    return index == 0 ? name : name + "#" + index;
  }
}
