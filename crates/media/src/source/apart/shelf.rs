//! Memory that both processes see: the child lays its pictures down, the studio takes them from there, and nothing is copied
//! from one process to the other.
//!
//! Neither trusts the other more than with a pipe. The child says in which slot a picture lies, and a slot is its own
//! again when the studio says so. What the child may do at any time is spoil its own pixels. It cannot take the memory away
//! from under the studio, since the file is sealed against shrinking; where there are no such files (all systems but
//! Linux), pictures go through the pipe.

use crate::scene::Layout;
use gstreamer as gst;
use memmap2::{Mmap, MmapMut};
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    process::ChildStdin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Pictures that the studio may hold at a time; what is more goes through the pipe. A delay of the picture holds a second's
/// worth, everything else two or three.
pub(super) const SLOTS: u32 = 16;
const PAGE: usize = 4096;
/// Every so many pictures, the slots that none of them needed give their memory back: within twenty seconds at 30 a second.
const IDLE_PICTURES: u32 = 300;

/// Bytes between two slots. No memory is taken for what no picture fills.
fn slot_size(largest: u32) -> usize {
    Layout::new(largest, largest).size.next_multiple_of(PAGE)
}

/// The number of slots as the size of a table of them.
fn slots() -> usize {
    usize::try_from(SLOTS).unwrap_or_default()
}

/// The studio's side.
pub(super) struct Shelf {
    path: String,
    map: Arc<Mmap>,
    slot_size: usize,
    lent: Arc<AtomicU32>,
    /// The child opens it by its path.
    _file: File,
}

/// The way on which slots go back to the child. Never waits for it.
pub(super) type Returns = Arc<Mutex<ChildStdin>>;

impl Shelf {
    /// Errors: the system has no such memory, or none left.
    pub(super) fn new(largest: u32) -> io::Result<Self> {
        let slot_size = slot_size(largest);
        let (file, path) = sealed(slot_size * slots())?;
        let map = Arc::new(map::reading(&file)?);
        Ok(Self { path, map, slot_size, lent: Arc::default(), _file: file })
    }

    /// Where the child finds it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The picture in a slot; the slot goes back when nobody needs it any more. None for what is no slot, or is lent already.
    pub(super) fn take(&self, slot: u32, size: usize, returns: &Returns) -> Option<gst::Buffer> {
        let bit = 1_u32.checked_shl(slot).filter(|_| slot < SLOTS && size <= self.slot_size)?;
        if self.lent.fetch_or(bit, Ordering::SeqCst) & bit != 0 {
            return None;
        }
        let start = usize::try_from(slot).ok()? * self.slot_size;
        let (map, lent, returns) = (self.map.clone(), self.lent.clone(), returns.clone());
        Some(gst::Buffer::from_slice(Lent { map, start, size, slot, lent, returns }))
    }
}

/// A slot while the studio looks at its picture.
struct Lent {
    map: Arc<Mmap>,
    start: usize,
    size: usize,
    slot: u32,
    lent: Arc<AtomicU32>,
    returns: Returns,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        self.map.get(self.start..self.start + self.size).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.lent.fetch_and(!(1_u32 << self.slot), Ordering::SeqCst);
        let number = u8::try_from(self.slot).unwrap_or(u8::MAX);
        // A child that is gone, or does not listen, needs no slots.
        let _ = self.returns.lock().unwrap_or_else(PoisonError::into_inner).write(&[number]);
    }
}

/// The child's side.
pub(super) struct Board {
    /// Who lays a picture down holds both: memory that is given back must not be a picture's by then.
    slots: Mutex<(Slots, MmapMut)>,
    file: File,
    slot_size: usize,
}

/// Which slots are the child's, one bit each.
#[derive(Debug)]
struct Slots {
    free: u32,
    /// Filled since the shelf was looked through last.
    needed: u32,
    /// Have memory.
    filled: u32,
    laid: u32,
}

impl Slots {
    fn new() -> Self {
        Self { free: (1 << SLOTS) - 1, needed: 0, filled: 0, laid: 0 }
    }

