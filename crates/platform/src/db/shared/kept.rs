//! Ops that wait for a newer version or for an order, as they are read back.

use hawker_wire::ops::OpEnvelope;

/// The op of a row; none, with a line in the log, where its text is no op: that of one damaged row holds up neither the start of the
/// platform nor what the seller's devices send next. It stays for a person to look at.
pub fn read(kept_no: i64, envelope: &str) -> Option<OpEnvelope> {
    serde_json::from_str(envelope)
        .inspect_err(|error| tracing::error!(kept_no, %error, "an op that waits can't be read and is passed over"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_op_is_passed_over() {
        for text in ["", "{", "[]", "{\"op_id\": 7}"] {
            assert_eq!(read(1, text), None, "{text}");
        }
    }
}
