//! What a host does with scenes.

use crate::errors::Outcome;
use crate::show::names::Names;
use crate::show::scenes::{named, offered};
use crate::show::{Request, Stage};
use crate::studio::Studio;
use crate::view::{SceneBook, SourceName};
use hawker_domain::{
    CanvasShape,
    scene::{Scene, Transition},
};
use hawker_media::{PreviewJpeg, SourceSpec};

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

    /// The scenes there are and the pictures they are made of: those that run, else those that are set. Errors: `bad_input`
    /// where a source that is set is none.
    pub async fn scene_book(&self) -> Outcome<SceneBook> {
        let settings = self.settings().await?;
        let mut sources = self.ask(Request::Sources).await?;
        let mut by_itself = Vec::new();
        if sources.is_empty() {
            let texts = std::iter::once(&settings.source).chain(&settings.more_sources);
            by_itself = texts.clone().map(|text| text.trim().is_empty()).collect();
            // A camera that is not chosen yet is one all the same.
            let specs = texts.map(|text| if text.trim().is_empty() { "test" } else { text.as_str() });
            let specs: Result<_, _> = specs.map(SourceSpec::parse).collect();
            sources = named(specs.map_err(crate::show_failure)?)?;
        }
        let specs: Vec<_> = sources.iter().map(|(_, spec)| spec.clone()).collect();
        let names = Names::found(&specs, &[], crate::language::language(&settings)).await;
        let name = |(at, (id, spec)): (usize, &(_, SourceSpec))| {
            let chosen = by_itself.get(at).is_none_or(|by_itself| !by_itself);
            SourceName {
                id: Clone::clone(id),
                name: if chosen { names.source(spec) } else { names.automatic_camera() },
            }
        };
        Ok(SceneBook {
            ready: offered(&sources, &[]),
            own: settings.scenes,
            sources: sources.iter().enumerate().map(name).collect(),
        })
    }

    /// The next picture of what is in the preview of studio mode, as [`Studio::next_preview`]. None when nothing is there.
    pub async fn next_staged(&self, after: u64) -> Option<PreviewJpeg> {
        let mut stage = self.inner.stage.borrow().clone()?;
        stage.next(after).await
    }
}
