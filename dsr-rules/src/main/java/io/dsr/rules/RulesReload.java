package io.dsr.rules;

import static java.util.Objects.requireNonNull;

import io.dsr.core.Admission;
import io.dsr.core.Balancer;
import io.dsr.core.VirtualService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Rules that a running balancer follows: read once for its start, and again whenever they may have
 * changed. Bad rules are refused whole, and what runs stays as it is.
 *
 * <pre>{@code
 * var reload = RulesReload.of(Path.of("/etc/dsr/rules"));
 * Rules rules = reload.read();            // build and start a balancer by these, then
 * reload.reload(target).whenComplete(...) // whenever the file has changed
 * }</pre>
 *
 * <p>Belongs to one thread; the next reload begins when the stage of the last is complete.
 */
public final class RulesReload {

  private final Source source;
  private Optional<Admission> admission = Optional.empty();

  /** Creates the reload of rules that come from anywhere. */
  public RulesReload(Source source) {
    this.source = requireNonNull(source, "source");
  }

  /** Where rules come from. */
  @FunctionalInterface
  public interface Source {

    /**
     * Reads the rules as they are now.
     *
     * @throws RulesException if a line is wrong
     * @throws IOException if they cannot be read, or have no service, which a balancer that runs
     *     should not lose by a slip of the hand
     */
    Rules read() throws RulesException, IOException;
  }

  /** What rules are applied to: a balancer. */
  public interface Target {

    /** Returns a balancer as such a target. */
    static Target of(Balancer balancer) {
      return new Target() {
        @Override
        public List<VirtualService> services() {
          return balancer.services();
        }

        @Override
        public CompletionStage<Void> apply(Collection<VirtualService> services) {
          return balancer.apply(services);
        }
      };
    }

    /** Returns the services as they run now. */
    List<VirtualService> services();

    /** Makes the services these and no others, as a whole or not at all. */
    CompletionStage<Void> apply(Collection<VirtualService> services);
  }

  /**
   * What a reload did.
   *
   * @param diff the services that differ from those that ran before
   * @param admissionDiffers whether the rules' {@code --defence} is not the one that was {@link
   *     RulesReload#read}: it is part of how a balancer is built, and waits for its next start
   */
  public record Outcome(RulesDiff diff, boolean admissionDiffers) {}

  /** Returns the reload of a file of rules; a file that has no service is refused. */
  public static RulesReload of(Path file) {
    requireNonNull(file, "file");
    return new RulesReload(() -> RulesFile.read(file));
  }

  /**
   * Reads the rules for a balancer that is about to start.
   *
   * @throws RulesException if a line is wrong
   * @throws IOException if they cannot be read or have no service
   */
  public Rules read() throws RulesException, IOException {
    Rules rules = source.read();
    admission = rules.admission();
    return rules;
  }

  /**
   * Reads the rules again, on the caller's thread, and applies them.
   *
   * @return complete once they are in force; it fails with {@link RulesException} or {@link
   *     IOException} as {@link #read} does, with what the target fails with, or with whatever else
   *     was thrown, an {@link OutOfMemoryError} for instance; and then the old rules stay
   */
  public CompletionStage<Outcome> reload(Target target) {
    try {
      List<VirtualService> before = target.services();
      Rules rules = source.read();
      var outcome =
          new Outcome(
              RulesDiff.between(before, rules.services()), !admission.equals(rules.admission()));
      return target.apply(rules.services()).thenApply(done -> outcome);
    } catch (Throwable e) { // the caller's thread goes on, as does what runs
      return CompletableFuture.failedStage(e);
    }
  }
}
