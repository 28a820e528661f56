//! What an operator types to find payments.

use jiff::civil::{Date, DateTime};
use kernel::{Currency, Id, Timestamp};
use pay::{Category, Status};
use views::Search;

use super::days;
use crate::api::values::Moment;

/// The statuses that can be looked for, in the order of a payment's life.
pub const STATUSES: [Status; 10] = [
    Status::Requested,
    Status::Confirmed,
    Status::Authorized,
    Status::Captured,
    Status::PartlyRefunded,
    Status::Refunded,
    Status::Declined,
    Status::Cancelled,
    Status::Expired,
    Status::Released,
];

/// The longest text that is looked for.
const MOST_TEXT: usize = 100;

/// What was typed: an empty text is nothing.
#[derive(Clone, Debug, Default)]
pub struct Typed<'a> {
    /// A payment's whole id.
    pub payment: Option<&'a str>,
    /// The word of a status.
    pub status: Option<&'a str>,
    /// A part of the name of a shop.
    pub shop: Option<&'a str>,
    /// The number of a prefecture.
    pub prefecture: Option<&'a str>,
    /// The word of a trade.
    pub category: Option<&'a str>,
    /// The code of a currency.
    pub currency: Option<&'a str>,
    /// A moment, a local time or a day.
    pub from: Option<&'a str>,
    /// The same; a day is looked for to its end.
    pub to: Option<&'a str>,
}

/// A field that can't be read, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name.
    pub field: &'static str,
    /// What it takes.
    pub takes: &'static str,
}

/// Reads what was typed; local times are `offset` minutes east of UTC. Amounts are put in by the
/// caller, who knows in which units they were typed.
///
/// # Errors
/// The first field that can't be read.
pub fn read(typed: &Typed<'_>, offset: u32) -> Result<Search, Unread> {
    let payment = field("payment", typed.payment, "a payment's id", |text| {
        text.parse::<Id<kernel::id::Payment>>().ok()
    })?;
    let status = field("status", typed.status, "a payment's status", |text| {
        STATUSES.into_iter().find(|status| status.word() == text)
    })?;
    let text = field("shop", typed.shop, "up to 100 characters of a shop's name", |text| {
        let fits = text.chars().count() <= MOST_TEXT && !text.chars().any(char::is_control);
        fits.then(|| text.to_owned())
    })?;
    let prefecture = field("prefecture", typed.prefecture, "a number from 0 to 47", |text| {
        text.parse().ok().filter(|number| *number <= 47)
    })?;
    let category = field("category", typed.category, "a trade's word", Category::from_word)?;
    let currency = field("currency", typed.currency, "a currency's code", |text| {
        text.parse::<Currency>().ok()
    })?;
    const WHEN: &str = "a moment such as 2026-11-22T16:00:00Z, a local time or a day";
    let from = field("from", typed.from, WHEN, |text| moment(text, offset, false))?;
    let before = field("to", typed.to, WHEN, |text| moment(text, offset, true))?;
    let (at_least, at_most) = (None, None);
    Ok(Search {
        payment,
        status,
        text,
        prefecture,
        category,
        currency,
        at_least,
        at_most,
        from,
        before,
    })
}

fn field<T>(
    field: &'static str,
    typed: Option<&str>,
    takes: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Unread> {
    match typed.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or(Unread { field, takes }),
    }
}

/// `end`: a day means its end, a local minute the end of that minute.
fn moment(text: &str, offset: u32, end: bool) -> Option<Timestamp> {
    if let Ok(Moment(moment)) = text.parse() {
        return Some(moment);
    }
    if text.len() == 10 {
        let day = days::of_date(text.parse::<Date>().ok()?)?;
        return Some(days::begins(day.checked_add(u32::from(end))?, offset));
    }
    let local: DateTime = text.parse().ok()?;
    let day = days::begins(days::of_date(local.date())?, offset);
    let within =
        local.time().duration_until(jiff::civil::Time::midnight()).as_secs().unsigned_abs();
    let minute = if end { 60 } else { 0 };
    Some(Timestamp(day.0.checked_add((within + minute) * 1_000_000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_the_clock_of_the_cell() {
        let utc = |text: &str| text.parse::<Moment>().unwrap().0;
        let read = |text, end| moment(text, 540, end);
        assert_eq!(read("2026-11-22T01:00:00Z", true), Some(utc("2026-11-22T01:00:00Z")));
        assert_eq!(read("2026-11-22", false), Some(utc("2026-11-21T15:00:00Z")));
        assert_eq!(read("2026-11-22", true), Some(utc("2026-11-22T15:00:00Z")));
        assert_eq!(read("2026-11-22T12:52", false), Some(utc("2026-11-22T03:52:00Z")));
        assert_eq!(read("2026-11-22T12:52", true), Some(utc("2026-11-22T03:53:00Z")));
        for wrong in ["today", "1969-01-01", "2026-02-30", "12:52", "2026-11-22T25:00"] {
            assert_eq!(read(wrong, false), None, "{wrong}");
        }
    }

    #[test]
    fn an_empty_field_is_nothing_and_a_wrong_one_is_named() {
        let nothing = Typed { shop: Some("  "), status: Some(""), ..Typed::default() };
        assert_eq!(read(&nothing, 0), Ok(Search::default()));
        let named = |typed: Typed<'_>| read(&typed, 0).unwrap_err().field;
        assert_eq!(named(Typed { status: Some("paid"), ..Typed::default() }), "status");
        assert_eq!(named(Typed { prefecture: Some("48"), ..Typed::default() }), "prefecture");
        assert_eq!(named(Typed { currency: Some("yen"), ..Typed::default() }), "currency");
        assert_eq!(named(Typed { payment: Some("7"), ..Typed::default() }), "payment");
        let long = "あ".repeat(101);
        assert_eq!(named(Typed { shop: Some(&long), ..Typed::default() }), "shop");
        assert_eq!(named(Typed { shop: Some("a\u{0}"), ..Typed::default() }), "shop");
    }
}
