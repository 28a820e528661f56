//! The dispatch of a request, and the decisions that belong to no module.

use corridor::{FreezeReason, Frozen, Message, Reopened, Skipped, WindowSet};
use kernel::id::Party;
use kernel::log::MOST;
use kernel::plant::{Bug, is_planted};
use kernel::{Context, Id, Ref, Timestamp};
use ledger::{Account, AccountKind, BATCH_MAX, Outcome, Transfer, hold_tag};
use pay::codes::OneTimeCode;
use pay::{Arrived, CodeQuestion, Unbookable};

use crate::command::{
    Command, FreezeLink, IssueKey, OpenAccount, Receive, ReopenLink, Request, RevokeKey, SetWindow,
};
use crate::event::AnswersForgotten;
use crate::people::Opened;
use crate::people::event::SessionEnded;
use crate::remembered::Known;
use crate::reply::TransferOutcome;
use crate::{Decision, Draft, KeyIssued, KeyRevoked, OwnEvent, Refusal, Reply, State};

/// The most expiries of one kind in one record (CORE §3).
const TICK_MAX: usize = 1_000;
/// The most answers or transfers that one record forgets.
const FORGET_MAX: usize = 10_000;

/// The most messages that a reopening passes over: a year of a thousand a second.
const MOST_SKIPPED: u64 = 1 << 35;

impl State {
    /// Judges a request. On `Ok(New)` the draft holds its facts.
    pub fn decide(
        &self,
        context: &Context,
        request: &Request,
        draft: &mut Draft,
    ) -> Result<Decision, Refusal> {
        draft.clear();
        if let Some(asked) = &request.fingerprint {
            match self.remembered.find(asked) {
                Some(Known::Same { position, index }) => {
                    return Ok(Decision::Repeat { position, index });
                }
                Some(Known::Other) => return Err(Refusal::IdempotencyKeyReused),
                None => {
                    // What finishes something may be remembered beyond the limit set.
                    let most = if request.command.finishes() { MOST } else { self.max_keys };
                    if self.remembered.len() >= most {
                        return Err(Refusal::TooManyKeys);
                    }
                }
            }
        }
        self.decide_command(context, &request.command, draft).map(Decision::New)
    }

    /// What is to be asked of the one-time code that a request shows to this cell, of whoever keeps
    /// the keys; the answer belongs into the context of its decision.
    pub fn code_question(&self, now: Timestamp, command: &Command) -> Option<CodeQuestion> {
        match command {
            Command::Receive(receive) => match receive.message {
                Message::Charge { code, .. } => {
                    let code = OneTimeCode::of_number(code)?;
                    Some(self.world().code_question(now, code))
                }
                _ => None,
            },
            Command::Pay(pay::Command::ChargePayment(c)) => self.world().question_of_charge(now, c),
            Command::Signed(signed) => self.code_question(now, &signed.command),
            _ => None,
        }
    }

    pub(crate) fn decide_command(
        &self,
        context: &Context,
        command: &Command,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        match command {
            Command::Pay(command) => Ok(Reply::Pay(self.world().decide(context, command, draft)?)),
            Command::Transfers(transfers) => self.transfers(context, transfers, draft),
            Command::OpenAccount(c) => self.open_account(context, c, draft),
            Command::Receive(c) => self.receive(context, c, draft),
            Command::Greet { link, shown } => self.greet(*link, shown, draft),
            Command::FreezeLink(c) => self.freeze(c, draft),
            Command::ReopenLink(c) => self.reopen(c, draft),
            Command::SetWindow(c) => self.set_window(c, draft),
            Command::IssueKey(c) => self.issue_key(context, c, draft),
            Command::RevokeKey(c) => self.revoke_key(c, draft),
            Command::Tick => Ok(self.tick(context, draft)),
            Command::ConfirmForgotten(party) => self.confirm_forgotten(*party, draft),
            Command::AddMember(c) => self.add_member(context, c, draft),
            Command::SetDuty(c) => self.set_duty(context, c, draft),
            Command::EndMember(c) => self.end_member(context, c, draft),
            Command::AddPasskey(c) => self.add_passkey(context, c, draft),
            Command::EndPasskey(c) => self.end_passkey(context, c, draft),
            Command::OpenSession(c) => self.open_session(context, c, draft),
            Command::EndSession(c) => self.end_session(context, c, draft),
            Command::SetAccessRules(c) => self.set_access_rules(c, draft),
            Command::Signed(c) => self.signed_command(context, c, draft),
        }
    }

    fn transfers(
        &self,
        context: &Context,
        transfers: &[Transfer],
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        if transfers.is_empty() || transfers.len() > BATCH_MAX {
            return Err(Refusal::BatchSize);
        }
        let kept = self.book.hold_count().max(self.book.transfer_count() as usize);
        if kept + transfers.len() > self.max_entries {
            return Err(Refusal::CellFull);
        }
        let outcomes = draft.batch(&self.book, context, transfers);
        let told =
            outcomes.iter().zip(transfers).enumerate().filter_map(|(at, (outcome, asked))| {
                let told = match outcome {
                    Outcome::Made => return None,
                    Outcome::Held(number) => {
                        TransferOutcome::Held { number: *number, tag: hold_tag(asked.id) }
                    }
                    Outcome::Refused(refusal) => TransferOutcome::Refused(*refusal as u8),
                };
                Some((at as u32, told))
            });
        Ok(Reply::Transfers { count: transfers.len() as u32, outcomes: told.collect() })
    }

