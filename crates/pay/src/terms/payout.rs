//! What holds for payouts beside their price: when, with whose yes, and what a return means.

use kernel::Currency;

/// What holds for payouts in a currency.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct PayoutRules {
    /// For merchants of this currency.
    #[n(0)]
    pub currency: Currency,
    /// A file of more than this, in minor units, is sent only after a second person has approved it;
    /// none: no file needs that.
    #[n(1)]
    pub approval_above: Option<u64>,
    /// What a merchant pays to be in the next file although its schedule says later, in minor
    /// units; none: that is not offered.
    #[n(2)]
    pub today_fee: Option<u64>,
    /// What a merchant pays when its bank returns a transfer, in minor units.
    #[n(3)]
    pub return_fee: u64,
    /// For how many days after its day the transfers of a file that was sent are kept, so that one
    /// that comes back finds its merchant. What comes later is a task for a person.
    #[n(4)]
    pub keep_days: u16,
    /// The contract or law they come from.
    #[n(5)]
    pub source: String,
}

impl PayoutRules {
    /// How long transfers are kept where no rules were set, in days.
    pub const KEEP_DAYS: u16 = 60;
}

/// When a merchant is paid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub enum Schedule {
    /// With every file.
    #[n(0)]
    #[default]
    Daily,
    /// With the files of one day of the week, of which Monday is 0.
    #[n(1)]
    Weekly(#[n(0)] u8),
    /// When it has this much or more, in minor units.
    #[n(2)]
    Threshold(#[n(0)] u64),
}

impl Schedule {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly(_) => "weekly",
            Self::Threshold(_) => "threshold",
        }
    }

    /// Whether a merchant that has so much is paid with a file of a day, counted from 1970.
    pub const fn is_due(self, day: u32, available: u64) -> bool {
        match self {
            Self::Daily => true,
            // The first day of 1970 was a Thursday.
            Self::Weekly(weekday) => (day + 3) % 7 == weekday as u32,
            Self::Threshold(least) => available >= least,
        }
    }
}

/// How much must be kept safe for those who hold wallets of a currency.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SafeguardRule {
    /// For wallets of this currency.
    #[n(0)]
    pub currency: Currency,
    /// On which days it is worked out, each as `mmdd`; empty: at the end of every day.
    #[n(1)]
    pub days: Vec<u16>,
    /// What wallets have in all must be above this, in minor units, for anything to be kept safe.
    #[n(2)]
    pub above: u64,
    /// Which share of it, in hundredths of a percent.
    #[n(3)]
    pub share_bps: u32,
    /// The law.
    #[n(4)]
    pub source: String,
}

impl SafeguardRule {
    /// The most base days of a year.
    pub const MOST_DAYS: usize = 12;

    /// Whether it is worked out at the end of a day (`yyyymmdd`).
    pub fn is_of(&self, day: u32) -> bool {
        self.days.is_empty() || self.days.iter().any(|known| u32::from(*known) == day % 10_000)
    }

    /// What must be kept safe where wallets have so much; a fraction of a minor unit counts whole.
    pub fn required(&self, wallets: u64) -> u64 {
        if wallets <= self.above {
            return 0;
        }
        let share = u128::from(wallets) * u128::from(self.share_bps);
        u64::try_from(share.div_ceil(10_000)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        // 1 January 1970, a Thursday, and 2 November 2026, a Monday.
        for (day, weekday) in [(0, 3), (1, 4), (4, 0), (20_759, 0)] {
            for other in 0..7 {
                let is_due = Schedule::Weekly(other).is_due(day, 1);
                assert_eq!(is_due, other == weekday, "{day} {other}");
            }
        }
        assert!(Schedule::Threshold(10).is_due(0, 10) && !Schedule::Threshold(10).is_due(0, 9));
    }

    #[test]
    fn what_must_be_kept_safe() {
        let rule = |days: &[u16], above, share_bps| SafeguardRule {
            currency: Currency::JPY,
            days: days.to_vec(),
            above,
            share_bps,
            source: "a law".to_owned(),
        };
        let every_day = rule(&[], 0, 10_000);
        assert!(every_day.is_of(20_261_102));
        assert_eq!([0, 1, 12_345].map(|sum| every_day.required(sum)), [0, 1, 12_345]);
        let base_days = rule(&[331, 930], 10_000_000, 5_000);
        assert!(base_days.is_of(20_270_331) && !base_days.is_of(20_270_330));
        let required = [10_000_000, 10_000_001].map(|sum| base_days.required(sum));
        assert_eq!(required, [0, 5_000_001]);
    }
}
