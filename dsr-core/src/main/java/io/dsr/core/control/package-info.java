/**
 * The cold path: the services as the operator wants them, and every change to them. Begin with
 * {@link io.dsr.core.control.ServiceControl}.
 */
package io.dsr.core.control;
