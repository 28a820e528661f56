//! The visitor's phone: on the first page, and in a window of its own.

use super::{Amount, Choice, Chrome, Foreign, Place, RateNote, Record, State, Unit, Zone};

/// The phone with what is on its screen.
#[derive(Clone, Debug)]
pub struct Phone {
    /// Path of this wallet: `/w/<token>`.
    pub base: String,
    /// Where the phone stands.
    pub place: Place,
    /// Now, in microseconds.
    pub now: i64,
    /// The visitor's clock: where the phone is.
    pub zone: Zone,
    /// The wallet's home clock, for receipts.
    pub home_zone: Zone,
    /// Whose wallet; none for one who was forgotten.
    pub holder: Option<Foreign>,
    /// The wallet's currency.
    pub unit: Unit,
    /// What is on the screen.
    pub face: Face,
    /// The text of the code the till on the same page shows, for *Scan this code*.
    pub shown_code: Option<String>,
    /// After an end, how to start over on the same page.
    pub again: Option<Again>,
}

/// Asks the till of the same page for another payment: a form to `{till}/request`.
#[derive(Clone, Debug)]
pub struct Again {
    /// Path of the till: `/t/<token>`.
    pub till: String,
    /// What to ask for.
    pub amount: Amount,
    /// The idempotency key of that request.
    pub key: String,
}

/// What is on the phone's screen.
#[derive(Clone, Debug)]
pub enum Face {
    /// What the wallet holds and its last payments.
    Balance(Balance),
    /// The finder: camera, photo, or the text of a code (own window only).
    Scan,
    /// Codes that a till scans (own window only).
    Code(Box<PayCode>),
    /// Whose wallet it is, and by what it is opened (own window only).
    Me(Box<Me>),
    /// A printed code leaves the amount open: the payer types it.
    Amount(Box<Open>),
    /// What is to be confirmed.
    Confirm(Box<Sheet>),
    /// Confirmed; the answer has not come.
    Underway(Underway),
    /// Paid, perhaps with parts refunded.
    Receipt(Box<Receipt>),
    /// Declined, cancelled or expired.
    Declined(Declined),
    /// A refusal before any payment: a bad code, no capacity, too many requests.
    Problem(Problem),
    /// The other side does not answer a scan; the page asks again by itself.
    Away(Box<Away>),
    /// The operator's staff look at it before it may be paid.
    Stopped(Box<Stopped>),
}

/// A payment that a rule sent to the staff. Nothing was taken.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// The payment that was tried.
    pub payment: String,
    /// How far it is.
    pub state: StoppedState,
    /// Who would be paid.
    pub payee: Payee,
    /// What the shop asks; a release goes up to it.
    pub asked: Amount,
    /// Until when it waits, or may be paid; none where that is not known yet.
    pub until: Option<i64>,
    /// With what the price is asked once more; none where the code is not known any more.
    pub retry: Option<Retry>,
}

/// How far a payment is that was sent to the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoppedState {
    /// Nobody has looked at it.
    Waiting,
    /// The payer may pay it once.
    Released,
    /// It may not be paid, with the reason.
    Rejected(String),
    /// Its time is over, or it was paid.
    Over,
}

/// Whose wallet it is, and by what it is opened.
#[derive(Clone, Debug)]
pub struct Me {
    /// The wallet's number, for the operator.
    pub wallet: String,
    /// The name of its cell.
    pub cell: String,
    /// The last letters of the sign-in code.
    pub ending: String,
    /// The number by which the operator ends the code.
    pub key: String,
    /// Whether this device keeps the code; else the address of the window is the key.
    pub kept: bool,
    /// What it may still pay.
    pub limits: Vec<LimitRow>,
    /// Who has a share of what we earn on its payments, and until when.
    pub brought: Option<(super::BroughtBy, i64)>,
    /// By whose link the browser came, who has none yet.
    pub offered: Option<super::BroughtBy>,
}

/// What is left of a limit.
#[derive(Clone, Debug)]
pub struct LimitRow {
    /// Payments where: `everywhere`, `inside` the cell or `across` to others.
    pub reach: &'static str,
    /// `payment`, `day`, `month`, `year` or `static_day`.
    pub window: &'static str,
    /// The most.
    pub most: Amount,
    /// What is left; of a limit of one payment, all of it.
    pub left: Amount,
    /// When it begins anew; none for a limit of one payment.
    pub resets: Option<i64>,
    /// The law or contract it comes from.
    pub source: String,
    /// Where in it.
    pub section: String,
}

