/**
 * A running balancer asked and told things over a Unix domain socket: one JSON object a line. The
 * balancer's end starts at {@link io.dsr.server.control.ControlServer}, the asking end at {@link
 * io.dsr.server.control.ControlClient}.
 */
package io.dsr.server.control;
