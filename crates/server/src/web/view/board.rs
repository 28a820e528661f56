//! The operator's page: cells, corridor, nostro, figures, payments, and what an operator does.

use jiff::civil::Date;

use super::{
    Account, Agreement, Amount, Chrome, Foreign, Map, Problem, RateNote, Shore, State, Unit, Zone,
};

/// The operator's page.
#[derive(Clone, Debug)]
pub struct BoardPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The path of the window.
    pub base: String,
    /// When it was made.
    pub at: i64,
    /// The clock of the cell that is looked at, and of another one.
    pub zones: (Zone, Zone),
    /// The last result of the audit.
    pub agreement: BoardAgreement,
    /// The cells that can be looked at, by name, each with the currency it is named by.
    pub cells: Vec<(String, Unit)>,
    /// The one that figures and payments are of.
    pub cell: String,
    /// What was done by the form before, as the last part of a message's key.
    pub done: Option<&'static str>,
    /// How everything stands.
    pub now: BoardNow,
    /// What was sold.
    pub figures: BoardFigures,
    /// Payments.
    pub payments: BoardPayments,
    /// What an operator does.
    pub operate: BoardOperate,
}

/// The line that leads to the audit.
#[derive(Clone, Debug)]
pub enum BoardAgreement {
    /// The first audit has not ended yet; the address of the line.
    Awaited(String),
    /// The newest result.
    Known(Agreement),
}

/// The fragment `#now`: cells, corridors, prefunds.
#[derive(Clone, Debug)]
pub struct BoardNow {
    /// Address of this fragment.
    pub src: String,
    /// When it was made, and by which clock.
    pub at: (i64, Zone),
    /// The cells.
    pub cells: Vec<BoardCell>,
    /// The corridors between them and to others.
    pub corridors: Vec<BoardCorridor>,
    /// What is prefunded here, or, where that is another process, what we have there.
    pub prefunds: Vec<BoardPrefund>,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct BoardCell {
    /// Its short name.
    pub name: String,
    /// The currency it is named by.
    pub unit: Unit,
    /// Which side it is on.
    pub shore: Shore,
    /// Whether it decides now.
    pub ready: bool,
    /// The newest durable group.
    pub position: u64,
    /// How many groups its views have not taken in.
    pub behind: u64,
    /// What the whole process keeps in memory, in bytes, where the system tells.
    pub memory: Option<u64>,
    /// Since when the process runs.
    pub since: i64,
}

/// A corridor.
#[derive(Clone, Debug)]
pub struct BoardCorridor {
    /// Payments that wait for an answer.
    pub under_way: u64,
    /// For how long the oldest of them has waited, in seconds.
    pub oldest_s: Option<u64>,
    /// The last message's number each way: from, to, number.
    pub numbers: [(String, String, u64); 2],
    /// The rate in force, where a side converts.
    pub rate: Option<RateNote>,
    /// Who has it frozen, and why.
    pub frozen: Vec<BoardFrozen>,
    /// How other processes are reached.
    pub ends: Vec<BoardEnd>,
}

/// An end of a link that lets nothing new cross.
#[derive(Clone, Debug)]
pub struct BoardFrozen {
    /// The cell whose end it is.
    pub cell: String,
    /// The other cell.
    pub peer: String,
    /// The stable word of the reason.
    pub code: String,
    /// What an operator wrote.
    pub note: Option<String>,
}

/// How a cell of another process is reached.
#[derive(Clone, Debug)]
pub struct BoardEnd {
    /// Its address.
    pub url: String,
    /// Each way: what is asked of it, and what it asks.
    pub ways: [BoardWay; 2],
}

/// One direction between two processes.
#[derive(Clone, Debug)]
pub struct BoardWay {
    /// Who asks.
    pub from: String,
    /// Who is asked.
    pub to: String,
    /// When it worked last.
    pub last: Option<i64>,
    /// What is wrong; none while it works.
    pub trouble: Option<BoardTrouble>,
}

/// Why a direction does not work.
#[derive(Clone, Debug)]
pub struct BoardTrouble {
    /// The stable word.
    pub code: String,
    /// What it is and what to do, in English.
    pub detail: String,
    /// Who found it.
    pub said_by: String,
    /// Since when.
    pub since: i64,
    /// How often since.
    pub times: u64,
}

/// A prefund: a nostro, or its mirror.
#[derive(Clone, Debug)]
pub struct BoardPrefund {
    /// Whose money it is.
    pub peer: String,
    /// Whether it is our mirror of what the other side keeps for us.
    pub mirror: bool,
    /// What is in it.
    pub balance: Amount,
    /// Of it held for payments under way.
    pub held: Amount,
    /// What the next payment can take.
    pub free: Amount,
    /// Below which it warns.
    pub warns_below: Option<Amount>,
}

/// What was sold and given back, in minor units of the figures' currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoardSum {
    /// Payments captured.
    pub payments: u64,
    /// Captured.
    pub captured: i64,
    /// Refunds made.
    pub refunds: u64,
    /// Given back.
    pub refunded: i64,
    /// The merchants' fees, less what refunds gave back of them.
    pub fees: i64,
}

