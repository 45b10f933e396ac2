/**
 * What stands in a balancer's pipeline, one handler an idea: {@link DirectorHandler} first, for
 * nearly every frame is its; behind it what it passes on: ARP, neighbor discovery, echo.
 */
package io.dsr.netty.handler;
