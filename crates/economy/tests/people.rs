//! Who acts for whom: members and their duties, what they sign in with, and what ends with them.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod support;

use economy::people::command::*;
use economy::people::{AccessRules, Duty, KeyForm};
use economy::{ANY_SCOPE, Command, IssueKey, Refusal, Reply, RevokeKey};
use kernel::id::{Key, Party};
use kernel::{Actor, Currency, Id, Ref, Role, Span};
use pay::command::RequestPayment;
use support::*;

type Told = Result<Reply, Refusal>;

struct Staffed {
    w: World,
    m: Market,
}

impl Staffed {
    fn open() -> Self {
        let (w, m) = World::open();
        Self { w, m }
    }

    fn ask(&mut self, actor: Actor, command: Command) -> Told {
        self.w.ask(JP, actor, command)
    }

    fn add(&mut self, by: Actor, party: u32, duty: Duty) -> Told {
        let id = self.w.id();
        self.ask(by, Command::AddMember(AddMember { id, party, duty }))
    }

    /// A member of the shop, and as whom they act.
    fn hired(&mut self, duty: Duty) -> (Ref<Party>, Actor) {
        let soba = self.m.soba;
        match self.add(soba, soba.party, duty) {
            Ok(Reply::Member(person)) => (person, soba.by(person.number)),
            other => panic!("{other:?}"),
        }
    }

    fn set(&mut self, by: Actor, person: Ref<Party>, duty: Duty) -> Told {
        self.ask(by, Command::SetDuty(SetDuty { person, duty }))
    }

    fn end(&mut self, by: Actor, person: Ref<Party>) -> Told {
        self.ask(by, Command::EndMember(EndMember { person }))
    }

    fn passkey(&mut self, by: Actor, name: u8) -> Result<u128, Refusal> {
        let (credential, public) = (vec![name; 16], vec![name]);
        let add = AddPasskey { credential, public, counter: 0 };
        match self.ask(by, Command::AddPasskey(add))? {
            Reply::Passkey(number) => Ok(number),
            other => panic!("{other:?}"),
        }
    }

    fn enter(&mut self, by: Actor, shown: Shown) -> Result<Id<Key>, Refusal> {
        let (id, hash) = (self.w.id(), [9; 32]);
        self.ask(by, Command::OpenSession(OpenSession { id, hash, shown })).map(|_| id)
    }

    fn code(&mut self, actor: Actor, form: KeyForm) -> Id<Key> {
        let (id, hash, role) = (self.w.id(), [7; 32], actor.role);
        let (party, person, scopes) = (actor.party, actor.person, ANY_SCOPE);
        let expires = Some(self.w.now.plus(Span::hours(72)));
        let issue = IssueKey { id, hash, party, role, expires, person, form, scopes };
        self.ask(self.m.operator, Command::IssueKey(issue)).unwrap();
        id
    }

    fn sessions(&self, person: u32) -> Vec<Id<Key>> {
        self.w.cells[JP].state.people().sessions_of(person).map(|(id, _)| id).collect()
    }
}