impl BoardSum {
    /// Captured less refunded.
    pub const fn net(&self) -> i64 {
        self.captured - self.refunded
    }
}

/// What a line of figures is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardOf {
    /// A trade by its word.
    Trade(&'static str),
    /// An hour of the day.
    Hour(u8),
    /// Wallets of a currency.
    Wallets(Unit),
    /// Wallets of another cell, whose currency is not known here.
    WalletsOf(String),
}

/// A line of figures beside the week before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardLine {
    /// Of what.
    pub of: BoardOf,
    /// These days.
    pub now: BoardSum,
    /// The same days a week before.
    pub before: BoardSum,
}

/// The fragment `#figures`.
#[derive(Clone, Debug)]
pub struct BoardFigures {
    /// Address of this fragment.
    pub src: String,
    /// The path of the window.
    pub base: String,
    /// The cell.
    pub cell: String,
    /// In what.
    pub unit: Unit,
    /// The first and the last day.
    pub days: (Date, Date),
    /// The same a week before.
    pub week_before: (Date, Date),
    /// The cell's today.
    pub today: Date,
    /// Up to which minute of today it is, when the last day is today.
    pub until: Option<String>,
    /// Everything.
    pub all: (BoardSum, BoardSum),
    /// By prefecture; 0 is elsewhere.
    pub map: Map,
    /// All hours up to now, or of the day.
    pub hours: Vec<BoardLine>,
    /// By trade, the largest first.
    pub trades: Vec<BoardLine>,
    /// By who paid.
    pub wallets: Vec<BoardLine>,
    /// Why other days than the asked ones are shown.
    pub problem: Option<Problem>,
}

/// What was typed to find payments.
#[derive(Clone, Debug, Default)]
pub struct BoardTyped {
    /// A payment's id.
    pub payment: String,
    /// A status.
    pub status: String,
    /// A shop.
    pub shop: String,
    /// A prefecture's number.
    pub prefecture: String,
    /// A trade.
    pub category: String,
    /// The least amount, in whole units.
    pub least: String,
    /// The largest amount.
    pub most: String,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
}

/// The list of payments and its search.
#[derive(Clone, Debug)]
pub struct BoardPayments {
    /// Address of the list, with all that was typed.
    pub src: String,
    /// The path of the window.
    pub base: String,
    /// The cell.
    pub cell: String,
    /// Its clock.
    pub zone: Zone,
    /// When it was made.
    pub at: i64,
    /// What was typed.
    pub typed: BoardTyped,
    /// Whether the list is the newest, which goes on by itself.
    pub newest: bool,
    /// What was found.
    pub rows: Vec<BoardPayment>,
    /// Where older ones are.
    pub older: Option<String>,
    /// The same as a file.
    pub file: String,
    /// Which field can't be read.
    pub problem: Option<Problem>,
}

/// What is to be said of a payment in a list.
#[derive(Clone, Debug)]
pub enum BoardNote {
    /// Nothing.
    None,
    /// Why it was declined.
    Declined(String),
    /// So much went back.
    Back(Amount),
}

