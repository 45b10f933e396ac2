/** The demonstration: a real balancer in a lab of its own; start at {@link DemoCommand}. */
package io.dsr.examples.demo;
