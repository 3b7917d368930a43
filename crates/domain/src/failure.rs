//! Why something was refused, so that whoever shows it says it in the reader's language.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Something that a show is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Thing {
    pub kind: ThingKind,
    /// Its own: an id, a path, an address without its key. Empty for what there is one of.
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ThingKind {
    Camera,
    Microphone,
    /// One of several; the only one, or whatever the system calls the screen.
    Screen,
    WholeScreen,
    Window,
    Clip,
    Stream,
    Picture,
    Recording,
    TestPicture,
    TestTone,
}

impl Thing {
    pub fn new(kind: ThingKind, name: impl fmt::Display) -> Self {
        Self { kind, name: name.to_string() }
    }
}

/// How English messages name it.
impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            ThingKind::Camera => write!(f, "camera \"{name}\""),
            ThingKind::Microphone => write!(f, "microphone \"{name}\""),
            ThingKind::Screen => write!(f, "screen \"{name}\""),
            ThingKind::WholeScreen => f.write_str("the screen"),
            ThingKind::Window => write!(f, "window \"{name}\""),
            ThingKind::Clip => write!(f, "clip {name}"),
            ThingKind::Stream => write!(f, "stream {name}"),
            ThingKind::Picture => write!(f, "picture {name}"),
            ThingKind::Recording => write!(f, "recording {name}"),
            ThingKind::TestPicture => f.write_str("the test picture"),
            ThingKind::TestTone => f.write_str("the test tone"),
        }
    }
}

