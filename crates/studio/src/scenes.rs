//! What a host does with scenes.

use crate::errors::Outcome;
use crate::show::{Request, Stage};
use crate::studio::Studio;
use hawker_domain::{
    CanvasShape,
    scene::{Scene, Transition},
};
use hawker_media::PreviewJpeg;

impl Studio {
    /// Shows another scene, in the cockpit's picture too. Errors: `not_found`.
    pub async fn show_scene(&self, name: &str, how: Transition) -> Outcome<()> {
        let name = name.to_owned();
        self.ask(|reply| Request::Scene(name, how, reply)).await?
    }

    /// Puts a scene into the preview of studio mode, where [`Studio::take_scene`] finds it; none takes it away. What goes out
    /// stays as it is. Errors: `not_found`.
    pub async fn stage_scene(&self, name: Option<&str>) -> Outcome<()> {
        let what = name.map_or(Stage::Nothing, |name| Stage::Named(name.to_owned()));
        self.ask(|reply| Request::Stage(what, reply)).await?
    }

    /// As [`Studio::stage_scene`], with a scene that is being made, as this canvas would show it. Errors: `bad_input` naming
    /// what can't be shown; `not_found` while no source runs.
    pub async fn stage_draft(&self, scene: Scene, canvas: CanvasShape) -> Outcome<()> {
        let what = Stage::Draft(Box::new(scene), canvas);
        self.ask(|reply| Request::Stage(what, reply)).await?
    }

    /// Shows what is in the preview, and puts into the preview what was shown. Errors: `bad_input` while nothing is there.
    pub async fn take_scene(&self, how: Transition) -> Outcome<()> {
        self.ask(|reply| Request::Take(how, reply)).await?
    }

    /// The next picture of what is in the preview of studio mode, as [`Studio::next_preview`]. None when nothing is there.
    pub async fn next_staged(&self, after: u64) -> Option<PreviewJpeg> {
        let mut stage = self.inner.stage.borrow().clone()?;
        stage.next(after).await
    }
}
