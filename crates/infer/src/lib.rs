//! ONNX Runtime: model manifest, execution providers, sessions.