/// What the wallet holds.
#[derive(Clone, Debug)]
pub struct Balance {
    /// Whether the statement is what one came to see: a small screen shows nothing else.
    pub listing: bool,
    /// Available: posted less held.
    pub available: Amount,
    /// About so much in the other currency.
    pub about: Option<Amount>,
    /// The newest rows of the statement.
    pub rows: Vec<StatementRow>,
    /// Payments that the staff look at, or have released.
    pub stopped: Vec<Stopped>,
}

/// A row of the statement.
#[derive(Clone, Debug)]
pub struct StatementRow {
    /// How it ended.
    pub state: State,
    /// The shop, in words of the page's language or its own.
    pub shop: Foreign,
    /// When.
    pub at: i64,
    /// What it did to the wallet, with its sign; `None` while nothing moved.
    pub moved: Option<Amount>,
    /// The shop's side.
    pub twin: Option<Amount>,
    /// The code of the reason of a decline.
    pub reason: Option<String>,
    /// Address of the receipt, where there is one.
    pub href: Option<String>,
}

/// Who is paid, as the seller's cell has them registered.
#[derive(Clone, Debug)]
pub struct Payee {
    /// The registered name as the shop writes it.
    pub name: Foreign,
    /// The same in the payer's letters, where it differs.
    pub reading: Option<Foreign>,
    /// ISO 3166-2:JP number of the prefecture, 1–47.
    pub prefecture: Option<u8>,
    /// Merchant category code (ISO 18245).
    pub category: Option<u16>,
    /// The place whose printed code is paid, and its reference in the shop's books.
    pub at: Option<(String, Option<String>)>,
}

/// The price of a payment that changes currency.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The amount at the published cross rate.
    pub mid: Amount,
    /// The spread in basis points.
    pub spread_bp: u32,
    /// The spread.
    pub spread: Amount,
    /// Where the rate comes from.
    pub rate: RateNote,
}

/// The price, line by line; a payment inside one currency has no conversion.
#[derive(Clone, Debug)]
pub struct Price {
    /// What the shop asks.
    pub asked: Amount,
    /// How it becomes the payer's currency.
    pub conversion: Option<Conversion>,
    /// The payer's fee.
    pub fee: Amount,
    /// What leaves the wallet.
    pub total: Amount,
}

/// A store without an amount: who is paid, and what the payer has typed.
#[derive(Clone, Debug)]
pub struct Open {
    /// The code once more, sent back as `code`.
    pub code: String,
    /// Who is paid, as registered.
    pub payee: Payee,
    /// What the store is paid in.
    pub unit: Unit,
    /// What was typed.
    pub typed: String,
    /// What was wrong with it.
    pub problem: Option<Problem>,
}

/// How long a quote's rate is held.
#[derive(Clone, Copy, Debug)]
pub struct Lock {
    /// Until when, in microseconds.
    pub deadline: i64,
    /// How long it was held for: the whole ring.
    pub seconds: u32,
}

/// What is to be confirmed.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The quote's id, sent back as `quote`.
    pub quote: String,
    /// The idempotency key, sent back as `key`.
    pub key: String,
    /// Who is paid, as registered.
    pub payee: Payee,
    /// The price.
    pub price: Price,
    /// What becomes of what the shop asks; none where its cell does not tell.
    pub parts: Option<ShopParts>,
    /// How long the rate is held; none where nothing is exchanged.
    pub lock: Option<Lock>,
    /// The code once more, to ask for a new quote when this one has run out.
    pub code: String,
    /// What the payer typed, where the code leaves the amount open: sent again with the code.
    pub typed: Option<String>,
    /// The wallet paid the same store the same amount just before: ask once more.
    pub again: bool,
    /// The payment that a till asks for by a code which was shown: it is told a no at once.
    pub asked: Option<String>,
}

/// What is taken of what a shop asks.
#[derive(Clone, Debug)]
pub struct ShopParts {
    /// The fee of its operator.
    pub fee: Amount,
    /// What others get: a share kind's word, and how much.
    pub shares: Vec<(&'static str, Amount)>,
    /// What the shop keeps.
    pub net: Amount,
}

/// What a payment under way waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The answer, which comes in a moment.
    Answer,
    /// The same for so long that it is in doubt (10 s).
    Doubt,
    /// The shop, which holds the money and takes what is owed later.
    Shop,
    /// The shop's side, to let go what it holds: the payer asked to cancel.
    Release,
}

