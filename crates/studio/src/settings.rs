//! The studio's settings, kept in the encrypted store.

use crate::config::StudioConfig;
use crate::errors::{Outcome, bad_input};
use crate::studio::Studio;
use crate::view::Settings;
use hawker_domain::Currency;
use hawker_store::Store;

const SETTINGS: &str = "settings";
/// Where the running order is kept.
pub const RUNNING_ORDER: &str = "show.running_order";

/// The settings with their folders filled in.
pub async fn read(store: &Store, config: &StudioConfig) -> Outcome<Settings> {
    let stored: Option<Settings> = store.setting(SETTINGS).await?;
    let mut settings = stored.unwrap_or_default();
    if settings.recordings_dir.is_empty() {
        settings.recordings_dir = config.recordings_dir().display().to_string();
    }
    Ok(settings)
}

impl Studio {
    pub async fn settings(&self) -> Outcome<Settings> {
        read(self.store(), self.config()).await
    }

    /// Checks and keeps the settings. Errors: `bad_input` naming the field.
    pub async fn set_settings(&self, settings: Settings) -> Outcome<Settings> {
        check(&settings)?;
        self.store().put_setting(SETTINGS, &settings).await?;
        Ok(settings)
    }
}

fn check(settings: &Settings) -> Outcome<()> {
    settings.currency.parse::<Currency>().map_err(|error| bad_input(error.to_string()))?;
    if !(160..=3840).contains(&settings.width) || !(160..=3840).contains(&settings.height) {
        return Err(bad_input(format!("{}x{} is no canvas; use 160 to 3840 a side", settings.width, settings.height)));
    }
    if settings.width % 2 == 1 || settings.height % 2 == 1 {
        return Err(bad_input("the canvas needs even sides"));
    }
    if !(5..=60).contains(&settings.fps) {
        return Err(bad_input(format!("{} frames a second; use 5 to 60", settings.fps)));
    }
    if !(200_000..=20_000_000).contains(&settings.video_bitrate_bps) {
        return Err(bad_input("the bitrate goes from 200,000 to 20,000,000 bit/s"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_no_encoder_takes_are_refused() {
        assert!(check(&Settings::default()).is_ok());
        for wrong in [
            Settings { width: 1281, ..Settings::default() },
            Settings { fps: 0, ..Settings::default() },
            Settings { video_bitrate_bps: 1, ..Settings::default() },
            Settings { currency: "yuan".into(), ..Settings::default() },
        ] {
            assert!(check(&wrong).is_err(), "{wrong:?}");
        }
    }
}
