package io.dsr.netty.channel;

import io.dsr.linux.LinuxException;
import io.dsr.linux.packet.PacketFilter;
import io.dsr.linux.packet.PacketSocket;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.VoidChannelPromise;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Receives and sends the raw Ethernet frames of one interface on a native epoll event loop.
 *
 * <p>Bind it to a {@link PacketAddress}. It lives in the network namespace of the thread that
 * creates it, which is the thread that calls {@code Bootstrap.bind}, and needs CAP_NET_RAW there.
 * Give its event loop FastThreadLocalThreads, as Netty's own thread factory does: with them a frame
 * is forwarded without allocation.
 *
 * <p>{@link ReceivePath} says how frames come. A first handler that is a {@link FrameProcessor}
 * decides about each before the pipeline, and what it forwards is sent without a buffer of its own.
 * Otherwise {@code channelRead} gets a {@link PacketFrame} for each frame, {@code
 * channelReadComplete} ends a batch; release or write each frame before that, or copy it. While
 * someone holds the frame that comes next, or the newest of all, reading pauses and tries again
 * each millisecond. With autoRead off, a {@code read()} asks for one batch.
 *
 * <p>Any ByteBuf of 14 bytes or more may be written. A write never waits: a frame that the kernel
 * refuses is dropped, counted in {@link #statistics}, and its promise fails. With {@link
 * #quietPromise} nobody hears of it, while Netty's void promise fires {@code exceptionCaught}.
 *
 * <p>If the link goes down a {@link PacketLinkError} is fired, and frames come again when it is up.
 * After close, the ring's memory stays until the last frame is released.
 */
public final class PacketChannel extends AbstractChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);
  private static final int ETHERNET_HEADER = 14;

  private final PacketSockets sockets;
  private final PacketChannelConfig config;
  private final PacketCounters counters = new PacketCounters();
  private final ChannelPromise quietPromise = new VoidChannelPromise(this, false);

  private final EpollInterest interest = new EpollInterest();
  private @Nullable Reception reception;
  private @Nullable PacketWriter writer;
  private boolean readPending;
  private boolean reading;
  private @Nullable Future<?> retry;
  private volatile @Nullable PacketAddress address;
  private volatile ReceivePath path = ReceivePath.TPACKET_V2;
  private volatile boolean open = true;
  private volatile @Nullable Consumer<? super Throwable> unhandled;

  /**
   * Opens the sockets in the calling thread's network namespace.
   *
   * @throws ChannelException if the thread has no CAP_NET_RAW
   */
  public PacketChannel() {
    super(null);
    try {
      sockets = PacketSockets.open();
    } catch (LinuxException e) {
      throw new ChannelException(e);
    }
    config = new DefaultPacketChannelConfig(this);
  }

  @Override
  public PacketChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return open && address != null;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  /** Returns a promise to write with where the loss of a frame is to be counted and no more. */
  public ChannelPromise quietPromise() {
    return quietPromise;
  }

  /** Returns what was counted so far; any thread may ask, after close too. */
  public PacketStatistics statistics() {
    PacketCounters own = counters.copy(); // first, or it would have frames that the kernel has not
    var kernel = sockets.kernelCounters().read();
    return PacketStatistics.of(own, path, kernel.frames(), kernel.drops());
  }

  /** Returns how many received frames handlers hold just now. Any thread. */
  public int heldFrames() {
    Reception now = reception;
    return now == null ? 0 : now.held();
  }

  /**
   * Returns for how many frames the pipeline took 5 ms or more. Any thread. Frames that a {@link
   * FrameProcessor} decides about alone do not count.
   */
  public long slowFrames() {
    return counters.get(PacketCounters.SLOW);
  }

  /** Returns how long the slowest of these took since this was last asked, or 0. One thread. */
  public long takeLongestFrameNanos() {
    return counters.takeLongest();
  }

  /**
   * Has a listener told of each exception that no handler took, on the event loop, where Netty
   * would log a warning with a stack trace. Set it before the channel is registered.
   */
  public void unhandled(Consumer<? super Throwable> listener) {
    unhandled = listener;
  }

  @Override
  protected DefaultChannelPipeline newChannelPipeline() {
    return new DefaultChannelPipeline(this) {
      @Override
      protected void onUnhandledInboundException(Throwable cause) {
        Consumer<? super Throwable> listener = unhandled;
        if (listener == null) {
          super.onUnhandledInboundException(cause);
        } else {
          listener.accept(cause);
          ReferenceCountUtil.release(cause);
        }
      }
    };
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new PacketUnsafe();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isCompatible(PacketUnsafe.class);
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return address;
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return null;
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    Future<IoRegistration> registering =
        ((IoEventLoop) eventLoop()).register((PacketUnsafe) unsafe());
    registering.addListener((Future<IoRegistration> done) -> {
      if (done.isSuccess()) {
        interest.registered(done.getNow());
        promise.setSuccess();
      } else {
        promise.setFailure(done.cause());
      }
    });
  }

  @Override
  protected void doBind(SocketAddress local) throws Exception {
    if (!(local instanceof PacketAddress wanted)) {
      throw new IllegalArgumentException("address: " + local + " (expected: a PacketAddress)");
    }
    if (address != null) {
      throw new IllegalStateException("already bound: " + address);
    }
    PacketSocket receiver = sockets.receiver();
    boolean named = wanted.index() == 0;
    int index = named ? receiver.interfaceIndex(wanted.name()) : wanted.index();
    String name = receiver.interfaceName(index);
    Reception opened =
        sockets.prepare(config, name, counters, new InboundDispatcher(this, counters));
    reception = opened;
    path = opened.path();
    writer = new PacketWriter(sockets.sender(), config.isVnetHeader(), counters, name);
    sockets.bind(index);
    PacketFanout fanout = config.getFanout();
    if (fanout != null) {
      fanout.bound(this);
    }
    address = new PacketAddress(name, index);
  }

  /** Returns its place among all channels, in the order of their creation. */
  long order() {
    return sockets.order();
  }

  PacketSocket receiver() {
    return sockets.receiver();
  }

  /** Gives a filter to the socket, if it is open; by any thread. */
  void giveFilter(PacketFilter filter) throws LinuxException {
    if (open) {
      sockets.receiver().filter(filter);
    }
  }

  @Override
  protected void doBeginRead() {
    readPending = true;
    if (retry == null) {
      interest.frames();
    }
    if (!reading && reception != null && reception.hasLeftOver()) {
      eventLoop().execute(this::readReady); // what was received before it was stopped
    }
  }

  /** Stops reading, since autoRead was switched off; by any thread. */
  void clearRead() {
    if (!isRegistered()) {
      readPending = false;
    } else if (eventLoop().inEventLoop()) {
      readPending = false;
      if (reception != null) {
        reception.stop();
      }
      interest.pause();
    } else {
      eventLoop()
          .execute(() -> {
            if (!config.isAutoRead()) {
              clearRead();
            }
          });
    }
  }

  /** Hands on what came, and what comes meanwhile, but leaves the loop to others in between. */
  private void readReady() {
    Reception ready = reception;
    if (ready == null || !readPending) {
      return;
    }
    reading = true;
    try {
      readRounds(ready);
    } finally {
      reading = false;
    }
    if (isActive() && !readPending && !config.isAutoRead()) {
      interest.pause();
    } else if (readPending && reception != null && reception.hasLeftOver()) {
      eventLoop().execute(this::readReady); // autoRead was off and on again within the batch
    }
  }

  private void readRounds(Reception ready) {
    int left = Math.min(config.getFramesPerWakeup(), config.getRingFrames() / 2);
    ready.woken(config.getBusyPollNanos());
    for (int round = 0; round < BusyPoll.MOST_ROUNDS; round++) {
      int read = readBatch(ready, left);
      left -= read;
      if (read == 0 || left == 0 || !isActive() || !readPending || !ready.awaitMore()) {
        break;
      }
    }
  }

  private int readBatch(Reception ready, int budget) {
    boolean wasPending = readPending;
    readPending = false;
    int read;
    try {
      read = ready.read(budget);
    } catch (RuntimeException | Error e) { // the loop has other channels, and this one other frames
      readPending = true;
      pipeline().fireExceptionCaught(e);
      return 0;
    }
    if (read > 0) {
      pipeline().fireChannelReadComplete();
      return read;
    }
    readPending = wasPending;
    tellOfError(ready.takeError());
    if (isActive() && ready.isBlocked()) {
      backOff();
    }
    return 0;
  }

  private void backOff() {
    counters.add(PacketCounters.STALLS, 1);
    interest.pause();
    retry = eventLoop().schedule(this::resume, 1, TimeUnit.MILLISECONDS);
  }

  private void resume() {
    retry = null;
    if (isActive() && readPending) {
      interest.frames();
    }
  }

  private void readError() {
    try {
      tellOfError(sockets.receiver().takeError()); // or the event comes again at once
    } catch (LinuxException e) {
      pipeline().fireExceptionCaught(e);
    }
  }

  private void tellOfError(int errno) {
    PacketAddress bound = address;
    if (errno != 0 && bound != null) {
      counters.add(PacketCounters.LINK_ERRORS, 1);
      pipeline().fireUserEventTriggered(new PacketLinkError(bound, errno));
    }
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (!(message instanceof ByteBuf frame)) {
      throw new UnsupportedOperationException(
          "message: " + message.getClass().getName() + " (expected: a ByteBuf)");
    }
    if (frame.readableBytes() < ETHERNET_HEADER) {
      throw new IllegalArgumentException(
          "frame: " + frame.readableBytes() + " bytes (expected: >= " + ETHERNET_HEADER + ")");
    }
    counters.add(PacketCounters.OFFERED, 1);
    return frame;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws Exception {
    if (writer != null) {
      writer.write(in);
    }
  }

  @Override
  protected void doDeregister() {
    interest.cancel();
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    if (!open) {
      return;
    }
    open = false;
    doDeregister(); // a mapped ring keeps the socket alive, and its epoll entry too
    if (retry != null) {
      retry.cancel(false);
    }
    if (writer != null) {
      writer.close();
    }
    PacketFanout fanout = config.getFanout();
    if (fanout != null) {
      fanout.closed(this);
    }
    sockets.close();
    releaseMemory();
  }

  private void releaseMemory() {
    Reception closing = reception;
    if (closing == null) {
      return;
    }
    reception = null;
    closing.close(this);
  }

  /** Returns what sends on {@code loop}, or null if this is not bound or on another one. */
  @Nullable PacketWriter writer(EventLoop loop) {
    return isActive() && eventLoop().equals(loop) ? writer : null;
  }

  private final class PacketUnsafe extends AbstractUnsafe implements EpollIoHandle {

    private @Nullable FileDescriptor descriptor;

    @Override
    public FileDescriptor fd() {
      if (descriptor == null) { // made before the sockets are
        descriptor = new FileDescriptor(sockets.receiver().fd());
      }
      return descriptor;
    }

    @Override
    public void handle(IoRegistration source, IoEvent event) {
      EpollIoOps ops = ((EpollIoEvent) event).ops();
      if (ops.contains(EpollIoOps.EPOLLERR)) {
        readError();
      }
      if (ops.contains(EpollIoOps.EPOLLIN) && isActive()) {
        readReady();
      }
    }

    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("a packet channel does not connect"));
    }

    @Override
    public void close() {
      close(voidPromise());
    }
  }
}
