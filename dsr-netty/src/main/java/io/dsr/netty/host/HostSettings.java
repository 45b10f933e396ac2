package io.dsr.netty.host;

import io.dsr.core.Ticker;
import io.dsr.core.VipOwnership;
import io.dsr.core.datapath.DirectorLimits;
import io.dsr.netty.handler.NeighbourResolver;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The settings of a balancer that concern its host, checked.
 *
 * @param interfaces the interfaces, by their numbers
 * @param cpus the CPUs that the event loops are bound to, in turn; empty to bind none
 * @param timeSlice how long an event loop wants to run at a time; 0 for the kernel's default
 * @param reception sets the receive options of each packet channel
 * @param limits the limits of all event loops together
 * @param suppressor keeps the host's kernel silent
 * @param ownership how the balancer gets the frames for its VIPs
 * @param neighbours when real servers are asked for their MAC addresses
 * @param pipeline customizes each pipeline, after the balancer's own handlers
 */
public record HostSettings(
    List<Interface> interfaces,
    List<Integer> cpus,
    Duration timeSlice,
    Consumer<? super ChannelConfig> reception,
    DirectorLimits limits,
    Ticker ticker,
    SuppressorChoice suppressor,
    VipOwnership ownership,
    NeighbourResolver.Timings neighbours,
    Consumer<? super ChannelPipeline> pipeline) {}