#[test]
fn duties_are_given_by_those_who_lead() {
    let mut s = Staffed::open();
    let (soba, operator, hana) = (s.m.soba, s.m.operator, s.m.hana);
    let (_, owner) = s.hired(Duty::Owner);
    let (manager_ref, manager) = s.hired(Duty::Manager);
    let (cashier_ref, cashier) = s.hired(Duty::Cashier);
    let shop = soba.party;
    let stranger = {
        let other = s.w.party(JP, operator, Role::Merchant);
        Actor::of(other.party, Role::Merchant)
    };
    let above = Refusal::DutyAboveOwn;
    for (by, duty, told) in [
        (owner, Duty::Owner, Ok(())),
        (manager, Duty::Cashier, Ok(())),
        (manager, Duty::Bookkeeper, Ok(())),
        (manager, Duty::Manager, Err(above.clone())),
        (manager, Duty::Owner, Err(above.clone())),
        (cashier, Duty::Cashier, Err(above.clone())),
        (operator, Duty::Manager, Ok(())),
        (stranger, Duty::Cashier, Err(Refusal::PartyNotFound)),
        (soba, Duty::Clerk, Err(Refusal::DutyAboveOwn)),
        (operator, Duty::Clerk, Err(Refusal::DutyUnfit)),
    ] {
        assert_eq!(s.add(by, shop, duty).map(|_| ()), told, "{duty:?} by {by:?}");
    }
    assert_eq!(s.add(operator, hana.party, Duty::Owner), Err(Refusal::DutyUnfit));
    assert_eq!(s.add(operator, 99, Duty::Owner), Err(Refusal::PartyNotFound));
    // What was given is changed and taken by the same rule.
    assert_eq!(s.set(manager, cashier_ref, Duty::Manager), Err(above.clone()));
    assert_eq!(s.set(cashier, manager_ref, Duty::Cashier), Err(above.clone()));
    assert_eq!(s.set(stranger, cashier_ref, Duty::Bookkeeper), Err(Refusal::PartyNotFound));
    assert_eq!(s.set(owner, cashier_ref, Duty::Auditor), Err(above.clone()));
    assert_eq!(s.set(owner, cashier_ref, Duty::Manager), Ok(Reply::Member(cashier_ref)));
    assert_eq!(s.end(manager, cashier_ref), Err(above.clone()));
    assert_eq!(s.end(owner, cashier_ref), Ok(Reply::Member(cashier_ref)));
    let records = s.w.cells[JP].records.len();
    assert_eq!(s.end(owner, cashier_ref), Ok(Reply::Member(cashier_ref)));
    assert_eq!(s.w.cells[JP].records.len(), records, "ended once");
    assert_eq!(s.add(cashier, shop, Duty::Cashier), Err(Refusal::MemberEnded));
}

#[test]
fn an_owner_is_always_left() {
    let mut s = Staffed::open();
    let (first, _) = s.hired(Duty::Owner);
    let operator = s.m.operator;
    // The shop itself has nothing to sign in with.
    assert_eq!(s.end(operator, first), Err(Refusal::LastOwner));
    assert_eq!(s.set(operator, first, Duty::Cashier), Err(Refusal::LastOwner));
    let (second, _) = s.hired(Duty::Owner);
    assert!(s.end(operator, first).is_ok());
    assert_eq!(s.end(operator, second), Err(Refusal::LastOwner));
    let soba = s.m.soba;
    let code = s.code(soba, KeyForm::Code);
    s.ask(operator, Command::RevokeKey(RevokeKey { id: code })).unwrap();
    assert_eq!(s.end(operator, second), Err(Refusal::LastOwner));
    s.code(soba, KeyForm::Code);
    assert!(s.end(operator, second).is_ok());
}

#[test]
fn everything_ends_with_a_member() {
    let mut s = Staffed::open();
    let (person, cashier) = s.hired(Duty::Cashier);
    let number = s.passkey(cashier, 1).unwrap();
    let key = s.code(cashier, KeyForm::Code);
    s.enter(cashier, Shown::Passkey { number, counter: 0 }).unwrap();
    s.enter(cashier, Shown::Code(key)).unwrap();
    let soba = s.m.soba;
    s.end(soba, person).unwrap();
    let state = &s.w.cells[JP].state;
    assert!(state.keys()[&key.0].revoked);
    assert!(state.people().passkey(number).unwrap().ended);
    assert_eq!(s.sessions(person.number), []);
    for shown in [Shown::Passkey { number, counter: 0 }, Shown::Code(key)] {
        let told = s.enter(cashier, shown).unwrap_err();
        assert!(matches!(told, Refusal::PasskeyEnded | Refusal::KeyNotFound), "{told:?}");
    }
    assert_eq!(s.passkey(cashier, 2), Err(Refusal::MemberEnded));
    // The same with the shop itself: who is forgotten has no staff.
    let (other, _) = s.hired(Duty::Manager);
    let party = s.w.party_of(JP, soba);
    let pause = pay::command::SetStoreOpen { store: s.m.store, open: false };
    s.w.done(JP, soba, pause);
    s.w.done(JP, soba, pay::command::ForgetParty { party });
    s.ask(Actor::CELL, Command::ConfirmForgotten(party)).unwrap();
    assert!(s.w.cells[JP].state.people().member(other.number).unwrap().ended.is_some());
}

