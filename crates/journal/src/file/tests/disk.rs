//! A disk that fails when told, and that forgets what was not synced when its power goes.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::super::files::{Files, RealFiles};

const SECTOR: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Create,
    Reserve,
    Write,
    Sync,
    Folder,
    Name,
}

/// Which calls fail, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Calls that pass before the first that fails.
    pub after: u64,
    /// Whether only one fails.
    pub once: bool,
    pub call: Option<Call>,
    pub error: io::ErrorKind,
}

#[derive(Default)]
pub struct TestDisk {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    failed: u64,
    sectors: Vec<Sector>,
    names: Vec<Name>,
}

/// A sector as it was before a write that was not synced.
struct Sector {
    inode: u64,
    file: File,
    offset: u64,
    before: Vec<u8>,
    /// A sync failed: the kernel calls the page clean, and it will never reach the disk.
    is_lost: bool,
}

/// A name as it was before a change that was not synced.
enum Name {
    Renamed { from: PathBuf, to: PathBuf, replaced: Option<PathBuf> },
    Removed { path: PathBuf, kept: PathBuf },
}

impl TestDisk {
    pub fn plan(&self, plan: Option<Plan>) {
        let mut state = self.state.lock().unwrap();
        (state.plan, state.failed) = (plan, 0);
    }

    /// How many calls failed by the plan.
    pub fn failed(&self) -> u64 {
        self.state.lock().unwrap().failed
    }

    /// The power goes, and comes back: each sector that was not synced has its old bytes or its
    /// new ones; of the names that were not synced the latest changes are undone.
    pub fn power_cut(&self, random: &mut impl FnMut(u64) -> u64) {
        let mut state = self.state.lock().unwrap();
        let forgets_all = random(3) == 0;
        while let Some(sector) = state.sectors.pop() {
            if sector.is_lost || forgets_all || random(2) == 0 {
                sector.file.write_all_at(&sector.before, sector.offset).unwrap();
            }
        }
        let undone = random(state.names.len() as u64 + 1);
        for _ in 0..undone {
            match state.names.pop().unwrap() {
                Name::Renamed { from, to, replaced } => {
                    std::fs::rename(&to, from).unwrap();
                    if let Some(kept) = replaced {
                        std::fs::rename(kept, to).unwrap();
                    }
                }
                Name::Removed { path, kept } => std::fs::rename(kept, path).unwrap(),
            }
        }
        state.names.clear();
    }

    fn call(&self, call: Call) -> io::Result<std::sync::MutexGuard<'_, State>> {
        let mut state = self.state.lock().unwrap();
        let failed = state.failed;
        let Some(plan) = &mut state.plan else { return Ok(state) };
        if plan.call.is_none_or(|only| only == call) {
            if plan.after > 0 {
                plan.after -= 1;
            } else if !plan.once || failed == 0 {
                let error = plan.error.into();
                state.failed += 1;
                return Err(error);
            }
        }
        Ok(state)
    }

    /// Keeps a file under another name, so that it can come back.
    fn keep(state: &State, path: &Path) -> PathBuf {
        let kept = path.with_file_name(format!(
            "kept-{}-{}",
            state.names.len(),
            path.metadata().unwrap().ino()
        ));
        let _kept_before = std::fs::remove_file(&kept);
        std::fs::hard_link(path, &kept).unwrap();
        kept
    }

    fn remember(state: &mut State, file: &File, offset: u64, bytes: u64) {
        let inode = file.metadata().unwrap().ino();
        let mut at = offset - offset % SECTOR as u64;
        while at < offset + bytes {
            // Written again, it is dirty again, and the next sync takes it to the disk.
            let same = |sector: &&mut Sector| sector.inode == inode && sector.offset == at;
            state.sectors.iter_mut().filter(same).for_each(|sector| sector.is_lost = false);
            let mut before = vec![0; SECTOR];
            let read = RealFiles.read(file, at, &mut before).unwrap();
            before.truncate(read);
            let file = file.try_clone().unwrap();
            state.sectors.push(Sector { inode, file, offset: at, before, is_lost: false });
            at += SECTOR as u64;
        }
    }
}

impl Files for TestDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        let mut state = self.call(Call::Create)?;
        let file = RealFiles.create(path)?;
        let inode = file.metadata()?.ino();
        state.sectors.retain(|sector| sector.inode != inode);
        Ok(file)
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<File> {
        RealFiles.open(path, write)
    }

    fn reserve(&self, file: &File, bytes: u64) -> io::Result<()> {
        let _state = self.call(Call::Reserve)?;
        RealFiles.reserve(file, bytes)
    }

    fn write(&self, file: &File, offset: u64, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        match self.call(Call::Write) {
            Ok(mut state) => {
                TestDisk::remember(&mut state, file, offset, bytes.len() as u64);
                file.write_all_at(&bytes, offset)
            }
            Err(error) => {
                // A write that fails may have written a part.
                let mut state = self.state.lock().unwrap();
                let half = &bytes[..bytes.len() / 2];
                TestDisk::remember(&mut state, file, offset, half.len() as u64);
                file.write_all_at(half, offset)?;
                Err(error)
            }
        }
    }

    fn read(&self, file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        RealFiles.read(file, offset, buffer)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        let inode = file.metadata()?.ino();
        match self.call(Call::Sync) {
            Ok(mut state) => {
                state.sectors.retain(|sector| sector.inode != inode || sector.is_lost);
                Ok(())
            }
            Err(error) => {
                let mut state = self.state.lock().unwrap();
                let hit = state.sectors.iter_mut().filter(|sector| sector.inode == inode);
                hit.for_each(|sector| sector.is_lost = true);
                Err(error)
            }
        }
    }

    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        self.call(Call::Folder)?.names.clear();
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Name)?;
        let replaced = to.exists().then(|| TestDisk::keep(&state, to));
        RealFiles.rename(from, to)?;
        state.names.push(Name::Renamed { from: from.to_owned(), to: to.to_owned(), replaced });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.call(Call::Name)?;
        if path.extension().is_some_and(|extension| extension == "tmp") {
            return RealFiles.remove(path);
        }
        let kept = TestDisk::keep(&state, path);
        RealFiles.remove(path)?;
        state.names.push(Name::Removed { path: path.to_owned(), kept });
        Ok(())
    }

    fn truncate(&self, file: &File, bytes: u64) -> io::Result<()> {
        let mut state = self.call(Call::Write)?;
        let length = file.metadata()?.len();
        TestDisk::remember(&mut state, file, bytes, length.saturating_sub(bytes));
        RealFiles.truncate(file, bytes)
    }
}
