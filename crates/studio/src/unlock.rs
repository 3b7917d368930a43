//! A store that did not open, opened by what somebody types: its passphrase, or the recovery code of its key.
//!
//! What is typed is wiped where it is not needed any more, stands in no line of the log, and is written nowhere.

use crate::backups::recover_key;
use crate::config::StudioConfig;
use crate::errors::Outcome;
use hawker_store::{OpenError, RecoveryCode};
use zeroize::Zeroizing;

/// What somebody gives to open a store.
pub enum Typed {
    /// Nothing: it is tried again, for the keychain may be unlocked by now.
    Nothing,
    /// The passphrase that the key is wrapped by; of a new store without a keychain the one it shall have.
    Passphrase(Zeroizing<String>),
    /// The recovery code. The key goes back into the keychain, or under the passphrase where there is none.
    Code { code: Zeroizing<String>, passphrase: Option<Zeroizing<String>> },
}

/// How the store of `config` is to be opened by what was typed. Nothing is opened yet; a recovery code gives the key its home.
/// Errors: `bad_input` for a mistyped code, `wrong_key`, `data_dir_in_use`.
pub async fn unlock(mut config: StudioConfig, typed: Typed) -> Outcome<StudioConfig> {
    match typed {
        Typed::Nothing => {}
        Typed::Passphrase(passphrase) => {
            config.passphrase = Some(plain(&passphrase).ok_or(OpenError::PassphraseNeeded)?);
        }
        Typed::Code { code, passphrase } => {
            let code = code.parse::<RecoveryCode>()?;
            if let Some(passphrase) = passphrase.as_ref().and_then(plain) {
                config.passphrase = Some(passphrase);
            }
            recover_key(&config, &code).await?;
        }
    }
    Ok(config)
}

