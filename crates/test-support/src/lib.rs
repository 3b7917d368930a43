//! Real servers and faults for tests: in-process platform, fault proxy.
