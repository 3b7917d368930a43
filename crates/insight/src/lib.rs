//! Recommendation, anomaly detection and balancing as pure, seeded algorithms.
