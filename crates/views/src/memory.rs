//! What following a journal needs at hand: who owns an account, whose wallet, which day. All of
//! it stands in the file too, and is read back from there at start and after any error.

use std::collections::{BTreeMap, BTreeSet};

use journal::{GENESIS, Hash};
use kernel::{Currency, Span, Timestamp};
use ledger::{Account, AccountKind};
use pay::Category;
use rusqlite::{Connection, OptionalExtension, params};

use crate::abroad::Abroad;
use crate::figures::Figures;
use crate::holds::Holds;
use crate::query::worded;

/// What is known of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub kind: AccountKind,
    pub entity: u32,
    pub currency: Currency,
    pub balance: i128,
}

/// What is needed of a wallet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wallet {
    pub account: u32,
    pub party: u32,
}

/// What is needed of a merchant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merchant {
    pub party: u32,
    pub currency: Currency,
}

/// What is needed of a store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    /// By entry.
    pub merchant: u32,
    pub prefecture: u8,
    pub category: Category,
}

/// A link, rewritten whole when it has changed.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub peer: u16,
    pub name: String,
    pub nostro: Option<u32>,
    pub mirror: Option<u32>,
    pub sent: u64,
    pub received: u64,
    pub frozen: Option<String>,
    pub warn_below: Option<u64>,
}

/// The state of following: the cursor and the replica.
pub(crate) struct Memory {
    /// The last group that was followed, and its hash and time.
    pub position: u64,
    pub hash: Hash,
    pub time: Timestamp,
    /// How many events are kept, and the position of the oldest.
    pub events: u64,
    pub oldest_event: u64,
    pub accounts: Vec<Known>,
    /// What the wallets of each currency have in all.
    pub wallets_have: BTreeMap<Currency, i128>,
    pub holds: Holds,
    pub wallets: Vec<Wallet>,
    pub merchants: Vec<Merchant>,
    pub stores: Vec<Store>,
    pub figures: Figures,
    pub abroad: Abroad,
    pub links: Vec<Link>,
    /// What each nostro held after its last entry, by link and whether it is kept here, as far as it
    /// was asked for.
    pub nostros: BTreeMap<(u8, bool), i64>,
    /// Minutes to add to UTC for the cell's day, by date of validity.
    offsets: Vec<(Timestamp, u32)>,
    dirty_accounts: BTreeSet<u32>,
    pub links_changed: bool,
}

/// An account that lists do not show.
const PLAIN: Known =
    Known { kind: AccountKind::Plain, entity: 0, currency: Currency::EUR, balance: 0 };

fn saved(balance: i128) -> i64 {
    i64::try_from(balance).unwrap_or(if balance < 0 { i64::MIN } else { i64::MAX })
}

impl Memory {
    /// The day of a moment, by the cell's own clock.
    pub fn day(&self, now: Timestamp) -> u32 {
        Self::day_at(now, self.offset(now))
    }

    /// The minute of its day, by the cell's own clock.
    pub fn minute(&self, now: Timestamp) -> u16 {
        Self::minute_at(now, self.offset(now))
    }

    fn offset(&self, now: Timestamp) -> u32 {
        let after = self.offsets.partition_point(|(from, _)| *from <= now);
        after.checked_sub(1).map_or(0, |at| self.offsets[at].1)
    }

    /// The minute of its day of a moment, so many minutes east of UTC.
    pub fn minute_at(now: Timestamp, minutes: u32) -> u16 {
        ((now.0 / 60_000_000 + u64::from(minutes)) % 1_440) as u16
    }

    /// The day of a moment, so many minutes east of UTC.
    pub fn day_at(now: Timestamp, minutes: u32) -> u32 {
        now.day(Span::seconds(u64::from(minutes) * 60))
    }

    pub fn set_offset(&mut self, from: Timestamp, minutes: u32) {
        match self.offsets.binary_search_by_key(&from, |(at, _)| *at) {
            Ok(at) => self.offsets[at].1 = minutes,
            Err(at) => self.offsets.insert(at, (from, minutes)),
        }
    }

    pub fn open_account(&mut self, account: &Account) {
        let number = self.accounts.len() as u32;
        self.accounts.push(Known {
            kind: account.kind,
            entity: account.entity,
            currency: account.currency,
            balance: account.balance(),
        });
        self.dirty_accounts.insert(number);
    }

    pub fn account(&self, number: u32) -> Option<&Known> {
        self.accounts.get(number as usize)
    }

