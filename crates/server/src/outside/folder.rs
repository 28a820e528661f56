//! What a clerk has on the desk: each open attempt and refund of the cell, when it is asked about
//! next, and what was said last. All of it is made anew from the cell's state.

use std::collections::BTreeMap;
use std::time::Duration;

use connector::{Ask, Asked, OrderNumber, RefundAsk, RefundNumber, Scanned, Snag, Way};
use economy::ConnectorsView;
use kernel::id::{Payment, Refund};
use kernel::{Id, Money, Timestamp};
use pay::state::Shape;
use pay::{ConnectorAskView, ConnectorRefundView};
use tokio::time::Instant;

use super::Pauses;

/// What the other company said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing was asked yet.
    Nothing,
    /// It waits for the payer, or works on it.
    Waits,
    /// Nothing that can be believed.
    Unknown,
    /// A person must do something there.
    Stuck(Snag),
    /// Another sum than was asked for was given back, or another currency was paid.
    Differs(Money),
    /// The cell does not take what it said; the refusal's code.
    NotTaken(&'static str),
}

impl Said {
    /// The stable word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "not_asked_yet",
            Self::Waits => "waits",
            Self::Unknown => "unknown",
            Self::Stuck(Snag::BalanceTooLow) => "balance_too_low",
            Self::Stuck(Snag::NeedsStaff) => "needs_staff",
            Self::Differs(_) => "amount_differs",
            Self::NotTaken(_) => "not_taken",
        }
    }
}

/// What is known of one that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Which refund; none for the payment itself.
    pub refund: Option<Id<Refund>>,
    /// What was said last.
    pub said: Said,
    /// How often it was asked.
    pub times: u32,
    /// Since when the cell has it.
    pub since: Timestamp,
}

/// When something is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    due: Instant,
    pause: Duration,
    /// Somebody is asking.
    busy: bool,
    /// Something happened meanwhile.
    again: bool,
    said: Said,
    times: u32,
}

impl Turn {
    fn new(now: Instant, pauses: &Pauses) -> Self {
        let said = Said::Nothing;
        Self { due: now, pause: pauses.first, busy: false, again: false, said, times: 0 }
    }

    fn is_due(&self, now: Instant) -> bool {
        !self.busy && self.due <= now
    }

    fn now(&mut self, now: Instant, pauses: &Pauses) {
        (self.due, self.pause, self.again) = (now, pauses.first, true);
    }

    fn over(&mut self, now: Instant, said: Said, longest: Duration) {
        (self.busy, self.said, self.times) = (false, said, self.times.saturating_add(1));
        if std::mem::take(&mut self.again) {
            self.due = now;
            return;
        }
        self.due = now + self.pause;
        self.pause = (self.pause * 3 / 2).min(longest);
    }
}

/// An attempt that is open in the cell.
struct Paying {
    view: ConnectorAskView,
    /// When the other company was asked to take it, at the latest: since the process began, if
    /// another process may have asked.
    at: Timestamp,
    code: Option<String>,
    turn: Turn,
}

/// A refund that is open in the cell.
struct Refunding {
    view: ConnectorRefundView,
    turn: Turn,
}

/// All of it.
#[derive(Default)]
pub(super) struct Folder {
    /// What payers showed, until it is sent.
    numbers: BTreeMap<Id<Payment>, Scanned>,
    payments: BTreeMap<Id<Payment>, Paying>,
    refunds: BTreeMap<Id<Refund>, Refunding>,
}

/// What is to be asked about a payment.
pub(super) enum Question {
    /// To take it.
    Create(Ask),
    /// What became of it.
    Query(Asked),
    /// Not to take it any more.
    Cancel(Asked),
    /// Nothing: the payer's number is still here, so that nobody was asked.
    Nothing,
}

impl Question {
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Query(_) => "query",
            Self::Cancel(_) => "cancel",
            Self::Nothing => "nothing",
        }
    }
}

/// What is to be asked about a refund.
pub(super) enum RefundQuestion {
    /// To give back.
    Create(RefundAsk),
    /// What became of it.
    Query(RefundAsk),
}

impl Folder {
    /// Keeps a payer's number, unless one waits already.
    pub(super) fn keep(&mut self, payment: Id<Payment>, number: Scanned) -> bool {
        let empty = !self.numbers.contains_key(&payment);
        if empty {
            self.numbers.insert(payment, number);
        }
        empty
    }

    pub(super) fn forget(&mut self, payment: Id<Payment>) {
        self.numbers.remove(&payment);
    }

    pub(super) fn code(&self, payment: Id<Payment>) -> Option<String> {
        self.payments.get(&payment)?.code.clone()
    }

    /// Takes over what is open in the cell. What a till wants cancelled is asked about at once.
    pub(super) fn take(&mut self, open: ConnectorsView, now: Timestamp, pauses: &Pauses) {
        let moment = Instant::now();
        let asks: BTreeMap<_, _> = open.asks.into_iter().map(|ask| (ask.payment, ask)).collect();
        self.payments.retain(|payment, known| {
            asks.get(payment).is_some_and(|ask| ask.attempt == known.view.attempt)
        });
        for (payment, view) in asks {
            let known = self.payments.entry(payment).or_insert_with(|| Paying {
                view: view.clone(),
                at: now,
                code: None,
                turn: Turn::new(moment, pauses),
            });
            if view.cancel && !known.view.cancel {
                known.turn.now(moment, pauses);
            }
            known.view = view;
        }
        let open: BTreeMap<_, _> = open.refunds.into_iter().map(|it| (it.refund, it)).collect();
        self.refunds.retain(|refund, _| open.contains_key(refund));
        for (refund, view) in open {
            let turn = Turn::new(moment, pauses);
            self.refunds.entry(refund).or_insert(Refunding { view, turn });
        }
    }

