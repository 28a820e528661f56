//! What holds for a link's prefund: when its days are closed, and how it is kept filled.

use kernel::{Span, Timestamp};

/// When the days of a nostro are closed, by the clock of where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Closing {
    /// The minute of the day, from midnight; 0 for the end of the day.
    #[n(0)]
    pub minute: u16,
    /// What its clock is ahead of UTC, in minutes.
    #[n(1)]
    pub utc_offset_min: u16,
}

impl Closing {
    const fn offset(self) -> Span {
        Span::seconds(self.utc_offset_min as u64 * 60)
    }

    /// The first closing after a moment.
    #[must_use]
    pub const fn after(self, moment: Timestamp) -> Timestamp {
        let (day, minute) = (Span::days(1).0, Span::seconds(self.minute as u64 * 60).0);
        let local = moment.0.saturating_add(self.offset().0);
        let cut = local / day * day + minute;
        let cut = if cut <= local { cut + day } else { cut };
        Timestamp(cut - self.offset().0)
    }

    /// The last closing that is not after a moment.
    #[must_use]
    pub const fn before(self, moment: Timestamp) -> Timestamp {
        self.after(moment).minus(Span::days(1))
    }

    /// The date of the day that a closing ends, as `yyyymmdd`: one that is closed at midnight is
    /// that of the evening before.
    #[must_use]
    pub const fn date(self, cut: Timestamp) -> u32 {
        cut.minus(Span(1)).date(self.offset())
    }
}

/// How what we hold with the other side is kept filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Supply {
    /// For how many days of use there is to be money there.
    #[n(0)]
    pub target_days: u8,
    /// Never to be less than this, in minor units of its currency.
    #[n(1)]
    pub floor: u64,
    /// A top-up of more than this is paid only after a second person has approved it; none: no
    /// top-up needs that.
    #[n(2)]
    pub approval_above: Option<u64>,
    /// Until which minute of the day our bank takes a transfer for the same day.
    #[n(3)]
    pub bank_minute: u16,
    /// What our bank's clock is ahead of UTC, in minutes.
    #[n(4)]
    pub bank_offset_min: u16,
    /// How many banking days a transfer takes.
    #[n(5)]
    pub transfer_days: u8,
}

/// What holds for a link.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SettlementTerms {
    /// Which link.
    #[n(0)]
    pub link: u8,
    /// When its days are closed; for one whose nostro we keep.
    #[n(1)]
    pub closing: Option<Closing>,
    /// How it is kept filled; for one over which we pay.
    #[n(2)]
    pub supply: Option<Supply>,
    /// The contract they come from.
    #[n(3)]
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_its_nostro_is_kept() {
        let midnight = Closing { minute: 0, utc_offset_min: 540 };
        // 2026-11-23T15:00:00Z is midnight in Japan.
        let cut = Timestamp::from_seconds(1_795_446_000);
        assert_eq!(midnight.after(cut.minus(Span(1))), cut);
        assert_eq!(midnight.after(cut), cut.plus(Span::days(1)));
        assert_eq!((midnight.before(cut), midnight.date(cut)), (cut, 20_261_123));
        let evening = Closing { minute: 18 * 60, utc_offset_min: 540 };
        assert_eq!(evening.after(cut), cut.plus(Span::hours(18)));
        assert_eq!(evening.date(evening.after(cut)), 20_261_124);
        assert_eq!(evening.before(cut), cut.minus(Span::hours(6)));
    }
}
