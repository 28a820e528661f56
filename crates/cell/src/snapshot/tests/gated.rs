//! A journal that can be held up.

use std::sync::{Arc, Condvar, Mutex};

use journal::memory::Memory;
use journal::{AppendError, Appended, ClaimError, GroupBuf, Head, Journal, Reader};

/// A journal whose appends wait at a gate, and fail when they are let go as lost.
pub struct Gated {
    pub inner: Memory,
    pub gate: Arc<Gate>,
}

/// Where its appends wait.
#[derive(Default)]
pub struct Gate {
    state: Mutex<Open>,
    moved: Condvar,
}

/// Whether they go on.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Open {
    #[default]
    Yes,
    No,
    /// The next append comes to nothing; then it is open.
    Lost,
}

impl Gate {
    pub fn set(&self, open: Open) {
        *self.state.lock().expect("no panic") = open;
        self.moved.notify_all();
    }

    /// Whether the append is to be made.
    fn pass(&self) -> bool {
        let state = self.state.lock().expect("no panic");
        let mut state = self.moved.wait_while(state, |open| *open == Open::No).expect("no panic");
        std::mem::take(&mut *state) == Open::Yes
    }
}

impl Journal for Gated {
    fn head(&self) -> Head {
        self.inner.head()
    }

    fn claim(&mut self, epoch: u64) -> Result<(), ClaimError> {
        self.inner.claim(epoch)
    }

    fn append(&mut self, at: u64, epoch: u64, group: &GroupBuf) -> Result<Appended, AppendError> {
        match self.gate.pass() {
            true => self.inner.append(at, epoch, group),
            false => Err(AppendError::Unknown),
        }
    }

    fn idle(&mut self) -> Result<(), AppendError> {
        Ok(())
    }

    fn reader(&self) -> Box<dyn Reader> {
        self.inner.reader()
    }
}