    /// The lowest free slot, so that those above are only needed while the studio is behind.
    fn take(&mut self) -> Option<u32> {
        let slot = self.free.trailing_zeros();
        let bit = 1_u32.checked_shl(slot)?;
        self.free &= !bit;
        self.needed |= bit;
        self.filled |= bit;
        self.laid += 1;
        Some(slot)
    }

    fn back(&mut self, slot: u8) {
        self.free |= 1_u32.checked_shl(u32::from(slot)).filter(|_| u32::from(slot) < SLOTS).unwrap_or_default();
    }

    /// Every so many pictures: the slots that hold memory for nothing. They stay the child's.
    fn idle(&mut self) -> u32 {
        if self.laid < IDLE_PICTURES {
            return 0;
        }
        let idle = self.free & self.filled & !self.needed;
        self.filled &= !idle;
        (self.laid, self.needed) = (0, 0);
        idle
    }
}

impl Board {
    /// Errors: it is not there, or not as large as it has to be.
    pub(super) fn open(path: &Path, largest: u32) -> io::Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        let slot_size = slot_size(largest);
        let map = map::writing(&file)?;
        if map.len() < slot_size * slots() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "too small"));
        }
        Ok(Self { slots: Mutex::new((Slots::new(), map)), file, slot_size })
    }

    /// Lays a picture of so many bytes down, as `draw` puts it there; its slot. None while all are lent.
    pub(super) fn lay(&self, size: usize, draw: impl FnOnce(&mut [u8])) -> Option<u32> {
        let mut shelf = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let (slots, map) = &mut *shelf;
        let slot = slots.take()?;
        let idle = slots.idle();
        for idle in (0..SLOTS).filter(|slot| idle & (1 << slot) != 0) {
            give_back(&self.file, self.start(idle), self.slot_size);
        }
        let start = self.start(slot);
        let Some(place) = map.get_mut(start..start + size) else {
            slots.back(u8::try_from(slot).ok()?);
            return None;
        };
        draw(place);
        Some(slot)
    }

    fn start(&self, slot: u32) -> usize {
        usize::try_from(slot).unwrap_or_default() * self.slot_size
    }

    /// The studio needs it no more.
    pub(super) fn back(&self, slot: u8) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).0.back(slot);
    }
}

/// Makes writing slot numbers fail rather than wait for a child that does not read.
#[cfg(target_os = "linux")]
pub(super) fn never_wait(stdin: &ChildStdin) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(stdin)?;
    Ok(rustix::fs::fcntl_setfl(stdin, flags | rustix::fs::OFlags::NONBLOCK)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn never_wait(_: &ChildStdin) -> io::Result<()> {
    Ok(())
}

/// Takes the memory out of a part of the file, which reads as zeros then. Where that is refused it stays, as it would have.
#[cfg(target_os = "linux")]
fn give_back(file: &File, start: usize, size: usize) {
    use rustix::fs::{FallocateFlags, fallocate};

    if let (Ok(start), Ok(size)) = (u64::try_from(start), u64::try_from(size)) {
        let _ = fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, start, size);
    }
}

#[cfg(not(target_os = "linux"))]
fn give_back(_: &File, _: usize, _: usize) {}

/// Memory of a fixed size that has a path for the child.
#[cfg(target_os = "linux")]
fn sealed(size: usize) -> io::Result<(File, String)> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::os::fd::AsRawFd;

    let file = File::from(memfd_create("hawker-pictures", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    file.set_len(u64::try_from(size).map_err(io::Error::other)?)?;
    fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
    Ok((file, path))
}

#[cfg(not(target_os = "linux"))]
fn sealed(_: usize) -> io::Result<(File, String)> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "memory that cannot be taken away is Linux's alone"))
}

/// Mapping a file is unsafe because another may change or shrink it. This one is sealed against shrinking; what is changed
/// are pixels, which no one takes for anything else.
#[allow(unsafe_code)]
mod map {
    use super::{File, Mmap, MmapMut, io};

    pub(super) fn reading(file: &File) -> io::Result<Mmap> {
        // SAFETY: see above.
        unsafe { Mmap::map(file) }
    }