#[test]
fn an_invitation_opens_once_and_a_code_until_it_is_ended() {
    let mut s = Staffed::open();
    let (_, cashier) = s.hired(Duty::Cashier);
    let once = s.code(cashier, KeyForm::Invitation);
    s.enter(cashier, Shown::Code(once)).unwrap();
    assert_eq!(s.enter(cashier, Shown::Code(once)), Err(Refusal::KeyNotFound));
    assert_eq!(s.sessions(cashier.person).len(), 1, "the session stays");
    let code = s.code(cashier, KeyForm::Code);
    let api = s.code(cashier, KeyForm::Api);
    for _ in 0..2 {
        s.enter(cashier, Shown::Code(code)).unwrap();
    }
    assert_eq!(s.enter(cashier, Shown::Code(api)), Err(Refusal::KeyNotFound));
    let soba = s.m.soba;
    assert_eq!(s.enter(soba, Shown::Code(code)), Err(Refusal::PartyNotFound), "somebody else");
    let operator = s.m.operator;
    s.ask(operator, Command::RevokeKey(RevokeKey { id: code })).unwrap();
    assert_eq!(s.sessions(cashier.person).len(), 1, "its sessions end with a code");
    s.w.pass(Span::hours(73));
    let late = s.code(cashier, KeyForm::Invitation);
    s.w.pass(Span::hours(72));
    assert_eq!(s.enter(cashier, Shown::Code(late)), Err(Refusal::KeyNotFound));
}

#[test]
fn a_person_has_at_most_twenty_sessions_and_those_that_are_over_go() {
    let mut s = Staffed::open();
    let (_, cashier) = s.hired(Duty::Cashier);
    let number = s.passkey(cashier, 1).unwrap();
    let shown = Shown::Passkey { number, counter: 0 };
    let all: Vec<_> = (0..21)
        .map(|_| {
            s.w.pass(Span::seconds(1));
            s.enter(cashier, shown).unwrap()
        })
        .collect();
    assert_eq!(s.sessions(cashier.person), all[1..], "the oldest went");
    s.w.pass(Span::hours(12));
    let newest = s.enter(cashier, shown).unwrap();
    assert_eq!(s.sessions(cashier.person), [newest], "a shift is 12 hours");
    let (id, person) = (newest, cashier.person);
    let soba_other = s.m.hana;
    let end = Command::EndSession(EndSession { person, id });
    assert_eq!(s.ask(soba_other, end.clone()), Err(Refusal::KeyNotFound));
    assert_eq!(s.ask(cashier, end.clone()), Ok(Reply::Done));
    assert_eq!(s.ask(cashier, end), Ok(Reply::Done));
    assert_eq!(s.sessions(person), []);
    // Dated rules.
    let rules = AccessRules { staff_session_min: 30, ..AccessRules::default() };
    let set = SetAccessRules { from: s.w.now, rules };
    let operator = s.m.operator;
    s.ask(operator, Command::SetAccessRules(set)).unwrap();
    let id = s.enter(cashier, shown).unwrap();
    let people = s.w.cells[JP].state.people();
    let (_, session) = people.sessions_of(person).find(|(known, _)| *known == id).unwrap();
    assert_eq!(session.expires, s.w.now.plus(Span::seconds(1_800)));
    for rules in [
        AccessRules { idle_min: 0, ..AccessRules::default() },
        AccessRules { own_session_min: 400 * 24 * 60 + 1, ..AccessRules::default() },
        AccessRules { sign_from: vec![(Currency::JPY, 1); 2], ..AccessRules::default() },
    ] {
        let set = Command::SetAccessRules(SetAccessRules { from: s.w.now, rules });
        assert_eq!(s.ask(operator, set), Err(Refusal::AccessRulesUnfit));
    }
}

