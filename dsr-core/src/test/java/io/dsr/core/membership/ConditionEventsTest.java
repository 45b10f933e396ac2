package io.dsr.core.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dsr.core.Health;
import io.dsr.core.RealServer;
import io.dsr.core.ServiceKey;
import io.dsr.core.VirtualService;
import io.dsr.core.WeightReason;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every event in every condition of one server, beside a model that knows nothing of {@link
 * Condition}: plain variables, and what the operator's manual says of each event.
 *
 * <p>The server is of tier 1, and a companion of tier 0 opens and closes that tier by its
 * reachability.
 */
final class ConditionEventsTest {

  private static final ServiceKey KEY = VirtualService.tcp("192.0.2.10", 80).key();
  private static final InetAddress SERVER = InetAddress.ofLiteral("192.0.2.22");
  private static final InetAddress COMPANION = InetAddress.ofLiteral("192.0.2.21");

  private static final List<Pair> CONDITIONS = conditions();

  /** What may happen. */
  private enum Event {
    PUT_UNCHANGED,
    APPLY_UNCHANGED,
    APPLY_WEIGHT_3,
    APPLY_WEIGHT_0,
    APPLY_TIER_0,
    REMOVE_SERVER,
    REMOVE_AND_ADD_SERVER,
    REMOVE_SERVICE,
    REMOVE_AND_ADD_SERVICE,
    REAP_NOBODY,
    REAP,
    RESOLVED,
    LOST,
    FORGOTTEN,
    FULL,
    RELIEVED,
    COMPANION_UP,
    COMPANION_LOST,
    OVERRIDE_0,
    OVERRIDE_5,
    CLEAR_OVERRIDE,
    DRAIN,
    UNDRAIN,
    HEALTH_UP,
    HEALTH_DOWN,
    HEALTH_UNKNOWN;

    boolean twoSteps() {
      return this == REMOVE_AND_ADD_SERVER || this == REMOVE_AND_ADD_SERVICE;
    }

    boolean needsServer() {
      return compareTo(OVERRIDE_0) >= 0;
    }
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("ExposedPrivateType") // JUnit calls it
  void doesToAServerWhatTheManualSaysInEachCondition(Event event) {
    Set<WeightReason> reasons = new HashSet<>();
    for (Pair condition : CONDITIONS) {
      reasons.add(condition.model.reason());
      condition.copy().happen(event, event + " in " + condition);
    }
    assertThat(CONDITIONS).as("conditions").hasSize(1_296);
    assertThat(reasons).containsExactlyInAnyOrder(WeightReason.values());
  }

