//! Who opens the studio, and what came of it. Invariant: one opens at a time, and nobody where it is open already.

use hawker_studio::Studio;
use hawker_wire::{ErrorCode, Failure};
use std::future::Future;
use tokio::sync::{Mutex, watch};

/// The outer error is of what comes before opening, such as a mistyped recovery code: why the studio is shut is as true as before.
pub type Tried = Result<Result<Studio, Failure>, Failure>;

/// The studio that opens, is open, or did not open.
pub struct Opening {
    outcome: watch::Sender<Option<Result<Studio, Failure>>>,
    /// Held by whoever opens.
    turn: Mutex<()>,
}

impl Opening {
    pub fn new() -> Self {
        Self { outcome: watch::Sender::new(None), turn: Mutex::default() }
    }

    /// Opens the studio as `open` does; where it is open already, `open` is not begun. Errors: why it is still shut.
    pub async fn attempt(&self, open: impl Future<Output = Tried>) -> Result<(), Failure> {
        let _turn = self.turn.lock().await;
        if self.open().is_some() {
            return Ok(());
        }
        let outcome = open.await?;
        let answer = outcome.as_ref().map(|_| ()).map_err(Failure::clone);
        self.outcome.send_replace(Some(outcome));
        answer
    }

    /// The studio, as soon as it was tried to open it. Errors: why it did not open.
    pub async fn studio(&self) -> Result<Studio, Failure> {
        let mut outcome = self.outcome.subscribe();
        let outcome = outcome.wait_for(Option::is_some).await.map_err(|_| closing())?;
        outcome.clone().unwrap_or_else(|| Err(closing()))
    }

    /// The studio, if it is open now.
    pub fn open(&self) -> Option<Studio> {
        match self.outcome.borrow().as_ref() {
            Some(Ok(studio)) => Some(studio.clone()),
            _ => None,
        }
    }
}

fn closing() -> Failure {
    Failure::new(ErrorCode::Conflict, "the studio is closing")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use hawker_studio::{DataDir, Parts, StudioConfig, Typed};
    use std::path::Path;

    const CODE_OF_NOBODY: &str = "000G0-40R47-0M30J-E209D-185GT-R38E6-1W81Q-24GK4-2GAHK-C5RRE-34D11-P70XS-3RFN1";

    fn config(folder: &Path) -> StudioConfig {
        StudioConfig {
            data_dir: folder.join("data"),
            models_dir: folder.join("no-models"),
            onnxruntime: None,
            platform_program: None,
            decoder: None,
            passphrase: None,
            use_keychain: false,
            parts: Parts::Store,
            preview_when_idle: false,
        }
    }

    fn passphrase(text: &str) -> Typed {
        Typed::Passphrase(text.to_owned().into())
    }

    fn code(text: &str) -> Typed {
        Typed::Code { code: text.to_owned().into(), passphrase: Some("anew".to_owned().into()) }
    }

    /// What is said of a studio that is shut, as the window asks for it.
    async fn shut(opening: &Opening) -> String {
        let Err(failure) = opening.studio().await else { panic!("it is open") };
        reason(&failure)
    }

    fn reason(failure: &Failure) -> String {
        let reason = failure.reason.as_ref().unwrap_or_else(|| panic!("no reason: {failure:?}"));
        format!("{:?}", reason.why)
    }

    /// A folder with a store, and the recovery code of its key.
    async fn shop() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let config = hawker_studio::unlock(config(folder.path()), passphrase("open sesame")).await.unwrap();
        let studio = Studio::open(config).await.unwrap();
        let code = studio.new_recovery_code().await.unwrap().text().to_string();
        studio.close().await;
        (folder, code)
    }

    async fn try_on(folder: &Path, typed: Typed) -> Tried {
        let config = hawker_studio::unlock(config(folder), typed).await?;
        Ok(Studio::open(config).await)
    }

    #[tokio::test]
    async fn another_try_opens_what_the_first_did_not() {
        let (folder, _) = shop().await;
        let opening = Opening::new();
        opening.attempt(try_on(folder.path(), Typed::Nothing)).await.unwrap_err();
        assert_eq!(shut(&opening).await, "PassphraseNeeded");
        assert!(!DataDir::is_held(&folder.path().join("data")), "others may open it meanwhile");
        let wrong = opening.attempt(try_on(folder.path(), passphrase("open barley"))).await.unwrap_err();
        assert_eq!((reason(&wrong), shut(&opening).await), ("WrongKey".to_owned(), "WrongKey".to_owned()));
        opening.attempt(try_on(folder.path(), passphrase("open sesame"))).await.unwrap();
        assert!(DataDir::is_held(&folder.path().join("data")));
        opening.studio().await.unwrap().close().await;
    }

    #[tokio::test]
    async fn a_studio_is_opened_once_however_often_it_is_asked_for() {
        let (folder, _) = shop().await;
        let opening = Opening::new();
        // The second would find the folder held by the first.
        let (one, other) = tokio::join!(
            opening.attempt(try_on(folder.path(), passphrase("open sesame"))),
            opening.attempt(try_on(folder.path(), passphrase("open sesame"))),
        );
        one.unwrap();
        other.unwrap();
        let again = async { Ok(Err(Failure::new(ErrorCode::Internal, "it was opened again"))) };
        opening.attempt(again).await.unwrap();
        opening.studio().await.unwrap().close().await;
    }

    #[tokio::test]
    async fn a_recovery_code_that_does_not_help_leaves_what_is_known_and_the_right_one_opens() {
        let (folder, right) = shop().await;
        let opening = Opening::new();
        opening.attempt(try_on(folder.path(), Typed::Nothing)).await.unwrap_err();
        for (typed, want) in [("000G0", "CodeLength"), (CODE_OF_NOBODY, "WrongRecoveryCode")] {
            let refused = opening.attempt(try_on(folder.path(), code(typed))).await.unwrap_err();
            assert_eq!((reason(&refused).as_str(), shut(&opening).await.as_str()), (want, "PassphraseNeeded"));
        }
        opening.attempt(try_on(folder.path(), code(&right))).await.unwrap();
        opening.studio().await.unwrap().close().await;
        // Who is open holds the folder until it is gone.
        drop(opening);
        let again = Opening::new();
        again.attempt(try_on(folder.path(), passphrase("anew"))).await.unwrap();
        again.studio().await.unwrap().close().await;
    }

    #[tokio::test]
    async fn what_goes_wrong_before_the_store_is_opened_is_known_to_whoever_waits() {
        let opening = Opening::new();
        opening
            .attempt(async { Ok(Err(Failure::new(ErrorCode::DiskFull, "no log can be written"))) })
            .await
            .unwrap_err();
        let Err(failure) = opening.studio().await else { panic!("it is open") };
        assert_eq!(failure.code, ErrorCode::DiskFull);
    }
}