#[test]
fn a_passkey_that_counts_back_opens_nothing() {
    let mut s = Staffed::open();
    let (_, cashier) = s.hired(Duty::Cashier);
    let number = s.passkey(cashier, 1).unwrap();
    assert_eq!(s.passkey(cashier, 1), Ok(number), "asked again, it is the same");
    let (_, other) = s.hired(Duty::Cashier);
    assert_eq!(s.passkey(other, 1), Err(Refusal::PasskeyExists));
    let unfit = AddPasskey { credential: vec![0; 1_024], public: vec![1], counter: 0 };
    assert_eq!(s.ask(cashier, Command::AddPasskey(unfit)), Err(Refusal::PasskeyUnfit));
    for (counter, told) in [
        (0, Ok(())),
        (0, Ok(())),
        (5, Ok(())),
        (5, Err(Refusal::PasskeyCloned)),
        (4, Err(Refusal::PasskeyCloned)),
        (0, Err(Refusal::PasskeyCloned)),
        (6, Ok(())),
    ] {
        let entered = s.enter(cashier, Shown::Passkey { number, counter });
        assert_eq!(entered.map(|_| ()), told, "{counter}");
    }
    let end = Command::EndPasskey(EndPasskey { passkey: number });
    assert_eq!(s.ask(other, end.clone()), Err(Refusal::PasskeyNotFound));
    assert_eq!(s.ask(cashier, end), Ok(Reply::Done));
    assert_eq!(s.sessions(cashier.person), [], "its sessions end with it");
    let again = s.enter(cashier, Shown::Passkey { number, counter: 7 });
    assert_eq!(again, Err(Refusal::PasskeyEnded));
    assert_eq!(s.passkey(cashier, 1), Err(Refusal::PasskeyExists), "and it never comes back");
    for name in 0..20 {
        s.passkey(cashier, 100 + name).unwrap();
    }
    assert_eq!(s.passkey(cashier, 99), Err(Refusal::PasskeysFull));
}

#[test]
fn what_was_signed_is_done_once_by_who_signed_it() {
    let mut s = Staffed::open();
    let (_, manager) = s.hired(Duty::Manager);
    let (_, cashier) = s.hired(Duty::Cashier);
    let passkey = s.passkey(manager, 1).unwrap();
    let mut command = || {
        let id = s.w.id();
        let capture = corridor::CaptureMode::Now;
        let request = s.m.request(&mut s.w, 300, capture);
        let request = RequestPayment { id, ..request };
        Command::Pay(request.into())
    };
    let (first, second) = (command(), command());
    let kind = first.kind();
    let mut signed = |by: Actor, counter, proof, command: &Command| {
        let (content, command) = ([4; 32], command.clone());
        let signed = Signed { passkey, counter, content, proof: [proof; 32], command };
        let command = Command::Signed(Box::new(signed));
        assert_eq!(command.kind(), kind, "a record says what was done");
        s.ask(by, command).map(|_| ())
    };
    assert_eq!(signed(cashier, 1, 1, &first), Err(Refusal::PasskeyNotFound));
    assert_eq!(signed(manager, 1, 1, &first), Ok(()));
    assert_eq!(signed(manager, 1, 2, &second), Err(Refusal::PasskeyCloned));
    assert_eq!(signed(manager, 2, 1, &second), Err(Refusal::ProofUsed));
    assert_eq!(signed(manager, 2, 2, &second), Ok(()));
    // What is refused is no proof, and can be signed again.
    let records = s.w.cells[JP].records.len();
    let nothing = Command::RevokeKey(RevokeKey { id: Id::new(1) });
    let (content, proof) = ([4; 32], [3; 32]);
    let signed = Signed { passkey, counter: 3, content, proof, command: nothing };
    let told = s.ask(manager, Command::Signed(Box::new(signed)));
    assert_eq!(told, Err(Refusal::KeyNotFound));
    assert_eq!(s.w.cells[JP].records.len(), records);
    let known = s.w.cells[JP].state.people().passkey(passkey).unwrap();
    assert_eq!((known.counter, known.proof), (2, [2; 32]));
}