  @Test
  void doesSoInAnyOrderOfEvents() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      var pair = new Pair(1);
      for (int step = 0; step < 60; step++) {
        Event event = Event.values()[random.nextInt(Event.values().length)];
        pair.happen(event, "seed " + seed + ", round " + round + ", step " + step + ": " + event);
      }
    }
  }

  /** Returns every condition that a server can be in. */
  private static List<Pair> conditions() {
    List<Pair> all = new ArrayList<>();
    for (Event link : List.of(Event.RESOLVED, Event.LOST, Event.FORGOTTEN)) {
      for (Event health : List.of(Event.HEALTH_UNKNOWN, Event.HEALTH_UP, Event.HEALTH_DOWN)) {
        for (Event load : List.of(Event.RELIEVED, Event.FULL)) {
          for (Event tier : List.of(Event.COMPANION_LOST, Event.COMPANION_UP)) {
            for (Event weight : List.of(Event.CLEAR_OVERRIDE, Event.OVERRIDE_0, Event.OVERRIDE_5)) {
              for (Event state : List.of(Event.UNDRAIN, Event.DRAIN, Event.REMOVE_SERVER)) {
                for (int configured : new int[] {0, 1, 3, 5}) {
                  var pair = new Pair(configured);
                  for (Event event : List.of(link, health, load, tier, weight, state)) {
                    pair.happen(event, "to begin with: " + event);
                  }
                  all.add(pair);
                }
              }
            }
          }
        }
      }
    }
    return all;
  }

  /** What is told of a server. */
  private record Told(
      int effective,
      WeightReason reason,
      int configured,
      OptionalInt override,
      Health health,
      boolean removed,
      boolean draining) {

    static Told of(Member member) {
      return new Told(
          member.effectiveWeight(),
          member.reason(),
          member.configuredWeight(),
          member.condition().override(),
          member.condition().health(),
          member.isRemoved(),
          member.condition().administrative() == AdministrativeState.DRAINING);
    }
  }

  /** A server as a membership has it, and as the manual says it should be. */
  private static final class Pair {

    private final Model model;
    private Membership membership;

    Pair(int weight) {
      model = new Model();
      model.weight = weight;
      membership = Membership.empty(new Slots(8), () -> 0).put(model.service());
    }

    private Pair(Pair same) {
      model = new Model(same.model);
      membership = same.membership;
    }

    Pair copy() {
      return new Pair(this);
    }

    @Nullable Member find() {
      return membership.services().stream()
          .flatMap(service -> service.members().stream())
          .filter(member -> member.address().equals(SERVER))
          .findFirst()
          .orElse(null);
    }

    void happen(Event event, String what) {
      Membership before = membership;
      Member earlier = find();
      String modelBefore = model.toString();
      if (event.needsServer() && !model.named) {
        assertThatIllegalArgumentException()
            .as(what)
            .isThrownBy(() -> change(event))
            .withMessageContaining(model.serviceThere ? "no real server 192.0.2.22" : "no service")
            .withMessageContaining("expected: ");
      } else {
        change(event);
        model.happen(event);
      }
      Member later = find();
      assertThat(later == null ? null : Told.of(later)).as(what).isEqualTo(model.told());
      if (event.twoSteps()) {
        return; // whatever they lead to, they change something in between
      }
      if (model.toString().equals(modelBefore)) {
        assertThat(membership).as("%s, which changes nothing", what).isSameAs(before);
      } else {
        assertThat(membership).as(what).isNotSameAs(before);
      }
      if (earlier != null && later != null) {
        assertThat(later.slot()).as(what).isEqualTo(earlier.slot());
        assertThat(later.generation()).as(what).isEqualTo(earlier.generation());
      }
    }

    private void change(Event event) {
      membership = changes(event).apply(membership);
    }

    private UnaryOperator<Membership> changes(Event event) {
      return switch (event) {
        case PUT_UNCHANGED -> m -> m.put(model.service());
        case APPLY_UNCHANGED ->
            m -> m.apply(model.serviceThere ? List.of(model.service()) : List.of());
        case APPLY_WEIGHT_3 -> m -> m.apply(List.of(Model.service(true, 3, model.tier)));
        case APPLY_WEIGHT_0 -> m -> m.apply(List.of(Model.service(true, 0, model.tier)));
        case APPLY_TIER_0 -> m -> m.apply(List.of(Model.service(true, model.weight, 0)));
        case REMOVE_SERVER -> m -> m.put(Model.service(false, 1, 1));
        case REMOVE_AND_ADD_SERVER ->
            m ->
                m.put(Model.service(false, 1, 1))
                    .reap(member -> false)
                    .put(Model.service(true, model.weight, model.tier));
        case REMOVE_SERVICE -> m -> m.remove(KEY);
        case REMOVE_AND_ADD_SERVICE ->
            m -> m.apply(List.of()).apply(List.of(Model.service(true, model.weight, model.tier)));
        case REAP_NOBODY -> m -> m.reap(member -> false);
        case REAP -> m -> m.reap(member -> true);
        case RESOLVED -> m -> m.reachability(SERVER, Reachability.REACHABLE);
        case LOST -> m -> m.reachability(SERVER, Reachability.UNREACHABLE);
        case FORGOTTEN -> m -> m.reachability(SERVER, Reachability.UNRESOLVED);
        case FULL -> m -> m.overload(slots());
        case RELIEVED -> m -> m.overload(Set.of());
        case COMPANION_UP -> m -> m.reachability(COMPANION, Reachability.REACHABLE);
        case COMPANION_LOST -> m -> m.reachability(COMPANION, Reachability.UNREACHABLE);
        case OVERRIDE_0 -> m -> m.overrideWeight(KEY, SERVER, 0);
        case OVERRIDE_5 -> m -> m.overrideWeight(KEY, SERVER, 5);
        case CLEAR_OVERRIDE -> m -> m.clearOverride(KEY, SERVER);
        case DRAIN -> m -> m.drain(KEY, SERVER);
        case UNDRAIN -> m -> m.undrain(KEY, SERVER);
        case HEALTH_UP -> m -> m.health(KEY, SERVER, Health.up("HTTP 200"));
        case HEALTH_DOWN -> m -> m.health(KEY, SERVER, Health.down("HTTP 503"));
        case HEALTH_UNKNOWN -> m -> m.health(KEY, SERVER, Health.UNKNOWN);
      };
    }

    private Set<Integer> slots() {
      Member member = find();
      return member == null ? Set.of() : Set.of(member.slot());
    }

    @Override
    public String toString() {
      return model.toString();
    }
  }

  /** The manual. */
  private static final class Model {

    boolean serviceThere = true;
    boolean exists = true;
    boolean named = true;
    boolean draining;
    boolean full;
    boolean companionExists = true;
    @Nullable String link;
    @Nullable String companionLink;
    Health health = Health.UNKNOWN;
    @Nullable Integer override;
    int weight;
    int tier = 1;

    Model() {}

    Model(Model same) {
      serviceThere = same.serviceThere;
      exists = same.exists;
      named = same.named;
      draining = same.draining;
      full = same.full;
      companionExists = same.companionExists;
      link = same.link;
      companionLink = same.companionLink;
      health = same.health;
      override = same.override;
      weight = same.weight;
      tier = same.tier;
    }

    @Nullable Told told() {
      Integer over = override;
      return exists
          ? new Told(
              effective(),
              reason(),
              weight,
              over == null ? OptionalInt.empty() : OptionalInt.of(over),
              health,
              !named,
              draining)
          : null;
    }

    static VirtualService service(boolean named, int weight, int tier) {
      VirtualService service = VirtualService.of(KEY).realServer("192.0.2.21", 1);
      return named
          ? service.realServer(new RealServer(SERVER, weight).tier(tier).thresholds(100, 0))
          : service;
    }

    VirtualService service() {
      return service(named, weight, tier);
    }

    int effective() {
      return switch (reason()) {
        case CONFIGURED -> weight;
        case OVERRIDDEN -> override == null ? -1 : override;
        default -> 0;
      };
    }

    WeightReason reason() {
      int wanted = override == null ? weight : override;
      if (!named) {
        return WeightReason.REMOVED;
      } else if (draining) {
        return WeightReason.DRAINING;
      } else if (link == null) {
        return WeightReason.UNRESOLVED;
      } else if (link.equals("lost")) {
        return WeightReason.UNREACHABLE;
      } else if (health.equals(Health.down("HTTP 503"))) {
        return WeightReason.UNHEALTHY;
      } else if (wanted != 0 && full) {
        return WeightReason.OVERLOADED;
      } else if (wanted != 0 && tier == 1 && "up".equals(companionLink)) {
        return WeightReason.STANDBY_TIER;
      }
      return override == null ? WeightReason.CONFIGURED : WeightReason.OVERRIDDEN;
    }

    void happen(Event event) {
      switch (event) {
        case PUT_UNCHANGED -> {
          serviceThere = true;
          companionExists = true;
        }
        case APPLY_UNCHANGED, REAP_NOBODY -> {}
        case APPLY_WEIGHT_3 -> name(3, tier);
        case APPLY_WEIGHT_0 -> name(0, tier);
        case APPLY_TIER_0 -> name(weight, 0);
        case REMOVE_SERVER -> {
          unname();
          serviceThere = true;
          companionExists = true;
        }
        case REMOVE_AND_ADD_SERVER, REMOVE_AND_ADD_SERVICE -> {
          unname();
          name(weight, tier);
        }
        case REMOVE_SERVICE -> {
          unname();
          serviceThere = false;
        }
        case REAP -> reap();
        case RESOLVED -> link = "up";
        case LOST -> link = "lost";
        case FORGOTTEN -> link = null;
        case FULL -> full = exists;
        case RELIEVED -> full = false;
        case COMPANION_UP -> companionLink = "up";
        case COMPANION_LOST -> companionLink = "lost";
        case OVERRIDE_0 -> override = 0;
        case OVERRIDE_5 -> override = 5;
        case CLEAR_OVERRIDE -> override = null;
        case DRAIN -> draining = true;
        case UNDRAIN -> draining = false;
        case HEALTH_UP -> health = Health.up("HTTP 200");
        case HEALTH_DOWN -> health = Health.down("HTTP 503");
        case HEALTH_UNKNOWN -> health = Health.UNKNOWN;
      }
    }

    private void name(int newWeight, int newTier) {
      serviceThere = true;
      companionExists = true;
      exists = true;
      named = true;
      weight = newWeight;
      tier = newTier;
    }

    /** What was said of it ends with its place in the service. */
    private void unname() {
      named = false;
      draining = false;
      override = null;
      health = Health.UNKNOWN;
    }

    /** Who has gone for good is not known any more. */
    private void reap() {
      if (named) {
        return;
      }
      boolean anybody = exists || (companionExists && !serviceThere);
      exists = false;
      full = false;
      companionExists &= serviceThere;
      if (anybody) {
        link = null;
        companionLink = companionExists ? companionLink : null;
      }
    }

    @Override
    public String toString() {
      return (serviceThere ? "" : "no service, ")
          + (exists ? "" : "gone, ")
          + (companionExists ? "" : "no companion, ")
          + reason()
          + (named ? " named" : " unnamed")
          + (draining ? " draining" : "")
          + (full ? " full" : "")
          + " link "
          + link
          + " companion "
          + companionLink
          + " health "
          + health
          + " override "
          + override
          + " weight "
          + weight
          + " tier "
          + tier;
    }
  }
}
