//! What the recognition thread waits for, the most urgent first.

use super::filling::Filling;
use super::printed::{Answer, PrintedWords};
use super::projection::Filled;
use super::wishes::{Frames, Wishes};
use hawker_av::VideoFrame;
use std::time::Instant;
use tokio::sync::watch;

/// What the loop woke up for.
pub enum Wake {
    Wish,
    Frame(VideoFrame),
    /// Nothing: a photo can be looked at.
    Idle,
    Behind(Option<Box<Filled>>),
    /// A photo was read.
    Read(Answer),
    SourceGone,
    /// What went wrong is to be tried again.
    Again,
    Closing,
}

/// Photos that wait to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Photos {
    pub are_waiting: bool,
    /// One has waited long enough: it goes before the next frame.
    pub are_due: bool,
}

/// What goes on on other threads, and when something is to be tried again.
pub struct Beside<'a> {
    pub again: Option<Instant>,
    pub filling: Option<&'a mut Filling>,
    pub printed: &'a mut PrintedWords,
}

pub async fn wake(
    wished: &mut watch::Receiver<Wishes>,
    frames: Option<&mut Frames>,
    photos: Photos,
    Beside { again, filling, printed }: Beside<'_>,
) -> Wake {
    let next_frame = async {
        match frames {
            None => std::future::pending().await,
            Some(frames) => loop {
                if frames.changed().await.is_err() {
                    return Wake::SourceGone;
                }
                if let Some(frame) = frames.borrow_and_update().clone() {
                    return Wake::Frame(frame);
                }
            },
        }
    };
    let arrived = async {
        match filling {
            None => std::future::pending().await,
            Some(filling) => Wake::Behind(filling.arrived().await.map(Box::new)),
        }
    };
    let tried_again = async {
        match again {
            None => std::future::pending().await,
            Some(due) => tokio::time::sleep_until(due.into()).await,
        }
    };
    tokio::select! {
        biased;
        wish = wished.changed() => if wish.is_ok() { Wake::Wish } else { Wake::Closing },
        () = tried_again => Wake::Again,
        () = std::future::ready(()), if photos.are_due => Wake::Idle,
        woken = arrived => woken,
        answer = printed.arrived() => Wake::Read(answer),
        woken = next_frame => woken,
        () = std::future::ready(()), if photos.are_waiting => Wake::Idle,
    }
}
