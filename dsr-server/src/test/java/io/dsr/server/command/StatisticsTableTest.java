package io.dsr.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsr.core.BalancerStatistics;
import io.dsr.core.BalancerStatistics.InterfaceStatistics;
import io.dsr.core.BalancerStatistics.ServerStatistics;
import io.dsr.core.BalancerStatistics.ServiceStatistics;
import io.dsr.core.BalancerStatistics.Traffic;
import io.dsr.core.Health;
import io.dsr.core.Loss;
import io.dsr.core.MacAddress;
import io.dsr.core.Protocol;
import io.dsr.core.ServiceKey;
import io.dsr.core.Verdict;
import io.dsr.core.WeightReason;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class StatisticsTableTest {

  private static final Traffic FIRST = new Traffic(1_234_567, 98_765_432_100L, 12, 3_456, 78_901);
  private static final Traffic SECOND = new Traffic(1, 60, 1, 0, 1);

  @Test
  void alignsServicesAndTheirServers() {
    assertThat(StatisticsTable.of(statistics()).lines())
        .containsExactly(
            "service / server   weight  now  MAC                  packets           bytes"
                + "  active  inactive   total",
            "tcp 192.0.2.10:80                                  1,234,568  98,765,432,160"
                + "      13     3,456  78,902",
            "  192.0.2.21            3    3  02:00:00:00:00:21  1,234,567  98,765,432,100"
                + "      12     3,456  78,901",
            "  192.0.2.122       65535    0  -                          1              60"
                + "       1         0       1",
            "FORWARD_NEW                       78,902",
            "PASS_NOT_OURS                          7",
            "dropped by the kernel                  5",
            "not sent                               0");
  }

  @Test
  void showsADashlessTableWithoutServices() {
    var nothing =
        new BalancerStatistics(
            List.of(),
            Map.of(Verdict.PASS_NOT_OURS, 0L),
            0,
            List.of(eth0(0, 2)),
            BalancerStatistics.TableStatistics.NONE);

    assertThat(StatisticsTable.of(nothing).lines())
        .containsExactly(
            "service / server  weight  now  MAC  packets  bytes  active  inactive  total",
            "dropped by the kernel                  0",
            "not sent                               2");
  }

  @Test
  void isTheSameInEveryLocale() {
    Locale before = Locale.getDefault();
    String table = StatisticsTable.of(statistics());
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(StatisticsTable.of(statistics())).isEqualTo(table);
    } finally {
      Locale.setDefault(before);
    }
  }

  private static BalancerStatistics statistics() {
    var verdicts = new EnumMap<Verdict, Long>(Verdict.class);
    verdicts.put(Verdict.FORWARD_NEW, 78_902L);
    verdicts.put(Verdict.FORWARD_TABLE_FULL, 0L);
    verdicts.put(Verdict.PASS_NOT_OURS, 7L);
    var service =
        new ServiceStatistics(
            new ServiceKey(Protocol.TCP, InetAddress.ofLiteral("192.0.2.10"), 80),
            FIRST.plus(SECOND),
            List.of(
                new ServerStatistics(
                    InetAddress.ofLiteral("192.0.2.21"),
                    3,
                    OptionalInt.empty(),
                    3,
                    WeightReason.CONFIGURED,
                    Health.UNKNOWN,
                    Optional.of(MacAddress.of("02:00:00:00:00:21")),
                    FIRST),
                new ServerStatistics(
                    InetAddress.ofLiteral("192.0.2.122"),
                    65_535,
                    OptionalInt.empty(),
                    0,
                    WeightReason.UNRESOLVED,
                    Health.UNKNOWN,
                    Optional.empty(),
                    SECOND)));
    return new BalancerStatistics(
        List.of(service),
        verdicts,
        0,
        List.of(eth0(5, 0)),
        BalancerStatistics.TableStatistics.NONE);
  }

  private static InterfaceStatistics eth0(long kernelDrops, long refused) {
    return new InterfaceStatistics(
        "eth0",
        true,
        List.of(80_000L),
        80_000 - kernelDrops,
        0,
        refused,
        0,
        Map.of(Loss.RING_FULL, kernelDrops, Loss.SEND_REFUSED, refused));
  }
}
