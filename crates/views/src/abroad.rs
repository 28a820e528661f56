//! What wallets of this cell do abroad, that is over a link: by month, by person, and by trip.
//! Kept while the journal is followed, so that a year of it is read in milliseconds.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use crate::month::Month;
use crate::query::insight::TRIP_GAP_DAYS;

/// Trips at hand; past it the file is asked again.
const KEPT: usize = 100_000;

/// What a month's payments over a link are added up to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    payments: i64,
    paid: i64,
    refunds: i64,
    returned: i64,
}

/// A wallet's payments abroad without a longer gap than [`TRIP_GAP_DAYS`].
#[derive(Clone, Copy, Debug)]
struct Trip {
    /// The days of its first and its last payment.
    first: u32,
    last: u32,
    currency: u16,
    payments: i64,
    paid: i64,
    returned: i64,
}

/// What was paid, or came back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub day: u32,
    pub link: u8,
    /// By its entry.
    pub wallet: u32,
    /// The wallet's, as its ISO 4217 number.
    pub currency: u16,
    pub party: u32,
    /// The trip that the payment belongs to.
    pub trip: u32,
}

/// What the file does not have yet, and the trips of late.
#[derive(Debug, Default)]
pub(crate) struct Abroad {
    months: BTreeMap<(Month, u8, u16), Sum>,
    people: BTreeSet<(Month, u32)>,
    customers: BTreeSet<(Month, u8, &'static str, u16, u32)>,
    /// The number of each wallet's newest trip; none when it has none yet.
    newest: BTreeMap<u32, Option<u32>>,
    trips: BTreeMap<(u32, u32), Trip>,
    dirty: BTreeSet<(u32, u32)>,
}

const TRIP: &str = "SELECT first_day, last_day, currency, payments, paid, returned FROM trip \
                    WHERE wallet = ? AND number = ?";

impl Abroad {
    /// The number of the trip that a first payment of a wallet belongs to on a day.
    pub fn trip_of(
        &mut self,
        connection: &Connection,
        wallet: u32,
        day: u32,
    ) -> rusqlite::Result<u32> {
        let newest = match self.newest.get(&wallet) {
            Some(known) => *known,
            None => {
                let sql = "SELECT max(number) FROM trip WHERE wallet = ?";
                let mut asked = connection.prepare_cached(sql)?;
                let found: Option<u32> = asked.query_row([wallet], |row| row.get(0))?;
                self.newest.insert(wallet, found);
                found
            }
        };
        let Some(number) = newest else { return Ok(0) };
        let last = self.trip(connection, wallet, number)?.map_or(0, |trip| trip.last);
        Ok(if day.saturating_sub(last) > TRIP_GAP_DAYS { number + 1 } else { number })
    }

    fn trip(
        &mut self,
        connection: &Connection,
        wallet: u32,
        number: u32,
    ) -> rusqlite::Result<Option<&mut Trip>> {
        use std::collections::btree_map::Entry;
        match self.trips.entry((wallet, number)) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(place) => {
                let mut asked = connection.prepare_cached(TRIP)?;
                let found = asked
                    .query_row([wallet, number], |row| {
                        Ok(Trip {
                            first: row.get(0)?,
                            last: row.get(1)?,
                            currency: row.get(2)?,
                            payments: row.get(3)?,
                            paid: row.get(4)?,
                            returned: row.get(5)?,
                        })
                    })
                    .optional()?;
                Ok(found.map(|trip| place.insert(trip)))
            }
        }
    }

    /// A payment, or a later part of one, was taken from a wallet.
    pub fn paid(
        &mut self,
        connection: &Connection,
        of: Spent,
        first_part: bool,
        paid: i64,
    ) -> rusqlite::Result<()> {
        let payments = i64::from(first_part);
        let month = Month::of_day(of.day);
        let sum = self.months.entry((month, of.link, of.currency)).or_default();
        sum.payments += payments;
        sum.paid += paid;
        if first_part {
            self.people.insert((month, of.party));
            self.newest.insert(of.wallet, Some(of.trip));
        }
        let (first, last) = (of.day, of.day);
        let new = Trip { first, last, currency: of.currency, payments, paid, returned: 0 };
        match self.trip(connection, of.wallet, of.trip)? {
            Some(trip) => {
                trip.payments += payments;
                trip.paid += paid;
                if first_part {
                    trip.last = of.day;
                }
            }
            None => _ = self.trips.insert((of.wallet, of.trip), new),
        }
        self.dirty.insert((of.wallet, of.trip));
        Ok(())
    }

    /// A part of a payment came back to a wallet: now, and for the trip it was made on.
    pub fn returned(
        &mut self,
        connection: &Connection,
        of: Spent,
        returned: i64,
    ) -> rusqlite::Result<()> {
        let sum = self.months.entry((Month::of_day(of.day), of.link, of.currency)).or_default();
        sum.refunds += 1;
        sum.returned += returned;
        if let Some(trip) = self.trip(connection, of.wallet, of.trip)? {
            trip.returned += returned;
            self.dirty.insert((of.wallet, of.trip));
        }
        Ok(())
    }

    /// A wallet of this cell paid a shop of this cell.
    pub fn paid_here(
        &mut self,
        day: u32,
        prefecture: u8,
        category: &'static str,
        currency: u16,
        party: u32,
    ) {
        self.customers.insert((Month::of_day(day), prefecture, category, currency, party));
    }

    /// Writes what changed.
    pub fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut put = connection.prepare_cached(
            "INSERT INTO abroad_month VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT DO UPDATE SET payments = payments + ?4, paid = paid + ?5, \
             refunds = refunds + ?6, returned = returned + ?7",
        )?;
        for ((month, link, currency), sum) in std::mem::take(&mut self.months) {
            let Sum { payments, paid, refunds, returned } = sum;
            put.execute(params![month.0, link, currency, payments, paid, refunds, returned])?;
        }
        let mut put =
            connection.prepare_cached("INSERT OR IGNORE INTO abroad_person VALUES (?, ?)")?;
        for (month, party) in std::mem::take(&mut self.people) {
            put.execute(params![month.0, party])?;
        }
        let mut put =
            connection.prepare_cached("INSERT OR IGNORE INTO customer VALUES (?, ?, ?, ?, ?)")?;
        for (month, prefecture, category, currency, party) in std::mem::take(&mut self.customers) {
            put.execute(params![month.0, prefecture, category, currency, party])?;
        }
        let mut put = connection
            .prepare_cached("INSERT OR REPLACE INTO trip VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        for key in std::mem::take(&mut self.dirty) {
            let Some(trip) = self.trips.get(&key) else { continue };
            let (wallet, number) = key;
            put.execute(params![
                wallet,
                number,
                Month::of_day(trip.first).0,
                trip.first,
                trip.last,
                trip.currency,
                trip.payments,
                trip.paid,
                trip.returned,
            ])?;
        }
        if self.trips.len() > KEPT {
            self.trips.clear();
            self.newest.clear();
        }
        Ok(())
    }
}
