//! Draws cards on a thread of its own, hands them on when they change, and follows the clocks on them.

use super::{
    Card,
    paint::{Drawn, Painted, Painter},
};
use crate::{
    canvas::Board,
    clock::Timebase,
    scene::{Order, Overlay, Pixels},
    source::Shape,
};
use hawker_domain::ShowMs;
use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

/// What is wished for and not yet taken up. The outer none: nothing new; the inner one: no card.
type Newest = Arc<Mutex<Option<Option<Card>>>>;

/// The show's clock stands still before the show and starts at a moment nobody announces, so no wait for it is longer.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The thread and what it is told.
pub(crate) struct CardWorker {
    wishes: Option<mpsc::SyncSender<()>>,
    newest: Newest,
    thread: Option<JoinHandle<()>>,
}

impl CardWorker {
    /// A worker that puts its cards on `board`, for a canvas of this shape.
    pub(crate) fn start(board: Arc<Board>, shape: Shape, time: Arc<Timebase>) -> std::io::Result<Self> {
        let put = move |painted: Option<Painted>| {
            board.set_card(painted.and_then(|painted| overlay(&painted, shape)).map(Arc::new));
        };
        Self::with(shape.width, shape.height, move || time.show_ms_at(time.now_ns()), put)
    }

    /// A worker for a canvas of this size. `put` gets every new picture, and none when the card is taken off; `clock` tells
    /// the show time. Both run on the worker's thread.
    pub(crate) fn with(
        width: u32,
        height: u32,
        clock: impl Fn() -> ShowMs + Send + 'static,
        put: impl FnMut(Option<Painted>) + Send + 'static,
    ) -> std::io::Result<Self> {
        // One place: a wish that waits is replaced through `newest`, the channel only wakes the thread.
        let (wishes, inbox) = mpsc::sync_channel(1);
        let newest = Newest::default();
        let waiting = newest.clone();
        let thread = std::thread::Builder::new().name("hawker-cards".into()).spawn(move || {
            Easel { painter: Painter::new(width, height), clock, put, current: None, next: None }.run(&inbox, &waiting);
        })?;
        Ok(Self { wishes: Some(wishes), newest, thread: Some(thread) })
    }

    /// Shows `card` as soon as it is drawn; a card set meanwhile replaces one that waits. Never blocks.
    pub(crate) fn show(&self, card: Option<Card>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(card);
        if let Some(wishes) = &self.wishes {
            let _ = wishes.try_send(());
        }
    }