    /// When something is to be asked about next.
    pub(super) fn next(&self) -> Option<Instant> {
        let payments = self.payments.values().map(|known| &known.turn);
        let turns = payments.chain(self.refunds.values().map(|known| &known.turn));
        turns.filter(|turn| !turn.busy).map(|turn| turn.due).min()
    }

    /// The payments to ask about now; each counts as being asked about from here on.
    pub(super) fn due_payments(&mut self) -> Vec<Id<Payment>> {
        let now = Instant::now();
        let due = self.payments.iter_mut().filter(|(_, known)| known.turn.is_due(now));
        let begin = |(payment, known): (&Id<Payment>, &mut Paying)| {
            (known.turn.busy, known.turn.again) = (true, false);
            *payment
        };
        due.map(begin).collect()
    }

    /// The refunds to ask about now.
    pub(super) fn due_refunds(&mut self) -> Vec<Id<Refund>> {
        let now = Instant::now();
        let due = self.refunds.iter_mut().filter(|(_, known)| known.turn.is_due(now));
        let begin = |(refund, known): (&Id<Refund>, &mut Refunding)| {
            (known.turn.busy, known.turn.again) = (true, false);
            *refund
        };
        due.map(begin).collect()
    }

    /// Which connector is asked about a payment, and as which store.
    pub(super) fn payment(&self, payment: Id<Payment>) -> Option<&ConnectorAskView> {
        self.payments.get(&payment).map(|known| &known.view)
    }

    /// What to ask about a payment now. A payer's number leaves with it.
    pub(super) fn question(
        &mut self,
        payment: Id<Payment>,
        now: Timestamp,
        store: &str,
    ) -> Option<(OrderNumber, Question)> {
        let known = self.payments.get_mut(&payment)?;
        let view = &known.view;
        let number = OrderNumber { payment, attempt: view.attempt };
        let amount = Money::new(view.amount, view.currency);
        let over = view.cancel || view.deadline <= now;
        if over && view.shape == Shape::Taken && self.numbers.remove(&payment).is_some() {
            return Some((number, Question::Nothing));
        }
        let way = match view.shape {
            Shape::Shown => known.code.is_none().then_some(Way::Show),
            // Once, whatever becomes of it.
            Shape::Taken => self.numbers.remove(&payment).map(Way::Take),
        };
        let question = match way {
            Some(way) if !over => {
                known.at = now;
                let (store, store_id) = (store.to_owned(), view.store.to_string());
                let deadline = view.deadline;
                Question::Create(Ask { number, amount, way, store, store_id, deadline })
            }
            _ => {
                let shape = match view.shape {
                    Shape::Shown => connector::Shape::Shown,
                    Shape::Taken => connector::Shape::Taken,
                };
                let asked = Asked { number, amount, shape, at: known.at };
                if over { Question::Cancel(asked) } else { Question::Query(asked) }
            }
        };
        Some((number, question))
    }

    /// The other company may have been asked to take it until now, and gave this code.
    pub(super) fn created(&mut self, number: OrderNumber, now: Timestamp, code: Option<String>) {
        let known = self.payments.get_mut(&number.payment);
        if let Some(known) = known.filter(|known| known.view.attempt == number.attempt) {
            known.at = now;
            known.code = code.or(known.code.take());
        }
    }

    /// What to ask about a refund now: to give back, until the other company works on it.
    pub(super) fn refund_question(&self, refund: Id<Refund>) -> Option<(String, RefundQuestion)> {
        let known = self.refunds.get(&refund)?;
        let view = &known.view;
        let ask = RefundAsk {
            number: RefundNumber(refund),
            order: OrderNumber { payment: view.payment.payment, attempt: view.attempt },
            amount: Money::new(view.amount, view.payment.currency),
            paid: view.paid,
        };
        let question = match known.turn.said {
            Said::Waits => RefundQuestion::Query(ask),
            _ => RefundQuestion::Create(ask),
        };
        Some((view.connector.clone(), question))
    }

    /// A question about a payment was answered, or was not.
    pub(super) fn said(&mut self, number: OrderNumber, said: Said, pauses: &Pauses) {
        let known = self.payments.get_mut(&number.payment);
        if let Some(known) = known.filter(|known| known.view.attempt == number.attempt) {
            known.turn.over(Instant::now(), said, pauses.payment);
        }
    }

    /// The same of a refund.
    pub(super) fn said_of_refund(&mut self, refund: Id<Refund>, said: Said, pauses: &Pauses) {
        if let Some(known) = self.refunds.get_mut(&refund) {
            known.turn.over(Instant::now(), said, pauses.refund);
        }
    }

    /// The other company told something of a payment or a refund by itself: it is asked at once.
    pub(super) fn nudge(
        &mut self,
        payment: Option<Id<Payment>>,
        refund: Option<Id<Refund>>,
        pauses: &Pauses,
    ) {
        let now = Instant::now();
        if let Some(known) = payment.and_then(|payment| self.payments.get_mut(&payment)) {
            known.turn.now(now, pauses);
        }
        if let Some(known) = refund.and_then(|refund| self.refunds.get_mut(&refund)) {
            known.turn.now(now, pauses);
        }
    }

    pub(super) fn standing(&self) -> Vec<Standing> {
        let payments = self.payments.iter().map(|(payment, known)| Standing {
            payment: *payment,
            refund: None,
            said: known.turn.said,
            times: known.turn.times,
            since: known.view.since,
        });
        let refunds = self.refunds.iter().map(|(refund, known)| Standing {
            payment: known.view.payment.payment,
            refund: Some(*refund),
            said: known.turn.said,
            times: known.turn.times,
            since: known.view.since,
        });
        payments.chain(refunds).collect()
    }
}
