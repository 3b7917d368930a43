//! Why a part of a show is missing, as codes. A reason is told twice: as a code, which a cockpit turns into a sentence of
//! its reader's language, and as an English sentence with the particulars, which is shown where a code is not known.
//!
//! Invariant: a code is never renamed; its words in the cockpit are checked by a test that reads these enums.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a camera, clip, screen or microphone delivers nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceWhy {
    /// It is connected and says nothing: what an unplugged camera does too.
    Silent,
    /// A clip or an address came to its end.
    Ended,
    /// Another program holds it.
    Busy,
    /// The system does not let us.
    Denied,
    NotFound,
    /// The system asks the person right now what to share.
    Asked,
    /// The person was asked what to share and shared nothing, or ended it.
    NotShared,
    /// The system has no service that shares screens.
    NoSharing,
    /// What decodes it crashed on it.
    Crashed,
    /// A playlist or a server names another host than its address does.
    LedAway,
    /// The computer slept; it is opened again.
    Slept,
    /// A camera does not deliver the format that it promised, or does not offer the one that was chosen.
    WrongFormat,
    /// It failed in its own way.
    Broken,
}

/// Why a destination gets no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutputWhy {
    /// Nobody answers, or the connection broke.
    Unreachable,
    /// The computer slept; it is connected again.
    Slept,
    /// Somebody takes the connection and says nothing on it.
    Mute,
    /// The server hung up before it took the first picture.
    HungUp,
    /// It is connected and takes nothing.
    Behind,
    /// The server does not let this key publish.
    KeyRefused,
    /// The server hung up again and again before it took anything: it refuses the key, or is only starting.
    RefusedOrStarting,
    /// The server still holds the session of the connection that broke.
    SessionHeld,
    /// The platform has closed the room.
    RoomClosed,
    /// The address can't be used.
    BadAddress,
    /// No authority that this computer knows signed the server's certificate.
    CertificateUntrusted,
    /// The server's certificate is for another name.
    CertificateName,
    /// The server's certificate has expired or is not valid yet.
    CertificateExpired,
    /// An SRT server refused the passphrase or the stream id.
    SrtRefused,
    /// We listen, and nobody has connected yet.
    NobodyCalled,
    /// It runs, and pictures are left out since the network does not take them.
    SlowNetwork,
    /// It runs, and pictures are left out since this server, or the way to it, takes too little; others are fine.
    SlowDestination,
    /// It runs again, and without sound.
    NoSound,
    /// The encoder of its picture failed again and again, and the picture was given up; others go on.
    EncodeLost,
}

/// Why a recording stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordingWhy {
    DiskFull,
    /// The folder can't be written to, or the disk failed.
    Io,
    /// The encoder of its picture failed again and again, and the picture was given up; others go on.
    EncodeLost,
}

/// Why a show stopped by itself, or did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShowWhy {
    /// The camera, clip or screen can't be used.
    Source,
    /// Picture or sound can't be made or encoded.
    Engine,
}

/// Why nothing is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecognitionWhy {
    /// No product has a photo yet.
    NoPhotos,
    /// A model, or the list of models, is missing or damaged.
    ModelMissing,
    /// ONNX Runtime is missing or can't be loaded.
    RuntimeMissing,
    /// It ran and failed.
    Failed,
}

