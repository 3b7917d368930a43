//! The scenes a host can choose among, and the change from one to the next.

use super::owner::Owner;
use crate::errors::{Outcome, bad_input, not_found};
use hawker_domain::{
    SourceId,
    scene::{Scene, Transition},
};
use hawker_media::{SourceOnCanvas, SourceSpec};

/// More cameras than this no desk has room for, and each is decoded.
const MOST_SOURCES: usize = 8;

/// Sources called "1", "2" and so on. Errors: `bad_input` for too many.
pub(crate) fn named(specs: Vec<SourceSpec>) -> Outcome<Vec<(SourceId, SourceSpec)>> {
    if specs.len() > MOST_SOURCES {
        return Err(bad_input(format!("{} sources are too many; use {MOST_SOURCES} at most", specs.len())));
    }
    let named = specs.into_iter().enumerate();
    named
        .map(|(index, spec)| {
            let id = SourceId::new(&(index + 1).to_string()).map_err(|error| bad_input(error.to_string()))?;
            Ok((id, spec))
        })
        .collect()
}

/// Each source alone; the first with each other in its corner, and beside it; then the host's own. A scene of the host's
/// takes the place of the ready-made one of its name.
pub(crate) fn offered(sources: &[(SourceId, SourceSpec)], own: &[Scene]) -> Vec<Scene> {
    let mut scenes: Vec<Scene> = sources.iter().map(|(id, _)| Scene::of_source(id.as_str(), id)).collect();
    if let Some(((first, _), others)) = sources.split_first() {
        for (other, _) in others {
            scenes.push(Scene::picture_in_picture(&format!("{first} + {other}"), first, other));
            scenes.push(Scene::side_by_side(&format!("{first} | {other}"), first, other));
        }
    }
    for scene in own {
        match scenes.iter_mut().find(|ready| ready.name == scene.name) {
            Some(ready) => *ready = scene.clone(),
            None => scenes.push(scene.clone()),
        }
    }
    scenes
}

impl Owner {
    /// Errors: `not_found` for a scene that is not offered, and while no source runs.
    pub(super) fn show_scene(&mut self, name: &str, how: Transition) -> Outcome<()> {
        let missing = || not_found("scene", name);
        let running = self.running.as_mut().ok_or_else(missing)?;
        let scene = running.plan.scenes.iter().find(|scene| scene.name == name).ok_or_else(missing)?;
        running.program.show_scene(scene, how);
        running.scene = name.to_owned();
        Ok(())
    }

    /// Where the watched source lies on the main canvas; none where it is not shown.
    pub(super) fn watched_on_canvas(&self) -> Option<SourceOnCanvas> {
        let running = self.running.as_ref()?;
        let (id, _) = running.plan.sources.first()?;
        running.program.source_on_canvas(id, running.plan.main_canvas())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_source_has_its_scene_and_two_have_scenes_together() {
        let sources = named(vec![SourceSpec::Test, SourceSpec::Screen]).unwrap();
        let names = |scenes: &[Scene]| scenes.iter().map(|scene| scene.name.clone()).collect::<Vec<_>>();
        let ready = offered(&sources, &[]);
        assert_eq!(names(&ready), ["1", "2", "1 + 2", "1 | 2"]);
        let own = [Scene { name: "2".into(), ..Scene::default() }, Scene { name: "Pause".into(), ..Scene::default() }];
        let all = offered(&sources, &own);
        assert_eq!(names(&all), ["1", "2", "1 + 2", "1 | 2", "Pause"]);
        assert!(all[1].landscape.is_empty(), "the host's own is taken");
        assert!(named(vec![SourceSpec::Test; 9]).is_err());
    }
}
