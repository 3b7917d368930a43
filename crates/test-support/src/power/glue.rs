//! What the kernel asks, brought to the model. Nothing is decided here.
//!
//! The kernel may keep pages and names (its cache is emptied by unmounting), but never holds a write back: each reaches the
//! model before the program goes on, except those through a memory map. Of the programs tested here only the index beside
//! SQLite's write-ahead log is mapped, and that is made anew after a cut.

use super::{
    disk::Shared,
    image::{Described, NodeId, Refusal},
};
use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen,
    ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Nothing changes behind the kernel's back.
const KNOWN_FOR: Duration = Duration::from_secs(3600);
/// Bytes of a block, and how many of them are told to be free.
const BLOCK: u32 = 4096;
const FREE_BLOCKS: u64 = 1 << 20;

pub(super) struct Glue {
    shared: Arc<Shared>,
    uid: u32,
    gid: u32,
}

impl Glue {
    /// Everything on it belongs to the owner of `at`.
    pub(super) fn new(shared: Arc<Shared>, at: &Path) -> io::Result<Self> {
        let at = std::fs::metadata(at)?;
        Ok(Self { shared, uid: at.uid(), gid: at.gid() })
    }

    fn attributes(&self, described: &Described) -> FileAttr {
        let size = described.size as u64;
        FileAttr {
            ino: INodeNo(described.id.0),
            size,
            blocks: size.div_ceil(512),
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if described.is_folder { FileType::Directory } else { FileType::RegularFile },
            perm: described.mode,
            nlink: 1,
            uid: self.uid,
            gid: self.gid,
            rdev: 0,
            blksize: BLOCK,
            flags: 0,
        }
    }

    fn entry(&self, found: Result<Described, Refusal>, reply: ReplyEntry) {
        match found {
            Ok(described) => reply.entry(&KNOWN_FOR, &self.attributes(&described), Generation(0)),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn attr(&self, found: Result<Described, Refusal>, reply: ReplyAttr) {
        match found {
            Ok(described) => reply.attr(&KNOWN_FOR, &self.attributes(&described)),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }
}

impl Filesystem for Glue {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.entry(self.shared.look(|image| image.describe(image.find(node(parent), name)?)), reply);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.attr(self.shared.look(|image| image.describe(node(ino))), reply);
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let changed = self.shared.change(|image| {
            if let Some(size) = size {
                image.resize(node(ino), usize::try_from(size).unwrap_or(usize::MAX))?;
            }
            if let Some(mode) = mode {
                image.set_mode(node(ino), rights(mode))?;
            }
            image.describe(node(ino))
        });
        self.attr(changed, reply);
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, _umask: u32, reply: ReplyEntry) {
        let made = self.shared.change(|image| {
            let id = image.create_folder(node(parent), name, rights(mode))?;
            image.describe(id)
        });
        self.entry(made, reply);
    }

    fn create(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, _umask: u32, _: i32, reply: ReplyCreate) {
        let made = self.shared.change(|image| {
            let id = image.create_file(node(parent), name, rights(mode))?;
            image.describe(id)
        });
        match made {
            Ok(described) => {
                let attributes = self.attributes(&described);
                reply.created(&KNOWN_FOR, &attributes, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
            }
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn open(&self, _: &Request, ino: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.shared.look(|image| image.describe(node(ino))) {
            Ok(_) => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.shared.change(|image| image.remove_file(node(parent), name)), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.shared.change(|image| image.remove_folder(node(parent), name)), reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        to_parent: INodeNo,
        to_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        let renamed = self.shared.change(|image| {
            if parent != to_parent {
                return Err(Refusal::OtherFolder);
            }
            image.rename(node(parent), name, to_name)
        });
        done(renamed, reply);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let (from, count) = (usize::try_from(offset), usize::try_from(size).unwrap_or(0));
        match self.shared.look(|image| image.read(node(ino), from.unwrap_or(usize::MAX), count)) {
            Ok(bytes) => reply.data(&bytes),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let Ok(from) = usize::try_from(offset) else { return reply.error(Errno::EFBIG) };
        match self.shared.change(|image| image.write(node(ino), from, data)) {
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(refusal) => reply.error(errno(refusal)),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        done(self.shared.sync(|image| image.sync(node(ino))), reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _datasync: bool, reply: ReplyEmpty) {
        done(self.shared.sync(|image| image.sync(node(ino))), reply);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let listed = self.shared.look(|image| {
            let names = image.list(node(ino))?.into_iter();
            names.map(|(name, id)| Ok((name, image.describe(id)?))).collect::<Result<Vec<_>, Refusal>>()
        });
        let listed = match listed {
            Ok(listed) => listed,
            Err(refusal) => return reply.error(errno(refusal)),
        };
        let dots = [".", ".."].map(|name| (OsString::from(name), ino, FileType::Directory)).into_iter();
        let names = listed.into_iter().map(|(name, described)| {
            let kind = self.attributes(&described).kind;
            (name, INodeNo(described.id.0), kind)
        });
        for (at, (name, ino, kind)) in (1..).zip(dots.chain(names)).skip(usize::try_from(offset).unwrap_or(usize::MAX))
        {
            if reply.add(ino, at, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(FREE_BLOCKS, FREE_BLOCKS, FREE_BLOCKS, FREE_BLOCKS, FREE_BLOCKS, BLOCK, 255, BLOCK);
    }
}

fn node(ino: INodeNo) -> NodeId {
    NodeId(ino.0)
}

fn rights(mode: u32) -> u16 {
    u16::try_from(mode & 0o7777).unwrap_or(0)
}

fn done(result: Result<(), Refusal>, reply: ReplyEmpty) {
    match result {
        Ok(()) => reply.ok(),
        Err(refusal) => reply.error(errno(refusal)),
    }
}

fn errno(refusal: Refusal) -> Errno {
    match refusal {
        Refusal::Off => Errno::EIO,
        Refusal::NotFound => Errno::ENOENT,
        Refusal::Exists => Errno::EEXIST,
        Refusal::NotEmpty => Errno::ENOTEMPTY,
        Refusal::IsFolder => Errno::EISDIR,
        Refusal::NotFolder => Errno::ENOTDIR,
        Refusal::OtherFolder => Errno::EXDEV,
    }
}
