//! `hawker key …`

use super::json_line;
use crate::args::{Code, Key};
use crate::execute::{CommandError, Session};
use crate::output::Output;
use hawker_studio::{KeyHome, RecoveryCode, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use serde_json::json;

/// Makes a recovery code where the store is open.
pub async fn new_code(session: &Session<'_>) -> Result<(), CommandError> {
    let code = session.studio.new_recovery_code().await?;
    show(&code, "it opens the store and the backups made from now on", session.output, session.json).await
}

/// What needs a closed store. `stdin` holds the recovery code where it was asked for.
pub async fn run(
    command: &Key,
    config: &StudioConfig,
    stdin: Option<&str>,
    output: &Output,
    json: bool,
) -> Result<(), CommandError> {
    match command {
        Key::RecoveryCode => {
            Err(Failure::new(ErrorCode::Internal, "a recovery code is made where the store is open").into())
        }
        Key::Recover => {
            let typed = parse(stdin.unwrap_or_default())?;
            let home = hawker_studio::recover_key(config, &typed).await?;
            let (home, sentence) = match home {
                KeyHome::Keychain => ("keychain", "the key lies in the system's keychain again"),
                KeyHome::PassphraseFile => ("passphrase", "the key opens by the passphrase that was given"),
                KeyHome::Caller => ("caller", "the key stays with the program that gave it"),
            };
            let text = if json { json_line(&json!({ "key_home": home }))? } else { sentence.to_owned() };
            Ok(output.line(&text).await?)
        }
        Key::Rotate => {
            let rotated = hawker_studio::rotate_key(config).await?;
            show(
                &rotated.code,
                "it belongs to the new key; keep the one before for the backups made before",
                output,
                json,
            )
            .await
        }
    }
}

/// The code that stdin was to give.
pub fn optional_code(code: &Code, stdin: Option<&str>) -> Result<Option<RecoveryCode>, Failure> {
    if code.code { parse(stdin.unwrap_or_default()).map(Some) } else { Ok(None) }
}

fn parse(text: &str) -> Result<RecoveryCode, Failure> {
    text.parse().map_err(|error: hawker_studio::CodeError| error.into())
}

async fn show(code: &RecoveryCode, what: &str, output: &Output, json: bool) -> Result<(), CommandError> {
    let text = code.text();
    if json {
        return Ok(output.line(&json_line(&json!({ "recovery_code": text.as_str() }))?).await?);
    }
    output.line(&text).await?;
    Ok(output.line(&format!("write it on paper now, it is not shown again; {what}")).await?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mistyped_code_is_refused_by_its_group() {
        let good = "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4-2GAHK-C5RRE-34D11-P70XS-3RFN1";
        let typed = |text: &str| optional_code(&Code { code: true }, Some(text));
        assert!(typed(good).unwrap().is_some());
        let mistyped = good.replace("E209D", "E208D");
        let failure = typed(&mistyped).unwrap_err();
        assert!(failure.message.contains("group 4"), "{failure}");
        assert!(optional_code(&Code { code: false }, Some(good)).unwrap().is_none());
        assert!(optional_code(&Code { code: true }, None).is_err());
    }
}
