//! How a fact changes what is known of people.

use kernel::Timestamp;

use super::event::{MemberAdded, MemberEnded, PasskeyAdded, PasskeyEnded, ProofGiven};
use super::event::{SessionEnded, SessionOpened};
use super::{Member, Opened, Passkey, People, Session};
use crate::OwnEvent;

impl People {
    /// Applies a fact; one that is of no person changes nothing, and one that was applied before
    /// nothing again: an edge keeps a copy that it begins in the middle of a group.
    pub fn evolve(&mut self, now: Timestamp, event: &OwnEvent) {
        match event {
            OwnEvent::MemberAdded(MemberAdded { person, party, duty, .. }) => {
                let member = Member { party: *party, duty: *duty, since: now, ended: None };
                self.members.insert(*person, member);
            }
            OwnEvent::DutySet(fact) => {
                let member = self.members.get_mut(&fact.person);
                member.expect("judged: a member").duty = fact.duty;
            }
            OwnEvent::MemberEnded(MemberEnded { person }) => {
                let member = self.members.get_mut(person);
                member.expect("judged: a member").ended = Some(now);
            }
            OwnEvent::PasskeyAdded(fact) => self.passkey_added(now, fact),
            OwnEvent::PasskeyEnded(PasskeyEnded { passkey }) => {
                let passkey = self.passkeys.get_mut(passkey);
                passkey.expect("judged: the passkey is there").ended = true;
            }
            OwnEvent::SessionOpened(fact) => self.session_opened(now, fact),
            OwnEvent::SessionEnded(SessionEnded { person, id }) => {
                self.sessions.remove(&(*person, id.0));
            }
            OwnEvent::AccessRulesSet(fact) => self.rules.set(fact.from, fact.rules.clone()),
            OwnEvent::ProofGiven(ProofGiven { passkey, counter, proof, .. }) => {
                let signed = self.signed(now, *passkey, *counter);
                signed.proof = *proof;
            }
            OwnEvent::KeyIssued(_) | OwnEvent::KeyRevoked(_) | OwnEvent::AnswersForgotten(_) => {}
        }
    }

    fn passkey_added(&mut self, now: Timestamp, fact: &PasskeyAdded) {
        let passkey = Passkey {
            person: fact.person,
            credential: fact.credential.clone(),
            public: fact.public.clone(),
            counter: fact.counter,
            since: now,
            used: now,
            proof: [0; 32],
            ended: false,
        };
        self.passkeys.insert(fact.passkey, passkey);
    }

    fn session_opened(&mut self, now: Timestamp, fact: &SessionOpened) {
        if let Opened::Passkey(number) = fact.by {
            self.signed(now, number, fact.counter);
        }
        let session = Session {
            hash: fact.hash,
            party: fact.party,
            role: fact.role,
            by: fact.by,
            since: now,
            expires: fact.expires,
        };
        self.sessions.insert((fact.person, fact.id.0), session);
    }

    fn signed(&mut self, now: Timestamp, number: u128, counter: u32) -> &mut Passkey {
        let passkey = self.passkeys.get_mut(&number).expect("judged: the passkey is there");
        passkey.counter = counter;
        passkey.used = now;
        passkey
    }
}
