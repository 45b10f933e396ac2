/**
 * This project beside its peers on one machine: {@link io.dsr.bench.packet.Bench} is {@code dsr
 * bench}. The programs in C that generate, count and compete are in {@code dsr-bench/packet}; they
 * are packaged with the classes, and compiled where they run.
 *
 * <p>A {@link io.dsr.bench.packet.Turn} builds a {@link io.dsr.bench.packet.TestBed}, starts a
 * {@link io.dsr.bench.packet.Balancer} and lets a {@link io.dsr.bench.packet.Meter} measure it.
 */
package io.dsr.bench.packet;
