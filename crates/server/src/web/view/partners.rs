//! The operator's page of partners: other companies whose wallets pay at our shops, or ours at theirs.

use super::{Amount, BoardFrozen, BoardTrouble, Chrome, Problem, Zone};

/// The partners of a cell.
#[derive(Clone, Debug)]
pub struct PartnersPage {
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
    /// Whether who looks may change what is agreed and whose keys are believed.
    pub may_agree: bool,
    /// Whether who looks may suspend and resume.
    pub may_suspend: bool,
    /// What a partner has to know of this side.
    pub own: OwnEnd,
    /// The currencies that this cell keeps books in.
    pub currencies: Vec<&'static str>,
    /// The partners in the order of their links.
    pub partners: Vec<PartnerCard>,
    /// The form that did nothing, and why.
    pub wrong: Option<PartnerWrong>,
}

/// What a partner has to know of this side.
#[derive(Clone, Debug)]
pub struct OwnEnd {
    /// Its number, with which the ids of its stores begin.
    pub number: u16,
    /// Its public key; none while none was made.
    pub key: Option<String>,
}

/// A form that did nothing.
#[derive(Clone, Debug)]
pub struct PartnerWrong {
    /// Which: `set`, `trust`, `end`, `suspend`, `resume` or `make`.
    pub form: &'static str,
    /// Of which partner; none for one that is to come.
    pub partner: Option<u16>,
    /// Why.
    pub problem: Problem,
    /// What was typed.
    pub typed: PartnerTyped,
}

/// The fields of a partner's forms, as they were typed.
#[derive(Clone, Debug, Default)]
pub struct PartnerTyped {
    /// Its number.
    pub number: String,
    /// Its name on the wire.
    pub name: String,
    /// What its wallet is called.
    pub wallet: String,
    /// Where its server is.
    pub url: String,
    /// The currency in which its users pay here.
    pub pays_here: String,
    /// The currency in which ours pay there.
    pub paid_there: String,
    /// The most that it may hold with us.
    pub most: String,
    /// Where that is written.
    pub source: String,
    /// A key.
    pub trust: String,
    /// Why it is suspended or not any more.
    pub note: String,
}

/// One partner.
#[derive(Clone, Debug)]
pub struct PartnerCard {
    /// Its number.
    pub number: u16,
    /// The number of the link to it.
    pub link: u8,
    /// Its name on the wire.
    pub name: String,
    /// What its wallet is called now.
    pub wallet: String,
    /// Where its server is; empty while that is not known.
    pub url: String,
    /// Where what is agreed is written.
    pub source: String,
    /// How it goes: `frozen`, `suspended`, `noaddress`, `nokey`, `silent`, `unheard` or `working`.
    pub state: &'static str,
    /// Since when it goes so, where that is known.
    pub since: Option<i64>,
    /// Why it is suspended.
    pub note: Option<String>,
    /// Why its link stands still.
    pub frozen: Option<BoardFrozen>,
    /// What its users pay from at our shops.
    pub here: Option<PartnerFund>,
    /// What our users pay from at its shops.
    pub there: Option<PartnerFund>,
    /// Payments of our users that wait for its answer.
    pub in_doubt: u32,
    /// Since when the oldest of them waits.
    pub in_doubt_since: Option<i64>,
    /// When it asked us something last.
    pub heard: Option<i64>,
    /// When it answered us last.
    pub answered: Option<i64>,
    /// What does not work: whether it is what we ask of it, and how.
    pub troubles: Vec<(bool, BoardTrouble)>,
    /// The numbers of the last message sent and received.
    pub messages: (u64, u64),
    /// Its keys, the oldest first.
    pub keys: Vec<PartnerKeyLine>,
    /// The days whose files can be fetched, the newest first, as `2026-11-23`.
    pub days: Vec<String>,
}

/// Money of one side that the other keeps.
#[derive(Clone, Copy, Debug)]
pub struct PartnerFund {
    /// What is there.
    pub balance: Amount,
    /// What of it is held for payments under way.
    pub held: Amount,
    /// The most that may be there, where that is agreed.
    pub most: Option<Amount>,
}

/// A key of a partner.
#[derive(Clone, Debug)]
pub struct PartnerKeyLine {
    /// Its name in signatures.
    pub id: String,
    /// The key, as it is handed over.
    pub key: String,
    /// Since when it is believed.
    pub since: i64,
    /// Since when it is not any more.
    pub until: Option<i64>,
}

/// One day of a partner: what each side sent, and whether both have the same.
#[derive(Clone, Debug)]
pub struct PartnerDayPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The operator's path.
    pub base: String,
    /// The cell that is looked at.
    pub cell: String,
    /// The partner's number.
    pub number: u16,
    /// What its wallet is called.
    pub wallet: String,
    /// The day by UTC, as `2026-11-23`.
    pub day: String,
    /// What this side sent.
    pub ours: PartnerDaySum,
    /// What the partner says that it sent, or why that can't be known now.
    pub theirs: Result<PartnerDaySum, Problem>,
    /// What comes of holding its file against our books: `same`, `under_way` or `differs`; none
    /// without its file.
    pub verdict: Option<&'static str>,
}

/// What a file of a day comes to.
#[derive(Clone, Debug)]
pub struct PartnerDaySum {
    /// How many messages.
    pub lines: u64,
    /// The number of the first; 0 for none.
    pub first: u64,
    /// How far they go.
    pub number: u64,
    /// The witness there.
    pub witness: String,
}
