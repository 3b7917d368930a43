//! How much of the database's log (the WAL) was acknowledged, kept beside it, so that a damaged log is told from one that a power cut
//! left in the middle of a write.
//!
//! SQLite reads a log up to the first frame whose checksum is wrong and drops what follows without a word, which is right for a write
//! that was cut off and nothing else. So after each commit, which is on the disk by then, the number of frames it ended with is written
//! to `hawker.db-acked`, with the salts that name the log. It is not synced: after a power cut it may name fewer frames than there are,
//! never more. A log that has fewer whole frames than were acknowledged is damaged, unless all of it is in the main file: another
//! program, or an older one, may have brought it there and removed it, and knows nothing of our file. That is told by the page of the
//! last acknowledged frame, whose digest is written down too: encrypted pages are never alike. The file goes before the log does, when
//! the connection closes.

use crate::OpenError;
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;
use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

pub(crate) const ACKED_FILE: &str = "hawker.db-acked";

/// Frames in the log that make SQLite bring it into the main file: its own default, which a hook of ours takes the place of.
const CHECKPOINT_FRAMES: u32 = 1_000;

/// Names one log: SQLite begins the next one with others, when all of this one is in the main file.
type Salts = [u8; 8];

/// What was acknowledged of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Acked {
    salts: Salts,
    frames: u32,
    last: Page,
}

/// The page in the last of these frames: the newest state of this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Page {
    /// Counted from 1.
    number: u32,
    size_bytes: u32,
    digest: Digested,
}

/// The beginning of a SHA-256.
type Digested = [u8; 8];

fn digest(bytes: &[u8]) -> Digested {
    let mut beginning = Digested::default();
    for (byte, of) in beginning.iter_mut().zip(Sha256::digest(bytes)) {
        *byte = of;
    }
    beginning
}

impl Acked {
    const BYTES: usize = 36;

    /// Salts, frames, number, size and digest of the last page, and the digest of all these.
    fn to_bytes(self) -> [u8; Self::BYTES] {
        let Page { number, size_bytes, digest: page } = self.last;
        let numbers = [self.frames, number, size_bytes].map(u32::to_be_bytes);
        let mut bytes = [0; Self::BYTES];
        let (told, check) = bytes.split_at_mut(Self::BYTES - 8);
        let parts = self.salts.iter().chain(numbers.as_flattened()).chain(&page);
        for (byte, of) in told.iter_mut().zip(parts) {
            *byte = *of;
        }
        check.copy_from_slice(&digest(told));
        bytes
    }

    /// None: a write that was cut off, which says nothing.
    fn of(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let last = Page { number: number(12)?, size_bytes: number(16)?, digest: bytes.get(20..28)?.try_into().ok()? };
        let acked = Self { salts: bytes.get(..8)?.try_into().ok()?, frames: number(8)?, last };
        (acked.to_bytes() == bytes).then_some(acked)
    }
}

/// A log as SQLite would read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Log {
    /// None, or an empty one.
    Empty,
    /// Its beginning does not say what it is.
    Unreadable,
    /// So many frames from the first on belong together.
    Frames { salts: Salts, whole: u32 },
}

/// Source: "WAL-mode File Format", sqlite.org.
fn read(mut log: impl Read) -> io::Result<Log> {
    let mut header = [0; 32];
    let had = fill(&mut log, &mut header)?;
    if had == 0 {
        return Ok(Log::Empty);
    }
    let word = |bytes: &[u8], at: usize| {
        let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).unwrap_or_default();
        u32::from_be_bytes(word)
    };
    let (magic, page) = (word(&header, 0), word(&header, 8));
    let mut sum = Sum { is_big_endian: magic & 1 == 1, ..Sum::default() };
    sum.add(header.get(..24).unwrap_or_default());
    let is_page = (512..=65_536).contains(&page) && page.is_power_of_two();
    if had < header.len() || magic & !1 != 0x377f_0682 || !is_page || sum.is_not(word(&header, 24), word(&header, 28)) {
        return Ok(Log::Unreadable);
    }
    let salts: Salts = header.get(16..24).and_then(|salts| salts.try_into().ok()).unwrap_or_default();
    let mut frame = vec![0; 24 + page as usize];
    let mut whole = 0;
    while fill(&mut log, &mut frame)? == frame.len() {
        sum.add(frame.get(..8).unwrap_or_default());
        sum.add(frame.get(24..).unwrap_or_default());
        if frame.get(8..16) != Some(&salts[..]) || sum.is_not(word(&frame, 16), word(&frame, 20)) {
            break;
        }
        whole += 1;
    }
    Ok(Log::Frames { salts, whole })
}

