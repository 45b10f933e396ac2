package io.dsr.core.datapath;

import io.dsr.core.HashKey;
import io.dsr.core.flow.FragmentKey;
import io.dsr.core.flow.FragmentTable;
import io.dsr.core.flow.HeldFragments;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams that come in fragments: later ones follow the first, without reassembly; those that
 * come before it wait. Event loop only.
 */
final class Fragments {

  private final FragmentTable servers;
  private final HeldFragments<ByteBuf> held;

  Fragments(int datagrams, HashKey tableKey, long nowNanos) {
    this.servers = new FragmentTable(datagrams, tableKey, nowNanos);
    this.held = new HeldFragments<>(new Copies(), nowNanos);
  }

  /** Returns the server of a later fragment, or {@link FragmentTable#NONE}. */
  long find(FragmentKey key) {
    return servers.find(key);
  }

  /** Takes note of the server that gets a first fragment; returns whether others wait for it. */
  boolean first(FragmentKey key, int slot, int generation) {
    servers.remember(key, slot, generation);
    return held.held() > 0;
  }

  /** Returns whether there is room to hold a later fragment of {@code octets} octets. */
  boolean hasRoom(FragmentKey key, int octets) {
    return held.hasRoom(key, octets);
  }

  /** Keeps a copy of a later fragment; returns whether there is room. */
  boolean hold(FragmentKey key, ByteBuf frame) {
    return held.hold(key, frame);
  }

  /** Returns the next copy that waits, which the caller has to release, or null. */
  @Nullable ByteBuf release(FragmentKey key) {
    return held.release(key);
  }

  /** Returns how many copies wait. */
  int held() {
    return held.held();
  }

  void time(long nowNanos) {
    servers.time(nowNanos);
    held.time(nowNanos);
  }

  /** Forgets what is due; returns whether nothing more is at this time, and no fragment waits. */
  boolean expire() {
    boolean done = servers.expire();
    held.expire();
    return done && held.held() == 0;
  }

  void close() {
    held.close();
  }

  private static final class Copies implements HeldFragments.Copies<ByteBuf> {

    @Override
    public int octets(ByteBuf frame) {
      return frame.readableBytes();
    }

    @Override
    public ByteBuf copy(ByteBuf frame) {
      int octets = frame.readableBytes();
      return PooledByteBufAllocator.DEFAULT
          .directBuffer(octets)
          .writeBytes(frame, frame.readerIndex(), octets);
    }

    @Override
    public void release(ByteBuf copy) {
      copy.release();
    }
  }
}
