/** The hot path: a frame is classified, its flow found or placed, its MAC addresses rewritten. */
package io.dsr.core.datapath;
