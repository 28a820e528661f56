//! What stands beside a till: the shop's switch, tonight's bank file, the poster.

use jiff::civil::Date;

use super::{Amount, Problem, Zone};
use crate::payee::Kind;

/// Whether a store takes payments, and its poster.
#[derive(Clone, Debug)]
pub struct ShopCard {
    /// Path of the till.
    pub base: String,
    /// Whether the shop lets it take payments.
    pub open: bool,
    /// Why the operator's staff paused the shop, as the stable word.
    pub paused: Option<&'static str>,
    /// Staff have not looked at the shop yet: it is paid, and not paid out.
    pub new: bool,
    /// The idempotency key of the switch.
    pub key: String,
    /// What of it whoever looks may do: switch it, lead its staff, read who did what.
    pub may: [bool; 3],
    /// Whether it brings visitors by links, and has a share of what they pay.
    pub brings: bool,
    /// Why the last press did nothing.
    pub problem: Option<Problem>,
    /// Path of its poster.
    pub poster: String,
    /// The number on it, for who can't scan.
    pub number: Option<String>,
}

/// Tonight's bank file, as its shop sees it.
#[derive(Clone, Debug)]
pub struct TonightCard {
    /// Path of the till.
    pub base: String,
    /// The shop's clock.
    pub zone: Zone,
    /// What goes out; nothing while it waits.
    pub out: Amount,
    /// Why nothing goes out, as the stable word of the API.
    pub waits: Option<&'static str>,
    /// What the shop has.
    pub available: Amount,
    /// What the transfer costs.
    pub fee: Amount,
    /// When it closes, in microseconds.
    pub closes: i64,
    /// On which day the bank pays.
    pub day: Date,
    /// Sold since the last file, where the lists know it.
    pub sold: Option<SoldLines>,
    /// Where the money goes.
    pub account: Option<AccountLine>,
    /// When the shop is paid: `daily`, `threshold`, or `weekly-` and the day, of which 0 is Monday.
    pub when: String,
    /// From which sum on, as it is typed, where that is when.
    pub least: String,
    /// Whether it waits to be in the next file although its schedule says later.
    pub asked: bool,
    /// What its bank returned and why, by ISO's code or the bank's own, if it was not paid since.
    pub returned: Option<(Amount, String)>,
    /// The key of its forms.
    pub key: String,
    /// Why a form did nothing.
    pub problem: Option<Problem>,
}

/// Sold since the last file.
#[derive(Clone, Copy, Debug)]
pub struct SoldLines {
    /// Payments.
    pub payments: u64,
    /// Their sum.
    pub captured: Amount,
    /// Given back.
    pub refunded: Amount,
    /// Fees, less what refunds gave back of them.
    pub fees: Amount,
}

/// A bank account, masked.
#[derive(Clone, Debug)]
pub struct AccountLine {
    /// The bank's name, in Japanese.
    pub bank: String,
    /// Its code.
    pub bank_code: String,
    /// The branch's name, in Japanese.
    pub branch: String,
    /// Its code.
    pub branch_code: String,
    /// Its kind.
    pub kind: Kind,
    /// The last digits of its number.
    pub ending: String,
}
