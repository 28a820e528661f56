//! The links of a cell, and what is under way on them.

use kernel::id::Payment;
use kernel::{Id, Timestamp};

use super::{id, limited, time, unsigned, unsigned_maybe};
use crate::{Views, ViewsError};

/// A link as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// Its number.
    pub number: u8,
    /// The other cell's number.
    pub peer: u16,
    /// The other cell's name.
    pub name: String,
    /// The last message sent.
    pub sent: u64,
    /// The last message of the other side that was handled.
    pub received: u64,
    /// The code of the reason why nothing new may cross.
    pub frozen: Option<String>,
    /// Below which nostro the operator is warned, in minor units.
    pub warn_below: Option<u64>,
    /// What the other side holds with us, in minor units.
    pub nostro: Option<i64>,
    /// What we hold with the other side, in minor units.
    pub mirror: Option<i64>,
    /// Payments that wait for the other side's answer.
    pub in_flight: u64,
}

/// A payment that waits for the other side's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Over which link.
    pub link: u8,
    /// The number of its message.
    pub number: u64,
    /// Which payment.
    pub payment: Id<Payment>,
    /// The group that sent it.
    pub position: u64,
    /// When.
    pub sent: Timestamp,
}

impl Views {
    /// All links, in order of number.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn links(&self) -> Result<Vec<LinkRow>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT number, peer, name, sent, received, frozen, warn_below, \
                 (SELECT balance FROM account WHERE account.number = link.nostro), \
                 (SELECT balance FROM account WHERE account.number = link.mirror), \
                 (SELECT count(*) FROM in_flight WHERE in_flight.link = link.number) \
                 FROM link ORDER BY number",
            )?;
            let links = rows.query_map([], |row| {
                Ok(LinkRow {
                    number: row.get(0)?,
                    peer: row.get(1)?,
                    name: row.get(2)?,
                    sent: unsigned(row, 3)?,
                    received: unsigned(row, 4)?,
                    frozen: row.get(5)?,
                    warn_below: unsigned_maybe(row, 6)?,
                    nostro: row.get(7)?,
                    mirror: row.get(8)?,
                    in_flight: unsigned(row, 9)?,
                })
            })?;
            links.collect()
        })
    }

    /// Payments that wait for an answer, oldest first; `limit` is at most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn in_flight(&self, limit: usize) -> Result<Vec<InFlight>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT link, number, payment, position, sent_us FROM in_flight \
                 ORDER BY position, number LIMIT ?",
            )?;
            let found = rows.query_map([limited(limit)], |row| {
                Ok(InFlight {
                    link: row.get(0)?,
                    number: unsigned(row, 1)?,
                    payment: id(row, 2)?,
                    position: unsigned(row, 3)?,
                    sent: time(row, 4)?,
                })
            })?;
            found.collect()
        })
    }
}
