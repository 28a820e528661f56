//! The days of each link's nostros, and what is on its way to fill them.

use std::collections::BTreeMap;

use corridor::{Day, DayAnswer, DaySignature, Sums};
use kernel::id::TopUp as TopUpKind;
use kernel::{Currency, Id, Timestamp};

use super::{Due, State};
use crate::event::{
    Author, DayAnswered, DayRecorded, DaySigned, SettlementTermsSet, TopUpAnnounced, TopUpMoved,
    TopUpStep,
};
use crate::terms::{Dated, SettlementTerms};

/// A closed day and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SettledDay {
    /// The day.
    #[n(0)]
    pub day: Day,
    /// What the side that does not keep the nostro says; none while it has not answered.
    #[n(1)]
    pub answer: Option<DayAnswer>,
    /// Our signature.
    #[n(2)]
    pub ours: Option<DaySignature>,
    /// The other side's.
    #[n(3)]
    pub theirs: Option<DaySignature>,
}

impl SettledDay {
    /// Where it stands, in a word: `closed`, `agreed`, `differs` or `signed`. Whether signatures are
    /// right is judged where keys are.
    pub const fn word(&self) -> &'static str {
        match (&self.answer, &self.ours, &self.theirs) {
            (None, ..) => "closed",
            (Some(DayAnswer::Differs(_)), ..) => "differs",
            (Some(DayAnswer::Agreed(_)), Some(_), Some(_)) => "signed",
            (Some(DayAnswer::Agreed(_)), ..) => "agreed",
        }
    }
}

/// One nostro of a link, seen from here.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Half {
    /// What moved it since its last closing.
    #[n(0)]
    pub running: Sums,
    /// Its closed days, oldest first; numbered from 1 without a gap.
    #[n(1)]
    pub days: Vec<SettledDay>,
    /// When its day is closed; none where the other side does that, or no terms are set.
    #[n(2)]
    pub next_close: Option<Timestamp>,
}

impl Half {
    /// A day by its number.
    pub fn day(&self, number: u32) -> Option<&SettledDay> {
        self.days.get((number as usize).checked_sub(1)?)
    }

    /// The day closed last.
    pub fn last(&self) -> Option<&Day> {
        self.days.last().map(|known| &known.day)
    }
}

/// Both nostros that a link may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Halves {
    /// The one that we keep for the other side.
    #[n(0)]
    pub nostro: Half,
    /// The one that the other side keeps for us.
    #[n(1)]
    pub mirror: Half,
}

impl Halves {
    /// One of them.
    pub const fn half(&self, keeper: bool) -> &Half {
        if keeper { &self.nostro } else { &self.mirror }
    }

    const fn half_mut(&mut self, keeper: bool) -> &mut Half {
        if keeper { &mut self.nostro } else { &mut self.mirror }
    }
}

/// Money that is to fill what we hold with the other side.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TopUp {
    /// Its id.
    #[n(0)]
    pub id: Id<TopUpKind>,
    /// Over which link.
    #[n(1)]
    pub link: u8,
    /// Minor units of what we hold there.
    #[n(2)]
    pub amount: u64,
    /// Who asked for it.
    #[n(3)]
    pub by: Author,
    /// When.
    #[n(4)]
    pub asked: Timestamp,
    /// Whether a second person is to approve it.
    #[n(5)]
    pub needs_approval: bool,
    /// Who approved it, and when.
    #[n(6)]
    pub approved: Option<(Author, Timestamp)>,
    /// Who said that it was paid, and when.
    #[n(7)]
    pub paid: Option<(Author, Timestamp)>,
    /// Our bank's own reference.
    #[n(8)]
    pub reference: Option<String>,
    /// What it cost us.
    #[n(9)]
    pub cost: Option<(u64, Currency)>,
    /// When the other side had it.
    #[n(10)]
    pub arrived: Option<Timestamp>,
    /// Who ended it, when, and why.
    #[n(11)]
    pub ended: Option<(Author, Timestamp, String)>,
}

