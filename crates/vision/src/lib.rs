//! Product recognition: detect, track, embed, gallery, fuse over time, decide.
