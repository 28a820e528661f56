//! Filling what we hold with the other side: asked for, approved by a second person, paid by our
//! bank, and there when the other side's bank says so.

use corridor::Message;
use kernel::{Context, Role};
use ledger::Draft;

use super::{Facts, World, amount, fresh, reference_hash, text};
use crate::command::{AskTopUp, MoveTopUp, TopUpWord};
use crate::event::{Author, TopUpAnnounced, TopUpMoved, TopUpStep};
use crate::state::{Settlement, TopUp, remittance};
use crate::{Event, Refusal, Reply};

/// The most characters of a bank's reference.
const MOST_REFERENCE: usize = 64;

impl World<'_> {
    pub(super) fn ask_top_up<E: Facts>(
        &self,
        context: &Context,
        c: &AskTopUp,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        amount(c.amount)?;
        let settlement = self.pay.settlement();
        if let Some(known) = settlement.top_up(c.id) {
            let same = (known.link, known.amount) == (c.link, c.amount);
            return if same { Ok(reply(known.clone())) } else { Err(Refusal::TopUpExists) };
        }
        fresh(context, c.id)?;
        let link = self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        link.mirror.ok_or(Refusal::LinkNotFound)?;
        if self.pay.partner(c.link).is_some() {
            return Err(Refusal::OutOfRange { field: "link (a partner is told by its bank)" });
        }
        let terms = settlement.terms(c.link, context.now).and_then(|terms| terms.supply);
        let supply = terms.ok_or(Refusal::SettlementTermsNotSet)?;
        let open = settlement.top_ups.iter().filter(|known| known.is_open()).count();
        if open >= Settlement::MOST_OPEN {
            return Err(Refusal::TooManyTopUps);
        }
        let needs_approval = supply.approval_above.is_some_and(|most| c.amount > most);
        let (link, by) = (c.link, Author::from(context.actor));
        let step = TopUpStep::Asked { link, amount: c.amount, by, needs_approval };
        draft.add(Event::from(TopUpMoved { top_up: c.id, step }));
        Ok(reply(TopUp {
            id: c.id,
            link,
            amount: c.amount,
            by,
            asked: context.now,
            needs_approval,
            approved: None,
            paid: None,
            reference: None,
            cost: None,
            arrived: None,
            ended: None,
        }))
    }

    pub(super) fn move_top_up<E: Facts>(
        &self,
        context: &Context,
        c: &MoveTopUp,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let is_staff = matches!(context.actor.role, Role::Operator | Role::Cell);
        let known = self.pay.settlement().top_up(c.top_up).filter(|_| is_staff);
        let known = known.ok_or(Refusal::TopUpNotFound)?;
        let (by, now) = (Author::from(context.actor), context.now);
        let state = known.word();
        let closed = || Refusal::TopUpNotOpen { state };
        let mut after = known.clone();
        let step = match &c.word {
            TopUpWord::Approve => {
                if known.approved.is_some() {
                    return Ok(reply(after));
                }
                if state != "asked" {
                    return Err(closed());
                }
                if known.by.person == context.actor.person {
                    return Err(Refusal::SamePerson);
                }
                after.approved = Some((by, now));
                TopUpStep::Approved { by }
            }
            TopUpWord::Paid { reference, cost, currency } => {
                if known.reference.as_ref() == Some(reference)
                    && known.cost == Some((*cost, *currency))
                {
                    return Ok(reply(after));
                }
                match state {
                    "asked" => return Err(Refusal::SecondPersonNeeded),
                    "ready" => {}
                    _ => return Err(closed()),
                }
                text("reference", reference, MOST_REFERENCE)?;
                amount(*cost)?;
                let hash = reference_hash(currency.numeric(), reference);
                let taken = |other: &TopUp| other.reference.as_ref() == Some(reference);
                let used = self.pay.market.references.contains(&hash);
                if used || self.pay.settlement().top_ups.iter().any(taken) {
                    return Err(Refusal::ReferenceAlreadyUsed);
                }
                let book = self.book_of(*currency)?;
                let moved = draft.post(self.book, book.fx, book.bank, *cost);
                moved.map_err(|_| Refusal::AmountTooLarge)?;
                after.paid = Some((by, now));
                after.reference = Some(reference.clone());
                after.cost = Some((*cost, *currency));
                let (reference, cost, currency) = (reference.clone(), *cost, *currency);
                TopUpStep::Paid { by, reference, cost, currency }
            }
            TopUpWord::End(reason) => {
                text("reason", reason, 120)?;
                if !known.is_open() {
                    return Err(closed());
                }
                after.ended = Some((by, now, reason.clone()));
                TopUpStep::Ended { by, reason: reason.clone() }
            }
        };
        let paid = matches!(step, TopUpStep::Paid { .. });
        draft.add(Event::from(TopUpMoved { top_up: c.top_up, step }));
        if paid {
            let (amount, reference) = (after.amount, after.number());
            self.send(draft, after.link, Message::TopUpSent { amount, reference });
        }
        Ok(reply(after))
    }

    /// The other side has sent money for its prefund: a line of our bank will say the same. What we
    /// could not keep, or was booked before its word came, a person matches by hand.
    pub(super) fn top_up_sent_came<E: Facts>(
        &self,
        link: u8,
        (amount, reference): (u64, u64),
        draft: &mut Draft<E>,
    ) {
        let nostro = self.corridor.link(link).and_then(|link| link.nostro);
        let Some(account) = nostro.and_then(|number| self.book.account(number)) else { return };
        let settlement = self.pay.settlement();
        let hash = reference_hash(account.currency.numeric(), &remittance(reference));
        let known =
            settlement.announced.contains_key(&hash) || self.pay.market.references.contains(&hash);
        let fits = super::amount(amount).is_ok();
        if fits && !known && settlement.announced.len() < Settlement::MOST_ANNOUNCED {
            draft.add(Event::from(TopUpAnnounced { link, amount, reference, hash }));
        }
    }

    /// The oldest top-up of this sum that was paid is there. Equal sums are equal money: which of
    /// two is there first makes no difference.
    pub(super) fn top_up_arrived<E: Facts>(&self, link: u8, amount: u64, draft: &mut Draft<E>) {
        let waiting =
            |known: &&TopUp| (known.link, known.amount, known.word()) == (link, amount, "paid");
        if let Some(known) = self.pay.settlement().top_ups.iter().find(waiting) {
            let (top_up, step) = (known.id, TopUpStep::Arrived);
            draft.add(Event::from(TopUpMoved { top_up, step }));
        }
    }
}

fn reply(top_up: TopUp) -> Reply {
    Reply::TopUp(Box::new(top_up))
}