/// Reads until `bytes` is full or nothing is left; how many there were.
fn fill(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut had = 0;
    while let Some(rest) = bytes.get_mut(had..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(more) => had += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(had)
}

/// The log's running checksum, over words in the order of bytes that its header names.
#[derive(Default)]
struct Sum {
    is_big_endian: bool,
    first: u32,
    second: u32,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let (pairs, _) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in pairs {
            let word = |bytes| if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
            self.first = self.first.wrapping_add(word([a, b, c, d])).wrapping_add(self.second);
            self.second = self.second.wrapping_add(word([e, f, g, h])).wrapping_add(self.first);
        }
    }

    fn is_not(&self, first: u32, second: u32) -> bool {
        (self.first, self.second) != (first, second)
    }
}

/// What of the acknowledged is not in the log, in words; none: all of it is there, or in the main file.
fn lost(acked: Acked, log: Log) -> Option<String> {
    match log {
        _ if acked.frames == 0 => None,
        Log::Empty => Some("it is gone".to_owned()),
        Log::Unreadable => Some("its beginning can't be read".to_owned()),
        Log::Frames { salts, whole } if salts == acked.salts && whole < acked.frames => {
            Some(format!("{whole} of {} parts can be read", acked.frames))
        }
        // One that began after all of the acknowledged one was brought into the main file.
        Log::Frames { .. } => None,
    }
}

/// Whether the main file has this page as the log had it. The log is brought there as a whole, and its newest page is the last that
/// could be missing. Only for a file that this process has not opened: on Unix its closing ends all locks of the process on it.
fn is_in_main(path: &Path, page: Page) -> io::Result<bool> {
    let Some(before) = page.number.checked_sub(1) else { return Ok(false) };
    let mut main = File::open(path)?;
    main.seek(SeekFrom::Start(u64::from(before) * u64::from(page.size_bytes)))?;
    let mut bytes = Vec::new();
    main.take(u64::from(page.size_bytes)).read_to_end(&mut bytes)?;
    Ok(digest(&bytes) == page.digest)
}

/// Before the database at `path` is opened. Errors: [`OpenError::LogDamaged`].
pub(crate) fn check(path: &Path) -> Result<(), OpenError> {
    let (log, acked_file) = (beside(path, "-wal"), beside(path, "-acked"));
    let bytes = match fs::read(&acked_file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Left by another user of this computer, say: what it would say is not worth a database that does not open.
        Err(error) => {
            tracing::warn!(%error, file = %acked_file.display(), "whether the database's log is whole can't be told");
            return Ok(());
        }
    };
    let Some(acked) = Acked::of(&bytes) else { return Ok(()) };
    let found = match File::open(&log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Log::Empty,
        opened => read(BufReader::with_capacity(1 << 16, opened?))?,
    };
    match lost(acked, found) {
        Some(why) if !is_in_main(path, acked.last)? => Err(OpenError::LogDamaged { log, acked: acked_file, why }),
        _ => Ok(()),
    }
}

/// A new database takes the place of one that somebody removed: what was acknowledged of that one means nothing.
pub(crate) fn forget(path: &Path) -> io::Result<()> {
    remove(&beside(path, "-acked"))
}

