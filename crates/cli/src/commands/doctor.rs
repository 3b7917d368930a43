//! `hawker doctor`: exit 1 if anything that a show needs is missing.

use super::{blocking, json_line};
use crate::execute::CommandError;
use crate::output::Output;
use hawker_studio::{StudioConfig, view::CheckStatus};
use hawker_wire::{ErrorCode, Failure};

pub async fn run(config: &StudioConfig, output: &Output, json: bool) -> Result<(), CommandError> {
    let config = config.clone();
    let checks = blocking(move || Ok(hawker_studio::doctor::doctor(&config))).await?;
    if json {
        output.line(&json_line(&checks)?).await?;
    } else {
        for check in &checks {
            let mark = match check.status {
                CheckStatus::Ok => "ok     ",
                CheckStatus::Failed => "FAILED ",
                CheckStatus::Skipped => "-      ",
            };
            let hint = check.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            output.line(&format!("{mark}{}: {}{hint}", check.name, check.detail)).await?;
        }
    }
    let failed: Vec<&str> =
        checks.iter().filter(|check| check.status == CheckStatus::Failed).map(|check| check.name.as_str()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(ErrorCode::Internal, format!("not everything works: {}", failed.join(", "))).into())
}
