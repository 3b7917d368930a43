//! `hawker platform devices …`, `hawker platform quarantine …`

use super::json_line;
use crate::args::{PlatformDevices, Quarantine};
use crate::execute::{CommandError, Session};
use hawker_domain::{DeviceId, OpId};
use hawker_wire::{
    ErrorCode, Failure,
    account::ListedDevice,
    ops::OpResult,
    quarantine::{HeldChange, Verdict},
};

pub async fn devices(command: &PlatformDevices, session: &Session<'_>) -> Result<(), CommandError> {
    if let PlatformDevices::Revoke { id } = command {
        let bad = || bad_id(id, "a device");
        session.studio.revoke_installation(DeviceId(id.trim().parse().map_err(|_| bad())?)).await?;
    }
    let devices = session.studio.installations().await?;
    if session.json {
        return Ok(session.output.line(&json_line(&devices)?).await?);
    }
    for device in &devices {
        session.output.line(&device_line(device)).await?;
    }
    Ok(())
}

pub async fn quarantine(command: &Quarantine, session: &Session<'_>) -> Result<(), CommandError> {
    let decided = match command {
        Quarantine::List => None,
        Quarantine::Apply { id } => Some((id, Verdict::Apply)),
        Quarantine::Discard { id } => Some((id, Verdict::Discard)),
    };
    if let Some((id, verdict)) = decided {
        let bad = || bad_id(id, "a change");
        session.studio.decide_held(OpId(id.trim().parse().map_err(|_| bad())?), verdict).await?;
    }
    let changes = session.studio.held_changes().await?;
    if session.json {
        return Ok(session.output.line(&json_line(&changes)?).await?);
    }
    for change in &changes {
        session.output.line(&change_line(change)).await?;
    }
    Ok(())
}

fn bad_id(id: &str, of: &str) -> Failure {
    Failure::new(ErrorCode::BadInput, format!("{id:?} is no id of {of}")).hint("the list says which there are")
}

fn device_line(device: &ListedDevice) -> String {
    let state = match (device.revoked_at_us, device.has_key) {
        (Some(_), _) => "revoked",
        (None, true) => "signs its changes",
        (None, false) => "does not sign its changes; update it",
    };
    format!("{}\t{}\t{state}", device.device_id, device.name)
}

fn change_line(change: &HeldChange) -> String {
    let state = match &change.decided {
        None => "waits".to_owned(),
        Some(decided) => {
            let by = &decided.by;
            match (decided.verdict, &decided.result) {
                (Verdict::Discard, _) => format!("discarded by {by}"),
                (Verdict::Apply, OpResult::Rejected { why, .. }) => format!("applied by {by}, and refused: {why}"),
                (Verdict::Apply, OpResult::Kept) => format!("applied by {by}, and kept until the platform can"),
                (Verdict::Apply, OpResult::Applied | OpResult::Quarantined { .. }) => format!("applied by {by}"),
            }
        }
    };
    format!("{}\t{}\t{state}\t{}\t{}", change.op.op_id, change.device_name, change.why, change.op.payload)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_wire::{ops::OpEnvelope, quarantine::Decided};

    const NIL: &str = "00000000-0000-0000-0000-000000000000";

    #[test]
    fn a_device_says_whether_it_may_still_speak() {
        let device = ListedDevice {
            device_id: NIL.parse().unwrap(),
            name: "stall".into(),
            epoch: 1,
            last_seq: 3,
            has_key: true,
            registered_at_us: 1,
            revoked_at_us: None,
            seen_at_us: None,
        };
        assert!(device_line(&device).ends_with("\tstall\tsigns its changes"));
        assert!(device_line(&ListedDevice { has_key: false, ..device.clone() }).contains("update it"));
        assert!(device_line(&ListedDevice { revoked_at_us: Some(2), ..device }).ends_with("revoked"));
    }

    #[test]
    fn a_held_change_says_what_became_of_it() {
        let op = OpEnvelope {
            op_id: NIL.parse().unwrap(),
            device_id: NIL.parse().unwrap(),
            epoch: 1,
            seq: 1,
            payload_version: 1,
            payload: "{}".into(),
            hash: String::new(),
            signature: String::new(),
        };
        let waits = HeldChange { op, device_name: "stall".into(), why: "too many".into(), at_us: 1, decided: None };
        assert!(change_line(&waits).ends_with("\tstall\twaits\ttoo many\t{}"));
        let decided = |verdict, result| {
            let decided = Decided { verdict, by: "ada@example.org".into(), at_device: None, at_us: 2, result };
            change_line(&HeldChange { decided: Some(decided), ..waits.clone() })
        };
        let refused = OpResult::rejected("gone");
        assert!(decided(Verdict::Discard, refused.clone()).contains("discarded by ada@example.org"));
        assert!(decided(Verdict::Apply, refused).contains("and refused: gone"));
        assert!(decided(Verdict::Apply, OpResult::Applied).contains("\tapplied by ada@example.org\t"));
    }
}
