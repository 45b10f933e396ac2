/**
 * What a balancer has to know of its host, told on event loops; begin at {@link
 * io.dsr.netty.host.LinkWatch}.
 */
package io.dsr.netty.host;