    fn open_account(
        &self,
        context: &Context,
        c: &OpenAccount,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        if let Some(number) = self.book.opened_as(AccountKind::Plain, c.id.tag()) {
            let known = self.book.account(number).ok_or(Refusal::AccountNotFound)?;
            if (known.currency, known.rule) != (c.currency, c.rule) {
                return Err(Refusal::AccountExists);
            }
            return Ok(Reply::Account(Ref::new(self.cell, number, known.tag)));
        }
        fresh(context, c.id)?;
        self.pay.book(c.currency).ok_or(Refusal::CurrencyNotKept)?;
        if self.book.account_count() as usize >= self.max_entries {
            return Err(Refusal::CellFull);
        }
        let tag = c.id.tag();
        let mut account = Account::new(AccountKind::Plain, c.currency, tag, 0, context.now);
        account.rule = c.rule;
        let number = draft.open_account(&self.book, account);
        Ok(Reply::Account(Ref::new(self.cell, number, tag)))
    }

    /// Handles the next message of a link. One that was handled changes nothing; one out of
    /// order is told which is expected.
    fn receive(&self, context: &Context, c: &Receive, draft: &mut Draft) -> Result<Reply, Refusal> {
        let link = self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        let again = c.number <= link.received;
        if again && !is_planted(Bug::MessageTwice) {
            return Ok(Reply::Received { through: link.received });
        }
        if link.frozen.as_ref().is_some_and(FreezeReason::stops_messages) {
            return Err(Refusal::LinkFrozen);
        }
        if c.number > link.received + 1 {
            return Err(Refusal::OutOfOrder { expected: link.received + 1 });
        }
        let (nostro_balance_after, message) = (c.nostro_balance_after, &c.message);
        let arrived = Arrived { link: c.link, number: c.number, nostro_balance_after, message };
        let handled = self.day_agrees(c).and_then(|()| {
            let handled = self.world().handle(context, arrived, draft);
            handled.map_err(|Unbookable| faulty(c))
        });
        let answered = match handled.and_then(|answered| {
            self.mirror_agrees(c, draft)?;
            Ok(answered)
        }) {
            Ok(answered) => answered,
            Err(reason) => {
                // Nothing is booked and nothing advances: the message waits for an operator.
                draft.clear();
                if let FreezeReason::DayDiffers { day, difference, .. } = reason {
                    self.world().tell_difference(c.link, (day, difference), draft);
                }
                draft.add(corridor::Event::from(Frozen { link: c.link, reason }));
                return Ok(Reply::Received { through: link.received });
            }
        };
        if !again {
            draft.add(corridor::Event::from(corridor::Received {
                link: c.link,
                number: c.number,
                position: c.position,
                hash: c.hash,
                answers: answered.number,
            }));
        }
        Ok(Reply::Received { through: c.number })
    }

    /// A day that the keeper of a nostro closed must be what our own books say of it.
    fn day_agrees(&self, c: &Receive) -> Result<(), FreezeReason> {
        let Message::DayClosed { day } = &c.message else { return Ok(()) };
        let agrees = self.world().day_agrees(c.link, day);
        agrees.map_err(|difference| {
            let (number, day) = (c.number, day.number);
            FreezeReason::DayDiffers { number, day, difference }
        })
    }

    /// At the number of a keeper's message, our mirror must hold what its nostro holds; and only
    /// a message that tells the nostro may move the mirror.
    fn mirror_agrees(&self, c: &Receive, draft: &mut Draft) -> Result<(), FreezeReason> {
        let Some(mirror) = self.corridor.link(c.link).and_then(|link| link.mirror) else {
            return Ok(());
        };
        let ours = draft.balance(&self.book, mirror);
        let Some(theirs) = c.nostro_balance_after else {
            let before = self.book.account(mirror).map_or(0, Account::balance);
            return if ours == before { Ok(()) } else { Err(faulty(c)) };
        };
        if ours == i128::from(theirs) {
            return Ok(());
        }
        let ours = i64::try_from(ours).unwrap_or(i64::MAX);
        Err(FreezeReason::BalancesDiffer { number: c.number, ours, theirs })
    }

    /// A neighbour that shows another hash than before at a position we saw was restored from
    /// an old copy, or forked.
    fn greet(
        &self,
        number: u8,
        shown: &corridor::Witness,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let link = self.corridor.link(number).ok_or(Refusal::LinkNotFound)?;
        let same = shown.position != link.seen.position || shown.hash == link.seen.hash;
        let reason = FreezeReason::WitnessDiffers { position: shown.position };
        if !same && reason.replaces(link.frozen.as_ref()) {
            draft.add(corridor::Event::from(Frozen { link: number, reason }));
        }
        Ok(Reply::Received { through: link.received })
    }

