//! What hands do at the sound desk, several at once.

use crate::support::open;
use hawker_domain::{sound::InputId, sound_change::InputChange};
use hawker_studio::{Waiting, view::Settings};

#[tokio::test]
async fn hands_at_the_same_time_undo_nothing_of_each_other() {
    let (studio, _folder) = open().await;
    let before = studio.settings().await.unwrap();
    let mic = || InputId::from("mic");
    let knobs = [InputChange::GainDb(-6.0), InputChange::Muted(Some(true)), InputChange::NoiseSuppression(40)];
    let (gain, mute, noise, clip, mix, form) = {
        let set = |change: InputChange| studio.change_sound_input(mic(), |input| input.change(change));
        let [gain, mute, noise] = knobs.map(set);
        let clip = studio.change_sound_input("1".into(), |input| input.gain_db = 3.0);
        let mix = studio.change_sound_mix(|mix| mix.gain_db = -1.0);
        // A form that was opened before any of it.
        let form = studio.set_settings(Settings { fps: 25, ..before }, Waiting::Stay);
        tokio::join!(gain, mute, noise, clip, mix, form)
    };
    assert!([gain, mute, noise, clip, mix, form.map(drop)].iter().all(Result::is_ok));
    let after = studio.settings().await.unwrap();
    let input = after.sound.inputs.get(&mic()).unwrap();
    assert_eq!((input.gain_db, input.muted, input.filters.noise_suppression), (-6.0, Some(true), 40));
    assert_eq!(after.sound.inputs.get(&"1".into()).map(|input| input.gain_db), Some(3.0));
    assert_eq!((after.sound.mix.gain_db, after.fps), (-1.0, 25));
    let refused = studio.change_sound_input(mic(), |input| input.gain_db = 31.0).await;
    assert!(refused.is_err_and(|failure| failure.message.contains("gain")), "a value out of its bounds is named");
    assert_eq!(studio.settings().await.unwrap(), after, "and nothing is changed by it");
    studio.close().await;
}
