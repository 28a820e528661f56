//! Days of a corridor: every message stands in one day and in no other, a day adds up to what the
//! messages of its keeper say, and both cells have the same.

use corridor::{Day, Message, Sent, Sums};
use economy::Event;
use pay::event::{DayRecorded, DaySigned};

use crate::cell::{At, Cell};
use crate::report::Report;
use crate::sales::Told;

/// What a keeper's messages have said of its nostro since the last closing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// What the nostro held after the last message.
    balance: u64,
    sums: Sums,
    last: Option<Day>,
}

impl Cell {
    /// Counts a message that this cell sent: what it says of the nostro beside what the one before
    /// it said. Sums of legs have no part in it.
    pub(crate) fn tallied(&mut self, at: At, sent: &Sent, report: &mut Report) {
        let Some(after) = sent.nostro_balance_after else { return };
        let tally = self.tallies.entry(sent.link).or_default();
        let before = std::mem::replace(&mut tally.balance, after);
        let (less, more) = (before.saturating_sub(after), after.saturating_sub(before));
        let right = match sent.message {
            Message::Captured { .. } => {
                tally.sums.capture(less);
                more == 0
            }
            Message::Refunded { .. } => {
                tally.sums.refund(more);
                less == 0
            }
            Message::NostroChanged { amount } => {
                tally.sums.top_up(more);
                more == amount
            }
            _ => less == 0 && more == 0,
        };
        if !right {
            let what = format!(
                "message {} says {}, the nostro went from {before} to {after}",
                sent.number,
                sent.message.word()
            );
            report.add(self.place(at.position, Some(at.record)), "nostro_moved_otherwise", what);
        }
    }

    /// A day that is closed here begins where the one before it ended, and is what the messages
    /// between say.
    pub(crate) fn day_recorded(&mut self, fact: &DayRecorded) -> Told {
        let (link, day) = (fact.link, &fact.day);
        let known = self.state.pay.settlement().half(link, fact.keeper);
        let before = known.and_then(|half| half.last());
        let differs =
            |what: &str| Err(("day_differs", format!("day {} of link {link}: {what}", day.number)));
        let ends = before.map_or((0, 0, 0, 0), |it| {
            (it.number, it.sent_through, it.received_through, it.closing)
        });
        if (day.number, day.sent_after, day.received_after, day.opening)
            != (ends.0 + 1, ends.1, ends.2, ends.3)
        {
            return differs("it does not begin where the day before it ended");
        }
        if day.sent_through < day.sent_after || day.received_through < day.received_after {
            return differs("it ends before it begins");
        }
        if day.sums.closing(day.opening) != Some(day.closing) {
            return differs("it does not add up");
        }
        if !fact.keeper {
            // What its keeper wrote is compared where the message is.
            return Ok(());
        }
        let Some(open) = self.state.corridor.link(link) else {
            return differs("there is no such link");
        };
        if (open.sent, open.received, open.seen)
            != (day.sent_through, day.received_through, day.seen)
        {
            return differs("it does not cover the messages up to its own");
        }
        let tally = self.tallies.entry(link).or_default();
        if tally.last.is_none_or(|last| last.date <= day.date) {
            tally.last = Some(*day);
        } else {
            return differs("its date is before that of the day before it");
        }
        let (sums, balance) = (std::mem::take(&mut tally.sums), tally.balance);
        if (sums, balance) != (day.sums, day.closing) {
            return differs(&format!("the messages of it say {sums:?}, it says {:?}", day.sums));
        }
        Ok(())
    }

    /// Only what both agree about is signed.
    pub(crate) fn day_signed(&self, fact: &DaySigned) -> Told {
        let half = self.state.pay.settlement().half(fact.link, fact.keeper);
        let word = half.and_then(|half| half.day(fact.day)).map_or("unknown", |day| day.word());
        if matches!(word, "agreed" | "signed") {
            return Ok(());
        }
        let what = format!("day {} of link {} is {word} and was signed", fact.day, fact.link);
        Err(("day_signed_unagreed", what))
    }

    /// Whether this record did what a message about a day says.
    pub(crate) fn day_fits(&self, link: u8, message: &Message, facts: &[Event]) -> bool {
        let settlement = self.state.pay.settlement();
        let day = |keeper: bool, number: u32| {
            settlement.half(link, keeper).and_then(|half| half.day(number))
        };
        match message {
            Message::DayClosed { day: theirs } => facts.iter().any(|fact| {
                matches!(fact, Event::Pay(pay::Event::DayRecorded(ours))
                    if !ours.keeper && ours.link == link && ours.day == **theirs)
            }),
            Message::DayAnswered { day: number, answer } => {
                day(true, *number).is_none_or(|known| known.answer == Some(**answer))
            }
            Message::DaySigned { day: number, keeper, signature } => day(!keeper, *number)
                .is_none_or(|known| known.theirs == Some(**signature) || known.word() == "differs"),
            _ => true,
        }
    }
}