    fn freeze(&self, c: &FreezeLink, draft: &mut Draft) -> Result<Reply, Refusal> {
        let link = self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        if c.reason.replaces(link.frozen.as_ref()) {
            draft.add(corridor::Event::from(Frozen { link: c.link, reason: c.reason.clone() }));
        }
        Ok(Reply::Done)
    }

    fn reopen(&self, c: &ReopenLink, draft: &mut Draft) -> Result<Reply, Refusal> {
        let link = self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        if link.frozen.is_none() {
            return Err(Refusal::LinkOpen);
        }
        if c.handled > link.sent {
            // Whatever a neighbour says, numbers stay far from their end.
            if c.handled - link.sent > MOST_SKIPPED {
                return Err(Refusal::OutOfOrder { expected: link.sent + 1 });
            }
            let skipped = Skipped { link: c.link, through: c.handled };
            draft.add(corridor::Event::from(skipped));
        }
        draft.add(corridor::Event::from(Reopened {
            link: c.link,
            note: c.note.clone(),
            position: c.seen.position,
            hash: c.seen.hash,
        }));
        Ok(Reply::Done)
    }

    fn set_window(&self, c: &SetWindow, draft: &mut Draft) -> Result<Reply, Refusal> {
        self.corridor.link(c.link).ok_or(Refusal::LinkNotFound)?;
        draft.add(corridor::Event::from(WindowSet {
            link: c.link,
            max_unanswered: c.max_unanswered,
            max_age_us: c.max_age.0,
        }));
        Ok(Reply::Done)
    }

    fn issue_key(
        &self,
        context: &Context,
        c: &IssueKey,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        fresh(context, c.id)?;
        if self.keys.contains_key(&c.id.0) {
            return Err(Refusal::KeyExists);
        }
        let known = self.pay.party_numbered(c.party);
        known.filter(|_| Self::may_hold_key(c.role)).ok_or(Refusal::PartyNotFound)?;
        self.world().stays(c.party)?;
        let member = self.people.member(c.person);
        let theirs = member.is_some_and(|it| it.party == c.party && it.ended.is_none());
        if c.person != c.party && !theirs {
            return Err(Refusal::PartyNotFound);
        }
        if let Some(member) = member.filter(|_| theirs) {
            self.leads(context.actor, c.party, member.duty)?;
        }
        draft.add(OwnEvent::from(KeyIssued {
            id: c.id,
            hash: c.hash,
            party: c.party,
            role: c.role,
            expires: c.expires,
            person: c.person,
            form: c.form,
            scopes: c.scopes,
        }));
        Ok(Reply::Key(c.id))
    }

    fn revoke_key(&self, c: &RevokeKey, draft: &mut Draft) -> Result<Reply, Refusal> {
        let key = self.keys.get(&c.id.0).ok_or(Refusal::KeyNotFound)?;
        if !key.revoked {
            draft.add(OwnEvent::from(KeyRevoked { id: c.id }));
            // Who came in with it goes out with it.
            let opened = self.people.sessions_of(key.person);
            for (id, _) in opened.filter(|(_, it)| it.by == Opened::Code(c.id)) {
                draft.add(OwnEvent::from(SessionEnded { person: key.person, id }));
            }
        }
        Ok(Reply::Done)
    }

    /// Nobody acts for a party that is no more: its keys end in the same record.
    fn confirm_forgotten(&self, party: Ref<Party>, draft: &mut Draft) -> Result<Reply, Refusal> {
        if self.world().confirm_forgotten(party, draft)? {
            self.end_person(party.number, draft);
            let staff = self.people.members_of(party.number);
            for (person, _) in staff.filter(|(_, member)| member.ended.is_none()) {
                self.end_person(person, draft);
            }
        }
        Ok(Reply::Done)
    }

    fn tick(&self, context: &Context, draft: &mut Draft) -> Reply {
        let mut count = self.world().expire(context, TICK_MAX, draft);
        for hold in self.book.expired(context.now, TICK_MAX.saturating_sub(count)) {
            draft.void(&self.book, hold).expect("what is due still holds");
            count += 1;
        }
        count += self.world().forget(context, TICK_MAX, draft);
        if let Some(through) = self.remembered.forgettable(context.now, FORGET_MAX) {
            draft.add(OwnEvent::from(AnswersForgotten { through }));
            count += 1;
        }
        if let Some(through) = self.book.forgettable(context.now, FORGET_MAX) {
            draft.add(ledger::Event::Forgotten { through });
            count += 1;
        }
        Reply::Ticked(count as u32)
    }
}

/// Why a link is frozen over a message that can't be handled.
fn faulty(c: &Receive) -> FreezeReason {
    FreezeReason::MessageFaults { number: c.number }
}

pub(crate) fn fresh<K>(context: &Context, id: Id<K>) -> Result<(), Refusal> {
    if id.is_fresh(context.now) { Ok(()) } else { Err(Refusal::IdExpired) }
}
