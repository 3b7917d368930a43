//! `hawker backup …`

use super::{blocking, json_line, key};
use crate::args::Backup;
use crate::execute::{CommandError, Session};
use crate::output::Output;
use hawker_studio::{BackupMade, Consent, ListedBackup, Restored, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use serde::Serialize;
use std::path::Path;

/// Makes a backup where the store is open.
pub async fn create(file: Option<&Path>, session: &Session<'_>) -> Result<(), CommandError> {
    let file = file.map(|file| session.path(file));
    let backup = session.studio.back_up(file.as_deref()).await?;
    let text = format!("{} written: {}{}", backup.file.display(), holds(&backup), elsewhere(&backup));
    print(&backup, vec![text], session.output, session.json).await
}

/// What needs no open store, and for restoring a closed one. `stdin` holds the recovery code where it was asked for.
pub async fn run(
    command: &Backup,
    config: &StudioConfig,
    (folder, stdin): (&Path, Option<&str>),
    output: &Output,
    json: bool,
) -> Result<(), CommandError> {
    match command {
        Backup::Create { .. } => {
            Err(Failure::new(ErrorCode::Internal, "a backup is made where the store is open").into())
        }
        Backup::List => {
            let config = config.clone();
            let listed = blocking(move || hawker_studio::list_backups(&config)).await?;
            let mut lines: Vec<String> = listed.iter().map(line).collect();
            lines.push(format!("{} backups", listed.len()));
            print(&listed, lines, output, json).await
        }
        Backup::Verify { file, code } => {
            let code = key::optional_code(code, stdin)?;
            let backup = hawker_studio::verify_backup(config, &folder.join(file), code.as_ref()).await?;
            let text = format!("{} is whole: {}{}", backup.file.display(), holds(&backup), elsewhere(&backup));
            print(&backup, vec![text], output, json).await
        }
        Backup::Restore { file, code, yes } => {
            let code = key::optional_code(code, stdin)?;
            let consent = if *yes { Consent::Given } else { Consent::Needed };
            let restored = hawker_studio::restore_backup(config, &folder.join(file), code.as_ref(), consent).await?;
            print(&restored, restored_lines(&restored), output, json).await
        }
    }
}

fn restored_lines(restored: &Restored) -> Vec<String> {
    let mut lines = vec![format!("restored: {}", holds(&restored.backup))];
    if let Some(replaced) = &restored.replaced {
        lines.push(format!("the store before it is kept in {}", replaced.display()));
    }
    lines
}

fn line(listed: &ListedBackup) -> String {
    let megabytes = listed.bytes as f64 / 1e6;
    let says = match (&listed.says, &listed.problem) {
        (Some(backup), _) => format!("{}{}", holds(backup), elsewhere(backup)),
        (None, problem) => problem.clone().unwrap_or_default(),
    };
    format!("{}\t{megabytes:.1} MB\t{says}", listed.file.display())
}

fn holds(backup: &BackupMade) -> String {
    let contents = &backup.contents;
    format!(
        "{} products, {} orders, {} changes ({} of them waiting), of {}",
        contents.products,
        contents.orders,
        contents.ops,
        contents.waiting_ops,
        hawker_studio::time_text(backup.made_at_us)
    )
}

fn elsewhere(backup: &BackupMade) -> &'static str {
    match backup.has_recovery_code {
        true => "",
        false => {
            "; without a recovery code: it opens only with this keychain or passphrase, see `hawker key recovery-code`"
        }
    }
}

async fn print(value: &impl Serialize, lines: Vec<String>, output: &Output, json: bool) -> Result<(), CommandError> {
    if json {
        return Ok(output.line(&json_line(value)?).await?);
    }
    for line in &lines {
        output.line(line).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_a_backup_holds_and_what_it_lacks() {
        let backup = BackupMade {
            file: "b".into(),
            made_at_us: 1_796_040_000_000_000,
            contents: hawker_studio::Contents { products: 2, orders: 3, ops: 4, waiting_ops: 1, changed_at_us: 5 },
            has_recovery_code: true,
        };
        let listed = ListedBackup { file: "b".into(), bytes: 1_500_000, says: Some(backup.clone()), problem: None };
        let want = "b\t1.5 MB\t2 products, 3 orders, 4 changes (1 of them waiting), of 2026-11-30 12:00:00 UTC";
        assert_eq!(line(&listed), want);
        let without = BackupMade { has_recovery_code: false, ..backup };
        assert!(line(&ListedBackup { says: Some(without), ..listed }).contains("without a recovery code"));
        let bad = ListedBackup { file: "b".into(), bytes: 0, says: None, problem: Some("it is cut".into()) };
        assert_eq!(line(&bad), "b\t0.0 MB\tit is cut");
    }
}
