//! The studio's settings, kept in the encrypted store.

use crate::config::StudioConfig;
use crate::errors::{Outcome, bad_input};
use crate::platform::{Place, Waiting, may_leave, session};
use crate::show::{Request, scenes::FIRST_SOURCE};
use crate::studio::Studio;
use crate::view::Settings;
use hawker_domain::{
    Currency, RecordQuality,
    card::COUNTDOWN_MAX_MIN,
    encode::{BITRATES_BPS, FRAME_RATES},
    sound::AudioSettings,
};
use hawker_media::{SplitEvery, VideoCodec};
use hawker_store::Store;

const SETTINGS: &str = "settings";
/// A pin by hand that held longer would be taken for a recogniser that does not work.
const HAND_HOLD_MAX_S: u32 = 300;
/// Longer pieces are cut out of the recording.
pub const REPLAY_MAX_S: u32 = 300;
/// Where the running order is kept.
pub const RUNNING_ORDER: &str = "show.running_order";

/// The settings with their folders filled in.
pub async fn read(store: &Store, config: &StudioConfig) -> Outcome<Settings> {
    let stored: Option<Settings> = store.setting(SETTINGS).await?;
    let mut settings = brought_up(stored.unwrap_or_default());
    if settings.recordings_dir.is_empty() {
        settings.recordings_dir = config.recordings_dir().display().to_string();
    }
    Ok(settings)
}

/// As this version writes them.
fn brought_up(mut settings: Settings) -> Settings {
    // What was once the one source's own sound is that of the first now.
    settings.sound = settings.sound.renamed(&"source".into(), &FIRST_SOURCE.into());
    settings
}

impl Studio {
    pub async fn settings(&self) -> Outcome<Settings> {
        read(self.store(), self.config()).await
    }

    /// Checks and keeps the settings, and tells them to the show. `waiting`: what is to become of changes that a platform
    /// which is left has not heard of. The sound desk stays as it is: it has ways of its own, such as
    /// [`Studio::change_sound_input`], and who read the settings a while ago must not turn it back.
    /// On air, other microphones and another first source are taken at once.
    /// Errors: `bad_input` naming the field; `conflict` with the number of such changes, where they are not to go along;
    /// `source_unavailable` where a camera is to be chosen by itself on air and there is none.
    pub async fn set_settings(&self, settings: Settings, waiting: Waiting) -> Outcome<Settings> {
        self.change_settings(waiting, |kept| Ok(Settings { sound: kept.sound, ..settings })).await
    }

    /// As [`Studio::set_settings`], of what is kept at this moment: changes made at the same time come one after the other,
    /// and none undoes another.
    pub async fn change_settings(
        &self,
        waiting: Waiting,
        change: impl FnOnce(Settings) -> Outcome<Settings> + Send,
    ) -> Outcome<Settings> {
        let turn = self.inner.settings_turn.lock().await;
        let kept = self.settings().await?;
        let settings = change(kept.clone())?;
        check(&settings)?;
        let has_program = self.config().platform_program.is_some();
        let wanted = Place::of(settings.platform_url.as_deref(), has_program)?;
        // One that is no address can't have been one that somebody sold on.
        let now = Place::of(kept.platform_url.as_deref(), has_program).unwrap_or(Place::Nowhere);
        let missed = session::missed(self.store(), &now).await?;
        may_leave(&now, &wanted, missed, waiting)?;
        // What a show that is on air refuses is not kept either.
        if let Some(choice) = self.choice(&kept, &settings).await? {
            self.ask(|reply| Request::Choose(Box::new(choice), reply)).await??;
        }
        self.store().put_setting(SETTINGS, &settings).await?;
        self.tell(Request::SettingsChanged(Box::new(settings.clone()), waiting)).await;
        drop(turn);
        self.preview_follows().await;
        Ok(settings)
    }

    /// Changes how sound is mixed, on air or not. Errors: `bad_input` naming the value.
    pub(crate) async fn change_sound(&self, change: impl FnOnce(&mut AudioSettings)) -> Outcome<()> {
        let _turn = self.inner.settings_turn.lock().await;
        let mut settings = self.settings().await?;
        change(&mut settings.sound);
        check(&settings)?;
        self.store().put_setting(SETTINGS, &settings).await?;
        self.tell(Request::SoundChanged(Box::new(settings.sound))).await;
        Ok(())
    }
}

