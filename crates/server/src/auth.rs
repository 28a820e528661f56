//! API keys: their text, and who holds which. A key belongs to one cell; the cell's journal
//! knows only the hash of its secret.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::RwLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cell::{Handle, Outcome};
use economy::people::{KeyForm, Member, Passkey, People, Session};
use economy::{Answer, Event, Key, OwnEvent, Query};
use kernel::id::Key as KeyKind;
use kernel::{Actor, Id, Timestamp};

use crate::cells::{fresh, random};
use crate::code::{Code, NoEntry};
use crate::duty::{Scopes, scopes_of};
use crate::problem::Problem;

/// A key as its holder writes it: `ek_<cell>_<id>_<secret>`, 26 and 43 characters. It is shown
/// once, when it is made, and never printed by a log.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    cell: String,
    /// Names the key.
    pub id: Id<KeyKind>,
    secret: [u8; 32],
}

/// A text that is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key; one looks like ek_<cell>_<id>_<secret>")]
pub struct NotAKey;

impl KeyText {
    /// A new key of a cell.
    pub fn generate(cell: &str) -> Self {
        Self { cell: cell.to_owned(), id: fresh(), secret: random() }
    }

    /// The cell it belongs to.
    pub fn cell(&self) -> &str {
        &self.cell
    }

    /// What the journal keeps: BLAKE3 of the secret. At 256 random bits a slow hash adds nothing.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.secret).as_bytes()
    }

    /// The text, for its holder alone.
    pub fn reveal(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(self.secret);
        format!("ek_{}_{}_{secret}", self.cell, self.id.bare())
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ek_{}_{}_(secret)", self.cell, self.id.bare())
    }
}

impl FromStr for KeyText {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let rest = text.strip_prefix("ek_").ok_or(NotAKey)?;
        let (cell, rest) = rest.split_once('_').ok_or(NotAKey)?;
        let (id, secret) = rest.split_once('_').ok_or(NotAKey)?;
        let id = format!("key_{id}").parse().map_err(|_| NotAKey)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).map_err(|_| NotAKey)?;
        let secret = secret.try_into().map_err(|_| NotAKey)?;
        Ok(Self { cell: cell.to_owned(), id, secret })
    }
}

/// The keys of one cell, kept up to date by who follows it.
#[derive(Debug, Default)]
pub struct KeyRing {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<u128, Key>,
    /// By the hash of their secret: a sign-in code does not tell the id of its key.
    by_hash: HashMap<[u8; 32], u128>,
    people: People,
    /// Sessions by the hash of their token.
    sessions: HashMap<[u8; 32], (u32, Id<KeyKind>)>,
}

/// Who acts, by what, and what they may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The key or the session.
    pub key: Id<KeyKind>,
    /// For whom, in which role, and who.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Scopes,
}

impl Known {
    fn insert(&mut self, id: u128, key: Key) {
        self.by_hash.insert(key.hash, id);
        self.keys.insert(id, key);
    }

    /// What a person may do for a party; none who is no member any more.
    fn scopes(&self, actor: Actor) -> Option<Scopes> {
        if actor.person == actor.party {
            return Some(Scopes::ALL);
        }
        let member = self.people.member(actor.person)?;
        let live = member.party == actor.party && member.ended.is_none();
        live.then(|| scopes_of(Some(member.duty)))
    }

    fn holder_of(&self, id: u128, key: &Key) -> Option<Holder> {
        let actor = Actor::of(key.party, key.role).by(key.person);
        let scopes = self.scopes(actor)?.and(Scopes(key.scopes));
        Some(Holder { key: Id::new(id), actor, scopes })
    }

    fn session_of(&self, person: u32, id: Id<KeyKind>) -> Option<&Session> {
        self.people.sessions_of(person).find(|(known, _)| *known == id).map(|(_, it)| it)
    }

    fn index_sessions(&mut self) {
        let all = self.people.sessions();
        self.sessions = all.map(|(person, id, it)| (it.hash, (person, id))).collect();
    }
}

