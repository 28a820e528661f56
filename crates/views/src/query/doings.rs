//! Who did what, the newest first.

use kernel::id::Party;
use kernel::{Money, Ref, Timestamp};
use rusqlite::{Row, params};

use super::{limited, money_maybe, parsed_maybe, time, unsigned};
use crate::project::int;
use crate::{Views, ViewsError};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoingRow {
    /// Its place in the list: a page goes on behind it.
    pub seq: u64,
    /// The group it stands in.
    pub position: u64,
    /// The record in it.
    pub index: u32,
    /// The time of its group.
    pub at: Timestamp,
    /// For whom it was done; none for the cell's own front desk.
    pub party: Option<Ref<Party>>,
    /// Who did it, by number.
    pub person: u32,
    /// The same as a reference.
    pub person_ref: Option<Ref<Party>>,
    /// In which role.
    pub role: String,
    /// What: the name of the command.
    pub command: String,
    /// What about: a payment, a key, a person.
    pub object: Option<String>,
    /// How much.
    pub amount: Option<Money>,
    /// Whether the person signed it with a passkey.
    pub signed: bool,
}

/// Which of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoingsOf {
    /// Only those for a party, by number.
    pub party: Option<u32>,
    /// Only those of a person, by number.
    pub person: Option<u32>,
    /// Only this command.
    pub command: Option<&'static str>,
    /// Only those before this place.
    pub before: Option<u64>,
}

impl Views {
    /// What was done, the newest first, at most so many.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn doings(&self, of: DoingsOf, limit: usize) -> Result<Vec<DoingRow>, ViewsError> {
        const SQL: &str = "SELECT d.seq, d.position, d.idx, d.at_us, p.reference, d.person, \
            q.reference, d.role, d.command, d.object, d.amount, d.currency, d.signed \
            FROM doing d LEFT JOIN party p ON p.number = d.party \
            LEFT JOIN party q ON q.number = d.person \
            WHERE d.seq < ?1 AND (?2 IS NULL OR d.party = ?2) AND (?3 IS NULL OR d.person = ?3) \
            AND (?4 IS NULL OR d.command = ?4) ORDER BY d.seq DESC LIMIT ?5";
        let before = of.before.map_or(i64::MAX, int);
        self.ask(|connection| {
            let mut asked = connection.prepare_cached(SQL)?;
            let rows = params![before, of.party, of.person, of.command, limited(limit)];
            asked.query_map(rows, doing)?.collect()
        })
    }
}

fn doing(row: &Row<'_>) -> rusqlite::Result<DoingRow> {
    Ok(DoingRow {
        seq: unsigned(row, 0)?,
        position: unsigned(row, 1)?,
        index: row.get(2)?,
        at: time(row, 3)?,
        party: parsed_maybe(row, 4)?,
        person: row.get(5)?,
        person_ref: parsed_maybe(row, 6)?,
        role: row.get(7)?,
        command: row.get(8)?,
        object: row.get(9)?,
        amount: money_maybe(row, 10, 11)?,
        signed: row.get(12)?,
    })
}
