//! The one writer: groups in, a transaction out.

use std::path::{Path, PathBuf};

use journal::{Hash, Stored};
use rusqlite::{Connection, params};

use crate::error::{ViewsError, is_broken};
use crate::file;
use crate::memory::Memory;
use crate::project::{ProjectError, Projector, int};

/// So many events are kept at least; past [`EVENTS_MOST`] the oldest are dropped.
const EVENTS_KEPT: u64 = 100_000;
const EVENTS_MOST: u64 = 110_000;

/// The file while it is written.
pub(crate) struct Writer {
    path: PathBuf,
    connection: Connection,
    memory: Memory,
}

impl Writer {
    pub fn open(path: &Path, cell: &str) -> Result<Self, ViewsError> {
        let connection = file::open_writer(path, cell)?;
        match Memory::load(&connection) {
            Ok(memory) => Ok(Self { path: path.to_owned(), connection, memory }),
            Err(error) if is_broken(&error) => {
                tracing::warn!(path = %path.display(), %error, "the views are damaged: built anew");
                drop(connection);
                file::delete(path)?;
                let connection = file::open_writer(path, cell)?;
                let memory = Memory::load(&connection)?;
                Ok(Self { path: path.to_owned(), connection, memory })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How far the journal was followed, and the hash there.
    pub fn cursor(&self) -> (u64, Hash) {
        (self.memory.position, self.memory.hash)
    }

    /// Follows groups in one transaction; on an error none of them.
    pub fn follow<'g>(
        &mut self,
        groups: impl IntoIterator<Item = &'g Stored>,
    ) -> Result<(), ProjectError> {
        let done = self.transact(groups);
        if done.is_err() {
            self.memory = Memory::load(&self.connection)?;
        }
        done
    }

    fn transact<'g>(
        &mut self,
        groups: impl IntoIterator<Item = &'g Stored>,
    ) -> Result<(), ProjectError> {
        let tx = self.connection.unchecked_transaction()?;
        let mut projector = Projector { sql: &tx, memory: &mut self.memory };
        for group in groups {
            projector.apply(group)?;
        }
        if self.memory.events > EVENTS_MOST {
            prune(&tx, &mut self.memory, EVENTS_KEPT)?;
        }
        self.memory.save(&tx)?;
        tx.commit()?;
        Ok(())
    }

    /// Closes the file and removes it.
    pub fn destroy(self) -> Result<(), ViewsError> {
        drop(self.connection);
        file::delete(&self.path)
    }
}

/// Drops the oldest events, by whole groups, so that what is kept begins at a position.
fn prune(connection: &Connection, memory: &mut Memory, kept: u64) -> rusqlite::Result<()> {
    let surplus = int(memory.events - kept);
    let last: i64 = connection.query_row(
        "SELECT position FROM event ORDER BY position, idx, ord LIMIT 1 OFFSET ?",
        params![surplus - 1],
        |row| row.get(0),
    )?;
    let dropped = connection.execute("DELETE FROM event WHERE position <= ?", params![last])?;
    memory.events -= dropped as u64;
    memory.oldest_event = last as u64 + 1;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Events, Listener, Views};

    #[test]
    fn the_oldest_events_go_by_whole_groups_and_whoever_asks_for_them_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("views.db");
        let mut writer = Writer::open(&path, "jp").unwrap();
        // Three events in each of ten groups.
        for position in 1..=10_u64 {
            for ord in 0..3_u32 {
                let sql = "INSERT INTO event (position, idx, ord, at_us, kind) \
                           VALUES (?, 0, ?, 0, 'rates_published')";
                writer.connection.execute(sql, params![int(position), ord]).unwrap();
            }
        }
        (writer.memory.events, writer.memory.position) = (30, 10);
        prune(&writer.connection, &mut writer.memory, 20).unwrap();
        assert_eq!((writer.memory.events, writer.memory.oldest_event), (18, 5));
        writer.memory.save(&writer.connection).unwrap();
        drop(writer);
        let views = Views::open(&path, "jp").unwrap();
        let after = |position, limit| match views.events_after(position, Listener::All, limit) {
            Ok(Events::Found { events, through }) => (events.len(), through),
            other => panic!("{other:?}"),
        };
        let gone = views.events_after(3, Listener::All, 500).unwrap();
        assert_eq!(gone, Events::Gone { oldest: 5 });
        // Whole groups: three events each, and never less than one of them.
        assert_eq!(after(4, 500), (18, 10));
        assert_eq!(after(4, 7), (6, 6));
        assert_eq!(after(6, 2), (3, 7));
        assert_eq!(after(10, 500), (0, 10));
    }
}
