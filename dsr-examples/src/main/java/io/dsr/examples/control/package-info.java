/**
 * A running balancer asked and told things over a Unix domain socket: one JSON object a line. The
 * balancer's end starts at {@link io.dsr.examples.control.ControlServer}, the commands at {@link
 * io.dsr.examples.control.ControlCommand}.
 */
package io.dsr.examples.control;