    pub(crate) fn stop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread works on. `next` is the picture after the one that is shown, drawn ahead so that it appears on time.
struct Easel<C, P> {
    painter: Painter,
    clock: C,
    put: P,
    current: Option<Card>,
    next: Option<(ShowMs, Drawn)>,
}

impl<C: Fn() -> ShowMs, P: FnMut(Option<Painted>)> Easel<C, P> {
    fn run(mut self, inbox: &mpsc::Receiver<()>, waiting: &Mutex<Option<Option<Card>>>) {
        loop {
            let woken = match self.wait() {
                Some(length) => inbox.recv_timeout(length),
                None => inbox.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
            };
            match woken {
                Ok(()) => {
                    if let Some(wish) = waiting.lock().unwrap_or_else(PoisonError::into_inner).take() {
                        self.take_up(wish);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => self.move_on(),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// How long nothing changes by itself; none for ever.
    fn wait(&self) -> Option<Duration> {
        let (due, _) = self.next.as_ref()?;
        Some(Duration::from_millis(due.0.saturating_sub((self.clock)().0)).min(LOOK_AGAIN))
    }

    fn take_up(&mut self, wish: Option<Card>) {
        if wish != self.current {
            self.current = wish;
            self.show_now();
        }
    }

    fn show_now(&mut self) {
        self.next = None;
        match &self.current {
            None => (self.put)(None),
            Some(card) => {
                let drawn = self.painter.paint(card, (self.clock)());
                self.show(drawn);
            }
        }
    }

    /// Shows the picture that was drawn ahead, if its time has come.
    fn move_on(&mut self) {
        let now = (self.clock)();
        if self.next.as_ref().is_none_or(|(due, _)| now < *due) {
            return;
        }
        match self.next.take() {
            Some((_, drawn)) if drawn.next_change.is_none_or(|end| now < end) => self.show(drawn),
            // This thread was away so long that even that picture is past.
            _ => self.show_now(),
        }
    }

    fn show(&mut self, drawn: Drawn) {
        let due = drawn.next_change;
        (self.put)(drawn.picture);
        self.next = due.zip(self.current.as_ref()).map(|(due, card)| (due, self.painter.paint(card, due)));
    }
}

fn overlay(painted: &Painted, shape: Shape) -> Option<Overlay> {
    let (width, height, at) = (painted.width, painted.height, painted.at);
    let pixels = Pixels { data: &painted.bgra, width, height, at, order: Order::Bgra };
    Overlay::new(&pixels, (shape.width as usize, shape.height as usize), shape.is_hd())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::CardTemplate;
    use std::{cell::Cell, rc::Rc};

    fn countdown(ends_at: u64) -> Card {
        let template = CardTemplate::Countdown { ends_at: ShowMs(ends_at) };
        Card { template, title: "橄榄油".into(), price: "¥39.90".into(), ..Card::default() }
    }

    /// Runs by hand: no thread, and the clock is what the test says.
    fn easel(now: &Rc<Cell<u64>>, shown: &Rc<Cell<u32>>) -> Easel<impl Fn() -> ShowMs, impl FnMut(Option<Painted>)> {
        let (now, shown) = (now.clone(), shown.clone());
        Easel {
            painter: Painter::new(320, 180),
            clock: move || ShowMs(now.get()),
            put: move |_| shown.set(shown.get() + 1),
            current: None,
            next: None,
        }
    }

    #[test]
    fn a_clock_is_drawn_once_a_second_and_never_after_its_end() {
        let (now, shown) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let mut easel = easel(&now, &shown);
        easel.take_up(Some(countdown(3_500)));
        assert_eq!(shown.get(), 1, "at once");
        let mut at = Vec::new();
        while let Some((due, _)) = &easel.next {
            at.push(due.0);
            now.set(due.0 - 1);
            let before = shown.get();
            easel.move_on();
            assert_eq!(shown.get(), before, "not a millisecond early");
            now.set(now.get() + 1);
            easel.move_on();
            assert_eq!(shown.get(), before + 1);
        }
        assert_eq!(at, [500, 1_500, 2_500, 3_500], "when a whole second is left, by the show's clock");
        assert!(easel.wait().is_none(), "an offer that is over keeps nobody awake");
    }

    #[test]
    fn a_thread_that_was_away_shows_the_time_of_now() {
        let (now, shown) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let mut easel = easel(&now, &shown);
        easel.take_up(Some(countdown(60_000)));
        now.set(30_000);
        easel.move_on();
        assert_eq!(shown.get(), 2, "one picture, not thirty");
        assert_eq!(easel.next.as_ref().unwrap().0, ShowMs(31_000));
    }

    #[test]
    fn the_same_card_again_is_not_drawn_again() {
        let (now, shown) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let mut easel = easel(&now, &shown);
        let card = Card { title: "橄榄油".into(), ..Card::default() };
        easel.take_up(Some(card.clone()));
        easel.take_up(Some(card));
        assert_eq!((shown.get(), easel.wait()), (1, None), "and a card without a clock waits for nothing");
        easel.take_up(None);
        assert_eq!(shown.get(), 2);
    }

    #[test]
    fn a_worker_hands_on_what_it_is_told_and_stops() {
        let (out, pictures) = mpsc::channel();
        let mut worker = CardWorker::with(320, 180, || ShowMs(0), move |p| out.send(p.is_some()).unwrap()).unwrap();
        worker.show(Some(countdown(9_000)));
        assert!(pictures.recv().unwrap());
        worker.show(None);
        assert!(!pictures.recv().unwrap());
        worker.stop();
        assert!(pictures.recv().is_err(), "the thread is gone");
    }
}
