/**
 * What a source may do, and what gives way under a flood: rules without frames, one set for each
 * event loop.
 *
 * <p>Begin at {@code SourceTable}, which holds the limits of one service; the others guard the
 * table of flows.
 */
package io.dsr.core.admission;