impl TopUp {
    /// Where it stands, in a word: `asked`, `ready`, `paid`, `arrived` or `ended`.
    pub const fn word(&self) -> &'static str {
        if self.ended.is_some() {
            "ended"
        } else if self.arrived.is_some() {
            "arrived"
        } else if self.paid.is_some() {
            "paid"
        } else if self.approved.is_some() || !self.needs_approval {
            "ready"
        } else {
            "asked"
        }
    }

    /// The number of the reference that our transfer tells the other side's bank.
    pub fn number(&self) -> u64 {
        self.id.tag() % 10_000_000_000_000
    }

    /// Whether something of it is still to come.
    pub const fn is_open(&self) -> bool {
        self.arrived.is_none() && self.ended.is_none()
    }
}

/// Money that the other side has sent for the nostro that we keep.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Announced {
    /// Over which link.
    #[n(0)]
    pub link: u8,
    /// Minor units of the nostro's currency.
    #[n(1)]
    pub amount: u64,
    /// The number of the reference that the bank's line will say.
    #[n(2)]
    pub reference: u64,
    /// When we were told.
    #[n(3)]
    pub since: Timestamp,
}

/// What a transfer for a prefund says as its reference: characters that banks of both countries
/// take.
pub fn remittance(number: u64) -> String {
    format!("NT{number:013}")
}

/// What is known of settling the cell's links.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Settlement {
    /// The nostros by link.
    #[n(0)]
    pub links: Vec<Halves>,
    /// What holds for a link, by date.
    #[n(1)]
    pub terms: BTreeMap<u8, Dated<SettlementTerms>>,
    /// Top-ups, oldest first: all that are open, and the last of those that are not.
    #[n(2)]
    pub top_ups: Vec<TopUp>,
    /// What neighbours have sent and no line of the bank has said yet, by the hash of its reference.
    #[n(3)]
    pub announced: BTreeMap<u64, Announced>,
}

impl Settlement {
    /// The most top-ups that are kept when nothing of them is to come any more.
    pub const MOST_ENDED: usize = 400;
    /// The most top-ups that may be open.
    pub const MOST_OPEN: usize = 100;
    /// The most that neighbours may have announced.
    pub const MOST_ANNOUNCED: usize = 1_000;

    /// What holds for a link at a moment.
    pub fn terms(&self, link: u8, now: Timestamp) -> Option<&SettlementTerms> {
        self.terms.get(&link).and_then(|dated| dated.at(now))
    }

    /// The nostros of a link.
    pub fn halves(&self, link: u8) -> Option<&Halves> {
        self.links.get(usize::from(link))
    }

    /// One nostro of a link.
    pub fn half(&self, link: u8, keeper: bool) -> Option<&Half> {
        self.halves(link).map(|halves| halves.half(keeper))
    }

    /// A top-up by its id.
    pub fn top_up(&self, id: Id<TopUpKind>) -> Option<&TopUp> {
        self.top_ups.iter().rev().find(|known| known.id == id)
    }

    pub(crate) fn half_mut(&mut self, link: u8, keeper: bool) -> &mut Half {
        let at = usize::from(link);
        if self.links.len() <= at {
            self.links.resize_with(at + 1, Halves::default);
        }
        self.links[at].half_mut(keeper)
    }

    /// What moved a nostro, counted where the fact of it is applied.
    pub(crate) fn sums(&mut self, link: u8, keeper: bool) -> &mut Sums {
        &mut self.half_mut(link, keeper).running
    }
}

impl State {
    /// What is known of settling the cell's links.
    pub const fn settlement(&self) -> &Settlement {
        &self.market.settlement
    }

