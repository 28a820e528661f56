//! A replica of the book's holds, as far as lists need it: a capture names only a number. Numbers
//! are given out as the book's table does, the one freed last first.

use std::collections::BTreeSet;

use kernel::Fault;
use rusqlite::{Connection, params};

const UNKNOWN: Fault = Fault("a movement names a hold that is not there");

/// What a hold moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub debit: u32,
    pub credit: u32,
    pub remaining: u64,
}

/// The open holds, and what of them is not yet in the file.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    slots: Vec<Option<Hold>>,
    free: Vec<u32>,
    dirty: BTreeSet<u32>,
    /// How many of the free numbers the file has right.
    saved_free: usize,
}

impl Holds {
    pub fn insert(&mut self, hold: Hold) -> u32 {
        let number = match self.free.pop() {
            Some(number) => {
                self.saved_free = self.saved_free.min(self.free.len());
                self.slots[number as usize] = Some(hold);
                number
            }
            None => {
                self.slots.push(Some(hold));
                self.slots.len() as u32 - 1
            }
        };
        self.dirty.insert(number);
        number
    }

    /// Takes `amount` of a hold and tells whose it is; `last` ends it.
    pub fn take(&mut self, number: u32, amount: u64, last: bool) -> Result<Hold, Fault> {
        let slot = self.slots.get_mut(number as usize).ok_or(UNKNOWN)?;
        let hold = slot.as_mut().ok_or(UNKNOWN)?;
        let before = *hold;
        hold.remaining = hold.remaining.checked_sub(amount).ok_or(UNKNOWN)?;
        if last {
            *slot = None;
            self.free.push(number);
        }
        self.dirty.insert(number);
        Ok(before)
    }

    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut holds = Self::default();
        let mut rows = connection.prepare("SELECT number FROM hold_free ORDER BY place")?;
        for number in rows.query_map([], |row| row.get(0))? {
            holds.free.push(number?);
        }
        let mut rows = connection.prepare("SELECT number, debit, credit, remaining FROM hold")?;
        let open = rows.query_map([], |row| {
            let remaining: i64 = row.get(3)?;
            let hold =
                Hold { debit: row.get(1)?, credit: row.get(2)?, remaining: remaining as u64 };
            Ok((row.get::<_, u32>(0)?, hold))
        })?;
        let open: Vec<_> = open.collect::<Result<_, _>>()?;
        let taken = open.iter().map(|(number, _)| *number).max();
        let last = taken.into_iter().chain(holds.free.iter().copied()).max();
        holds.slots.resize(last.map_or(0, |last| last as usize + 1), None);
        for (number, hold) in open {
            holds.slots[number as usize] = Some(hold);
        }
        holds.saved_free = holds.free.len();
        Ok(holds)
    }

    pub fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put =
            connection.prepare_cached("INSERT OR REPLACE INTO hold VALUES (?, ?, ?, ?)")?;
        let mut drop = connection.prepare_cached("DELETE FROM hold WHERE number = ?")?;
        for number in std::mem::take(&mut self.dirty) {
            match &self.slots[number as usize] {
                Some(hold) => {
                    put.execute(params![number, hold.debit, hold.credit, hold.remaining as i64])?
                }
                None => drop.execute([number])?,
            };
        }
        let mut cut = connection.prepare_cached("DELETE FROM hold_free WHERE place >= ?")?;
        cut.execute([self.saved_free as i64])?;
        let mut push = connection.prepare_cached("INSERT INTO hold_free VALUES (?, ?)")?;
        for (place, number) in self.free.iter().enumerate().skip(self.saved_free) {
            push.execute(params![place as i64, number])?;
        }
        self.saved_free = self.free.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::table::Table;
    use proptest::prelude::*;

    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(crate::schema::TABLES).unwrap();
        connection
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn numbers_are_given_out_as_the_book_does(
            steps in prop::collection::vec((any::<bool>(), 0_usize..50, any::<bool>()), 0..200)
        ) {
            let connection = connection();
            let (mut holds, mut table) = (Holds::default(), Table::new());
            let mut open = Vec::new();
            for (put, which, save) in steps {
                if put || open.is_empty() {
                    let hold = Hold { debit: 1, credit: 2, remaining: which as u64 };
                    let number = holds.insert(hold);
                    prop_assert_eq!(number, table.insert(hold));
                    open.push(number);
                } else {
                    let number = open.swap_remove(which % open.len());
                    prop_assert_eq!(holds.take(number, 0, true).unwrap(), table.remove(number));
                }
                if save {
                    holds.save(&connection).unwrap();
                    let loaded = Holds::load(&connection).unwrap();
                    prop_assert_eq!(&loaded.free, &holds.free);
                    let cut = |h: &Holds| {
                        let end = h.slots.iter().rposition(Option::is_some).map_or(0, |n| n + 1);
                        h.slots[..end].to_vec()
                    };
                    prop_assert_eq!(cut(&loaded), cut(&holds));
                    prop_assert_eq!(loaded.slots.len(), holds.slots.len());
                    holds = loaded;
                }
            }
        }
    }
}
