//! The scenes a host can choose among, and the change from one to the next.

use super::{media_failure, owner::Owner};
use crate::errors::{Outcome, bad_input, not_found};
use crate::view::Settings;
use hawker_domain::{
    CanvasShape, SourceId,
    failure::FailureWhy,
    scene::{Scene, Transition},
};
use hawker_media::{SourceOnCanvas, SourceSpec};
use hawker_wire::FailureReason;

/// More cameras than this no desk has room for, and each is decoded.
const MOST_SOURCES: usize = 8;

/// How [`named`] calls the first source.
pub(crate) const FIRST_SOURCE: &str = "1";

/// Sources called "1", "2" and so on. Errors: `bad_input` for too many.
pub(crate) fn named(specs: Vec<SourceSpec>) -> Outcome<Vec<(SourceId, SourceSpec)>> {
    if specs.len() > MOST_SOURCES {
        let most = FailureReason::from(FailureWhy::TooManySources).with("most", MOST_SOURCES);
        let words = format!("{} sources are too many; use {MOST_SOURCES} at most", specs.len());
        return Err(bad_input(words).because(most));
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

/// What is to be seen in the preview of studio mode.
#[derive(Clone, Debug)]
pub enum Stage {
    /// The scene of this name, on the main canvas.
    Named(String),
    /// A scene that is being made, on this canvas.
    Draft(Box<Scene>, CanvasShape),
    Nothing,
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

    /// Puts a scene into the preview; nothing that goes out changes. Errors: `not_found` for a scene that is not offered, and
    /// while no source runs; `bad_input` for one that can't be shown.
    pub(super) fn stage(&mut self, what: Stage) -> Outcome<()> {
        let named = match &what {
            Stage::Named(name) => name.as_str(),
            Stage::Draft(scene, _) => &scene.name,
            Stage::Nothing => "",
        };
        let missing = not_found("scene", named);
        let Some(running) = self.running.as_mut() else {
            return if matches!(what, Stage::Nothing) { Ok(()) } else { Err(missing) };
        };
        let (scene, canvas) = match what {
            Stage::Nothing => {
                running.program.unstage();
                running.staged = None;
                self.parts.stage.send_replace(None);
                return Ok(());
            }
            Stage::Named(name) => {
                let scene = running.plan.scenes.iter().find(|scene| scene.name == name).ok_or(missing)?;
                (scene.clone(), running.plan.main_canvas())
            }
            Stage::Draft(scene, canvas) => (scene.checked().map_err(|error| bad_input(error.to_string()))?, canvas),
        };
        let preview = running.program.stage(&scene, canvas).map_err(media_failure)?;
        running.staged = Some(scene);
        self.parts.stage.send_replace(Some(preview));
        Ok(())
    }

    /// Shows what is in the preview, and puts into the preview what was shown: it is what a host most often goes back to.
    /// Errors: `bad_input` while nothing is in the preview.
    pub(super) fn take(&mut self, how: Transition) -> Outcome<()> {
        let empty = || {
            bad_input("no scene is in the preview")
                .hint("put one there first: hawker scene preview NAME")
                .because(FailureWhy::NothingStaged)
        };
        let running = self.running.as_mut().ok_or_else(empty)?;
        let scene = running.staged.take().ok_or_else(empty)?;
        running.program.show_scene(&scene, how);
        let former = std::mem::replace(&mut running.scene, scene.name);
        // One that was taken off the list meanwhile can't come back.
        if self.stage(Stage::Named(former)).is_err() {
            self.stage(Stage::Nothing)?;
        }
        Ok(())
    }

    /// The host made, changed or removed scenes. One that is shown and was changed is shown as it is now; one that was
    /// removed stays until another is chosen.
    pub(super) fn scenes_changed(&mut self, scenes: Vec<Scene>) {
        let Some(running) = self.running.as_mut().filter(|running| running.plan.scenes != scenes) else { return };
        let before = std::mem::replace(&mut running.plan.scenes, scenes);
        let of = |scenes: &[Scene], name: &str| scenes.iter().find(|scene| scene.name == name).cloned();
        if let Some(now) = of(&running.plan.scenes, &running.scene)
            && of(&before, &running.scene).as_ref() != Some(&now)
        {
            running.program.show_scene(&now, Transition::Cut);
        }
        let staged = running.staged.as_ref().map(|scene| scene.name.clone());
        if let Some(name) = staged
            && of(&running.plan.scenes, &name) != running.staged
            && let Err(failure) = self.stage(Stage::Named(name))
        {
            tracing::debug!(%failure, "what was in the preview is gone");
        }
    }

    /// Studio mode is on or off now, or a program began.
    pub(super) fn follow_studio_mode(&mut self, on: bool) {
        let Some(running) = &self.running else { return };
        let what = match (&running.staged, on) {
            (None, true) => Stage::Named(running.scene.clone()),
            (Some(_), false) => Stage::Nothing,
            _ => return,
        };
        if let Err(failure) = self.stage(what) {
            tracing::warn!(%failure, "the preview of studio mode does not begin");
        }
    }

    /// Recognition watches this source from now on; the first where none is named, or none of this name runs.
    pub(super) async fn watch(&mut self, wanted: Option<&SourceId>) {
        let Some(running) = self.running.as_mut() else { return };
        let mut known = running.plan.sources.iter().map(|(id, _)| id);
        let Some(id) = known.find(|id| Some(*id) == wanted).or(running.plan.sources.first().map(|(id, _)| id)) else {
            return;
        };
        if *id != running.watched {
            running.program.watch_source(id);
            running.watched = id.clone();
            // What was seen lies elsewhere.
            self.recognition.forget();
            self.see_nothing().await;
        }
    }

    /// On air, sources beside the first come and go as the settings say; the first one carries the show's sound and stays.
    /// While nothing is on air the preview begins anew with them.
    pub(super) fn further_sources_changed(&mut self, settings: &Settings) {
        if self.show.is_none() || settings.more_sources == self.parts.settings.more_sources {
            return;
        }
        let Some(running) = self.running.as_mut() else { return };
        let first = running.plan.sources.iter().take(1).map(|(_, spec)| spec.clone());
        // What can't be read was refused when it was set.
        let further = settings.more_sources.iter().filter_map(|text| SourceSpec::parse(text).ok());
        let Ok(sources) = named(first.chain(further).collect()) else { return };
        let before = std::mem::replace(&mut running.plan.sources, sources);
        let mut failed = Vec::new();
        for (id, spec) in &running.plan.sources {
            if !before.iter().any(|known| known == &(id.clone(), spec.clone()))
                && let Err(error) = running.program.add_source(id, spec)
            {
                failed.push(media_failure(error));
            }
        }
        for (id, _) in before.iter().filter(|(id, _)| !running.plan.sources.iter().any(|(kept, _)| kept == id)) {
            running.program.remove_source(id);
            running.lost.remove(id);
        }
        let scenes = offered(&running.plan.sources, &settings.scenes);
        self.scenes_changed(scenes);
        self.leave_a_scene_that_went();
        failed.iter().for_each(|failure| self.notice(failure));
    }

    /// A scene of a source that was taken away shows nothing: viewers see the first one instead.
    fn leave_a_scene_that_went(&mut self) {
        let Some(running) = self.running.as_ref() else { return };
        let known = running.plan.scenes.iter().any(|scene| scene.name == running.scene);
        let first = running.plan.scenes.first().map(|scene| scene.name.clone());
        if let Some(first) = first.filter(|_| !known)
            && let Err(failure) = self.show_scene(&first, Transition::Cut)
        {
            tracing::warn!(%failure, "the first scene does not take the place of one that went");
        }
    }

    /// Where the watched source lies on the main canvas; none where it is not shown.
    pub(super) fn watched_on_canvas(&self) -> Option<SourceOnCanvas> {
        let running = self.running.as_ref()?;
        running.program.source_on_canvas(&running.watched, running.plan.main_canvas())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_source_has_its_scene_and_two_have_scenes_together() {
        let sources = named(vec![SourceSpec::Test, SourceSpec::Screen { monitor: None }]).unwrap();
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
