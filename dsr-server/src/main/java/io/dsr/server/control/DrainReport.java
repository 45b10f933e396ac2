package io.dsr.server.control;

import java.time.Duration;

/**
 * How the draining of a real server ended.
 *
 * @param flowsAtStart how many flows it had
 * @param flowsLeft how many it still has: 0, unless the deadline passed
 * @param took from the start until the last flow had gone, or the deadline
 */
public record DrainReport(long flowsAtStart, long flowsLeft, Duration took) {}