    /// Moves an amount; of a plain account nothing is kept.
    pub fn post(&mut self, debit: u32, credit: u32, amount: u64) -> Option<()> {
        for (number, change) in [(debit, -i128::from(amount)), (credit, i128::from(amount))] {
            let account = self.accounts.get_mut(number as usize)?;
            if account.kind != AccountKind::Plain {
                account.balance += change;
                if account.kind == AccountKind::Wallet {
                    *self.wallets_have.entry(account.currency).or_default() += change;
                }
                self.dirty_accounts.insert(number);
            }
        }
        Some(())
    }

    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut memory = Self {
            position: 0,
            hash: GENESIS,
            time: Timestamp::default(),
            events: 0,
            oldest_event: 1,
            accounts: Vec::new(),
            wallets_have: BTreeMap::new(),
            holds: Holds::load(connection)?,
            nostros: BTreeMap::new(),
            wallets: list(connection, "SELECT account, party FROM wallet ORDER BY entry", |row| {
                Ok(Wallet { account: row.get(0)?, party: row.get(1)? })
            })?,
            merchants: list(
                connection,
                "SELECT party, currency FROM merchant ORDER BY entry",
                |row| Ok(Merchant { party: row.get(0)?, currency: currency(row, 1)? }),
            )?,
            stores: list(
                connection,
                "SELECT merchant, prefecture, category FROM store ORDER BY number",
                |row| {
                    let category = worded(row, 2, Category::from_word)?;
                    Ok(Store { merchant: row.get(0)?, prefecture: row.get(1)?, category })
                },
            )?,
            figures: Figures::default(),
            abroad: Abroad::default(),
            links: list(connection, "SELECT * FROM link ORDER BY number", link)?,
            offsets: list(
                connection,
                "SELECT from_us, minutes FROM utc_offset ORDER BY 1",
                |row| Ok((Timestamp(row.get::<_, i64>(0)? as u64), row.get(1)?)),
            )?,
            dirty_accounts: BTreeSet::new(),
            links_changed: false,
        };
        memory.load_cursor(connection)?;
        let rows = "SELECT number, kind, entity, currency, balance FROM account";
        for (number, known) in list(connection, rows, account)? {
            if let Some(slot) = memory.accounts.get_mut(number as usize) {
                *slot = known;
            }
            if known.kind == AccountKind::Wallet {
                *memory.wallets_have.entry(known.currency).or_default() += known.balance;
            }
        }
        Ok(memory)
    }

    fn load_cursor(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let row = "SELECT position, hash, time_us, accounts, events, oldest_event FROM cursor";
        let found = connection.query_row(row, [], |row| {
            self.position = row.get::<_, i64>(0)? as u64;
            self.hash = row.get(1)?;
            self.time = Timestamp(row.get::<_, i64>(2)? as u64);
            self.accounts = vec![PLAIN; row.get::<_, u32>(3)? as usize];
            self.events = row.get::<_, i64>(4)? as u64;
            self.oldest_event = row.get::<_, i64>(5)? as u64;
            Ok(())
        });
        found.optional().map(|_| ())
    }

    /// Writes the cursor and what has changed.
    pub fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put =
            connection.prepare_cached("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?)")?;
        for number in std::mem::take(&mut self.dirty_accounts) {
            let known = &self.accounts[number as usize];
            if known.kind != AccountKind::Plain {
                let (kind, currency) = (known.kind as u8, known.currency.numeric());
                let balance = saved(known.balance);
                put.execute(params![number, kind, known.entity, currency, balance])?;
            }
        }
        if std::mem::take(&mut self.links_changed) {
            let mut put = connection
                .prepare_cached("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            for (number, link) in self.links.iter().enumerate() {
                put.execute(params![
                    number as i64,
                    link.peer,
                    link.name,
                    link.nostro,
                    link.mirror,
                    link.sent as i64,
                    link.received as i64,
                    link.frozen,
                    link.warn_below.map(|below| below as i64),
                ])?;
            }
        }
        self.holds.save(connection)?;
        let today = self.day(self.time);
        self.figures.save(connection, today)?;
        self.abroad.save(connection)?;
        let mut cursor = connection.prepare_cached(
            "UPDATE cursor SET position = ?, hash = ?, time_us = ?, accounts = ?, events = ?, \
             oldest_event = ?",
        )?;
        cursor.execute(params![
            self.position as i64,
            self.hash,
            self.time.0 as i64,
            self.accounts.len() as i64,
            self.events as i64,
            self.oldest_event as i64,
        ])?;
        Ok(())
    }
}

fn list<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}

/// The currency in a column.
pub(crate) fn currency(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Currency> {
    let numeric: u16 = row.get(column)?;
    Currency::from_numeric(numeric)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, numeric.into()))
}

fn account(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u32, Known)> {
    let kind: u8 = row.get(1)?;
    let kind = AccountKind::from_number(kind)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(1, kind.into()))?;
    let balance = i128::from(row.get::<_, i64>(4)?);
    let known = Known { kind, entity: row.get(2)?, currency: currency(row, 3)?, balance };
    Ok((row.get(0)?, known))
}

fn link(row: &rusqlite::Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link {
        peer: row.get(1)?,
        name: row.get(2)?,
        nostro: row.get(3)?,
        mirror: row.get(4)?,
        sent: row.get::<_, i64>(5)? as u64,
        received: row.get::<_, i64>(6)? as u64,
        frozen: row.get(7)?,
        warn_below: row.get::<_, Option<i64>>(8)?.map(|below| below as u64),
    })
}
