//! GStreamer: sources, scene, encode, outputs, recording, statistics.
