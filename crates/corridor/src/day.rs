//! A day of a corridor: what one nostro did between two closings, as both cells have to see it.
//!
//! The keeper of a nostro numbers its days and closes each by a message. The day covers the
//! messages that it sent behind the last one of the day before, and those of the other side that it
//! had handled by then: every message stands in one day and in no other.

use kernel::Timestamp;

use crate::Witness;

/// What moved a nostro, in minor units and in how many steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Sums {
    /// Taken for sellers.
    #[n(0)]
    pub captured: u64,
    /// In so many captures.
    #[n(1)]
    pub captures: u64,
    /// Given back by sellers.
    #[n(2)]
    pub refunded: u64,
    /// In so many refunds.
    #[n(3)]
    pub refunds: u64,
    /// Put in by the side that pays from it.
    #[n(4)]
    pub topped_up: u64,
    /// In so many transfers.
    #[n(5)]
    pub top_ups: u64,
}

impl Sums {
    /// Counts a capture; one of nothing moves nothing.
    pub fn capture(&mut self, amount: u64) {
        add(&mut self.captured, &mut self.captures, amount);
    }

    /// Counts a refund.
    pub fn refund(&mut self, amount: u64) {
        add(&mut self.refunded, &mut self.refunds, amount);
    }

    /// Counts a top-up.
    pub fn top_up(&mut self, amount: u64) {
        add(&mut self.topped_up, &mut self.top_ups, amount);
    }

    /// What a nostro holds that held `opening` before these; none if that can't be.
    pub const fn closing(&self, opening: u64) -> Option<u64> {
        let sum = opening as i128 + self.topped_up as i128 + self.refunded as i128;
        let sum = sum - self.captured as i128;
        if sum >= 0 && sum <= u64::MAX as i128 { Some(sum as u64) } else { None }
    }
}

/// Sums stay within what the accounts themselves can hold, so that nothing is lost here.
const fn add(sum: &mut u64, count: &mut u64, amount: u64) {
    if amount > 0 {
        *sum = sum.saturating_add(amount);
        *count += 1;
    }
}

/// A closed day of one nostro.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Day {
    /// Its number among the days of this nostro, from 1.
    #[n(0)]
    pub number: u32,
    /// The date of its closing where the nostro is kept, as `yyyymmdd`.
    #[n(1)]
    pub date: u32,
    /// Which part of that date it is, from 1: a person may close a day early.
    #[n(2)]
    pub part: u8,
    /// The last message that the keeper had sent when the day before was closed.
    #[n(3)]
    pub sent_after: u64,
    /// The last one that it had sent when this one was.
    #[n(4)]
    pub sent_through: u64,
    /// The last message of the other side that it had handled when the day before was closed.
    #[n(5)]
    pub received_after: u64,
    /// The last one that it had handled when this one was.
    #[n(6)]
    pub received_through: u64,
    /// What the nostro held before, in minor units.
    #[n(7)]
    pub opening: u64,
    /// What moved it.
    #[n(8)]
    pub sums: Sums,
    /// What it holds after: opening + topped up + refunded − captured.
    #[n(9)]
    pub closing: u64,
    /// When it was closed, by the keeper's time.
    #[n(10)]
    pub closed: Timestamp,
    /// What the keeper had seen of the other side's journal.
    #[n(11)]
    pub seen: Witness,
}

/// In what two cells differ about a day. Numbers are stored and cross the corridor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum DayField {
    /// The number of the day.
    #[n(0)]
    Number,
    /// Which messages of the keeper it covers.
    #[n(1)]
    Sent,
    /// Which messages of the other side it covers.
    #[n(2)]
    Received,
    /// What the nostro held before.
    #[n(3)]
    Opening,
    /// What was taken for sellers.
    #[n(4)]
    Captured,
    /// In how many captures.
    #[n(5)]
    Captures,
    /// What was given back.
    #[n(6)]
    Refunded,
    /// In how many refunds.
    #[n(7)]
    Refunds,
    /// What was put in.
    #[n(8)]
    ToppedUp,
    /// In how many transfers.
    #[n(9)]
    TopUps,
    /// What the nostro holds after.
    #[n(10)]
    Closing,
}

impl DayField {
    /// Every field, in the order of its number.
    pub const ALL: [Self; 11] = [
        Self::Number,
        Self::Sent,
        Self::Received,
        Self::Opening,
        Self::Captured,
        Self::Captures,
        Self::Refunded,
        Self::Refunds,
        Self::ToppedUp,
        Self::TopUps,
        Self::Closing,
    ];

    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Opening => "opening",
            Self::Captured => "captured",
            Self::Captures => "captures",
            Self::Refunded => "refunded",
            Self::Refunds => "refunds",
            Self::ToppedUp => "topped_up",
            Self::TopUps => "top_ups",
            Self::Closing => "closing",
        }
    }
}

/// Where two cells differ about a day, and what each has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DayDifference {
    /// In what.
    #[n(0)]
    pub field: DayField,
    /// What the side that computes has.
    #[n(1)]
    pub ours: u64,
    /// What the keeper says.
    #[n(2)]
    pub theirs: u64,
}

