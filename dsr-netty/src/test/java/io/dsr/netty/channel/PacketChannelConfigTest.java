package io.dsr.netty.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsr.linux.Capabilities;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PacketChannelConfigTest {

  private final PacketChannel channel;
  private final PacketChannelConfig config;

  PacketChannelConfigTest() throws Exception {
    assumeTrue(Capabilities.ofThread().hasNetRaw(), "needs CAP_NET_RAW");
    channel = new PacketChannel();
    config = channel.config();
  }

  @AfterEach
  void close() {
    channel.unsafe().closeForcibly();
  }

  @Test
  void hasTheDefaultsThatAreDocumented() {
    assertThat(config.getOption(PacketChannelOption.RING_FRAMES)).isEqualTo(4096);
    assertThat(config.getOption(PacketChannelOption.FRAME_SIZE)).isZero();
    assertThat(config.getOption(PacketChannelOption.FRAMES_PER_WAKEUP)).isEqualTo(256);
    assertThat(config.getOption(PacketChannelOption.RECEIVE_PATH))
        .isEqualTo(ReceivePath.TPACKET_V2);
    assertThat(config.getOption(PacketChannelOption.BUSY_POLL_NANOS)).isEqualTo(4_000);
    assertThat(config.getOption(PacketChannelOption.VNET_HEADER)).isTrue();
    assertThat(config.getOption(PacketChannelOption.SNIFF_OUTGOING)).isFalse();
    assertThat(config.getOption(PacketChannelOption.FILTER)).isEqualTo(FrameFilter.everything());
    assertThat(config.getOption(ChannelOption.SO_RCVBUF)).isEqualTo(8 << 20);
    assertThat(config.getOption(ChannelOption.AUTO_READ)).isTrue();
  }

  @Test
  void keepsWhatIsSet() {
    assertThat(config.setOption(PacketChannelOption.RING_FRAMES, 64)).isTrue();
    assertThat(config.setOption(PacketChannelOption.FRAME_SIZE, 4096)).isTrue();
    assertThat(config.setOption(PacketChannelOption.FRAMES_PER_WAKEUP, 32)).isTrue();
    assertThat(config.setOption(PacketChannelOption.RECEIVE_PATH, ReceivePath.TPACKET_V3)).isTrue();
    assertThat(config.setOption(PacketChannelOption.BUSY_POLL_NANOS, 0)).isTrue();
    assertThat(config.setOption(PacketChannelOption.VNET_HEADER, false)).isTrue();
    assertThat(config.setOption(PacketChannelOption.SNIFF_OUTGOING, true)).isTrue();
    assertThat(config.setOption(PacketChannelOption.FILTER, FrameFilter.nothing())).isTrue();
    assertThat(config.setOption(ChannelOption.TCP_NODELAY, true)).isFalse();

    assertThat(config.getRingFrames()).isEqualTo(64);
    assertThat(config.getFrameSize()).isEqualTo(4096);
    assertThat(config.getFramesPerWakeup()).isEqualTo(32);
    assertThat(config.getReceivePath()).isEqualTo(ReceivePath.TPACKET_V3);
    assertThat(config.getBusyPollNanos()).isZero();
    assertThat(config.isVnetHeader()).isFalse();
    assertThat(config.isSniffOutgoing()).isTrue();
    assertThat(config.getFilter()).isEqualTo(FrameFilter.nothing());
    assertThat(config.getOptions()).containsEntry(PacketChannelOption.RING_FRAMES, 64);
  }

  @Test
  void takesAFanoutAndItsFilterUntilItIsComplete() {
    PacketFanout fanout = PacketFanout.of(2);
    assertThat(config.getOption(PacketChannelOption.FANOUT)).isNull();

    assertThat(config.setOption(PacketChannelOption.FANOUT, fanout)).isTrue();
    assertThat(config.setOption(PacketChannelOption.FILTER, FrameFilter.nothing())).isTrue();

    assertThat(config.getFanout()).isSameAs(fanout);
    assertThat(config.getFilter()).isEqualTo(FrameFilter.nothing());
    assertThat(fanout.channels()).isEmpty();
    assertThat(fanout.size()).isEqualTo(2);
  }

  @Test
  void namesAValueThatIsOutOfRange() {
    assertThatThrownBy(() -> config.setRingFrames(100))
        .hasMessage("ringFrames: 100 (expected: a power of two from 16 to 65536)");
    assertThatThrownBy(() -> config.setFrameSize(1500))
        .hasMessage("frameSize: 1500 (expected: a power of two from 256 to 131072)");
    assertThatThrownBy(() -> config.setFramesPerWakeup(0))
        .hasMessage("framesPerWakeup: 0 (expected: 1 to 65536)");
    assertThatThrownBy(() -> config.setBusyPollNanos(1_000_001))
        .hasMessage("busyPollNanos: 1000001 (expected: 0 to 1000000)");
    assertThatThrownBy(() -> config.setFrameSize(131_072).setRingFrames(65_536))
        .hasMessage("ring: 65536 x 131072 bytes (expected: at most 1 GB)");
    assertThatThrownBy(() -> config.setSendBufferSize(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesAnAddressThatIsNone() {
    assertThatThrownBy(() -> new PacketAddress("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new PacketAddress(0)).hasMessage("index: 0 (expected: more than 0)");
    assertThat(new PacketAddress("eth0")).isEqualTo(new PacketAddress("eth0")).hasToString("eth0");
  }
}
