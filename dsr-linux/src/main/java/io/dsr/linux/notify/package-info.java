/** Messages to a service manager, which the JDK has no socket for. */
package io.dsr.linux.notify;
