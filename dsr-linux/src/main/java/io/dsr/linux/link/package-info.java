/** Network interfaces as the kernel knows them: {@link io.dsr.linux.link.NetworkLink}. */
package io.dsr.linux.link;