/// Confirmed; the end has not come.
#[derive(Clone, Debug)]
pub struct Underway {
    /// Its id.
    pub payment: String,
    /// What is held.
    pub total: Amount,
    /// Who is paid.
    pub payee: Payee,
    /// For what.
    pub wait: Wait,
    /// When to look again, in milliseconds, should no event come.
    pub look_again_ms: u32,
}

/// A payment that arrived.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its id.
    pub payment: String,
    /// Who was paid.
    pub payee: Payee,
    /// What it cost.
    pub price: Price,
    /// When it was captured.
    pub at: i64,
    /// What the wallet holds now.
    pub left: Option<Amount>,
    /// What came back.
    pub refunds: Vec<Refund>,
    /// Its record in the seller's journal, with its place in the group.
    pub record: Option<(Record, u32)>,
    /// What the books say of it, once they can be read here.
    pub agrees: Option<Agrees>,
}

/// What the books say of a payment that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agrees {
    /// Two books, and they agree.
    Both,
    /// Two books, and they do not.
    Differs,
    /// Payer and shop stand in one book.
    InOne,
}

/// A part that came back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// When.
    pub at: i64,
    /// The shop's side, where it is known.
    pub given: Option<Amount>,
    /// What the wallet got.
    pub got: Amount,
}

/// A payment that did not happen.
#[derive(Clone, Debug)]
pub struct Declined {
    /// Declined, cancelled or expired.
    pub state: State,
    /// The stable code of the reason.
    pub reason: String,
    /// What was asked.
    pub asked: Amount,
    /// What would have left the wallet and did not, where it was known.
    pub total: Option<Amount>,
    /// Who asked.
    pub payee: Payee,
    /// When it ended.
    pub at: i64,
    /// With what the price may be asked once more, where a later answer may be another.
    pub retry: Option<Retry>,
}

/// What was scanned, to be asked once more.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The code.
    pub code: String,
    /// What the payer typed, where the code leaves the amount open.
    pub typed: Option<String>,
}

/// Somebody does not answer.
#[derive(Clone, Debug)]
pub struct Away {
    /// Who, and what to do.
    pub problem: Problem,
    /// What is asked again.
    pub retry: Retry,
    /// How often, in milliseconds.
    pub again_ms: u32,
}

/// A refusal with its stable code; the message files hold its sentence and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The stable code.
    pub code: String,
    /// The server's own sentence, for a code the message files do not know.
    pub sentence: Option<String>,
}

/// The wallet in a window of its own.
#[derive(Clone, Debug)]
pub struct WalletPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The phone; its `place` is [`Place::Own`].
    pub phone: Phone,
    /// The statement beside it.
    pub statement: Statement,
    /// The holder's other wallets.
    pub others: Vec<Choice>,
}

/// The statement of a wallet, newest first.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Path of the wallet.
    pub base: String,
    /// Behind which row it begins, as its address says it; none for the newest.
    pub before: Option<String>,
    /// Now, in microseconds.
    pub now: i64,
    /// Whose days they are.
    pub zone: Zone,
    /// The rows.
    pub rows: Vec<StatementRow>,
    /// Address of the page before these, where there is one.
    pub older: Option<String>,
    /// The view is behind the journal: a row may still be missing.
    pub stale: bool,
}

/// The page of codes that a till scans.
#[derive(Clone, Debug)]
pub struct PayCode {
    /// The wallet's id, by which a device knows whose codes it makes.
    pub wallet: String,
    /// Which phone makes them now, by its handle; none where none does.
    pub handle: Option<u32>,
    /// What this device keeps, where it was enrolled just now: JSON for the page's script.
    pub made: Option<String>,
    /// The idempotency key of *Make codes on this device*.
    pub key: String,
    /// Now, in microseconds: a device whose clock is off is told so.
    pub now: i64,
    /// Until when codes rest, after too many wrong ones.
    pub rests: Option<i64>,
    /// Whether a code of another time was shown last.
    pub other_time: bool,
    /// A code that the server made, for a browser without scripts.
    pub plain: Option<PlainCode>,
    /// Why no codes can be made.
    pub problem: Option<Problem>,
}

/// A code that the server made.
#[derive(Clone, Debug)]
pub struct PlainCode {
    /// Its digits, in groups.
    pub groups: String,
    /// For how many seconds it is shown at the most.
    pub left: u64,
    /// Which code of its half minute it is, from 0.
    pub counter: u8,
}
