/**
 * Who asks for too much: limits and quotas of a source, the brake on new flows, and what is dropped
 * when a table is nearly full. All of it belongs to one event loop.
 */
package io.dsr.core.defence;
