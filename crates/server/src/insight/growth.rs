//! When a figure may be said to have grown, and by how much.

use views::Month;

/// What a cell can tell of its own past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// The first month that the cell was there for all of.
    pub first_whole: Month,
    /// The month that has not ended.
    pub this: Month,
}

/// Why no growth is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoGrowth {
    /// The months have not ended: half a month would stand beside a whole one.
    NotEnded,
    /// The cell was not there, or not all of the time, in the months to compare with.
    NotRecorded,
    /// There was nothing in the months to compare with.
    Nothing,
}

impl NoGrowth {
    /// The word of the API and of the message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotEnded => "not_ended",
            Self::NotRecorded => "not_recorded",
            Self::Nothing => "nothing_then",
        }
    }
}

/// Two values of which the earlier one is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    now: i64,
    before: i64,
}

impl Change {
    /// By how much more or less it is, in tenths of a per cent, half a tenth away from zero.
    pub fn permille(self) -> i64 {
        let (now, before) = (i128::from(self.now), i128::from(self.before));
        rounded((now - before) * 1_000, before)
    }

    /// How many times as much it is, in tenths, half a tenth up.
    pub fn times_tenths(self) -> i64 {
        rounded(i128::from(self.now) * 10, i128::from(self.before))
    }
}

fn rounded(of: i128, by: i128) -> i64 {
    let half = if of < 0 { -by / 2 } else { by / 2 };
    i64::try_from((of + half) / by).unwrap_or(i64::MAX)
}

impl Past {
    /// Whether a month has ended.
    pub fn ended(&self, month: Month) -> bool {
        month < self.this
    }

    /// Whether the cell was there for all of the same months a year before.
    pub fn knows_year_before(&self, months: (Month, Month)) -> bool {
        a_year_before(months).0 >= self.first_whole
    }

    /// The months that have ended and that the cell was there for all of, twelve at most, up to
    /// `last`.
    pub fn last_year(&self, last: Month) -> Option<(Month, Month)> {
        let last = last.min(self.this.minus(1));
        (last >= self.first_whole).then(|| (self.first_whole.max(last.minus(11)), last))
    }

    /// What grew from the months `base` to the months `now`.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn grown(
        &self,
        now: (i64, (Month, Month)),
        base: (i64, (Month, Month)),
    ) -> Result<Change, NoGrowth> {
        let ((now, months), (before, base)) = (now, base);
        if !self.ended(months.1) || !self.ended(base.1) {
            Err(NoGrowth::NotEnded)
        } else if base.0 < self.first_whole {
            Err(NoGrowth::NotRecorded)
        } else if before <= 0 {
            Err(NoGrowth::Nothing)
        } else {
            Ok(Change { now, before })
        }
    }

    /// The same against the same months a year before.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn in_a_year(
        &self,
        months: (Month, Month),
        now: i64,
        before: i64,
    ) -> Result<Change, NoGrowth> {
        self.grown((now, months), (before, a_year_before(months)))
    }
}

/// The same months a year before.
pub fn a_year_before((first, last): (Month, Month)) -> (Month, Month) {
    (first.minus(12), last.minus(12))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAST: Past = Past { first_whole: Month::of(2024, 11), this: Month::of(2026, 11) };

    fn year(year: u32) -> (Month, Month) {
        (Month::of(year, 1), Month::of(year, 12))
    }

    #[test]
    fn growth_is_told_of_whole_months_on_a_base_that_is_there() {
        let july = (Month::of(2026, 7), Month::of(2026, 8));
        let table = [
            (july, 300, 200, Ok(500)),
            (july, 200, 300, Ok(-333)),
            (july, 0, 300, Ok(-1_000)),
            (july, 300, 0, Err(NoGrowth::Nothing)),
            (july, 300, -5, Err(NoGrowth::Nothing)),
            (year(2025), 300, 200, Err(NoGrowth::NotRecorded)),
            (year(2026), 300, 200, Err(NoGrowth::NotEnded)),
            ((Month::of(2026, 11), Month::of(2026, 11)), 3, 2, Err(NoGrowth::NotEnded)),
            ((Month::of(2025, 11), Month::of(2025, 11)), 3, 2, Ok(500)),
            ((Month::of(2025, 10), Month::of(2025, 11)), 3, 2, Err(NoGrowth::NotRecorded)),
        ];
        for (months, now, before, expected) in table {
            let grown = PAST.in_a_year(months, now, before).map(Change::permille);
            assert_eq!(grown, expected, "{months:?} {now} {before}");
        }
    }

    #[test]
    fn it_is_rounded_once_and_away_from_zero() {
        let change = |now, before| Change { now, before };
        assert_eq!(
            (change(1_999, 1_000).permille(), change(1_999, 1_000).times_tenths()),
            (999, 20)
        );
        assert_eq!(change(2_001, 2_000).permille(), 1);
        assert_eq!(change(1_999, 2_000).permille(), -1);
        assert_eq!(change(16, 1).times_tenths(), 160);
        assert_eq!(change(i64::MAX, 1).permille(), i64::MAX);
    }

    #[test]
    fn a_year_is_cut_where_nothing_was_recorded() {
        let last = Month::of(2026, 10);
        assert_eq!(PAST.last_year(last), Some((Month::of(2025, 11), last)));
        let young = Past { first_whole: Month::of(2026, 9), ..PAST };
        assert_eq!(young.last_year(last), Some((Month::of(2026, 9), last)));
        let new = Past { first_whole: Month::of(2026, 12), ..PAST };
        assert_eq!(new.last_year(last), None);
        // What has not ended is not of it.
        assert_eq!(PAST.last_year(Month::of(2027, 3)), Some((Month::of(2025, 11), last)));
    }
}
