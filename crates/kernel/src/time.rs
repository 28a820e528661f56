//! Time as the core knows it: a number that comes in from outside.

/// Microseconds since 1970-01-01T00:00:00Z. A cell stamps one for each group of commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u64);

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

impl Span {
    /// A length in whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// A length in whole hours.
    pub const fn hours(hours: u64) -> Self {
        Self::seconds(hours * 3_600)
    }

    /// A length in whole days of 24 hours.
    pub const fn days(days: u64) -> Self {
        Self::hours(days * 24)
    }
}

impl Timestamp {
    /// The moment `seconds` after the epoch.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whole days since the epoch, in UTC shifted by `offset` (Japan 9 h, China 8 h).
    pub const fn day(self, offset: Span) -> u32 {
        ((self.0.saturating_add(offset.0)) / Span::days(1).0) as u32
    }

    /// The day in UTC shifted by `offset`, as `yyyymmdd` of the Gregorian calendar.
    pub const fn date(self, offset: Span) -> u32 {
        // Days and years begin on 1 March here, so that the odd day is the last one of its era.
        let days = self.day(offset) as u64 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let leaps = day_of_era / 1_460 + day_of_era / 146_096;
        let year_of_era = (day_of_era + day_of_era / 36_524 - leaps) / 365;
        let day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day + 2) / 153;
        let day_of_month = day - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        ((era * 400 + year_of_era + next) * 10_000 + month * 100 + day_of_month) as u32
    }

    /// When the hour of UTC ends in which this moment is: work that may wait is done then, for all
    /// of the hour at once.
    #[must_use]
    pub const fn end_of_hour(self) -> Self {
        Self::from_seconds((self.seconds() / 3_600 + 1) * 3_600)
    }

    /// This moment and `span` later; stops at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This moment and `span` earlier; stops at the epoch.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl<C> minicbor::Encode<C> for Timestamp {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.u64(self.0)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Timestamp {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self(d.u64()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        let at = |days: u64| Timestamp::from_seconds(days * 86_400).date(Span::default());
        for (day, date) in [
            (0, 19_700_101),
            (59, 19_700_301),
            (11_016, 20_000_229),
            (11_017, 20_000_301),
            (20_758, 20_261_101),
            (20_818, 20_261_231),
            (20_819, 20_270_101),
            (47_540, 21_000_228),
            (47_541, 21_000_301),
        ] {
            assert_eq!(at(day), date);
        }
        let evening = Timestamp::from_seconds(20_758 * 86_400 - 9 * 3_600);
        assert_eq!(evening.date(Span::default()), 20_261_031);
        assert_eq!(evening.date(Span::hours(9)), 20_261_101);
    }
}
