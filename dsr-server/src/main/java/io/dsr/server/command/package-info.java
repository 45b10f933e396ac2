/**
 * The commands of {@code dsr}: {@code run}, {@code convert}, and what is asked of a balancer that
 * runs; start at {@link io.dsr.server.command.Main}.
 */
package io.dsr.server.command;
