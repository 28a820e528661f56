//! Days of the corridor: closed by the keeper of a nostro, compared with its own books by the other
//! side, and signed by both.

use corridor::{Day, DayAnswer, DayDifference, DaySignature, Message, OwnDay};
use kernel::{Context, Timestamp};
use ledger::Draft;

use super::{Facts, MOST, World, text};
use crate::command::{CloseDay, SignDay};
use crate::event::{DayAnswered, DayRecorded, DaySigned};
use crate::reply::DayView;
use crate::state::{Half, SettledDay};
use crate::terms::SettlementTerms;
use crate::{Event, Refusal, Reply};

/// The most parts that one date is closed in.
const MOST_PARTS: u8 = 100;

impl World<'_> {
    pub(super) fn settlement_terms_fit(&self, terms: &SettlementTerms) -> Result<(), Refusal> {
        let link = self.corridor.link(terms.link).ok_or(Refusal::LinkNotFound)?;
        if self.pay.partner(terms.link).is_some() {
            return Err(Refusal::OutOfRange { field: "link (a partner's days are files)" });
        }
        if terms.closing.is_some() != link.nostro.is_some() {
            return Err(Refusal::OutOfRange {
                field: "closing (where this cell keeps a nostro, and only there)",
            });
        }
        if terms.supply.is_some() != link.mirror.is_some() {
            return Err(Refusal::OutOfRange {
                field: "supply (where this cell pays over the link, and only there)",
            });
        }
        let clock = |minute: u16, offset: u16| minute < 24 * 60 && offset <= 14 * 60;
        if terms.closing.is_some_and(|it| !clock(it.minute, it.utc_offset_min)) {
            return Err(Refusal::OutOfRange { field: "closing (minute of the day, offset)" });
        }
        if let Some(supply) = terms.supply {
            let days = (1..=60).contains(&supply.target_days) && supply.transfer_days <= 30;
            if !days || !clock(supply.bank_minute, supply.bank_offset_min) {
                return Err(Refusal::OutOfRange { field: "supply (days, minute, offset)" });
            }
            if supply.floor > MOST || supply.approval_above.is_some_and(|sum| sum > MOST) {
                return Err(Refusal::AmountTooLarge);
            }
        }
        text("source", &terms.source, 120)
    }

    /// Closes the days whose time has come.
    pub(super) fn close_due<E: Facts>(&self, context: &Context, link: u8, draft: &mut Draft<E>) {
        let terms = self.pay.settlement().terms(link, context.now);
        // Terms that begin later are in force by their first closing.
        let closing = terms.and_then(|terms| terms.closing).expect("what is due has its terms");
        self.close(context, link, closing.before(context.now), draft);
    }

    pub(super) fn close_day<E: Facts>(
        &self,
        context: &Context,
        c: &CloseDay,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        let keeps = self.corridor.link(c.link).is_some_and(|link| link.nostro.is_some());
        if !keeps {
            return Err(Refusal::LinkNotFound);
        }
        let settlement = self.pay.settlement();
        let half = settlement.half(c.link, true);
        if let Some(known) = half.and_then(|half| half.day(c.day)) {
            return Ok(day_reply(c.link, true, known));
        }
        let next = half.map_or(1, |half| half.days.len() as u32 + 1);
        if c.day != next {
            return Err(Refusal::DayNotFound);
        }
        // Before their first closing, terms hold that begin later.
        let cut = half.and_then(|half| half.next_close).ok_or(Refusal::SettlementTermsNotSet)?;
        let part = half.and_then(Half::last).map_or(0, |day| day.part);
        if part >= MOST_PARTS {
            return Err(Refusal::OutOfRange { field: "day (a date has at most 100 parts)" });
        }
        let terms = settlement.terms(c.link, context.now).ok_or(Refusal::SettlementTermsNotSet)?;
        terms.closing.ok_or(Refusal::SettlementTermsNotSet)?;
        let known = self.close(context, c.link, cut, draft);
        Ok(day_reply(c.link, true, &known))
    }

    /// Closes what has moved a nostro since the last closing, as the day that ends at `cut`.
    fn close<E: Facts>(
        &self,
        context: &Context,
        link: u8,
        cut: Timestamp,
        draft: &mut Draft<E>,
    ) -> SettledDay {
        let settlement = self.pay.settlement();
        let known = self.corridor.link(link).expect("judged: the link exists");
        let terms = settlement.terms(link, context.now).and_then(|terms| terms.closing);
        let date = terms.expect("judged: its terms are set").date(cut);
        let half = settlement.half(link, true);
        let before = half.and_then(Half::last);
        let sums = half.map(|half| half.running).unwrap_or_default();
        let opening = before.map_or(0, |day| day.closing);
        let nostro = known.nostro.expect("judged: the nostro is kept here");
        let balance = u64::try_from(draft.balance(self.book, nostro));
        let message = draft.next_in_series(link, known.sent);
        let day = Day {
            number: before.map_or(0, |day| day.number) + 1,
            date,
            part: before.filter(|day| day.date == date).map_or(0, |day| day.part) + 1,
            sent_after: before.map_or(0, |day| day.sent_through),
            sent_through: message - 1,
            received_after: before.map_or(0, |day| day.received_through),
            received_through: known.received,
            opening,
            sums,
            closing: balance.expect("a nostro is never overdrawn"),
            closed: context.now,
            seen: known.seen,
        };
        draft.add(Event::from(DayRecorded { link, keeper: true, day, answer: None }));
        self.send_as(draft, (link, message), Message::DayClosed { day: Box::new(day) });
        SettledDay { day, answer: None, ours: None, theirs: None }
    }

    /// Compares a day of the other side's nostro with our own books, at the message that closes it.
    ///
    /// # Errors
    /// What differs.
    pub fn day_agrees(&self, link: u8, day: &Day) -> Result<(), DayDifference> {
        let Some(known) = self.corridor.link(link) else { return Ok(()) };
        let half = self.pay.settlement().half(link, false);
        let mirror = known.mirror.and_then(|number| self.book.account(number));
        let own = OwnDay {
            before: half.and_then(Half::last),
            received: known.received,
            sent: known.sent,
            sums: half.map(|half| half.running).unwrap_or_default(),
            mirror: mirror.map_or(0, |account| account.balance().try_into().unwrap_or(0)),
        };
        own.agrees(day)
    }

    /// Tells the keeper of a nostro that our books say something else: the only thing that such a
    /// message leads to beside the freeze.
    pub fn tell_difference<E: Facts>(
        &self,
        link: u8,
        (day, difference): (u32, DayDifference),
        draft: &mut Draft<E>,
    ) {
        let answer = Box::new(DayAnswer::Differs(difference));
        self.send(draft, link, Message::DayAnswered { day, answer });
    }

    /// A day that agrees with our own books.
    pub(super) fn day_came<E: Facts>(&self, link: u8, day: &Day, draft: &mut Draft<E>) {
        let known = self.corridor.link(link).expect("judged: the link exists");
        if known.mirror.is_none() {
            return;
        }
        let answer = DayAnswer::Agreed(known.seen);
        let number = day.number;
        let fact = DayRecorded { link, keeper: false, day: *day, answer: Some(answer) };
        draft.add(Event::from(fact));
        let answer = Box::new(answer);
        self.send(draft, link, Message::DayAnswered { day: number, answer });
    }

    /// The other side's word about a day of ours. One about a day that we do not know tells nothing:
    /// nobody can agree to what was not closed.
    pub(super) fn day_answer_came<E: Facts>(
        &self,
        link: u8,
        (day, answer): (u32, DayAnswer),
        draft: &mut Draft<E>,
    ) {
        let half = self.pay.settlement().half(link, true);
        let known = half.and_then(|half| half.day(day));
        if known.is_some_and(|known| known.answer != Some(answer)) {
            draft.add(Event::from(DayAnswered { link, day, answer }));
        }
    }

    pub(super) fn day_signature_came<E: Facts>(
        &self,
        link: u8,
        (day, theirs_is_keeper): (u32, bool),
        signature: DaySignature,
        draft: &mut Draft<E>,
    ) {
        let keeper = !theirs_is_keeper;
        let half = self.pay.settlement().half(link, keeper);
        let agreed = half.and_then(|half| half.day(day)).filter(|known| is_agreed(known));
        if agreed.is_some_and(|known| known.theirs != Some(signature)) {
            let fact = DaySigned { link, keeper, day, ours: false, signature };
            draft.add(Event::from(fact));
        }
    }

    pub(super) fn sign_day<E: Facts>(
        &self,
        c: &SignDay,
        draft: &mut Draft<E>,
    ) -> Result<Reply, Refusal> {
        self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        let half = self.pay.settlement().half(c.link, c.keeper);
        let known = half.and_then(|half| half.day(c.day)).ok_or(Refusal::DayNotFound)?;
        if !is_agreed(known) {
            return Err(Refusal::DayNotAgreed { state: known.word() });
        }
        let SignDay { link, keeper, day, signature } = *c;
        let signed = SettledDay { ours: Some(signature), ..known.clone() };
        if known.ours == Some(signature) {
            return Ok(day_reply(link, keeper, &signed));
        }
        draft.add(Event::from(DaySigned { link, keeper, day, ours: true, signature }));
        let signature = Box::new(signature);
        self.send(draft, link, Message::DaySigned { day, keeper, signature });
        Ok(day_reply(link, keeper, &signed))
    }
}

const fn is_agreed(known: &SettledDay) -> bool {
    matches!(known.answer, Some(DayAnswer::Agreed(_)))
}

fn day_reply(link: u8, keeper: bool, known: &SettledDay) -> Reply {
    Reply::Day(Box::new(DayView { link, keeper, known: known.clone() }))
}
