//! Decisions about people. What needs two people, or more than an amount, is judged elsewhere;
//! here stands who may make whom a member, and what proves that somebody is there.

use kernel::id::Party as PartyKind;
use kernel::{Actor, Context, Id, Ref, Role};

use super::command::{
    AddMember, AddPasskey, EndMember, EndPasskey, EndSession, OpenSession, SetAccessRules, SetDuty,
    Shown, Signed,
};
use super::event::{
    AccessRulesSet, DutySet, MemberAdded, MemberEnded, PasskeyAdded, PasskeyEnded, ProofGiven,
    SessionEnded, SessionOpened,
};
use super::{Duty, KeyForm, MOST_MINUTES, Member, Opened, Passkey, passkey_number};
use crate::decide::fresh;
use crate::{Command, Draft, KeyRevoked, OwnEvent, Refusal, Reply, State};

/// The most passkeys and the most sessions that a person has at a time.
const MOST: usize = 20;
/// The longest id of a credential (WebAuthn §4, *Credential ID*).
const MOST_CREDENTIAL: usize = 1_023;
/// An RSA key of 8,192 bits and its exponent are shorter.
const MOST_PUBLIC: usize = 1_200;

impl State {
    /// What an actor is there for; none who is no member any more, or whose role has no staff.
    pub fn duty_of(&self, actor: Actor) -> Option<Duty> {
        if actor.person == actor.party {
            return Duty::first(actor.role);
        }
        let member = self.people.member(actor.person)?;
        (member.party == actor.party && member.ended.is_none()).then_some(member.duty)
    }

    /// For whom a person acts: a member for their party, everybody else for themselves.
    fn acts_as(&self, person: u32) -> Result<Actor, Refusal> {
        let known = self.pay.party_numbered(person).ok_or(Refusal::PartyNotFound)?;
        if known.role != Role::Staff {
            return Ok(Actor::of(person, known.role));
        }
        let member = self.people.member(person).filter(|member| member.ended.is_none());
        let party = member.ok_or(Refusal::MemberEnded)?.party;
        let of = self.pay.party_numbered(party).ok_or(Refusal::PartyNotFound)?;
        Ok(Actor::of(party, of.role).by(person))
    }

    /// Whether an actor may give or take a duty of a party: who leads there, or the operator's
    /// first for a shop.
    pub(crate) fn leads(&self, actor: Actor, party: u32, duty: Duty) -> Result<(), Refusal> {
        if actor.role == Role::Cell {
            return Ok(());
        }
        if !self.world().may(actor, party) {
            return Err(Refusal::PartyNotFound);
        }
        let own = self.duty_of(actor).ok_or(Refusal::MemberEnded)?;
        let leads = if actor.party == party { own.leads(duty) } else { own == Duty::Admin };
        if leads { Ok(()) } else { Err(Refusal::DutyAboveOwn) }
    }

    pub(crate) fn add_member(
        &self,
        context: &Context,
        c: &AddMember,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let of = self.pay.party_numbered(c.party).filter(|of| of.role != Role::Cell);
        let of = of.ok_or(Refusal::PartyNotFound)?;
        self.leads(context.actor, c.party, c.duty)?;
        if of.role != c.duty.role() {
            return Err(Refusal::DutyUnfit);
        }
        self.world().stays(c.party)?;
        let register = pay::command::RegisterParty { id: c.id, role: Role::Staff };
        let reply = self.world().decide(context, &register.into(), draft)?;
        let pay::Reply::Party(person) = reply else { return Err(Refusal::PartyNotFound) };
        if draft.events.is_empty() {
            let same = |member: &&Member| (member.party, member.duty) == (c.party, c.duty);
            self.people.member(person.number).filter(same).ok_or(Refusal::MemberExists)?;
            return Ok(Reply::Member(person));
        }
        let (person, id) = (person, c.id);
        let fact = MemberAdded { person: person.number, id, party: c.party, duty: c.duty };
        draft.add(OwnEvent::from(fact));
        Ok(Reply::Member(person))
    }

    /// A member who was not ended, if the actor may see them.
    fn member(&self, actor: Actor, person: Ref<PartyKind>) -> Result<&Member, Refusal> {
        let known = self.world().party(person.number).filter(|known| known.party == person);
        known.ok_or(Refusal::PartyNotFound)?;
        let member = self.people.member(person.number).ok_or(Refusal::PartyNotFound)?;
        if !self.world().may(actor, member.party) {
            return Err(Refusal::PartyNotFound);
        }
        if member.ended.is_some() { Err(Refusal::MemberEnded) } else { Ok(member) }
    }