/// What a notice is about, where the failure's own code says too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeWhy {
    MicLost,
    MicBack,
    /// Of several microphones, the one it is about.
    OneMicLost,
    OneMicBack,
    OneMicNarrow,
    OneMicWide,
    /// A microphone that was chosen on air is heard; the notice names it.
    MicChosen,
    /// It can't be taken in yet; its place is silent.
    MicMissing,
    /// This computer is busy: the notice says what was lowered.
    Overload,
    /// It has time again: the notice says what was raised.
    OverloadOver,
    /// An encoder failed and another took over; the notice names the picture.
    EncodeMended,
    /// The sound's encoder failed and was begun again.
    SoundMended,
    /// The sound's encoder fails again and again: viewers hear silence, and it is tried on.
    SoundLost,
    /// An encoder failed again and again: the picture the notice names goes to nobody any more.
    EncodeLost,
    /// Pictures are lost here, by this computer or before it: the notice says why. What a destination loses is said there.
    Losses,
    /// The computer slept: the notice says how long.
    Slept,
    /// A camera does not deliver the format that was asked of it, and does deliver another; the notice names the source.
    OtherFormat,
    /// A camera delivers in another size than before: the notice says in which.
    OtherSize,
    /// The encoder that was named does not work and another encodes the show: the notice says why, and which.
    OtherEncoder,
    /// A file of a scene can't be shown; the notice names it.
    SceneIncomplete,
    /// The pinned product has no counted stock: its card shows the price.
    CardNoStock,
    /// The pinned product has no size chart: its card shows the price.
    CardNoSizeChart,
    /// The page of the product has no address yet: its card has no QR code.
    CardNoLink,
    /// It hears no more than a telephone: a Bluetooth headset that also plays.
    MicNarrow,
    /// It hears everything again.
    MicWide,
    RecordingDiskFull,
    /// For another reason.
    RecordingStopped,
    /// The encoder of its picture was given up; the notice names the picture.
    RecordingEncodeLost,
    /// What a show that was cut off left is an MP4 now.
    RecordingRecovered,
    /// No MP4 could be made; the recording is kept as it is.
    RecordingKept,
    /// The disk of a recording took nothing any more; what came last is missing.
    RecordingCutShort,
    /// The recording was to have a quality of its own and goes on with the picture of the stream.
    RecordingShared,
    /// As before, from its beginning on: no further encoder could be had.
    RecordingNoEncoder,
    /// Little room is left for the recording; the notice says how many minutes.
    RecordingSpaceLow,
    /// As before, less than two minutes.
    RecordingSpaceCritical,
    /// The disk does not take what is recorded in time: a part of the recording is missing.
    RecordingBehind,
    /// It does again; the notice says how many seconds are missing.
    RecordingCaughtUp,
    /// A recording that was ended while the show went on is an MP4 now; the notice says where.
    RecordingSaved,
    /// The last moments are a clip now; the notice says where.
    ReplaySaved,
    /// Every pin of the show has its clip; the notice says in which folder.
    PinClipsMade,
    /// Some pins have no clip.
    PinClipsFailed,
    /// The backup of the day could not be made.
    BackupFailed,
    /// The platform does not take the show; it goes on to the other destinations.
    ShowRefused,
    /// As before, for its number is taken or over: a new show gets another.
    ShowTaken,
    /// As before, for what the show is made of: its title, its running order.
    ShowInvalid,
    /// As before, for the account may not sell.
    ShowForbidden,
    /// The platform does not take some products; the notice names them.
    ListingsRefused,
    /// The platform does not take a change of the stock.
    ChangeRefused,
    /// The money of an order can be given back by a person alone; the notice says of which, and why.
    MoneyByHand,
    /// Nothing gets through before somebody signs in.
    SyncSignedOut,
    /// The platform refuses what this device sends.
    SyncRefused,
    /// The platform does not take this device's signature.
    SyncNotSigned,
    /// Somebody revoked this device at the platform.
    SyncRevoked,
    /// Changes that the platform asks for are no longer kept here.
    SyncChangesLost,
    /// The platform's news do not follow what was heard before.
    SyncFeedBroken,
    /// A device of this account registered with another key than it had.
    DeviceKeyReplaced,
    /// The platform had been put back to an earlier state and was sent again what it had lost.
    PlatformRestored,
    /// Another platform takes over once this one has heard of every change.
    MoveWaits,
    /// Comments of a channel are missing and were asked for; the notice names it and says how many.
    CommentsMissing,
    /// They came after all.
    CommentsCame,
    /// They will not come any more; the notice says how many.
    CommentsLost,
    /// A channel says nothing for longer than it ever does; the notice names it.
    ChannelSilent,
    /// It does again.
    ChannelHeard,
}

impl NoticeWhy {
    /// Here a sentence by the code can't know the reason, for somebody else gave it: their words are shown too.
    pub const WITH_REASON: [Self; 14] = [
        Self::ShowRefused,
        Self::ShowTaken,
        Self::ShowInvalid,
        Self::ShowForbidden,
        Self::ListingsRefused,
        Self::ChangeRefused,
        Self::MoneyByHand,
        Self::SyncSignedOut,
        Self::SyncRefused,
        Self::SyncNotSigned,
        Self::SyncRevoked,
        Self::SyncChangesLost,
        Self::SyncFeedBroken,
        Self::DeviceKeyReplaced,
    ];
}

/// Why a row of a catalogue, or a photo of it, did not land.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImportWhy {
    NoSku,
    BadSku,
    /// An earlier line has the same SKU.
    RepeatedSku,
    NoTitle,
    BadCurrency,
    BadPrice,
    BadCost,
    BadStock,
    /// Digits of it are gone: a spreadsheet wrote it as 6.9E+12.
    BadBarcode,
    /// A cell of a workbook is neither text nor number: a date, an error, a formula without its result.
    BadCell,
    /// A quote is opened and never closed, or closed too early.
    BadQuotes,
    /// It has too many columns or bytes to be a row.
    RowTooLong,
    /// Variants are packed into it in a way that is not known.
    BadPacked,
    /// Photos are named after a barcode that two products have.
    SharedBarcode,
    /// The photo's path leaves the folder of the table.
    PhotoOutside,
    PhotoUnreadable,
    NotAPhoto,
    PhotoTooLarge,
}