/// A payment in the list.
#[derive(Clone, Debug)]
pub struct BoardPayment {
    /// When it began.
    pub at: i64,
    /// Where it stands.
    pub state: State,
    /// Its own word, as the last part of a message's key, where the state's is too wide.
    pub word: Option<&'static str>,
    /// The shop, where it is known here.
    pub shop: Option<Foreign>,
    /// Its prefecture.
    pub prefecture: Option<u8>,
    /// Its trade's word.
    pub trade: Option<&'static str>,
    /// What the shop asked.
    pub seller: Amount,
    /// What the payer pays, where that is known here.
    pub payer: Option<Amount>,
    /// What else.
    pub note: BoardNote,
    /// Its own page.
    pub href: String,
}

/// What an operator does.
#[derive(Clone, Debug)]
pub struct BoardOperate {
    /// The path of the window.
    pub base: String,
    /// The cell in which it is done.
    pub cell: String,
    /// The currency its amounts are first thought of in.
    pub unit: Unit,
    /// Its links.
    pub links: Vec<BoardLink>,
    /// Makes the forms' keys: a form sent twice is done once.
    pub key: String,
    /// Which form failed, why, and what had been typed in it.
    pub failed: Option<BoardFailed>,
}

/// A form that failed.
#[derive(Clone, Debug)]
pub struct BoardFailed {
    /// `top-up`, `nostro` or `link`.
    pub form: &'static str,
    /// Why.
    pub problem: Problem,
    /// The wallet that was typed.
    pub wallet: String,
    /// The amount.
    pub amount: String,
    /// The reference, or the note.
    pub text: String,
}

/// A link that an operator may act on.
#[derive(Clone, Debug)]
pub struct BoardLink {
    /// Its number.
    pub number: u8,
    /// The other cell.
    pub peer: String,
    /// Whether it is frozen.
    pub frozen: bool,
    /// The currency of its nostro, where we keep one for the other side.
    pub nostro: Option<Unit>,
}

/// A payment's own page.
#[derive(Clone, Debug)]
pub struct BoardPaymentPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The path of the window.
    pub base: String,
    /// The way back.
    pub back: String,
    /// Its id.
    pub id: String,
    /// What each cell knows.
    pub sides: Vec<BoardSide>,
}

/// What one cell knows of a payment.
#[derive(Clone, Debug)]
pub struct BoardSide {
    /// The cell.
    pub cell: String,
    /// The currency it is named by.
    pub unit: Unit,
    /// Its side.
    pub shore: Shore,
    /// Its clock.
    pub zone: Zone,
    /// Its legs there, the newest attempt first.
    pub legs: Vec<BoardLeg>,
    /// What happened, in order.
    pub steps: Vec<BoardStep>,
    /// What was written in the book, in order.
    pub lines: Vec<BoardEntry>,
}

/// A leg.
#[derive(Clone, Debug)]
pub struct BoardLeg {
    /// Where it stands.
    pub state: State,
    /// See [`BoardPayment::word`].
    pub word: Option<&'static str>,
    /// Why it was declined.
    pub declined: Option<String>,
    /// The shop.
    pub shop: Option<Foreign>,
    /// Amounts, each under the last part of a message's key.
    pub amounts: Vec<(&'static str, Amount)>,
}

/// A fact of a payment.
#[derive(Clone, Debug)]
pub struct BoardStep {
    /// Its stable word.
    pub kind: String,
    /// When.
    pub at: i64,
    /// In which group.
    pub position: u64,
    /// The number of the message it sent.
    pub sent: Option<u64>,
    /// The number of the message it handled.
    pub received: Option<u64>,
}

/// An account of the book.
#[derive(Clone, Debug)]
pub struct BoardAccount {
    /// Whose, or for what.
    pub of: Account,
    /// The other cell, of a nostro or its mirror.
    pub peer: Option<String>,
}

/// A line of the book.
#[derive(Clone, Debug)]
pub struct BoardEntry {
    /// In which group.
    pub position: u64,
    /// `posted`, `held` or `released`.
    pub what: String,
    /// Whom it takes from.
    pub debit: BoardAccount,
    /// Whom it gives to.
    pub credit: BoardAccount,
    /// How much.
    pub amount: Amount,
}