impl KeyRing {
    /// The keys as they stand, and the position they stand at.
    ///
    /// # Errors
    /// When the cell does not answer within half a minute.
    pub async fn load(handle: &Handle) -> Result<(Self, u64), Problem> {
        for _ in 0..600 {
            let people = handle.ask(Query::People).await;
            // People are as new as the keys or older: what came between is applied again.
            if let Outcome::Answered { answer: Answer::People(people), position } = people
                && let Outcome::Answered { answer: Answer::Keys(keys), .. } =
                    handle.ask(Query::Keys).await
            {
                let mut known = Known { people: *people, ..Known::default() };
                known.index_sessions();
                keys.into_iter().for_each(|(id, key)| known.insert(id.0, key));
                return Ok((Self { known: RwLock::new(known) }, position));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Problem::new("cell_starting", "A cell did not answer within half a minute."))
    }

    /// Takes in what the journal says of keys.
    pub fn apply(&self, now: Timestamp, event: &Event) {
        let Event::Own(event) = event else { return };
        let mut known = self.known.write().expect("no holder of this lock panics");
        match event {
            OwnEvent::KeyIssued(issued) => known.insert(issued.id.0, Key::of(issued)),
            OwnEvent::KeyRevoked(revoked) => {
                if let Some(key) = known.keys.get_mut(&revoked.id.0) {
                    key.revoked = true;
                }
            }
            OwnEvent::AnswersForgotten(_) => {}
            OwnEvent::SessionOpened(opened) => {
                known.sessions.insert(opened.hash, (opened.person, opened.id));
                known.people.evolve(now, event);
            }
            OwnEvent::SessionEnded(ended) => {
                if let Some(hash) = known.session_of(ended.person, ended.id).map(|it| it.hash) {
                    known.sessions.remove(&hash);
                }
                known.people.evolve(now, event);
            }
            of_people => known.people.evolve(now, of_people),
        }
    }

    /// What is known of people, to be looked at and not kept.
    pub fn people<T>(&self, look: impl FnOnce(&People) -> T) -> T {
        look(&self.known.read().expect("no holder of this lock panics").people)
    }

    /// The keys of a person that open now, with when they end.
    pub fn keys_of(&self, person: u32, now: Timestamp) -> Vec<(Id<KeyKind>, Key)> {
        let known = self.known.read().expect("no holder of this lock panics");
        let open = |key: &Key| !key.revoked && key.expires.is_none_or(|end| end > now);
        let theirs = known.keys.iter().filter(|(_, key)| key.person == person && open(key));
        let mut keys: Vec<_> = theirs.map(|(id, key)| (Id::new(*id), key.clone())).collect();
        keys.sort_by_key(|(id, _)| *id);
        keys
    }

    /// How a key is written, whether or not it still opens.
    pub fn form_of(&self, id: Id<KeyKind>) -> Option<KeyForm> {
        let known = self.known.read().expect("no holder of this lock panics");
        known.keys.get(&id.0).map(|key| key.form)
    }

    /// Who holds a session's token at a moment, and the session.
    pub fn session(&self, hash: &[u8; 32], now: Timestamp) -> Option<(Holder, Session)> {
        let known = self.known.read().expect("no holder of this lock panics");
        let (person, id) = *known.sessions.get(hash)?;
        let session = *known.session_of(person, id).filter(|it| it.expires > now)?;
        let actor = Actor::of(session.party, session.role).by(person);
        Some((Holder { key: id, actor, scopes: known.scopes(actor)? }, session))
    }

    /// What a person may do for a party; none who is no member of it.
    pub fn scopes(&self, actor: Actor) -> Option<Scopes> {
        self.known.read().expect("no holder of this lock panics").scopes(actor)
    }

    /// A passkey that was not ended, and whose member the person is, if they are one.
    pub fn passkey(&self, number: u128) -> Option<(Passkey, Option<Member>)> {
        let known = self.known.read().expect("no holder of this lock panics");
        let passkey = known.people.passkey(number).filter(|it| !it.ended)?.clone();
        let member = known.people.member(passkey.person).copied();
        Some((passkey, member))
    }

    /// Whether a key that was shown before still opens, for what outlives a request.
    pub fn is_live(&self, id: Id<KeyKind>, now: Timestamp) -> bool {
        let known = self.known.read().expect("no holder of this lock panics");
        let key = known.keys.get(&id.0);
        key.is_some_and(|key| !key.revoked && key.expires.is_none_or(|end| end > now))
    }

    /// The same for a session of a person.
    pub fn is_open(&self, person: u32, id: Id<KeyKind>, now: Timestamp) -> bool {
        let known = self.known.read().expect("no holder of this lock panics");
        known.session_of(person, id).is_some_and(|session| session.expires > now)
    }

    /// Who holds a sign-in code at a moment, and by which key. It is found by the hash of a secret
    /// of 100 bits: how long that takes tells nothing of any other.
    ///
    /// # Errors
    /// Not a code of this cell, expired, or ended.
    pub fn holder(&self, code: &Code, now: Timestamp) -> Result<(Holder, KeyForm), NoEntry> {
        let known = self.known.read().expect("no holder of this lock panics");
        let id = *known.by_hash.get(&code.hash()).ok_or(NoEntry::Unknown)?;
        let key = known.keys.get(&id).ok_or(NoEntry::Unknown)?;
        if key.revoked {
            return Err(NoEntry::Ended);
        }
        if key.expires.is_some_and(|end| end <= now) {
            return Err(NoEntry::Expired);
        }
        let holder = known.holder_of(id, key).ok_or(NoEntry::Ended)?;
        Ok((holder, key.form))
    }

    /// Who holds a key at a moment. The secret is compared in constant time, and before anything
    /// about the key is told.
    ///
    /// # Errors
    /// Not a key of this cell, expired, or ended.
    pub fn actor(&self, shown: &KeyText, now: Timestamp) -> Result<Holder, Problem> {
        let ring = self.known.read().expect("no holder of this lock panics");
        let known = ring.keys.get(&shown.id.0);
        let stored = blake3::Hash::from_bytes(known.map_or([0; 32], |key| key.hash));
        let same = stored == blake3::hash(&shown.secret);
        let Some(key) = known.filter(|_| same) else {
            return Err(Problem::new(
                "key_invalid",
                "This is not an API key of this server; check it for missing characters.",
            ));
        };
        if key.revoked {
            return Err(Problem::new(
                "key_revoked",
                "This API key was ended; ask the operator for a new one.",
            ));
        }
        if key.expires.is_some_and(|end| end <= now) {
            return Err(Problem::new(
                "key_expired",
                "This API key has expired; ask the operator for a new one.",
            ));
        }
        ring.holder_of(shown.id.0, key).ok_or_else(|| {
            let detail = "Who this API key was given to works here no more; it opens nothing.";
            Problem::new("key_revoked", detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use economy::{KeyIssued, KeyRevoked};
    use kernel::Role;

    use super::*;

    fn issue(ring: &KeyRing, key: &KeyText, expires: Option<Timestamp>) {
        ring.apply(
            Timestamp(0),
            &Event::Own(OwnEvent::from(KeyIssued {
                id: key.id,
                hash: key.hash(),
                party: 3,
                role: Role::Merchant,
                expires,
                person: 3,
                form: KeyForm::Api,
                scopes: economy::ANY_SCOPE,
            })),
        );
    }

    fn code(ring: &KeyRing, key: &KeyText, now: u64) -> Result<u32, &'static str> {
        ring.actor(key, Timestamp(now))
            .map(|holder| holder.actor.party)
            .map_err(|problem| problem.code)
    }

    #[test]
    fn a_code_opens_until_it_is_ended_or_its_time_is_over() {
        let ring = KeyRing::default();
        let (code, id) = (Code::generate("jp"), Id::new(9));
        let party = kernel::Ref::new(2, 3, 7);
        let issue = |expires| {
            let issued = economy::IssueKey { expires, ..code.issue(id, party, Role::Merchant) };
            ring.apply(
                Timestamp(0),
                &Event::Own(OwnEvent::from(KeyIssued {
                    id: issued.id,
                    hash: issued.hash,
                    party: issued.party,
                    role: issued.role,
                    expires: issued.expires,
                    person: issued.person,
                    form: issued.form,
                    scopes: issued.scopes,
                })),
            );
        };
        assert_eq!(ring.holder(&code, Timestamp(1)), Err(NoEntry::Unknown));
        issue(Some(Timestamp(10)));
        let (actor, scopes) = (Actor::of(3, Role::Merchant), Scopes::ALL);
        let holder = Holder { key: id, actor, scopes };
        assert_eq!(ring.holder(&code, Timestamp(9)), Ok((holder, KeyForm::Code)));
        assert_eq!(ring.holder(&Code::generate("jp"), Timestamp(9)), Err(NoEntry::Unknown));
        assert_eq!(ring.holder(&code, Timestamp(10)), Err(NoEntry::Expired));
        ring.apply(Timestamp(0), &Event::Own(OwnEvent::from(KeyRevoked { id })));
        assert_eq!(ring.holder(&code, Timestamp(9)), Err(NoEntry::Ended));
    }

    #[test]
    fn a_key_reads_back_and_hides_its_secret() {
        for _ in 0..200 {
            let key = KeyText::generate("jp");
            let text = key.reveal();
            assert_eq!(text.len(), 3 + 2 + 1 + 26 + 1 + 43);
            assert_eq!(text.parse(), Ok(key.clone()));
            assert!(!format!("{key:?}").contains(&text[text.len() - 43..]));
        }
        for text in ["", "ek_", "ek_jp", "ek_jp_1_2", "sk_jp_a_b", "ek_jp_é_ü"] {
            assert_eq!(text.parse::<KeyText>(), Err(NotAKey), "{text}");
        }
    }

    #[test]
    fn only_the_right_secret_opens_and_only_in_time() {
        let ring = KeyRing::default();
        let key = KeyText::generate("jp");
        assert_eq!(code(&ring, &key, 1), Err("key_invalid"));
        issue(&ring, &key, Some(Timestamp(10)));
        assert_eq!(code(&ring, &key, 9), Ok(3));
        assert!(ring.is_live(key.id, Timestamp(9)) && !ring.is_live(key.id, Timestamp(10)));
        assert_eq!(code(&ring, &key, 10), Err("key_expired"));
        let guess = KeyText { secret: [0; 32], ..key.clone() };
        assert_eq!(code(&ring, &guess, 9), Err("key_invalid"));
        ring.apply(Timestamp(0), &Event::Own(OwnEvent::from(KeyRevoked { id: key.id })));
        assert_eq!(code(&ring, &key, 9), Err("key_revoked"));
        assert!(!ring.is_live(key.id, Timestamp(9)));
        assert_eq!(code(&ring, &guess, 9), Err("key_invalid"));
    }
}
