/** The {@code run} command: a working balancer; start at {@link io.dsr.examples.run.RunCommand}. */
package io.dsr.examples.run;
