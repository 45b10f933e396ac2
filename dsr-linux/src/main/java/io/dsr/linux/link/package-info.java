/**
 * Network interfaces as the kernel knows them, {@link io.dsr.linux.link.NetworkLink}, and what
 * becomes of them, {@link io.dsr.linux.link.LinkMonitor}.
 */
package io.dsr.linux.link;
