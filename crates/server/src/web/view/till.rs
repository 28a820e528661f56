//! The shop's till: on the first page, and in a window of its own.

use super::{
    Amount, Choice, Chrome, Foreign, Place, Problem, ShopCard, State, TonightCard, Unit, Zone,
};

/// The till with what is on its screen.
#[derive(Clone, Debug)]
pub struct Till {
    /// Path of this till: `/t/<token>`.
    pub base: String,
    /// Where the till stands.
    pub place: Place,
    /// The shop's name as the shop writes it.
    pub shop: Foreign,
    /// What the shop calls the till, if it has a name.
    pub name: Option<String>,
    /// The shop's currency.
    pub unit: Unit,
    /// Now, in microseconds.
    pub now: i64,
    /// The shop's clock.
    pub zone: Zone,
    /// What is on the screen.
    pub face: TillFace,
}

/// What is on the till's screen.
#[derive(Clone, Debug)]
pub enum TillFace {
    /// The amount is to be typed.
    Amount {
        /// What the field starts with, as typed.
        typed: String,
        /// The idempotency key of the request.
        key: String,
        /// What was wrong with what was typed before.
        problem: Option<Problem>,
        /// A customer's code that was scanned before the amount was known.
        held: Option<Held>,
    },
    /// The code is shown.
    Code(Code),
    /// Another company's wallet is asked.
    Asked(Asked),
    /// Paid.
    Paid(TillPaid),
    /// How much goes back is to be typed.
    Refunding(Refunding),
    /// Declined, cancelled or expired.
    Ended {
        /// Which of the three.
        state: State,
        /// The stable code of the reason.
        reason: String,
        /// What was asked.
        amount: Amount,
        /// The key of the next request of the same amount.
        key: String,
    },
    /// The till can't work now.
    Problem(Problem),
}

/// A code on the screen.
#[derive(Clone, Debug)]
pub struct Code {
    /// The payment it asks for.
    pub payment: String,
    /// How much.
    pub amount: Amount,
    /// The EMVCo text that is drawn.
    pub text: String,
    /// Until when it is good.
    pub deadline: i64,
    /// What became of the customer's code that was scanned last, where one was.
    pub charge: Option<&'static str>,
    /// What was wrong with what was scanned just now.
    pub wrong: Option<Problem>,
    /// The wallets whose codes can be shown in place of this one.
    pub wallets: Vec<WalletChoice>,
    /// The idempotency key of choosing one.
    pub wallet_key: String,
    /// The idempotency key of *Cancel*.
    pub key: String,
}

/// Another company's wallet, whose code can be shown.
#[derive(Clone, Debug)]
pub struct WalletChoice {
    /// The name of its connector.
    pub connector: String,
    /// Its kind, by which pages name it.
    pub kind: &'static str,
}

/// A payment that another company is asked to take.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which.
    pub payment: String,
    /// The kind of wallet.
    pub kind: &'static str,
    /// How much.
    pub amount: Amount,
    /// The code to show, once that company gave one.
    pub code: Option<String>,
    /// Whether the customer's number was scanned.
    pub taken: bool,
    /// Whether it is unknown if it was paid: nothing came, and that company is being asked.
    pub unknown: bool,
    /// Whether it is being taken back.
    pub closing: bool,
    /// Until when it may be paid.
    pub deadline: i64,
    /// The idempotency key of *Cancel*.
    pub key: String,
}

/// What another company was asked to give back, and has not yet.
#[derive(Clone, Debug)]
pub struct GivingBack {
    /// How much.
    pub amount: Amount,
    /// The kind of wallet.
    pub kind: &'static str,
    /// Whether a person at the operator has to do something first.
    pub stuck: bool,
}

/// Who paid, as far as a shop knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payer {
    /// A wallet of this currency.
    Of(Unit),
    /// A wallet over a bridge, of a currency that only its own cell knows.
    Abroad,
    /// Another company's wallet, by its kind.
    Outside(&'static str),
    /// A partner's wallet of this name.
    Partner(String),
}