    pub(super) fn writing(file: &File) -> io::Result<MmapMut> {
        // SAFETY: see above.
        unsafe { MmapMut::map_mut(file) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::{
        io::Read,
        process::{Command, Stdio},
    };

    fn lay(board: &Board, picture: &[u8]) -> Option<u32> {
        board.lay(picture.len(), |place| place.copy_from_slice(picture))
    }

    #[test]
    fn a_picture_lies_where_both_see_it_and_its_slot_goes_back_when_nobody_needs_it() {
        gst::init().unwrap();
        let mut echo = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = echo.stdin.take().unwrap();
        never_wait(&stdin).unwrap();
        let returns = Arc::new(Mutex::new(stdin));
        let shelf = Shelf::new(64).unwrap();
        let board = Board::open(Path::new(shelf.path()), 64).unwrap();
        assert!(Board::open(Path::new(shelf.path()), 640).is_err(), "too small for such pictures");

        let slot = lay(&board, &[7; 600]).unwrap();
        let buffer = shelf.take(slot, 600, &returns).unwrap();
        assert_eq!(buffer.map_readable().unwrap().as_slice(), [7; 600]);
        let size = slot_size(64);
        for (slot, size) in [(slot, 600), (SLOTS, 600), (u32::MAX, 600), (0, size + 1)] {
            assert!(shelf.take(slot, size, &returns).is_none(), "{slot} {size}: lent already, or no slot");
        }
        let rest: Vec<u32> = (1..SLOTS).filter_map(|_| lay(&board, &[1; 10])).collect();
        assert!(rest.len() == 15 && !rest.contains(&slot), "{rest:?}");
        assert_eq!(lay(&board, &[1; 10]), None, "the next one goes through the pipe");

        drop(buffer);
        let mut number = [0];
        echo.stdout.as_mut().unwrap().read_exact(&mut number).unwrap();
        assert_eq!(u32::from(number[0]), slot);
        board.back(number[0]);
        assert_eq!(lay(&board, &[2; 10]), Some(slot));
        assert!(shelf.take(slot, 10, &returns).is_some(), "it can be lent again");
        drop(returns);
        echo.wait().unwrap();
    }

    #[test]
    fn slots_that_a_burst_filled_give_their_memory_back() {
        use std::os::unix::fs::MetadataExt;

        let shelf = Shelf::new(640).unwrap();
        let board = Board::open(Path::new(shelf.path()), 640).unwrap();
        let picture = vec![9; board.slot_size];
        let held_kib = || shelf._file.metadata().unwrap().blocks() / 2;
        let burst: Vec<u32> = (0..SLOTS).filter_map(|_| lay(&board, &picture)).collect();
        assert_eq!(burst, (0..SLOTS).collect::<Vec<_>>());
        let full = held_kib();
        burst.iter().for_each(|slot| board.back(u8::try_from(*slot).unwrap()));
        for _ in 0..2 * IDLE_PICTURES {
            let slots = [lay(&board, &picture).unwrap(), lay(&board, &picture).unwrap()];
            assert_eq!(slots, [0, 1], "the lowest are used again");
            slots.iter().for_each(|slot| board.back(u8::try_from(*slot).unwrap()));
        }
        assert!(held_kib() <= full / u64::from(SLOTS) * 2, "{} KiB of {full} are still held", held_kib());
        assert_eq!((0..SLOTS).filter_map(|_| lay(&board, &picture)).count(), 16, "and all can be used again");
    }

    #[test]
    fn a_lent_slot_keeps_its_memory() {
        let mut slots = Slots::new();
        let lent: Vec<u32> = (0..3).filter_map(|_| slots.take()).collect();
        slots.back(0);
        slots.back(1);
        for _ in 0..2 * IDLE_PICTURES {
            slots.take();
            slots.back(0);
            assert_eq!(slots.idle() & 0b101, 0, "the one that is lent and the one in use: {lent:?}");
        }
        assert_eq!(slots.filled, 0b101);
        slots.back(200);
        assert_eq!(slots.free & !0xffff, 0, "no slot of ours");
    }

    #[test]
    fn a_child_cannot_take_the_memory_away() {
        let shelf = Shelf::new(64).unwrap();
        let file = File::options().write(true).open(shelf.path()).unwrap();
        assert!(file.set_len(0).is_err() && file.set_len(1 << 30).is_err());
    }
}