/// Why what somebody asked of a show or of the media engine was refused. The names of the values that a
/// sentence holds are those in backticks; what "the thing" is stands beside them, as a [`Thing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FailureWhy {
    /// GStreamer does not start.
    EngineBroken,
    /// Parts of GStreamer are not installed: `parts`, `packages`.
    PartsMissing,
    /// No encoder of `what` works: `tried`, `package`.
    NoEncoder,
    /// What was given as a source is none: `what`.
    NotASource,
    /// No camera is connected, and none was named.
    NoCamera,
    /// No such device is connected: `what`. Likewise, while others are: `others`.
    DeviceMissing,
    DeviceNotFound,
    /// The name fits several: `what`, `others`.
    DeviceAmbiguous,
    /// Another program holds the thing; the system does not let us use it; it gave nothing for `seconds`.
    SourceBusy,
    SourceDenied,
    SourceSilent,
    /// No screen was shared, or the system has no service for that.
    NotShared,
    NoSharing,
    /// The thing is a file that may not be read.
    FileDenied,
    /// The thing has not this `format`, but `others`; likewise, while it has none to choose from.
    FormatNotOffered,
    FormatNotKnown,
    /// The thing is not there; it gives neither picture nor sound, `why`.
    SourceNotFound,
    SourceBroken,
    /// Picture or sound could not be made: `what`, `why`.
    PipelineFailed,
    /// Nothing can be written to `path`: `why`; it has no room; its disk does not answer within `seconds`.
    RecordingRefused,
    DiskFull,
    DiskSilent,
    /// It is recorded already, to `path`; that is begun right now; it was ended before it began; nothing is recorded.
    AlreadyRecording,
    RecordingOpening,
    RecordingEnded,
    NotRecording,
    /// `path` can't be read as a clip: `why`; it has nothing from `from` to `to` seconds; likewise, where it is known to end at
    /// `length`.
    NotAClip,
    BadRange,
    BadRangeWithin,
    /// No replay is kept.
    NothingKept,
    /// A destination's address can't be used: `url`, `why`.
    BadAddress,
    /// A picture of `width` x `height` at `fps` can't be made.
    BadCanvas,
    /// The host would be heard in the show again: by `what`, or by whatever the system plays on.
    MonitorWouldLoop,
    MonitorWouldLoopSystem,
    /// Nothing runs that could be heard.
    NothingPlays,
    /// No show is on air; the last one is still being put down.
    NotLive,
    StillEnding,
    /// Nothing is recognised in the picture that could be named.
    NothingInPicture,
    /// More than `most` sources, or microphones; the microphone `what` is there twice.
    TooManySources,
    TooManyMics,
    MicTwice,
    /// No scene is in the preview that could be taken.
    NothingStaged,
    /// Nothing is rehearsed beside a show; no rehearsal runs.
    RehearsalOnAir,
    NoRehearsal,
    /// The show's evidence is not written to `path` any more: `why`.
    EvidenceNotKept,
    /// Nothing can be recognised while no product has a photo; there is no product to rehearse; `found` are too many to rehearse
    /// at once, where `most` can be.
    NoPhotos,
    NothingToRehearse,
    TooManyToRehearse,
    /// Likewise, as it would be larger than `most` GB; its disk has less than `least` GB left, is too slow, or does not answer.
    EvidenceTooLarge,
    EvidenceNoRoom,
    EvidenceTooSlow,
    EvidenceSilent,
    /// No receipt printer is set up; `printer` can't be reached: `why`.
    NoPrinter,
    PrinterAway,
    /// A price of `sku` is below `lowest`, which is as far down as who stands at the till may go.
    PriceTooLow,
    /// A price has changed since a sale was put together: it comes to `total` now.
    PriceChanged,
    /// The platform can't read a change: `why`.
    ChangeUnreadable,
    /// A change of the stock of `sku` moves nothing; moves `pieces`, more than anybody has; a sale sells as many.
    MovesNothing,
    MovesTooMuch,
    SaleTooLarge,
    /// An order is at the platform already, with other lines.
    SoldOtherwise,
    /// A step of an order is none that a seller takes by hand; its note is longer than `most` characters; the order, which is
    /// `state` by now, does not allow `step` any more.
    StepNotSellers,
    NoteTooLong,
    StepNotAllowed,
    /// A payment is matched to `reference` already; `reference` is that of `order`; goods of a sale, or their money, went back at
    /// another till before.
    PaymentMatched,
    ReferenceTaken,
    ReturnedBefore,
    /// An order is refunded, and the platform has no payment of it; its payment provider does not give the money back.
    NoPayment,
    RefundRefused,
    /// Somebody revoked this device at the platform.
    DeviceRevoked,
    /// The platform has no such claim; it was decided, or its show was over, before the answer came; it is being paid just now; what it
    /// is said to mean is in two currencies.
    ClaimGone,
    ClaimDecided,
    ClaimBeingPaid,
    ClaimMixed,
    /// A running order names `found` products, where `most` can be; `sku` stands in it twice.
    RunningOrderTooLong,
    RunningOrderTwice,
    /// The store's key or passphrase is another one; a passphrase is to be given; the key can be kept nowhere: `why`.
    WrongKey,
    PassphraseNeeded,
    NoKeyHome,
    /// The key lies in the system's keychain, which can't be read: `why`; which no longer has it.
    KeychainLocked,
    KeyNotInKeychain,
    /// No recovery code was made for the key; the one that was typed is another one.
    NoRecoveryCode,
    WrongRecoveryCode,
    /// A recovery code has `found` characters; its group `group` has `found`; that group holds `character`, which stands in no code;
    /// its `groups` are mistyped; no single group is, but all of it.
    CodeLength,
    CodeGroupLength,
    CodeCharacter,
    CodeMistyped,
    CodeMistypedSomewhere,
    /// The key file `path` is not there; the database beside it is not.
    KeyFileMissing,
    DatabaseGone,
    /// The database has the format `found`, and only `known` is known here; `path` is damaged: `why`; likewise the log `path` and,
    /// with it, `acked`.
    DatabaseNewer,
    DatabaseDamaged,
    LogDamaged,
    /// Another program holds the database; the data folder `path`.
    DatabaseBusy,
    DataFolderInUse,
    /// The disk of the data folder is full; the folder can't be used: `why`; the database can't be opened: `why`.
    NoRoom,
    DataFolderUnusable,
    DatabaseNotOpened,
    /// A backup `path` is there already; can't be written: `why`; can't be read: `why`; is no whole one: `why`; has the format
    /// `found`, and only `known` is known here; its key is not on this computer: `why`.
    BackupExists,
    BackupUnwritable,
    BackupUnreadable,
    BackupNotWhole,
    BackupNewer,
    BackupCodeNeeded,
}
