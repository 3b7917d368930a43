//! Draws cards on a thread of its own and puts them on a canvas.

use super::{Card, paint};
use crate::{
    canvas::Board,
    scene::{Order, Overlay, Pixels},
    source::Shape,
};
use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

/// The thread and its wishes.
pub(crate) struct CardWorker {
    wishes: Option<mpsc::SyncSender<Option<Card>>>,
    newest: Arc<Mutex<Option<Option<Card>>>>,
    thread: Option<JoinHandle<()>>,
}

impl CardWorker {
    /// Draws for the canvas of `board`.
    pub(crate) fn start(board: Arc<Board>, shape: Shape) -> std::io::Result<Self> {
        // One place: a wish that waits is replaced through `newest`, the channel only wakes the thread.
        let (wishes, inbox) = mpsc::sync_channel::<Option<Card>>(1);
        let newest: Arc<Mutex<Option<Option<Card>>>> = Arc::default();
        let waiting = newest.clone();
        let thread = std::thread::Builder::new().name("hawker-cards".into()).spawn(move || {
            let mut current: Option<Card> = None;
            while inbox.recv().is_ok() {
                let Some(wish) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else { continue };
                if wish != current {
                    board.set_card(wish.as_ref().and_then(|card| draw(card, shape)).map(Arc::new));
                    current = wish;
                }
            }
        })?;
        Ok(Self { wishes: Some(wishes), newest, thread: Some(thread) })
    }

    /// Shows `card` as soon as it is drawn; a card set meanwhile replaces one that waits. Never blocks.
    pub(crate) fn show(&self, card: Option<Card>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(card);
        if let Some(wishes) = &self.wishes {
            let _ = wishes.try_send(None);
        }
    }

    pub(crate) fn stop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn draw(card: &Card, shape: Shape) -> Option<Overlay> {
    let painted = paint::paint(card, shape.width, shape.height)?;
    let pixels = Pixels {
        data: &painted.bgra,
        width: painted.width,
        height: painted.height,
        at: painted.at,
        order: Order::Bgra,
    };
    Overlay::new(&pixels, (shape.width as usize, shape.height as usize), shape.is_hd())
}
