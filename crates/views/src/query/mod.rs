//! The questions that pages ask, one file for each kind of list.

pub mod bank;
pub mod corridor;
pub mod directory;
pub mod doings;
pub mod events;
pub mod figures;
pub mod insight;
pub mod payment;
pub mod payments;
pub mod payout;
pub mod referrals;
pub mod search;
pub mod settlement;
pub mod shares;
pub mod statement;
pub mod totals;

use std::fmt::Display;
use std::str::FromStr;

use kernel::id::Payment;
use kernel::{Currency, Id, Money, Timestamp};
use rusqlite::Row;

use crate::memory::currency;

/// Rows of one page at most.
pub(crate) const MOST: usize = 500;

pub(crate) fn limited(limit: usize) -> i64 {
    limit.clamp(1, MOST) as i64
}

fn unfit(column: usize, what: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}

/// A reference or word in a text column.
pub(crate) fn parsed<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T::Err: Display,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| unfit(column, error.to_string()))
}

pub(crate) fn parsed_maybe<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T::Err: Display,
{
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|error: T::Err| unfit(column, error.to_string())))
        .transpose()
}

pub(crate) fn worded<T>(
    row: &Row<'_>,
    column: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    read(&text).ok_or_else(|| unfit(column, text))
}

pub(crate) fn id<K>(row: &Row<'_>, column: usize) -> rusqlite::Result<Id<K>> {
    Ok(Id::new(u128::from_be_bytes(row.get(column)?)))
}

pub(crate) fn payment_maybe(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Id<Payment>>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(|bytes| Id::new(u128::from_be_bytes(bytes))))
}

pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)? as u64)
}

pub(crate) fn unsigned_maybe(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(|value| value as u64))
}

pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    unsigned(row, column).map(Timestamp)
}

pub(crate) fn time_maybe(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(unsigned_maybe(row, column)?.map(Timestamp))
}

pub(crate) fn currency_maybe(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Currency>> {
    match row.get::<_, Option<u16>>(column)? {
        Some(_) => currency(row, column).map(Some),
        None => Ok(None),
    }
}

/// An amount in one column and its currency in another, if both are there.
pub(crate) fn money_maybe(
    row: &Row<'_>,
    minor: usize,
    unit: usize,
) -> rusqlite::Result<Option<Money>> {
    let (minor, unit) = (unsigned_maybe(row, minor)?, currency_maybe(row, unit)?);
    Ok(minor.zip(unit).map(|(minor, currency)| Money { minor, currency }))
}