    /// Somebody must be left who may do everything: another member, or the party itself while it
    /// has something to sign in with.
    fn keeps_a_first(&self, context: &Context, person: u32, of: Member) -> Result<(), Refusal> {
        let other = self.people.members_of(of.party).any(|(other, member)| {
            other != person && member.ended.is_none() && member.duty.is_first()
        });
        let open =
            |key: &crate::Key| !key.revoked && key.expires.is_none_or(|end| end > context.now);
        let own = || {
            self.people.passkeys_of(of.party).next().is_some()
                || self.keys.values().any(|key| key.person == of.party && open(key))
        };
        if !of.duty.is_first() || other || own() { Ok(()) } else { Err(Refusal::LastOwner) }
    }

    pub(crate) fn set_duty(
        &self,
        context: &Context,
        c: &SetDuty,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let member = *self.member(context.actor, c.person)?;
        self.leads(context.actor, member.party, member.duty)?;
        self.leads(context.actor, member.party, c.duty)?;
        if member.duty.role() != c.duty.role() {
            return Err(Refusal::DutyUnfit);
        }
        let person = c.person.number;
        if member.duty != c.duty {
            if !c.duty.is_first() {
                self.keeps_a_first(context, person, member)?;
            }
            draft.add(OwnEvent::from(DutySet { person, duty: c.duty }));
        }
        Ok(Reply::Member(c.person))
    }

    pub(crate) fn end_member(
        &self,
        context: &Context,
        c: &EndMember,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let member = match self.member(context.actor, c.person) {
            Err(Refusal::MemberEnded) => return Ok(Reply::Member(c.person)),
            known => *known?,
        };
        self.leads(context.actor, member.party, member.duty)?;
        self.keeps_a_first(context, c.person.number, member)?;
        self.end_person(c.person.number, draft);
        Ok(Reply::Member(c.person))
    }

    /// Ends a person's membership, if there is one, and everything they are known by.
    pub(crate) fn end_person(&self, person: u32, draft: &mut Draft) {
        if self.people.member(person).is_some_and(|member| member.ended.is_none()) {
            draft.add(OwnEvent::from(MemberEnded { person }));
        }
        let held = self.keys.iter().filter(|(_, key)| key.person == person && !key.revoked);
        for (id, _) in held {
            draft.add(OwnEvent::from(KeyRevoked { id: Id::new(*id) }));
        }
        for (passkey, _) in self.people.passkeys_of(person) {
            draft.add(OwnEvent::from(PasskeyEnded { passkey }));
        }
        for (id, _) in self.people.sessions_of(person) {
            draft.add(OwnEvent::from(SessionEnded { person, id }));
        }
    }

    pub(crate) fn add_passkey(
        &self,
        context: &Context,
        c: &AddPasskey,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        if !(1..=MOST_CREDENTIAL).contains(&c.credential.len())
            || !(1..=MOST_PUBLIC).contains(&c.public.len())
        {
            return Err(Refusal::PasskeyUnfit);
        }
        let person = context.actor.person;
        self.acts_as(person)?;
        self.world().stays(person)?;
        let passkey = passkey_number(&c.credential);
        if let Some(known) = self.people.passkey(passkey) {
            let same = known.person == person && !known.ended && known.public == c.public;
            return if same { Ok(Reply::Passkey(passkey)) } else { Err(Refusal::PasskeyExists) };
        }
        if self.people.passkeys_of(person).count() >= MOST {
            return Err(Refusal::PasskeysFull);
        }
        draft.add(OwnEvent::from(PasskeyAdded {
            passkey,
            person,
            credential: c.credential.clone(),
            public: c.public.clone(),
            counter: c.counter,
        }));
        Ok(Reply::Passkey(passkey))
    }

    /// Whether an actor may end what a person is known by: the person, who leads them, or the
    /// operator's first.
    fn may_end(&self, actor: Actor, person: u32) -> bool {
        let own_person = actor.person == person;
        let led = self.people.member(person);
        let leads = led.is_some_and(|led| self.leads(actor, led.party, led.duty).is_ok());
        let of_party = led.is_none()
            && (self.duty_of(actor).is_some_and(Duty::is_first))
            && self.world().may(actor, person);
        own_person || leads || of_party || actor.role == Role::Cell
    }

    pub(crate) fn end_passkey(
        &self,
        context: &Context,
        c: &EndPasskey,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let known = self.people.passkey(c.passkey).ok_or(Refusal::PasskeyNotFound)?;
        if !self.may_end(context.actor, known.person) {
            return Err(Refusal::PasskeyNotFound);
        }
        if !known.ended {
            draft.add(OwnEvent::from(PasskeyEnded { passkey: c.passkey }));
            let opened = self.people.sessions_of(known.person);
            for (id, _) in opened.filter(|(_, it)| it.by == Opened::Passkey(c.passkey)) {
                draft.add(OwnEvent::from(SessionEnded { person: known.person, id }));
            }
        }
        Ok(Reply::Done)
    }

