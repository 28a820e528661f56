//! The page of wallets of other companies: what each owes, how it goes with it, what is under way.

use jiff::civil::Date;

use super::{Amount, Chrome, Problem, Zone};

/// The connectors of a cell.
#[derive(Clone, Debug)]
pub struct ConnectorsPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The cell that is looked at.
    pub cell: String,
    /// All cells that may be looked at.
    pub cells: Vec<String>,
    /// Now.
    pub at: i64,
    /// Whose clock.
    pub zone: Zone,
    /// What the form before did.
    pub done: Option<&'static str>,
    /// The key of this page's forms.
    pub key: String,
    /// Why the form before did nothing, and of which connector it was.
    pub wrong: Option<(String, Problem)>,
    /// What that form said.
    pub typed: SettlementTyped,
    /// In the order in which they became known.
    pub connectors: Vec<ConnectorCard>,
}

/// What was typed of a settlement.
#[derive(Clone, Debug, Default)]
pub struct SettlementTyped {
    /// What came.
    pub received: String,
    /// What was kept.
    pub kept: String,
    /// The bank's reference.
    pub reference: String,
}

/// One connector.
#[derive(Clone, Debug)]
pub struct ConnectorCard {
    /// Its name.
    pub name: String,
    /// The kind of wallet.
    pub kind: String,
    /// Which contract, where it runs.
    pub mode: Option<&'static str>,
    /// Whether it is in the configuration of this process.
    pub runs: bool,
    /// What the other company owes; below zero what it has paid ahead.
    pub owed: Amount,
    /// Of it held for refunds under way.
    pub held: Amount,
    /// What of it can come to the bank: what is owed less what is held.
    pub expected: Amount,
    /// When it last said something that was believed.
    pub good: Option<i64>,
    /// What goes wrong now, and since when it was last seen.
    pub trouble: Option<(&'static str, i64)>,
    /// The keys in use.
    pub keys: Vec<KeyCard>,
    /// What merchants pay for what comes through it: from when, and the rate as it is said; none
    /// where the rule ended.
    pub fees: Vec<(i64, Option<FeeSaid>)>,
    /// The most refunds of a payment, and within how many days.
    pub refunds: (u16, u16),
    /// Where that is written.
    pub source: String,
    /// What is under way: what waits for a person first, then the oldest.
    pub under_way: Vec<UnderWayCard>,
    /// Whether the company makes bills of its days.
    pub has_bills: bool,
    /// The days that its bills were looked for, the newest first.
    pub bills: Vec<BillCard>,
}

/// A day's bill beside the books.
#[derive(Clone, Debug)]
pub struct BillCard {
    /// The day, by the company's clock.
    pub day: Date,
    /// Whether nothing happened on it, on either side.
    pub is_empty: bool,
    /// Why there is no bill, as a word: `not_yet`, `no_answer`, `refused` or `unfit`, and what is
    /// said of it.
    pub missing: Option<(&'static str, String)>,
    /// What they took by it.
    pub paid: Amount,
    /// What was paid by our books.
    pub ours: Amount,
    /// What they gave back.
    pub refunded: Amount,
    /// What they keep for it, to the nearest unit.
    pub fee: Amount,
    /// What was on our account there at the end of the day, where they say so.
    pub balance: Option<Amount>,
    /// In what the two differ: what, the number, theirs, ours.
    pub differences: Vec<(&'static str, String, Option<Amount>, Option<Amount>)>,
}

/// A key in use.
#[derive(Clone, Debug)]
pub struct KeyCard {
    /// `ours`, `their_certificate` or `their_key`.
    pub of: &'static str,
    /// Its serial number or name.
    pub id: String,
    /// When it ends, where that is known.
    pub until: Option<i64>,
    /// Whether that is soon.
    pub soon: bool,
}

/// A fee.
#[derive(Clone, Copy, Debug)]
pub struct FeeSaid {
    /// In basis points.
    pub bps: u32,
    /// Once for each payment.
    pub fixed: Amount,
    /// The most; nothing where there is no bound.
    pub most: Amount,
}

/// Something that the other company is being asked, or took unasked.
#[derive(Clone, Debug)]
pub struct UnderWayCard {
    /// `payment`, `refund` or `stray`.
    pub what: &'static str,
    /// The page of its payment; none for a payment that nobody here knows.
    pub href: Option<String>,
    /// The number by which the other company has it.
    pub number: String,
    /// By what a stray is known.
    pub stray: Option<String>,
    /// How much.
    pub amount: Amount,
    /// Since when.
    pub since: i64,
    /// What was said last.
    pub said: &'static str,
    /// How often it was asked since the process began.
    pub times: u32,
    /// Whether the till wants it cancelled.
    pub cancel: bool,
    /// What a person has to do.
    pub to_do: Option<&'static str>,
}