/// A payment the till has.
#[derive(Clone, Debug)]
pub struct TillPaid {
    /// Its id.
    pub payment: String,
    /// How much.
    pub amount: Amount,
    /// Who paid.
    pub payer: Payer,
    /// When.
    pub at: i64,
    /// The shop's fee in basis points, where it is nothing but that.
    pub fee_bp: Option<u32>,
    /// The shop's fee less what a refund gave back.
    pub fee: Amount,
    /// What others have of it, in the order in which they got it.
    pub shares: Vec<TillShare>,
    /// What was refunded so far.
    pub refunded: Amount,
    /// What is being given back through another company.
    pub giving_back: Option<GivingBack>,
    /// The parts of it: when, and how much.
    pub refunds: Vec<(i64, Amount)>,
    /// What the shop gets: amount less refunded less fee less what others have.
    pub net: Amount,
    /// What *Refund* takes back in one press on the first page; `None` when nothing is left.
    pub offer: Option<Amount>,
    /// The idempotency key of that press.
    pub key: String,
}

/// What another has of a payment.
#[derive(Clone, Debug)]
pub struct TillShare {
    /// Who, as registered.
    pub name: Foreign,
    /// A word for what: `platform`, `partner`, `tax`.
    pub kind: &'static str,
    /// How much, less what a refund took back of it.
    pub kept: Amount,
    /// What a refund took back.
    pub returned: Amount,
}

/// A refund being typed.
#[derive(Clone, Debug)]
pub struct Refunding {
    /// The payment.
    pub payment: String,
    /// What was paid.
    pub paid: Amount,
    /// When.
    pub at: i64,
    /// What can still go back.
    pub rest: Amount,
    /// What the field starts with, as typed.
    pub typed: String,
    /// The idempotency key.
    pub key: String,
    /// What was typed, to be confirmed.
    pub sure: Option<Amount>,
    /// What was wrong with what was typed before.
    pub problem: Option<Problem>,
}

/// The till in a window of its own.
#[derive(Clone, Debug)]
pub struct TillPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The till; its `place` is [`Place::Own`].
    pub till: Till,
    /// The day's list beside it.
    pub today: Today,
    /// Tonight's bank file, where its cell makes one.
    pub tonight: Option<TonightCard>,
    /// The store's switch and poster, or why they can't be shown now.
    pub shop: Result<ShopCard, Problem>,
    /// The merchant's other stores.
    pub others: Vec<Choice>,
}

/// The day's payments of a till's store, newest first.
#[derive(Clone, Debug)]
pub struct Today {
    /// Path of the till.
    pub base: String,
    /// The shop's currency.
    pub unit: Unit,
    /// Now, in microseconds: names the day.
    pub now: i64,
    /// The shop's clock.
    pub zone: Zone,
    /// The rows.
    pub rows: Vec<TodayRow>,
    /// How many payments were captured today.
    pub payments: u64,
    /// There are more rows than these.
    pub more: bool,
    /// Captured today.
    pub paid: Amount,
    /// Refunded today.
    pub refunded: Amount,
    /// Fees less what refunds gave back.
    pub fee: Amount,
}

/// A customer's code that waits for its amount. It is judged when it is charged, and good for about a
/// minute.
#[derive(Clone, Debug)]
pub struct Held {
    /// What was scanned or typed.
    pub code: String,
    /// When, in microseconds.
    pub at: i64,
    /// Until when it is sent, in microseconds.
    pub until: i64,
}

/// A row of the day's list.
#[derive(Clone, Debug)]
pub struct TodayRow {
    /// The payment.
    pub payment: String,
    /// How it stands.
    pub state: State,
    /// How much was asked.
    pub amount: Amount,
    /// Who paid, once one did.
    pub payer: Option<Payer>,
    /// When it last changed.
    pub at: i64,
    /// What was refunded of it.
    pub refunded: i64,
    /// The code of the reason of a decline.
    pub reason: Option<String>,
    /// The place whose printed code was paid, and its reference in the shop's books.
    pub place: Option<(String, Option<String>)>,
}
