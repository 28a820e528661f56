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
use economy::{Answer, Event, Key, OwnEvent, Query};
use kernel::id::Key as KeyKind;
use kernel::{Actor, Id, Timestamp};

use crate::cells::{fresh, random};
use crate::code::{Code, NoEntry};
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
}

impl Known {
    fn insert(&mut self, id: u128, key: Key) {
        self.by_hash.insert(key.hash, id);
        self.keys.insert(id, key);
    }
}

impl KeyRing {
    /// The keys as they stand, and the position they stand at.
    ///
    /// # Errors
    /// When the cell does not answer within half a minute.
    pub async fn load(handle: &Handle) -> Result<(Self, u64), Problem> {
        for _ in 0..600 {
            if let Outcome::Answered { answer: Answer::Keys(keys), position } =
                handle.ask(Query::Keys).await
            {
                let mut known = Known::default();
                keys.into_iter().for_each(|(id, key)| known.insert(id.0, key));
                return Ok((Self { known: RwLock::new(known) }, position));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Problem::new("cell_starting", "A cell did not answer within half a minute."))
    }

    /// Takes in what the journal says of keys.
    pub fn apply(&self, event: &Event) {
        let Event::Own(event) = event else { return };
        let mut known = self.known.write().expect("no holder of this lock panics");
        match event {
            OwnEvent::KeyIssued(issued) => {
                let key = Key {
                    hash: issued.hash,
                    party: issued.party,
                    role: issued.role,
                    expires: issued.expires,
                    revoked: false,
                };
                known.insert(issued.id.0, key);
            }
            OwnEvent::KeyRevoked(revoked) => {
                if let Some(key) = known.keys.get_mut(&revoked.id.0) {
                    key.revoked = true;
                }
            }
            OwnEvent::AnswersForgotten(_) => {}
        }
    }

    /// Whether a key that was shown before still opens, for what outlives a request.
    pub fn is_live(&self, id: Id<KeyKind>, now: Timestamp) -> bool {
        let known = self.known.read().expect("no holder of this lock panics");
        let key = known.keys.get(&id.0);
        key.is_some_and(|key| !key.revoked && key.expires.is_none_or(|end| end > now))
    }

    /// Who holds a sign-in code at a moment, and by which key. It is found by the hash of a secret
    /// of 100 bits: how long that takes tells nothing of any other.
    ///
    /// # Errors
    /// Not a code of this cell, expired, or ended.
    pub fn holder(&self, code: &Code, now: Timestamp) -> Result<(Id<KeyKind>, Actor), NoEntry> {
        let known = self.known.read().expect("no holder of this lock panics");
        let id = *known.by_hash.get(&code.hash()).ok_or(NoEntry::Unknown)?;
        let key = known.keys.get(&id).ok_or(NoEntry::Unknown)?;
        if key.revoked {
            return Err(NoEntry::Ended);
        }
        if key.expires.is_some_and(|end| end <= now) {
            return Err(NoEntry::Expired);
        }
        Ok((Id::new(id), Actor::of(key.party, key.role)))
    }

    /// Who holds a key at a moment. The secret is compared in constant time, and before anything
    /// about the key is told.
    ///
    /// # Errors
    /// Not a key of this cell, expired, or ended.
    pub fn actor(&self, shown: &KeyText, now: Timestamp) -> Result<Actor, Problem> {
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
        Ok(Actor::of(key.party, key.role))
    }
}

#[cfg(test)]
mod tests {
    use economy::{KeyIssued, KeyRevoked};
    use kernel::Role;

    use super::*;

    fn issue(ring: &KeyRing, key: &KeyText, expires: Option<Timestamp>) {
        ring.apply(&Event::Own(OwnEvent::from(KeyIssued {
            id: key.id,
            hash: key.hash(),
            party: 3,
            role: Role::Merchant,
            expires,
        })));
    }

    fn code(ring: &KeyRing, key: &KeyText, now: u64) -> Result<u32, &'static str> {
        ring.actor(key, Timestamp(now)).map(|actor| actor.party).map_err(|problem| problem.code)
    }

    #[test]
    fn a_code_opens_until_it_is_ended_or_its_time_is_over() {
        let ring = KeyRing::default();
        let (code, id) = (Code::generate("jp"), Id::new(9));
        let party = kernel::Ref::new(2, 3, 7);
        let issue = |expires| {
            let issued = economy::IssueKey { expires, ..code.issue(id, party, Role::Merchant) };
            ring.apply(&Event::Own(OwnEvent::from(KeyIssued {
                id: issued.id,
                hash: issued.hash,
                party: issued.party,
                role: issued.role,
                expires: issued.expires,
            })));
        };
        assert_eq!(ring.holder(&code, Timestamp(1)), Err(NoEntry::Unknown));
        issue(Some(Timestamp(10)));
        let actor = Actor::of(3, Role::Merchant);
        assert_eq!(ring.holder(&code, Timestamp(9)), Ok((id, actor)));
        assert_eq!(ring.holder(&Code::generate("jp"), Timestamp(9)), Err(NoEntry::Unknown));
        assert_eq!(ring.holder(&code, Timestamp(10)), Err(NoEntry::Expired));
        ring.apply(&Event::Own(OwnEvent::from(KeyRevoked { id })));
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
        ring.apply(&Event::Own(OwnEvent::from(KeyRevoked { id: key.id })));
        assert_eq!(code(&ring, &key, 9), Err("key_revoked"));
        assert!(!ring.is_live(key.id, Timestamp(9)));
        assert_eq!(code(&ring, &guess, 9), Err("key_invalid"));
    }
}
