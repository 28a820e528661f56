//! Room for event streams: of all callers, and of each key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kernel::Id;
use kernel::id::Key;

use crate::bounds::Bounds;
use crate::problem::Problem;

/// The open event streams.
pub struct Streams {
    most: usize,
    most_per_key: usize,
    open: Mutex<BTreeMap<u128, usize>>,
}

/// Room for one stream, given back when it ends.
pub struct StreamRoom {
    streams: Arc<Streams>,
    key: u128,
}

impl Streams {
    /// No stream is open yet.
    pub fn new(bounds: &Bounds) -> Self {
        let Bounds { streams: most, streams_per_key: most_per_key, .. } = *bounds;
        Self { most, most_per_key, open: Mutex::default() }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.open.lock().expect("no holder of this lock panics").values().sum()
    }

    /// Room for one more of a key.
    ///
    /// # Errors
    /// `too_many_streams_of_key` when it has its share, `too_many_streams` when nobody has room.
    pub fn room(self: &Arc<Self>, key: Id<Key>) -> Result<StreamRoom, Problem> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        if open.values().sum::<usize>() >= self.most {
            return Err(Problem::new(
                "too_many_streams",
                "Too many streams are open; try again in a moment.",
            ));
        }
        let own = open.entry(key.0).or_default();
        if *own >= self.most_per_key {
            return Err(Problem::new(
                "too_many_streams_of_key",
                format!(
                    "This key has {own} streams open, which is the most; close one, or let one \
                     reader hand out what it hears."
                ),
            ));
        }
        *own += 1;
        Ok(StreamRoom { streams: Arc::clone(self), key: key.0 })
    }
}

impl Drop for StreamRoom {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().expect("no holder of this lock panics");
        if let Some(own) = open.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_share_and_gives_it_back() {
        let bounds = Bounds { streams: 3, streams_per_key: 2, ..Bounds::default() };
        let streams = Arc::new(Streams::new(&bounds));
        let room = |key| streams.room(Id::new(key)).map_err(|problem| problem.code);
        let own = [room(1).ok().unwrap(), room(1).ok().unwrap()];
        assert_eq!(room(1).err(), Some("too_many_streams_of_key"));
        let other = room(2).ok().unwrap();
        assert_eq!(room(2).err(), Some("too_many_streams"));
        assert_eq!(streams.open(), 3);
        drop(own);
        assert!(room(1).is_ok());
        drop(other);
        assert_eq!(streams.open(), 0);
        assert!(streams.open.lock().unwrap().is_empty());
    }
}