    pub(crate) fn settlement_terms_set(&mut self, now: Timestamp, fact: &SettlementTermsSet) {
        let settlement = &mut self.market.settlement;
        let (link, from) = (fact.terms.link, fact.from);
        settlement.terms.entry(link).or_default().set(from, fact.terms.clone());
        if let Some(closing) = fact.terms.closing
            && settlement.half_mut(link, true).next_close.is_none()
        {
            self.close_next(link, closing.after(now.max(from)));
        }
    }

    fn close_next(&mut self, link: u8, at: Timestamp) {
        let half = self.market.settlement.half_mut(link, true);
        if let Some(known) = half.next_close.replace(at) {
            self.due.remove(&(known, Due::Day(link)));
        }
        self.due.insert((at, Due::Day(link)));
    }

    pub(crate) fn day_recorded(&mut self, now: Timestamp, fact: &DayRecorded) {
        let settlement = &mut self.market.settlement;
        let half = settlement.half_mut(fact.link, fact.keeper);
        assert_eq!(half.days.len() + 1, fact.day.number as usize, "judged: days have no gap");
        half.running = Sums::default();
        let (day, answer) = (fact.day, fact.answer);
        half.days.push(SettledDay { day, answer, ours: None, theirs: None });
        if !fact.keeper {
            return;
        }
        let closing = settlement.terms(fact.link, now).and_then(|terms| terms.closing);
        if let Some(closing) = closing {
            self.close_next(fact.link, closing.after(now));
        }
    }

    pub(crate) fn day_answered(&mut self, fact: &DayAnswered) {
        let half = self.market.settlement.half_mut(fact.link, true);
        let at = fact.day as usize - 1;
        let known = half.days.get_mut(at).expect("judged: the day is closed");
        // Another word than before, of a neighbour that came back from an old copy: what was signed
        // said the one before.
        (known.answer, known.ours, known.theirs) = (Some(fact.answer), None, None);
    }

    pub(crate) fn day_signed(&mut self, fact: &DaySigned) {
        let half = self.market.settlement.half_mut(fact.link, fact.keeper);
        let known = half.days.get_mut(fact.day as usize - 1).expect("judged: the day is closed");
        *(if fact.ours { &mut known.ours } else { &mut known.theirs }) = Some(fact.signature);
    }

    pub(crate) fn top_up_moved(&mut self, now: Timestamp, fact: &TopUpMoved) {
        let settlement = &mut self.market.settlement;
        if let TopUpStep::Asked { link, amount, by, needs_approval } = fact.step {
            settlement.top_ups.push(TopUp {
                id: fact.top_up,
                link,
                amount,
                by,
                asked: now,
                needs_approval,
                approved: None,
                paid: None,
                reference: None,
                cost: None,
                arrived: None,
                ended: None,
            });
            return;
        }
        let known = settlement.top_ups.iter_mut().rev().find(|known| known.id == fact.top_up);
        let known = known.expect("judged: the top-up is known");
        match &fact.step {
            TopUpStep::Asked { .. } => unreachable!("asked for above"),
            TopUpStep::Approved { by } => known.approved = Some((*by, now)),
            TopUpStep::Paid { by, reference, cost, currency } => {
                known.paid = Some((*by, now));
                (known.reference, known.cost) = (Some(reference.clone()), Some((*cost, *currency)));
            }
            TopUpStep::Arrived => known.arrived = Some(now),
            TopUpStep::Ended { by, reason } => known.ended = Some((*by, now, reason.clone())),
        }
        let ended = settlement.top_ups.iter().filter(|known| !known.is_open()).count();
        if ended > Settlement::MOST_ENDED {
            let oldest = settlement.top_ups.iter().position(|known| !known.is_open());
            oldest.map(|at| settlement.top_ups.remove(at));
        }
    }

    pub(crate) fn top_up_announced(&mut self, now: Timestamp, fact: &TopUpAnnounced) {
        let TopUpAnnounced { link, amount, reference, hash } = *fact;
        let known = Announced { link, amount, reference, since: now };
        self.market.settlement.announced.insert(hash, known);
    }
}
