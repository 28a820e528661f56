//! Gets the next segment ready on a thread of its own: its blocks are reserved first, so that a full
//! disk is known before anything is at stake; then it is filled with zeros, bit by bit, as a write
//! into blocks that were written before is synced in half the time. It may be taken before that is
//! done. The journal's own writes go first: the thread rests as long as each of its writes took.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::files::Files;

const CHUNK: usize = 1 << 20;
/// However slow a write was, the next one comes after this.
const LONGEST_REST: Duration = Duration::from_millis(100);

pub(crate) struct Preparer {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

struct Desk {
    files: Arc<dyn Files>,
    path: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    /// Nobody wants a segment.
    Idle,
    /// One of that many bytes is wanted.
    Wanted(u64),
    /// One of that many bytes can be taken.
    Ready(u64),
    /// It could not be made.
    Failed(io::Error),
    Quit,
}

impl Preparer {
    /// Prepares segments under the temporary name `path`.
    pub(crate) fn start(files: Arc<dyn Files>, path: PathBuf) -> io::Result<Preparer> {
        let state = Mutex::new(State::Idle);
        let desk = Arc::new(Desk { files, path, state, changed: Condvar::new() });
        let worker = Arc::clone(&desk);
        let thread = std::thread::Builder::new().name("journal-prepare".to_owned());
        let thread = Some(thread.spawn(move || worker.work())?);
        Ok(Preparer { desk, thread })
    }

    /// Asks for a segment of `bytes`; [`Preparer::take`] comes later.
    pub(crate) fn want(&self, bytes: u64) {
        self.desk.set(self.desk.state(), State::Wanted(bytes));
    }

    /// A segment of at least `bytes`, under the temporary name. Waits for it when it must; an
    /// earlier failure is tried again once.
    pub(crate) fn take(&self, bytes: u64) -> io::Result<&Path> {
        let desk = &*self.desk;
        let mut state = desk.state();
        let mut asked = false;
        loop {
            match &mut *state {
                State::Ready(size) if *size >= bytes => {
                    *state = State::Idle;
                    return Ok(&desk.path);
                }
                State::Failed(error) if asked => {
                    let error = std::mem::replace(error, io::ErrorKind::Other.into());
                    *state = State::Idle;
                    return Err(error);
                }
                State::Idle | State::Ready(_) | State::Failed(_) => {
                    asked = true;
                    *state = State::Wanted(bytes);
                    desk.changed.notify_all();
                }
                State::Wanted(size) => {
                    asked = true;
                    *size = bytes.max(*size);
                }
                State::Quit => return Err(io::ErrorKind::Other.into()),
            }
            state = desk.wait(state);
        }
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.desk.set(self.desk.state(), State::Quit);
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by the thread itself.
            let _panicked = thread.join();
            // A prepared segment without a writer is but taken room; there may be none.
            let _absent = self.desk.files.remove(&self.desk.path);
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, mut state: MutexGuard<'_, State>, new: State) {
        *state = new;
        self.changed.notify_all();
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.state();
        let mut is_failing = false;
        loop {
            match *state {
                State::Quit => return,
                State::Wanted(bytes) => {
                    drop(state);
                    let made = self.make(bytes);
                    state = self.state();
                    if !matches!(*state, State::Wanted(now) if now <= bytes) {
                        continue;
                    }
                    match made {
                        Err(error) => {
                            // A full disk is asked again with each group: once is enough.
                            if !std::mem::replace(&mut is_failing, true) {
                                tracing::warn!(%error, "no room for the journal's next segment");
                            }
                            self.set(state, State::Failed(error));
                        }
                        Ok(file) => {
                            is_failing = false;
                            self.set(state, State::Ready(bytes));
                            self.fill(&file, bytes);
                        }
                    }
                    state = self.state();
                }
                _ => state = self.wait(state),
            }
        }
    }

    fn make(&self, bytes: u64) -> io::Result<File> {
        let file = self.files.create(&self.path)?;
        let reserved = self.files.reserve(&file, bytes).and_then(|()| self.files.sync(&file));
        match reserved {
            Ok(()) => Ok(file),
            Err(error) => {
                // What was reserved is given back; that it may fail too changes nothing.
                let _failed_too = self.files.remove(&self.path);
                Err(error)
            }
        }
    }

    /// Writes zeros for as long as nobody takes the segment. Each is written under the lock, so
    /// that none comes after the first group; synced is outside, by a file handle of our own, so
    /// that an error of these syncs is not one that the journal's own sync then fails to see.
    fn fill(&self, file: &File, bytes: u64) {
        let zeros = vec![0; CHUNK];
        let mut offset = 0;
        while offset < bytes {
            let begun = Instant::now();
            let length = (bytes - offset).min(CHUNK as u64) as usize;
            let state = self.state();
            if !matches!(*state, State::Ready(_)) {
                return;
            }
            let written = self.files.write(file, offset, &mut [IoSlice::new(&zeros[..length])]);
            drop(state);
            let done = written.and_then(|()| self.files.sync(file));
            let state = self.state();
            if !matches!(*state, State::Ready(_)) {
                return;
            }
            if let Err(error) = done {
                let _failed_too = self.files.remove(&self.path);
                return self.set(state, State::Failed(error));
            }
            offset += length as u64;
            let rest = begun.elapsed().min(LONGEST_REST);
            let waited = self.changed.wait_timeout(state, rest);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }
}
