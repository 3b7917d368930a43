//! `hawker platform …`

use super::json_line;
use crate::args::Platform;
use crate::execute::{CommandError, Session};
use hawker_domain::OpId;
use hawker_studio::view::{AccountView, PlatformStatus, PlatformView, RefusedChange};
use hawker_wire::{ErrorCode, Failure};

pub async fn run(command: &Platform, session: &Session<'_>) -> Result<(), CommandError> {
    let studio = session.studio;
    let status = match command {
        Platform::Status => studio.platform_status().await?,
        Platform::SignIn { email } => studio.sign_in(email, password(session)?).await?,
        Platform::SignUp { email, shop } => studio.sign_up(email, password(session)?, shop).await?,
        Platform::ChangePassword => {
            let (password, new_password) = passwords(session)?;
            studio.change_password(password, new_password).await?
        }
        Platform::SignOut => studio.sign_out().await?,
        Platform::Refused { done } => return refused(done.as_deref(), session).await,
        Platform::Devices { command } => return super::installations::devices(command, session).await,
        Platform::Quarantine { command } => return super::installations::quarantine(command, session).await,
    };
    if session.json {
        return Ok(session.output.line(&json_line(&status)?).await?);
    }
    for line in sentences(&status) {
        session.output.line(&line).await?;
    }
    Ok(())
}

async fn refused(done: Option<&str>, session: &Session<'_>) -> Result<(), CommandError> {
    if let Some(id) = done {
        let bad = || Failure::new(ErrorCode::BadInput, format!("{id:?} is no id of a change"));
        session.studio.see_to_refused(OpId(id.trim().parse().map_err(|_| bad())?)).await?;
    }
    let changes = session.studio.refused_changes().await?;
    if session.json {
        return Ok(session.output.line(&json_line(&changes)?).await?);
    }
    for RefusedChange { id, skus, order, why, .. } in &changes {
        let skus = skus.iter().map(ToString::to_string);
        let about: Vec<String> = order.iter().map(|order| format!("order {order}")).chain(skus).collect();
        session.output.line(&format!("{id}\t{}\t{why}", about.join(", "))).await?;
    }
    Ok(())
}

fn password(session: &Session<'_>) -> Result<String, Failure> {
    session.stdin.clone().filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::new(ErrorCode::BadInput, "no password on stdin").hint("pipe it in, one line; it never stands in argv")
    })
}

/// The present one and the new one.
fn passwords(session: &Session<'_>) -> Result<(String, String), Failure> {
    let typed = session.stdin.as_deref().unwrap_or_default();
    match typed.split_once('\n') {
        Some((present, new)) if !present.is_empty() && !new.is_empty() => Ok((present.to_owned(), new.to_owned())),
        _ => Err(Failure::new(ErrorCode::BadInput, "two passwords are needed on stdin")
            .hint("pipe them in, the present one on the first line and the new one on the second")),
    }
}

fn sentences(status: &PlatformStatus) -> Vec<String> {
    let mut lines = vec![format!("platform: {}", status.address.as_deref().unwrap_or("built in, on this machine"))];
    if let Some(state) = status.state {
        lines.push(format!(
            "state: {}",
            match state {
                PlatformView::None => "none is set up",
                PlatformView::Connecting => "connecting",
                PlatformView::Online => "online",
                PlatformView::Offline => "does not answer",
            }
        ));
    }
    lines.push(match &status.account {
        AccountView::Own => "account: the studio's own".to_owned(),
        AccountView::Person { email } => format!("account: {email}"),
    });
    lines.push(format!("waiting to sync: {}", status.waiting_to_sync));
    if status.after_show {
        lines.push("another address takes over after the show".to_owned());
    }
    lines.extend(status.trouble.iter().map(|trouble| format!("trouble: {trouble}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_said_in_lines() {
        let quiet = PlatformStatus {
            address: None,
            state: None,
            account: AccountView::Own,
            trouble: None,
            after_show: false,
            waiting_to_sync: 0,
        };
        assert_eq!(
            sentences(&quiet),
            ["platform: built in, on this machine", "account: the studio's own", "waiting to sync: 0"]
        );
        let loud = PlatformStatus {
            address: Some("https://shop.example/".into()),
            state: Some(PlatformView::Offline),
            account: AccountView::Person { email: "ada@example.org".into() },
            trouble: Some(Failure::new(ErrorCode::Unreachable, "no answer")),
            after_show: true,
            waiting_to_sync: 3,
        };
        assert_eq!(
            sentences(&loud),
            [
                "platform: https://shop.example/",
                "state: does not answer",
                "account: ada@example.org",
                "waiting to sync: 3",
                "another address takes over after the show",
                "trouble: no answer",
            ]
        );
    }
}
