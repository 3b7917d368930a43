//! The disk as it stands in the machine: mounted, with a switch for its power.

use super::{
    glue::Glue,
    image::{Image, Refusal},
};
use fuser::{BackgroundSession, Config, MountOption};
use std::{
    io,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};
use tempfile::TempDir;

/// A file system in memory, mounted in a folder of its own until dropped. Whoever uses it has to end first.
pub struct PowerDisk {
    shared: Arc<Shared>,
    session: Option<BackgroundSession>,
    at: TempDir,
}

impl PowerDisk {
    /// An empty one. Errors: no FUSE device, no right to mount.
    pub fn mount() -> io::Result<Self> {
        let mut disk = Self { shared: Arc::default(), session: None, at: tempfile::tempdir()? };
        disk.plug()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.at.path().join("disk")
    }

    /// Cuts the power at the change after `changes` more: writes, names and syncs count, what is only read does not.
    pub fn cut_after(&self, changes: u64) {
        self.shared.disk().power = Power::For(changes);
    }

    /// Cuts the power now; false when it was off before. From here on everything that is asked of the disk fails.
    pub fn cut(&self) -> bool {
        let was_on = self.shared.disk().off();
        self.shared.cut.notify_all();
        was_on
    }

    /// Returns once the power is off.
    pub fn wait_for_the_cut(&self) {
        let disk = self.shared.disk();
        drop(self.shared.cut.wait_while(disk, |disk| disk.power != Power::Off));
    }

    /// Changes since the power came.
    pub fn changes(&self) -> u64 {
        self.shared.disk().changes
    }

    /// Power comes back: what was not durable is as `seed` draws it. Cuts first where that was not done.
    /// Errors: somebody still uses the disk.
    pub fn power_up(&mut self, seed: u64) -> io::Result<()> {
        self.cut();
        self.unplug()?;
        let mut disk = self.shared.disk();
        disk.image = std::mem::take(&mut disk.image).settle(seed);
        (disk.power, disk.changes) = (Power::On, 0);
        drop(disk);
        self.plug()
    }

    fn plug(&mut self) -> io::Result<()> {
        let path = self.path();
        std::fs::create_dir_all(&path)?;
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("hawker-power-disk".to_owned()), MountOption::NoAtime];
        self.session = Some(fuser::spawn_mount(Glue::new(Arc::clone(&self.shared), &path)?, &path, &config)?);
        Ok(())
    }

    /// Unmounting also empties the kernel's cache: nothing that was not durable comes back out of it.
    fn unplug(&mut self) -> io::Result<()> {
        self.session.take().map_or(Ok(()), BackgroundSession::umount_and_join)
    }
}

impl Drop for PowerDisk {
    fn drop(&mut self) {
        self.cut();
        if let Err(error) = self.unplug() {
            eprintln!("{} stays mounted: {error}", self.path().display());
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Power {
    #[default]
    On,
    /// On for so many more changes.
    For(u64),
    Off,
}

/// What the mounted file system and the hand at the switch share.
#[derive(Default)]
pub(super) struct Shared {
    disk: Mutex<Disk>,
    /// Rung when the power goes off.
    cut: Condvar,
}

#[derive(Default)]
struct Disk {
    image: Image,
    power: Power,
    changes: u64,
}

impl Shared {
    pub(super) fn look<T>(&self, act: impl FnOnce(&Image) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let disk = self.disk();
        if disk.power == Power::Off { Err(Refusal::Off) } else { act(&disk.image) }
    }

    /// A change that is not durable. When the power fails in it, it is one of those that may be lost.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut Image) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut disk = self.disk();
        if disk.power == Power::Off {
            return Err(Refusal::Off);
        }
        let done = act(&mut disk.image);
        if self.fails_now(&mut disk) { Err(Refusal::Off) } else { done }
    }

    /// What makes others durable. When the power fails in it, it has promised nothing.
    pub(super) fn sync(&self, act: impl FnOnce(&mut Image) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut disk = self.disk();
        if disk.power == Power::Off || self.fails_now(&mut disk) {
            return Err(Refusal::Off);
        }
        act(&mut disk.image)
    }

    fn fails_now(&self, disk: &mut Disk) -> bool {
        disk.changes += 1;
        match &mut disk.power {
            Power::On => false,
            Power::For(0) | Power::Off => {
                disk.off();
                self.cut.notify_all();
                true
            }
            Power::For(left) => {
                *left -= 1;
                false
            }
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// False when it was off before.
    fn off(&mut self) -> bool {
        std::mem::replace(&mut self.power, Power::Off) != Power::Off
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{self, File},
        io::{Read, Seek, SeekFrom, Write},
    };

    #[test]
    fn what_is_durable_comes_back_and_nothing_works_meanwhile_needs_fuse() {
        let mut disk = PowerDisk::mount().unwrap();
        let kept = disk.path().join("kept");
        let mut file = File::create(&kept).unwrap();
        file.write_all(b"durable").unwrap();
        file.sync_all().unwrap();
        File::open(disk.path()).unwrap().sync_all().unwrap();
        file.write_all(b", or not").unwrap();
        assert!(disk.cut() && !disk.cut(), "it is off after the first");
        assert!(
            file.write_all(b"lost").is_err()
                && file.sync_all().is_err()
                && File::create(disk.path().join("b")).is_err()
        );
        drop(file);
        disk.power_up(2).unwrap();
        let left = fs::read(&kept).unwrap();
        assert!(left.starts_with(b"durable") && left.len() <= 15, "{}", String::from_utf8_lossy(&left));
    }

    #[test]
    fn files_and_folders_are_as_on_any_disk_needs_fuse() {
        let disk = PowerDisk::mount().unwrap();
        let folder = disk.path().join("folder");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("a"), vec![7; 300_000]).unwrap();
        fs::rename(folder.join("a"), folder.join("b")).unwrap();
        let mut file = File::options().read(true).write(true).open(folder.join("b")).unwrap();
        file.seek(SeekFrom::Start(299_999)).unwrap();
        file.write_all(b"end").unwrap();
        file.set_len(300_001).unwrap();
        file.seek(SeekFrom::Start(299_998)).unwrap();
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, [7, b'e', b'n']);
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["b"]);
        assert!(fs::remove_dir(&folder).is_err());
        fs::remove_file(folder.join("b")).unwrap();
        fs::remove_dir(&folder).unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn the_power_fails_at_the_change_that_was_asked_for_needs_fuse() {
        let disk = PowerDisk::mount().unwrap();
        let mut file = File::create(disk.path().join("a")).unwrap();
        disk.cut_after(2);
        let written = (0..9).take_while(|_| file.write_all(b"x").is_ok()).count();
        disk.wait_for_the_cut();
        assert_eq!(written, 2);
    }
}
