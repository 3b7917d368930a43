//! What the kind of shot says for a track, whatever is in it.

use crate::shot::Shot;

/// Log-odds for the largest thing of a close-up and the other boxes of it: it is what the shot is about. As much as a place in
/// the running order, so that looks decide; see [`super::Tagger::set_running_order`].
const MAIN: f32 = 0.3;

/// The shot as of the newest picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steer {
    pub shot: Option<Shot>,
    /// The track of its largest thing.
    pub main: Option<u32>,
}

impl Steer {
    /// True where nothing new is said.
    pub fn is_idle(self) -> bool {
        self.shot.is_some_and(Shot::is_idle)
    }

    /// Log-odds for every product on a track, of which `relatives` are other boxes.
    pub fn prior(self, track_id: u32, relatives: &[u32]) -> f32 {
        let is_main = self.main.is_some_and(|main| main == track_id || relatives.contains(&main));
        if is_main && self.shot == Some(Shot::CloseUp) { MAIN } else { 0.0 }
    }
}
