//! What a wallet paid lately: sums of the day, month and year for limits, and its last payments for
//! the question whether it pays too fast, or the same twice.

use kernel::{Span, Timestamp};

use crate::terms::{LimitRule, Window};

/// Sums of the windows that a wallet's newest payment lies in, in minor units: to stores of its own
/// cell, and across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The cell's day of the newest payment: days since the epoch.
    pub day: u32,
    /// On that day.
    pub today: [u64; 2],
    /// In its month.
    pub month: [u64; 2],
    /// In its year.
    pub year: [u64; 2],
    /// On that day by printed codes.
    pub static_today: u64,
}

/// A payment as sums count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Minor units of the wallet.
    pub amount: u64,
    /// Whether the store is in another cell.
    pub across: bool,
    /// Whether a printed code was paid.
    pub printed: bool,
}

/// A day as `yyyymmdd`.
const fn date_of_day(day: u32) -> u32 {
    Timestamp::from_seconds(day as u64 * 86_400).date(Span(0))
}

/// The year and the month of a day, as one number that grows.
const fn month(day: u32) -> u32 {
    date_of_day(day) / 100
}

/// The first day after the window of a day; none for what has no end.
pub const fn next_window(window: Window, day: u32) -> Option<u32> {
    let mut next = day + 1;
    match window {
        Window::Payment => return None,
        Window::Day | Window::StaticDay => {}
        Window::Month => {
            while month(next) == month(day) {
                next += 1;
            }
        }
        Window::Year => {
            while month(next) / 100 == month(day) / 100 {
                next += 1;
            }
        }
    }
    Some(next)
}

impl Spent {
    /// The sums as they are on a day: what lies before its windows is gone.
    #[must_use]
    pub fn on(mut self, day: u32) -> Self {
        if day <= self.day {
            return self;
        }
        if month(day) / 100 != month(self.day) / 100 {
            self.year = [0; 2];
        }
        if month(day) != month(self.day) {
            self.month = [0; 2];
        }
        (self.day, self.today, self.static_today) = (day, [0; 2], 0);
        self
    }

    /// Counts a payment of a day.
    pub fn add(&mut self, day: u32, paid: Paid) {
        *self = self.on(day);
        let at = usize::from(paid.across);
        for sums in [&mut self.today, &mut self.month, &mut self.year] {
            sums[at] = sums[at].saturating_add(paid.amount);
        }
        if paid.printed {
            self.static_today = self.static_today.saturating_add(paid.amount);
        }
    }

    /// Takes a payment of a day back out of those windows that still hold it.
    pub fn take(&mut self, day: u32, paid: Paid) {
        let at = usize::from(paid.across);
        let windows = [
            (day == self.day, &mut self.today),
            (month(day) == month(self.day), &mut self.month),
            (month(day) / 100 == month(self.day) / 100, &mut self.year),
        ];
        for (_, sums) in windows.into_iter().filter(|(holds, _)| *holds) {
            sums[at] = sums[at].saturating_sub(paid.amount);
        }
        if paid.printed && day == self.day {
            self.static_today = self.static_today.saturating_sub(paid.amount);
        }
    }

    /// What a rule leaves; the sums must be of the day that is asked about.
    pub const fn left(&self, rule: &LimitRule) -> u64 {
        let used = match rule.window {
            Window::Payment => 0,
            Window::Day => rule.reach.of(self.today),
            Window::Month => rule.reach.of(self.month),
            Window::Year => rule.reach.of(self.year),
            Window::StaticDay => self.static_today,
        };
        rule.most.saturating_sub(used)
    }
}

/// One of a wallet's last payments. Store and amount are cut to 32 bits: enough to tell a repeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Try {
    /// Of the store's tag.
    pub store: u32,
    /// Of the amount; its highest bit says that it came back declined.
    pub amount: u32,
    /// The second; 0 for none.
    pub at: u32,
}

impl Try {
    const DECLINED: u32 = 1 << 31;

    /// A payment that was said yes to.
    pub const fn new(store: u64, amount: u64, at: u32) -> Self {
        let folded = (amount ^ (amount >> 31)) as u32 & !Self::DECLINED;
        Self { store: store as u32, amount: folded, at }
    }

    /// Whether it came back declined.
    pub const fn is_declined(self) -> bool {
        self.amount & Self::DECLINED != 0
    }

    /// Whether it is of the same store and amount as another, and was not declined.
    pub const fn is_same(self, other: Self) -> bool {
        self.store == other.store && self.amount == other.amount
    }

    /// Marks it as declined.
    pub const fn decline(&mut self) {
        self.amount |= Self::DECLINED;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 31 December 2026.
    const SYLVESTER: u32 = 20_818;

    fn paid(amount: u64) -> Paid {
        Paid { amount, across: true, printed: true }
    }

    #[test]
    fn windows_end_with_the_calendar() {
        assert_eq!(date_of_day(SYLVESTER), 20_261_231);
        let mut spent = Spent::default();
        spent.add(SYLVESTER - 31, paid(1)); // 30 November
        spent.add(SYLVESTER - 1, paid(10));
        spent.add(SYLVESTER, paid(100));
        let sums =
            |spent: Spent| [spent.today[1], spent.month[1], spent.year[1], spent.static_today];
        assert_eq!(sums(spent), [100, 110, 111, 100]);
        assert_eq!(sums(spent.on(SYLVESTER + 1)), [0; 4], "a new day, month and year");
        assert_eq!(spent.on(SYLVESTER - 1), spent, "a day of before changes nothing");
    }

    #[test]
    fn what_comes_back_leaves_those_windows_that_hold_it() {
        let mut spent = Spent::default();
        spent.add(SYLVESTER - 31, paid(1_000));
        spent.add(SYLVESTER - 1, paid(100));
        spent.add(SYLVESTER, paid(10));
        spent.take(SYLVESTER - 1, paid(100));
        assert_eq!([spent.today[1], spent.month[1], spent.year[1]], [10, 10, 1_010]);
        spent.take(SYLVESTER - 31, paid(1_000));
        assert_eq!([spent.today[1], spent.month[1], spent.year[1]], [10, 10, 10]);
        spent.take(SYLVESTER - 400, paid(10));
        assert_eq!(spent.year[1], 10, "of another year");
    }

    #[test]
    fn a_declined_one_is_no_repeat() {
        let one = Try::new(7, 3_200, 5);
        let mut other = Try::new(7, 3_200, 9);
        assert!(one.is_same(other) && !one.is_same(Try::new(7, 3_201, 5)));
        other.decline();
        assert!(other.is_declined() && !one.is_same(other));
        assert!(!Try::new(7, u64::MAX, 5).is_declined());
    }
}