    /// A passkey that signed, of whom, unless it was ended or there are two of it.
    fn signed(&self, number: u128, counter: u32) -> Result<&Passkey, Refusal> {
        let known = self.people.passkey(number).ok_or(Refusal::PasskeyNotFound)?;
        if known.ended {
            return Err(Refusal::PasskeyEnded);
        }
        // WebAuthn §7.2, step 22: it counts, and did not count on.
        if (counter > 0 || known.counter > 0) && counter <= known.counter {
            return Err(Refusal::PasskeyCloned);
        }
        Ok(known)
    }

    pub(crate) fn open_session(
        &self,
        context: &Context,
        c: &OpenSession,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        fresh(context, c.id)?;
        let (person, by, counter, once) = match c.shown {
            Shown::Passkey { number, counter } => {
                let person = self.signed(number, counter)?.person;
                (person, Opened::Passkey(number), counter, None)
            }
            Shown::Code(id) => {
                let key = self.keys.get(&id.0).ok_or(Refusal::KeyNotFound)?;
                let over = key.revoked || key.expires.is_some_and(|end| end <= context.now);
                if over || key.form == KeyForm::Api {
                    return Err(Refusal::KeyNotFound);
                }
                let once = (key.form == KeyForm::Invitation).then_some(id);
                (key.person, Opened::Code(id), 0, once)
            }
        };
        let actor = self.acts_as(person)?;
        if context.actor != actor && context.actor.role != Role::Cell {
            return Err(Refusal::PartyNotFound);
        }
        self.world().stays(person)?;
        self.world().stays(actor.party)?;
        let rules = self.people.rules(context.now);
        let by_itself = person == actor.party && Duty::first(actor.role).is_none();
        let longest = rules.longest(!by_itself);
        if let Some(id) = once {
            draft.add(OwnEvent::from(KeyRevoked { id }));
        }
        self.make_room(context, person, draft);
        draft.add(OwnEvent::from(SessionOpened {
            id: c.id,
            hash: c.hash,
            person,
            party: actor.party,
            role: actor.role,
            by,
            counter,
            expires: context.now.plus(longest),
        }));
        Ok(Reply::Key(c.id))
    }

    /// Ends sessions that are over, and the oldest where there are too many.
    fn make_room(&self, context: &Context, person: u32, draft: &mut Draft) {
        let open = |expires| expires > context.now;
        let live = self.people.sessions_of(person).filter(|(_, it)| open(it.expires)).count();
        let mut beyond = (live + 1).saturating_sub(MOST);
        for (id, session) in self.people.sessions_of(person) {
            let over = !open(session.expires);
            if over || beyond > 0 {
                beyond = if over { beyond } else { beyond - 1 };
                draft.add(OwnEvent::from(SessionEnded { person, id }));
            }
        }
    }

    pub(crate) fn end_session(
        &self,
        context: &Context,
        c: &EndSession,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        if !self.may_end(context.actor, c.person) {
            return Err(Refusal::KeyNotFound);
        }
        if self.people.sessions_of(c.person).any(|(id, _)| id == c.id) {
            draft.add(OwnEvent::from(SessionEnded { person: c.person, id: c.id }));
        }
        Ok(Reply::Done)
    }

    pub(crate) fn set_access_rules(
        &self,
        c: &SetAccessRules,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let rules = &c.rules;
        let long = [rules.staff_session_min, rules.own_session_min];
        let mut bounds: Vec<_> = rules.sign_from.iter().map(|(currency, _)| *currency).collect();
        bounds.sort_unstable();
        let twice = bounds.windows(2).any(|pair| pair[0] == pair[1]);
        let fits = |minutes: &u32| (1..=MOST_MINUTES).contains(minutes);
        if !long.iter().all(fits) || !(1..=24 * 60).contains(&rules.idle_min) || twice {
            return Err(Refusal::AccessRulesUnfit);
        }
        draft.add(OwnEvent::from(AccessRulesSet { from: c.from, rules: rules.clone() }));
        Ok(Reply::Done)
    }

    /// Does what a person has seen and signed; the proof stands in the same record.
    pub(crate) fn signed_command(
        &self,
        context: &Context,
        c: &Signed,
        draft: &mut Draft,
    ) -> Result<Reply, Refusal> {
        let known = self.signed(c.passkey, c.counter)?;
        if known.person != context.actor.person || matches!(c.command, Command::Signed(_)) {
            return Err(Refusal::PasskeyNotFound);
        }
        if known.proof == c.proof {
            return Err(Refusal::ProofUsed);
        }
        let reply = self.decide_command(context, &c.command, draft)?;
        draft.add(OwnEvent::from(ProofGiven {
            passkey: c.passkey,
            counter: c.counter,
            content: c.content,
            proof: c.proof,
        }));
        Ok(reply)
    }
}