fn check(settings: &Settings) -> Outcome<()> {
    Place::of(settings.platform_url.as_deref(), true)?;
    settings.currency.parse::<Currency>().map_err(|error| bad_input(error.to_string()))?;
    if !(160..=3840).contains(&settings.width) || !(160..=3840).contains(&settings.height) {
        return Err(bad_input(format!("{}x{} is no canvas; use 160 to 3840 a side", settings.width, settings.height)));
    }
    if settings.width % 2 == 1 || settings.height % 2 == 1 {
        return Err(bad_input("the canvas needs even sides"));
    }
    if !FRAME_RATES.contains(&settings.fps) {
        let (least, most) = (FRAME_RATES.start(), FRAME_RATES.end());
        return Err(bad_input(format!("{} frames a second; use {least} to {most}", settings.fps)));
    }
    if !BITRATES_BPS.contains(&settings.video_bitrate_bps) {
        let (bps, least, most) = (settings.video_bitrate_bps, BITRATES_BPS.start(), BITRATES_BPS.end());
        return Err(bad_input(format!("a bitrate of {bps} bit/s; use {least} to {most}")));
    }
    VideoCodec::parse(settings.encoder.as_deref().unwrap_or_default()).map_err(bad_input)?;
    for source in &settings.more_sources {
        hawker_media::SourceSpec::parse(source).map_err(crate::show_failure)?;
    }
    settings.sound.clone().checked().map_err(|error| bad_input(error.to_string()))?;
    if settings.beauty > 100 {
        return Err(bad_input(format!("skin can't be smoothed by {}; use 0 to 100", settings.beauty)));
    }
    hawker_domain::scene::check_all(&settings.scenes).map_err(|error| bad_input(error.to_string()))?;
    if let Some(split) = settings.record_split.as_deref() {
        split.parse::<SplitEvery>().map_err(|error| bad_input(error.to_string()))?;
    }
    if let Some(quality) = settings.record_quality.as_deref() {
        quality.parse::<RecordQuality>().map_err(|error| bad_input(error.to_string()))?;
    }
    if !(1..=COUNTDOWN_MAX_MIN).contains(&settings.card.minutes) {
        return Err(bad_input(format!(
            "a countdown of {} min can't be shown; use 1 to {COUNTDOWN_MAX_MIN}",
            settings.card.minutes
        )));
    }
    if settings.replay_s > REPLAY_MAX_S {
        return Err(bad_input(format!("a replay of {} s is too long; use 0 to {REPLAY_MAX_S}", settings.replay_s)));
    }
    if settings.hand_hold_s > HAND_HOLD_MAX_S {
        return Err(bad_input(format!(
            "a pin by hand can't hold automatic pins off for {} s; use 0 to {HAND_HOLD_MAX_S}",
            settings.hand_hold_s
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{EncodeSpeed, card::CardChoice, scene::Scene};

    fn unsound() -> Scene {
        let id = hawker_domain::SourceId::main();
        let mut scene = Scene::of_source("x", &id);
        scene.portrait.iter_mut().for_each(|layer| layer.opacity = f32::NAN);
        scene
    }

    #[test]
    fn settings_of_an_older_version_are_read_with_the_usual_hold() {
        let old: Settings = serde_json::from_str(r#"{"fps":25,"currency":"CNY"}"#).unwrap();
        assert_eq!((old.fps, old.hand_hold_s), (25, 20));
        assert_eq!((old.encoder, old.preset), (None, EncodeSpeed::Superfast));
    }

    #[test]
    fn the_sound_of_the_one_source_of_before_is_that_of_the_first() {
        let old = r#"{"sound":{"inputs":{"source":{"gain_db":-6.0}}}}"#;
        let settings = brought_up(serde_json::from_str(old).unwrap());
        let first = crate::show::scenes::named(vec![hawker_media::SourceSpec::Test]).unwrap();
        let of_first = settings.sound.inputs.get(&first[0].0.as_str().into());
        assert_eq!(of_first.map(|input| input.gain_db), Some(-6.0));
    }

    #[test]
    fn settings_that_nothing_can_work_with_are_refused() {
        for right in [0, 20, 300] {
            assert!(check(&Settings { hand_hold_s: right, ..Settings::default() }).is_ok(), "{right} s");
        }
        for (bps, fps) in [(100_000, 5), (50_000_000, 60)] {
            let settings = Settings { video_bitrate_bps: bps, fps, ..Settings::default() };
            assert!(check(&settings).is_ok(), "what the engine takes is not refused: {bps}, {fps}");
        }
        for encoder in [None, Some("auto"), Some("x264enc"), Some("mfh264enc")] {
            let settings = Settings { encoder: encoder.map(str::to_owned), ..Settings::default() };
            assert!(check(&settings).is_ok(), "{encoder:?}");
        }
        for wrong in [
            Settings { width: 1281, ..Settings::default() },
            Settings { fps: 0, ..Settings::default() },
            Settings { fps: 61, ..Settings::default() },
            Settings { video_bitrate_bps: 99_999, ..Settings::default() },
            Settings { video_bitrate_bps: 50_000_001, ..Settings::default() },
            Settings { encoder: Some("nvenc".into()), ..Settings::default() },
            Settings { currency: "yuan".into(), ..Settings::default() },
            Settings { platform_url: Some("shop.example".into()), ..Settings::default() },
            Settings { hand_hold_s: 301, ..Settings::default() },
            Settings { more_sources: vec!["@".into()], ..Settings::default() },
            Settings { scenes: vec![unsound()], ..Settings::default() },
            Settings { beauty: 101, ..Settings::default() },
            Settings { replay_s: 301, ..Settings::default() },
            Settings { card: CardChoice { minutes: 0, ..CardChoice::default() }, ..Settings::default() },
            Settings { record_split: Some("often".into()), ..Settings::default() },
            Settings { record_quality: Some("good".into()), ..Settings::default() },
        ] {
            assert!(check(&wrong).is_err(), "{wrong:?}");
        }
    }
}