/// What the other side says of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum DayAnswer {
    /// Its own books say the same; with what it had seen of the keeper's journal.
    #[n(0)]
    Agreed(#[n(0)] Witness),
    /// Its own books say something else: it has booked nothing and takes no messages until a person
    /// has looked.
    #[n(1)]
    Differs(#[n(0)] DayDifference),
}

/// One side's signature under a day that both agree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct DaySignature {
    /// The Ed25519 public key.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// The Ed25519 signature of the statement's canonical bytes.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// What a cell's own books have when a day of the other side's nostro comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnDay<'a> {
    /// The day before, as both agreed; none for the first.
    pub before: Option<&'a Day>,
    /// The last message of the keeper that we handled.
    pub received: u64,
    /// The last message that we sent.
    pub sent: u64,
    /// What moved our mirror since the day before.
    pub sums: Sums,
    /// What our mirror holds.
    pub mirror: u64,
}

impl OwnDay<'_> {
    /// Compares a day with our own books.
    ///
    /// # Errors
    /// The first field that differs.
    pub fn agrees(&self, day: &Day) -> Result<(), DayDifference> {
        let before = |of: fn(&Day) -> u64| self.before.map_or(0, of);
        let is = |field, ours: u64, theirs: u64| match ours == theirs {
            true => Ok(()),
            false => Err(DayDifference { field, ours, theirs }),
        };
        is(DayField::Number, before(|day| u64::from(day.number)) + 1, u64::from(day.number))?;
        is(DayField::Sent, before(|day| day.sent_through), day.sent_after)?;
        is(DayField::Sent, self.received, day.sent_through)?;
        is(DayField::Received, before(|day| day.received_through), day.received_after)?;
        if !(day.received_after..=self.sent).contains(&day.received_through) {
            let theirs = day.received_through;
            return Err(DayDifference { field: DayField::Received, ours: self.sent, theirs });
        }
        is(DayField::Opening, before(|day| day.closing), day.opening)?;
        let (ours, theirs) = (self.sums, day.sums);
        is(DayField::Captured, ours.captured, theirs.captured)?;
        is(DayField::Captures, ours.captures, theirs.captures)?;
        is(DayField::Refunded, ours.refunded, theirs.refunded)?;
        is(DayField::Refunds, ours.refunds, theirs.refunds)?;
        is(DayField::ToppedUp, ours.topped_up, theirs.topped_up)?;
        is(DayField::TopUps, ours.top_ups, theirs.top_ups)?;
        is(DayField::Closing, self.mirror, day.closing)?;
        // Both could have forgotten the same movement.
        is(DayField::Closing, ours.closing(day.opening).unwrap_or(u64::MAX), day.closing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMS: Sums = Sums {
        captured: 700,
        captures: 3,
        refunded: 100,
        refunds: 1,
        topped_up: 1_000,
        top_ups: 1,
    };

    fn day() -> Day {
        Day {
            number: 2,
            date: 20_261_123,
            part: 1,
            sent_after: 4,
            sent_through: 9,
            received_after: 3,
            received_through: 6,
            opening: 500,
            sums: SUMS,
            closing: 900,
            closed: Timestamp(7),
            seen: Witness::default(),
        }
    }

    #[test]
    fn every_field_stands_in_the_list_of_all() {
        let read = (0..24_u8).filter_map(|number| minicbor::decode(&[number]).ok());
        assert_eq!(read.collect::<Vec<DayField>>(), DayField::ALL);
    }

    #[test]
    fn each_difference_is_named() {
        let first = Day { number: 1, sent_through: 4, received_through: 3, closing: 500, ..day() };
        let own = OwnDay { before: Some(&first), received: 9, sent: 8, sums: SUMS, mirror: 900 };
        assert_eq!(own.agrees(&day()), Ok(()));
        assert_eq!(SUMS.closing(500), Some(900));
        assert_eq!(SUMS.closing(u64::MAX), None);
        let sums = |of: fn(&mut Sums)| {
            let mut sums = SUMS;
            of(&mut sums);
            Day { sums, ..day() }
        };
        let others = [
            (DayField::Number, Day { number: 3, ..day() }),
            (DayField::Sent, Day { sent_after: 3, ..day() }),
            (DayField::Sent, Day { sent_through: 8, ..day() }),
            (DayField::Received, Day { received_after: 2, ..day() }),
            (DayField::Received, Day { received_through: 9, ..day() }),
            (DayField::Received, Day { received_through: 2, ..day() }),
            (DayField::Opening, Day { opening: 501, ..day() }),
            (DayField::Captured, sums(|sums| sums.captured += 1)),
            (DayField::Captures, sums(|sums| sums.captures += 1)),
            (DayField::Refunded, sums(|sums| sums.refunded += 1)),
            (DayField::Refunds, sums(|sums| sums.refunds += 1)),
            (DayField::ToppedUp, sums(|sums| sums.topped_up += 1)),
            (DayField::TopUps, sums(|sums| sums.top_ups += 1)),
            (DayField::Closing, Day { closing: 901, ..day() }),
        ];
        for (field, other) in others {
            let difference = own.agrees(&other).map_err(|difference| difference.field);
            assert_eq!(difference, Err(field), "{other:?}");
        }
    }
}
