//! The page on which links are settled: days, what fills a prefund, and how long it lasts.

use super::{Amount, Chrome, Problem, Zone};

/// How the links of a cell are settled.
#[derive(Clone, Debug)]
pub struct SettlementPage {
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
    /// Why the form before did nothing.
    pub wrong: Option<Problem>,
    /// Its nostros.
    pub nostros: Vec<NostroCard>,
    /// What it and each of its neighbours owe each other.
    pub nets: Vec<NetCard>,
}

/// What two cells owe each other.
#[derive(Clone, Debug)]
pub struct NetCard {
    /// The other cell.
    pub other: String,
    /// What is not closed yet first, then by date, the newest first; by currency.
    pub rows: Vec<NetRow>,
}

/// One date of it.
#[derive(Clone, Debug)]
pub struct NetRow {
    /// The date as addresses have it; none for what is not closed yet.
    pub day: Option<String>,
    /// What each side owes the other.
    pub sides: Vec<NetSide>,
    /// Who owes what is left when both are set off, and to whom; none if nothing is.
    pub owes: Option<(String, String)>,
    /// What is left.
    pub net: Amount,
    /// What need not be sent.
    pub saved: Amount,
}

/// One direction.
#[derive(Clone, Debug)]
pub struct NetSide {
    /// Who owes.
    pub cell: String,
    /// How much.
    pub amount: Amount,
    /// What it paid in, and the references of its transfers.
    pub paid_in: (Amount, Vec<String>),
    /// What is left of that.
    pub left: Amount,
}

/// One nostro of a link.
#[derive(Clone, Debug)]
pub struct NostroCard {
    /// Which link.
    pub link: u8,
    /// The other cell.
    pub other: String,
    /// Whether this cell keeps it.
    pub keeper: bool,
    /// What it holds.
    pub balance: Amount,
    /// What of it is not held.
    pub free: Amount,
    /// Taken since the last closing.
    pub captured: Amount,
    /// Given back since then.
    pub refunded: Amount,
    /// When its day is closed, where this cell does that.
    pub next_close: Option<i64>,
    /// The number that the day to come will have.
    pub next_number: u32,
    /// Whether the terms of the link are set.
    pub has_terms: bool,
    /// Whether it leads to a partner, whose days are files.
    pub of_partner: bool,
    /// Closed days, the newest first.
    pub days: Vec<DayRow>,
    /// How long it lasts, where this cell pays from it.
    pub ahead: Option<AheadCard>,
    /// Top-ups that are not done, then those that are, the newest first.
    pub top_ups: Vec<TopUpCard>,
    /// What the other side has sent, and what the bank's line will say.
    pub announced: Vec<(Amount, String)>,
}

/// A closed day in a list.
#[derive(Clone, Debug)]
pub struct DayRow {
    /// Where it is looked at.
    pub href: String,
    /// How it is called: its date, and its part.
    pub name: String,
    /// `closed`, `agreed`, `signed` or `differs`.
    pub state: &'static str,
    /// What it held before.
    pub opening: Amount,
    /// Taken.
    pub captured: Amount,
    /// Given back.
    pub refunded: Amount,
    /// Put in.
    pub topped_up: Amount,
    /// What it held after.
    pub closing: Amount,
}

/// How long a prefund lasts.
#[derive(Clone, Debug)]
pub struct AheadCard {
    /// `calm`, `watch`, `act` or `empty`.
    pub level: &'static str,
    /// What it rests on: `nothing`, `hours`, `days` or `weeks`, and of how many.
    pub basis: (&'static str, u64),
    /// When it runs out.
    pub out: Option<i64>,
    /// Until when a transfer can be made, and when it is there.
    pub next: Option<(i64, i64)>,
    /// What to send.
    pub send: Amount,
    /// What is expected to be there, in minor units, in steps of some hours from now on.
    pub line: Vec<i64>,
    /// How many hours a step has.
    pub step: u32,
    /// What it is never to be less than.
    pub floor: i64,
}

/// Money that is to fill a prefund.
#[derive(Clone, Debug)]
pub struct TopUpCard {
    /// Which.
    pub id: String,
    /// `asked`, `ready`, `paid`, `arrived` or `ended`.
    pub state: &'static str,
    /// How much.
    pub amount: Amount,
    /// What the transfer must say.
    pub remittance: String,
    /// Since when.
    pub asked: i64,
    /// Whether whoever looks asked for it.
    pub own: bool,
    /// What it cost.
    pub cost: Option<Amount>,
}

/// One day.
#[derive(Clone, Debug)]
pub struct SettledDayPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// How the day is called.
    pub name: String,
    /// Whose clock.
    pub zone: Zone,
    /// One for each nostro of the link.
    pub statements: Vec<StatementCard>,
    /// Where the statements are downloaded.
    pub file: String,
    /// Where the entries are.
    pub entries: String,
}

/// The statement of a day.
#[derive(Clone, Debug)]
pub struct StatementCard {
    /// The cell that keeps the nostro.
    pub keeper: String,
    /// The cell whose money it is.
    pub other: String,
    /// The sums.
    pub row: DayRow,
    /// In how many captures, refunds, top-ups.
    pub counts: [u64; 3],
    /// The keeper's first message and last, and the other side's.
    pub messages: [(u64, u64); 2],
    /// When it was closed.
    pub closed: i64,
    /// In what the cells differ: the field, what was computed, what was told.
    pub differs: Option<(&'static str, u64, u64)>,
    /// Who has signed: the cell and the name of its key.
    pub signed: Vec<(String, String)>,
    /// The first entries: message, when, kind, amount, balance.
    pub rows: Vec<(u64, i64, String, Amount, Amount)>,
    /// Whether there are more.
    pub more: bool,
}
