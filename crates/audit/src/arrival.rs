//! A message at both its ends: what its sender wrote, and what its receiver made of it.

use corridor::{DeclineReason, Message, Received};
use economy::Event;
use journal::Hash;
use kernel::Id;
use kernel::id::Payment;

use crate::cell::{At, Cell};
use crate::report::Report;

/// A message as it stands in its sender's journal.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub number: u64,
    pub position: u64,
    pub hash: Hash,
    pub message: Message,
    pub nostro_after: Option<u64>,
}

/// What is known of a message that was received.
#[derive(Clone, Debug)]
pub(crate) enum Posted {
    /// It was sent.
    Message(Box<Outgoing>),
    /// Its sender was audited to its end and did not send it.
    Never,
    /// Its sender is not audited, or not that far.
    Elsewhere,
}

impl Cell {
    /// Which of the arrived messages are about a payment that has an open payer's leg here, and
    /// what was given back of it: to be asked before the record changes that.
    pub(crate) fn before(&self, posted: &[Posted]) -> Vec<Before> {
        let about = posted.iter().map(|posted| match posted {
            Posted::Message(sent) => sent.message.payment(),
            _ => None,
        });
        about
            .map(|payment| {
                let Some(payment) = payment else { return Before::default() };
                let closed = self.state.pay.closed_outgoing(payment);
                Before {
                    open: self.state.pay.outgoing(payment).map(|(_, leg)| leg.amount),
                    refunded: closed.map(|(_, leg)| leg.refunded),
                }
            })
            .collect()
    }

    /// Compares a message with what its sender wrote, and with what this record made of it.
    pub(crate) fn arrived(
        &mut self,
        at: At,
        fact: &Received,
        (posted, before): (&Posted, Before),
        facts: &[Event],
        report: &mut Report,
    ) {
        let place = self.place(at.position, Some(at.record));
        let (number, link) = (fact.number, fact.link);
        let name = self.link_name(link).unwrap_or("?").to_owned();
        let sent = match posted {
            Posted::Elsewhere => return,
            Posted::Never => {
                let what = format!("message {number} was received, but {name} never sent it");
                return report.add(place, "message_never_sent", what);
            }
            Posted::Message(sent) => sent,
        };
        // A partner says nothing of its journal: its messages stand in their own order, and its witness
        // is over their lines.
        let of_partner = self.state.pay.partner(link).is_some();
        let stands = if of_partner { number } else { sent.position };
        if fact.position != stands {
            let what = format!(
                "message {number} is said to stand in group {} of {name}, it stands in {stands}",
                fact.position
            );
            report.add(place.clone(), "message_misplaced", what);
        }
        if !of_partner && fact.hash.is_some_and(|hash| hash != sent.hash) {
            let what = format!("{name} showed another hash for its group {}", sent.position);
            report.add(place.clone(), "witness_differs", what);
        }
        if !fits(&sent.message, before, facts) || !self.day_fits(link, &sent.message, facts) {
            let word = sent.message.word();
            let what = format!("message {number} of {name} says {word}, this record does not");
            report.add(place.clone(), "message_effect_differs", what);
        }
        self.mirror(link, sent, place, report);
    }

    /// After message n of the keeper, our mirror must hold what its nostro held then.
    fn mirror(&mut self, link: u8, sent: &Outgoing, place: crate::Place, report: &mut Report) {
        let mirror = self.state.corridor.link(link).and_then(|link| link.mirror);
        let account = mirror.and_then(|number| self.state.book.account(number));
        let (Some(account), Some(nostro)) = (account, sent.nostro_after) else { return };
        let ours = account.balance();
        *self.compared.entry(link).or_default() += 1;
        if ours != i128::from(nostro) {
            let number = sent.number;
            let what = format!(
                "at message {number} the nostro held {nostro} and its mirror {ours} {}",
                account.currency
            );
            report.add(place, "mirror_differs", what);
        }
    }
}

/// What was known of a message's payment before its record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    /// The amount of an open payer's leg.
    open: Option<u64>,
    /// What was given back of a closed one.
    refunded: Option<u64>,
}

/// Whether a record does what a message says.
fn fits(message: &Message, before: Before, facts: &[Event]) -> bool {
    use pay::Event as E;
    let any = |is: &dyn Fn(&E) -> bool| {
        facts.iter().any(|fact| matches!(fact, Event::Pay(fact) if is(fact)))
    };
    let stray = |id: Id<Payment>| any(&|f| matches!(f, E::StrayArrived(f) if f.payment == id));
    let returned = |id: Id<Payment>, why: Option<DeclineReason>| {
        let there =
            any(&|f| matches!(f, E::PaymentReturned(f) if f.payment == id && f.reason == why));
        there == before.open.is_some()
    };
    match *message {
        Message::Authorize { payment, amount, .. } => any(&|fact| match fact {
            E::SaleCaptured(f) => f.payment == payment && f.amount == amount,
            E::SaleHeld(f) => f.payment == payment && f.amount == amount,
            E::SaleDeclined(f) => f.payment == payment && f.amount == amount,
            _ => false,
        }),
        // The seller's cell decides whether there is still something to release.
        Message::CancelAsked { .. } => true,
        Message::Authorized { payment } => {
            let there = any(&|f| matches!(f, E::PaymentAuthorized(f) if f.payment == payment));
            there == before.open.is_some()
        }
        Message::Captured { payment, total_so_far, last } => match before.open {
            None => stray(payment),
            Some(amount) => any(&|fact| match fact {
                E::PaymentTaken(f) => {
                    f.payment == payment
                        && f.total_so_far == total_so_far.min(amount)
                        && f.last == last
                }
                _ => false,
            }),
        },
        Message::Released { payment } => returned(payment, None),
        Message::Declined { payment, reason } => returned(payment, Some(reason)),
        Message::Refunded { payment, total_so_far } => match before.refunded {
            None => stray(payment),
            Some(refunded) if refunded >= total_so_far => true,
            Some(_) => any(&|fact| match fact {
                E::RefundArrived(f) => f.payment == payment && f.total_so_far == total_so_far,
                E::RefundStranded(f) => f.payment == payment && f.total_so_far == total_so_far,
                _ => false,
            }),
        },
        // Paid, asked, or answered: what is told of a code and what moves stand side by side.
        Message::Charge { payment, .. } => facts.iter().any(|fact| match fact {
            Event::Corridor(corridor::Event::Sent(sent)) => match sent.message {
                Message::Authorize { payment: asked, .. }
                | Message::ChargeAnswered { payment: asked, .. } => asked == payment,
                _ => false,
            },
            _ => false,
        }),
        // One to a code that another took the place of changes nothing.
        Message::ChargeAnswered { .. } => true,
        Message::NostroChanged { amount } => {
            any(&|f| matches!(f, E::MirrorRaised(f) if f.amount == amount))
        }
        // See `day_fits`.
        Message::DayClosed { .. } | Message::DayAnswered { .. } | Message::DaySigned { .. } => true,
        // One that was announced or booked before changes nothing.
        Message::TopUpSent { .. } => true,
    }
}