/// Without the space around it, as it is read from a passphrase file; none where nothing is left.
fn plain(typed: &Zeroizing<String>) -> Option<Zeroizing<String>> {
    let text = typed.trim();
    (!text.is_empty()).then(|| Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::{Parts, Speech, Studio};
    use hawker_domain::failure::FailureWhy;
    use hawker_store::{BackupError, CodeError};
    use hawker_wire::{ErrorCode, Failure};
    use std::path::Path;

    fn config(folder: &Path, passphrase: Option<&str>) -> StudioConfig {
        StudioConfig {
            data_dir: folder.join("data"),
            models_dir: folder.join("no-models"),
            onnxruntime: None,
            platform_program: None,
            decoder: None,
            passphrase: passphrase.map(secret),
            use_keychain: false,
            parts: Parts::Store,
            preview_when_idle: false,
        }
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    fn why(failure: &Failure) -> FailureWhy {
        failure.reason.as_ref().unwrap_or_else(|| panic!("no reason: {failure:?}")).why
    }

    async fn open(config: StudioConfig, typed: Typed) -> Outcome<()> {
        let studio = Studio::open(unlock(config, typed).await?).await?;
        studio.close().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_passphrase_that_is_typed_makes_a_store_and_opens_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let shut = || config(folder.path(), None);
        assert_eq!(why(&open(shut(), Typed::Nothing).await.unwrap_err()), FailureWhy::NoKeyHome);
        let nothing = open(shut(), Typed::Passphrase(secret("  "))).await.unwrap_err();
        assert_eq!(why(&nothing), FailureWhy::PassphraseNeeded, "space alone wraps no key");
        open(shut(), Typed::Passphrase(secret("open sesame"))).await.unwrap();
        assert_eq!(why(&open(shut(), Typed::Nothing).await.unwrap_err()), FailureWhy::PassphraseNeeded);
        let wrong = open(shut(), Typed::Passphrase(secret("open barley"))).await.unwrap_err();
        assert_eq!((wrong.code, why(&wrong)), (ErrorCode::WrongKey, FailureWhy::WrongKey));
        assert!(!format!("{wrong:?}").contains("barley"), "{wrong:?}");
        open(shut(), Typed::Passphrase(secret(" open sesame "))).await.unwrap();
    }

    #[tokio::test]
    async fn a_forgotten_passphrase_is_replaced_by_the_code_and_a_passphrase_that_are_typed() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::open(config(folder.path(), Some("open sesame"))).await.unwrap();
        let code = studio.new_recovery_code().await.unwrap().text();
        let other = studio.new_recovery_code().await.unwrap().text();
        studio.close().await;
        drop(studio);
        let shut = || config(folder.path(), None);
        let by = |code: &str, passphrase: Option<&str>| Typed::Code {
            code: secret(code),
            passphrase: passphrase.map(secret),
        };
        let table = [
            (by("000G0", Some("anew")), FailureWhy::CodeLength),
            (by(&code, Some("anew")), FailureWhy::WrongRecoveryCode),
            (by(&other, None), FailureWhy::NoKeyHome),
        ];
        for (typed, want) in table {
            assert_eq!(why(&open(shut(), typed).await.unwrap_err()), want);
        }
        open(shut(), by(&other, Some("anew"))).await.unwrap();
        open(shut(), Typed::Passphrase(secret("anew"))).await.unwrap();
        let old = open(shut(), Typed::Passphrase(secret("open sesame"))).await.unwrap_err();
        assert_eq!(why(&old), FailureWhy::WrongKey);
    }

    #[tokio::test]
    async fn a_try_that_failed_leaves_the_folder_to_others() {
        let folder = tempfile::tempdir().unwrap();
        open(config(folder.path(), None), Typed::Passphrase(secret("open sesame"))).await.unwrap();
        open(config(folder.path(), None), Typed::Nothing).await.unwrap_err();
        let held = crate::DataDir::take(&folder.path().join("data")).unwrap();
        let busy = open(config(folder.path(), None), Typed::Passphrase(secret("open sesame"))).await.unwrap_err();
        assert_eq!((busy.code, why(&busy)), (ErrorCode::DataDirInUse, FailureWhy::DataFolderInUse));
        drop(held);
        open(config(folder.path(), None), Typed::Passphrase(secret("open sesame"))).await.unwrap();
    }

    /// One of each that a person can see, with `text` wherever words come from outside.
    fn all(text: &str) -> Vec<Failure> {
        let words = || text.to_owned();
        let path = || std::path::PathBuf::from("/甲");
        let broken = || std::io::Error::other(words());
        let open = [
            OpenError::WrongKey,
            OpenError::PassphraseNeeded,
            OpenError::NoKeyHome { why: words() },
            OpenError::KeychainLocked { why: words() },
            OpenError::KeyNotInKeychain,
            OpenError::NoRecoveryCode,
            OpenError::WrongRecoveryCode,
            OpenError::KeyMissing { file: path() },
            OpenError::DatabaseGone { key_file: path() },
            OpenError::Future { found: 90_017, known: 90_016 },
            OpenError::Damaged { file: path(), why: words() },
            OpenError::LogDamaged { log: path(), acked: "/丙".into(), why: words() },
            OpenError::Busy,
            OpenError::DiskFull,
            OpenError::Io(broken()),
        ];
        let backup = [
            BackupError::Exists { file: path() },
            BackupError::DiskFull { file: path() },
            BackupError::Unwritable { file: path(), source: broken() },
            BackupError::Unreadable { file: path(), source: broken() },
            BackupError::NotWhole { file: path(), why: words() },
            BackupError::Future { file: path(), found: 90_017, known: 90_016 },
            BackupError::CodeNeeded { file: path(), why: words() },
        ];
        let code = [
            CodeError::Length { found: 64 },
            CodeError::GroupLength { group: 4, found: 3 },
            CodeError::Character { group: 4, character: 'U' },
            CodeError::Mistyped { groups: vec![4, 9] },
            CodeError::Whole,
        ];
        let open = open.into_iter().map(Failure::from).chain(backup.into_iter().map(Failure::from));
        open.chain(code.into_iter().map(Failure::from)).collect()
    }

    #[test]
    fn why_a_store_does_not_open_is_said_in_chinese_with_all_its_names_and_numbers() {
        for failure in all("乙") {
            let reason = failure.reason.as_ref().unwrap_or_else(|| panic!("{failure:?} has no reason"));
            let said = Speech::Chinese.reason(reason).unwrap_or_else(|| panic!("{failure:?} has no sentence"));
            assert!(!said.contains("{{"), "{failure:?}: {said}");
            for value in reason.values.values() {
                assert!(said.contains(value.as_str()), "{failure:?} does not say {value}: {said}");
            }
        }
    }
}