/// Empties and removes the file, if there is one. Emptied, and that synced, since a disk may keep the later removal of the log and lose
/// this one.
fn remove(acked: &Path) -> io::Result<()> {
    // One that can't be emptied may still be removed: that takes rights to the folder alone.
    let _ = empty(acked);
    match fs::remove_file(acked) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn empty(acked: &Path) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(acked)?;
    file.set_len(0)?;
    file.sync_all()
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Writes down from now on what commits of this connection, the only one that writes, leave in the log of the database at `path`, and
/// forgets it when the connection closes, which may bring the log into the main file.
pub(crate) async fn keep(connection: &mut SqliteConnection, path: &Path) -> Result<(), sqlx::Error> {
    let keeper = Keeper { log: beside(path, "-wal"), acked: beside(path, "-acked"), files: None };
    let mut handle = connection.lock_handle().await?;
    hook::install(handle.as_raw_handle(), Box::new(keeper))
        .map_err(|code| sqlx::Error::Protocol(format!("the database library can't tell of its commits (code {code})")))
}

struct Keeper {
    log: PathBuf,
    acked: PathBuf,
    /// The log and what is said of it, from the first commit on.
    files: Option<(File, File)>,
}

impl Keeper {
    /// After a commit. What can't be written is not said: a log is then looked at less closely, and nothing else.
    fn committed(&mut self, frames: u32) {
        if let Err(error) = self.write(frames) {
            tracing::debug!(%error, "what was acknowledged of the log could not be written down");
            self.files = None;
        }
    }

    fn write(&mut self, frames: u32) -> io::Result<()> {
        let (log, acked) = match &mut self.files {
            Some(files) => files,
            none => none.insert((File::open(&self.log)?, private(&self.acked)?)),
        };
        let read = read_acked(log, frames)?;
        acked.seek(SeekFrom::Start(0))?;
        acked.write_all(&read.to_bytes())
    }
}

/// Of a log that was just committed to and has `frames`.
fn read_acked(log: &mut File, frames: u32) -> io::Result<Acked> {
    let (mut size, mut salts, mut number, mut page) = ([0; 4], Salts::default(), [0; 4], Vec::new());
    log.seek(SeekFrom::Start(8))?;
    log.read_exact(&mut size)?;
    log.seek(SeekFrom::Start(16))?;
    log.read_exact(&mut salts)?;
    let size_bytes = u32::from_be_bytes(size);
    let frame_at = 32 + u64::from(frames.saturating_sub(1)) * (24 + u64::from(size_bytes));
    log.seek(SeekFrom::Start(frame_at))?;
    log.read_exact(&mut number)?;
    log.seek(SeekFrom::Start(frame_at + 24))?;
    log.take(u64::from(size_bytes)).read_to_end(&mut page)?;
    let last = Page { number: u32::from_be_bytes(number), size_bytes, digest: digest(&page) };
    Ok(Acked { salts, frames, last })
}

impl Drop for Keeper {
    /// The connection closes, and the log with it if it is the last.
    fn drop(&mut self) {
        self.files = None;
        if let Err(error) = remove(&self.acked) {
            tracing::warn!(%error, file = %self.acked.display(), "a file beside the database could not be removed");
        }
    }
}

/// For writing at any place; only the owner may read it.
fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[allow(unsafe_code)]
mod hook {
    use super::{CHECKPOINT_FRAMES, Keeper};
    use libsqlite3_sys::{
        SQLITE_CHECKPOINT_PASSIVE, SQLITE_OK, sqlite3, sqlite3_set_clientdata, sqlite3_wal_checkpoint_v2,
        sqlite3_wal_hook,
    };
    use std::{
        ffi::{c_char, c_int, c_void},
        ptr::{self, NonNull},
    };

    /// Gives the keeper to the connection, which drops it as it closes, before it closes its files. Errors: SQLite's code.
    pub(super) fn install(connection: NonNull<sqlite3>, keeper: Box<Keeper>) -> Result<(), c_int> {
        let keeper = Box::into_raw(keeper).cast::<c_void>();
        // SAFETY: the caller holds the connection's lock, so nobody else uses it. The keeper is the connection's from here on: it is
        // dropped once, by `closed`, also where this call fails.
        let given =
            unsafe { sqlite3_set_clientdata(connection.as_ptr(), c"hawker-acked".as_ptr(), keeper, Some(closed)) };
        if given != SQLITE_OK {
            return Err(given);
        }
        // SAFETY: as above; the hook is called while a statement runs, and none runs once the connection closes.
        unsafe { sqlite3_wal_hook(connection.as_ptr(), Some(committed), keeper) };
        Ok(())
    }

    unsafe extern "C" fn committed(
        keeper: *mut c_void,
        connection: *mut sqlite3,
        schema: *const c_char,
        frames: c_int,
    ) -> c_int {
        let frames = u32::try_from(frames).unwrap_or(0);
        // SAFETY: SQLite gives back what `install` gave it, on one thread at a time.
        if let Some(keeper) = unsafe { keeper.cast::<Keeper>().as_mut() } {
            keeper.committed(frames);
        }
        if frames >= CHECKPOINT_FRAMES {
            // SAFETY: connection and schema are SQLite's own, of this call. Busy readers only put it off.
            unsafe {
                sqlite3_wal_checkpoint_v2(
                    connection,
                    schema,
                    SQLITE_CHECKPOINT_PASSIVE,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            };
        }
        SQLITE_OK
    }

    unsafe extern "C" fn closed(keeper: *mut c_void) {
        // SAFETY: made by `Box::into_raw` in `install`; SQLite calls this once.
        drop(unsafe { Box::from_raw(keeper.cast::<Keeper>()) });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_acknowledged_is_read_back_and_a_torn_write_says_nothing() {
        let last = Page { number: 7, size_bytes: 4096, digest: [9; 8] };
        let acked = Acked { salts: [1, 2, 3, 4, 5, 6, 7, 8], frames: 99, last };
        let bytes = acked.to_bytes();
        assert_eq!(Acked::of(&bytes), Some(acked));
        assert_eq!(Acked::of(bytes.get(..35).unwrap()), None);
        assert_eq!(Acked::of(&[]), None);
        for at in 0..bytes.len() {
            let mut torn = bytes;
            torn[at] ^= 1;
            assert_eq!(Acked::of(&torn), None, "byte {at}");
        }
    }

    #[test]
    fn only_a_log_that_has_less_than_was_acknowledged_is_damaged() {
        let (this, other) = ([1; 8], [2; 8]);
        let last = Page { number: 1, size_bytes: 4096, digest: [0; 8] };
        let acked = |frames| Acked { salts: this, frames, last };
        for (frames, log, is_lost) in [
            (0, Log::Empty, false),
            (0, Log::Unreadable, false),
            (3, Log::Empty, true),
            (3, Log::Unreadable, true),
            (3, Log::Frames { salts: this, whole: 2 }, true),
            (3, Log::Frames { salts: this, whole: 3 }, false),
            (3, Log::Frames { salts: this, whole: 9 }, false),
            (3, Log::Frames { salts: other, whole: 0 }, false),
        ] {
            assert_eq!(lost(acked(frames), log).is_some(), is_lost, "{frames} of {log:?}");
        }
    }

    #[test]
    fn what_is_no_log_is_told_from_an_empty_one() {
        assert_eq!(read(&[][..]).unwrap(), Log::Empty);
        assert_eq!(read(&[0; 32][..]).unwrap(), Log::Unreadable);
        assert_eq!(read(&[7; 5000][..]).unwrap(), Log::Unreadable);
        assert_eq!(read(&[1; 31][..]).unwrap(), Log::Unreadable);
    }
}
