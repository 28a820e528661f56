//! What a person has seen is what they sign: above the bound of the cell's access rules money goes
//! only with a passkey's signature over the form's content; where a shop is paid, and a further passkey,
//! are signed for wherever somebody has a passkey to do it with.
//!
//! **Invariants.** The challenge is a hash of what is shown (operation, what it is about, the form's
//! key) and of a random number that is used once; it belongs to one session. The record of what was
//! done keeps the hash of the proof.

use std::fmt;

use axum::http::HeaderMap;
use economy::Command;
use economy::people::People;
use economy::people::command::Signed;
use kernel::id::Key;
use kernel::{Actor, Currency, Id};
use serde_json::Value;

use crate::cells::{Site, now};
use crate::duty::{Scope, scopes_of};
use crate::edge::Edge;
use crate::passkeys::{self, Waiting, fresh_bytes, unproven};
use crate::problem::Problem;

/// Keeps the hash of what is shown apart from everything else that is hashed.
const CONTENT: &str = "enishi 2026-11 content that a person signs";
/// The same for the challenge.
const CHALLENGE: &str = "enishi 2026-11 challenge of signed content";
/// The same for the name under which it waits.
const NAME: &str = "enishi 2026-11 name of a signing";

/// What is shown to a person who signs.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The session.
    pub session: Id<Key>,
    /// Who signs, for whom.
    pub actor: Actor,
    /// What is to be done: the name of the command.
    pub operation: &'static str,
    /// What about: a payment, a file.
    pub object: &'a str,
    /// What is signed for.
    pub what: What<'a>,
    /// The form's key.
    pub key: &'a str,
}

/// What is signed for.
#[derive(Clone, Copy)]
pub enum What<'a> {
    /// Money.
    Money {
        /// Minor units.
        amount: u64,
        /// In what.
        currency: Currency,
        /// Who gets it.
        payee: &'a str,
    },
    /// Where a shop is paid: both accounts whole, as the vault writes them.
    Account {
        /// The one that it has; nothing where there is none.
        before: &'a str,
        /// The one in its place.
        after: &'a str,
    },
    /// One more passkey of whoever signs.
    Passkey,
}

impl fmt::Debug for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money { amount, currency, payee } => {
                write!(f, "Money({amount} {} to {payee})", currency.code())
            }
            Self::Account { .. } => f.write_str("Account(numbers not shown)"),
            Self::Passkey => f.write_str("Passkey"),
        }
    }
}

/// What a person signed, checked: it goes into the record of what is done.
#[derive(Clone, Copy, Debug)]
pub struct Proof {
    passkey: u128,
    counter: u32,
    content: [u8; 32],
    hash: [u8; 32],
}

impl Proof {
    /// The command that was signed.
    pub fn over(self, command: Command) -> Command {
        let Self { passkey, counter, content, hash } = self;
        Command::Signed(Box::new(Signed { passkey, counter, content, proof: hash, command }))
    }
}

/// Whether anybody who may set a party's bank account could sign for it.
fn somebody_signs(people: &People, party: u32) -> bool {
    let has = |person| people.passkeys_of(person).next().is_some();
    let may = people.members_of(party).filter(|(_, member)| {
        member.ended.is_none() && scopes_of(Some(member.duty)).has(Scope::Bank)
    });
    has(party) || may.map(|(person, _)| person).any(has)
}

impl Shown<'_> {
    /// The hash of all of it.
    fn content(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(CONTENT);
        let money;
        let what = match self.what {
            What::Money { amount, currency, payee } => {
                money = amount.to_string();
                [money.as_str(), currency.code(), payee]
            }
            What::Account { before, after } => ["account", before, after],
            What::Passkey => ["passkey", "", ""],
        };
        let person = format!("{} {}", self.actor.party, self.actor.person);
        let [first, second, third] = what;
        let parts = [self.operation, self.object, first, second, third, self.key, &person];
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// The name under which it waits: of this session and this content.
    fn name(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(NAME);
        hasher.update(&self.session.0.to_le_bytes()).update(&self.content());
        *hasher.finalize().as_bytes()
    }

    /// Whether the person is asked to sign it: for money by the cell's rules; for where a shop is paid
    /// if anybody of the shop has a passkey, as then nobody changes it by being signed in alone; for
    /// a passkey if the person has one.
    pub fn is_needed(&self, site: &Site) -> bool {
        site.keys.people(|people| match self.what {
            What::Money { amount, currency, .. } => people.rules(now()).asks_for(currency, amount),
            What::Account { .. } => somebody_signs(people, self.actor.party),
            What::Passkey => people.passkeys_of(self.actor.person).next().is_some(),
        })
    }

    /// What the browser's `navigator.credentials.get` takes to sign it.
    ///
    /// # Errors
    /// `passkey_needed`: the person has none. `passkey_no_origin`, `rate_limited`.
    pub fn begin(&self, edge: &Edge, site: &Site, headers: &HeaderMap) -> Result<Value, Problem> {
        let person = self.actor.person;
        let known: Vec<_> = site.keys.people(|people| {
            people.passkeys_of(person).map(|(_, passkey)| passkey.credential.clone()).collect()
        });
        if known.is_empty() {
            return Err(needed());
        }
        let relying = passkeys::relying(edge, headers)?;
        let mut hasher = blake3::Hasher::new_derive_key(CHALLENGE);
        hasher.update(&self.content()).update(&fresh_bytes());
        let challenge = *hasher.finalize().as_bytes();
        edge.ceremonies().begin(self.name(), Waiting::Signing { challenge })?;
        Ok(relying.request(&challenge, &known))
    }

    /// The command with the proof that the person signed exactly this.
    ///
    /// # Errors
    /// As [`Self::proved`].
    pub async fn signed(
        &self,
        edge: &Edge,
        site: &Site,
        headers: &HeaderMap,
        proof: &str,
        command: Command,
    ) -> Result<Command, Problem> {
        Ok(self.proved(edge, site, headers, proof).await?.over(command))
    }

    /// The proof that the person signed exactly this, once.
    ///
    /// # Errors
    /// `sign_needed`: nothing was signed, or something else, or it was used before.
    /// `passkey_needed`, `passkey_unproven`, `passkey_cloned`, `passkey_not_found`.
    pub async fn proved(
        &self,
        edge: &Edge,
        site: &Site,
        headers: &HeaderMap,
        proof: &str,
    ) -> Result<Proof, Problem> {
        let proved = self.proof_of(edge, site, headers, proof).await;
        proved.inspect_err(|problem| {
            site.refused.note(now(), self.actor, self.operation, problem);
        })
    }

    async fn proof_of(
        &self,
        edge: &Edge,
        site: &Site,
        headers: &HeaderMap,
        proof: &str,
    ) -> Result<Proof, Problem> {
        let person = self.actor.person;
        if site.keys.people(|people| people.passkeys_of(person).next().is_none()) {
            return Err(needed());
        }
        let missing = || {
            Problem::new(
                "sign_needed",
                "This is not done without your passkey; nothing was done. Look at it and sign it.",
            )
        };
        if proof.is_empty() {
            return Err(missing());
        }
        let waiting = edge.ceremonies().take(&self.name());
        let Some(Waiting::Signing { challenge }) = waiting else { return Err(missing()) };
        let credential = passkey::credential_of(proof).map_err(|why| unproven(&why))?;
        let signer = passkeys::signer(edge, &credential).await?;
        if signer.actor.person != person || signer.site.handle.info() != site.handle.info() {
            return Err(Problem::refused(&economy::Refusal::PasskeyNotFound));
        }
        let relying = passkeys::relying(edge, headers)?;
        let proved = relying.proves(&challenge, &signer.credential, proof);
        let proved = proved.map_err(|why| unproven(&why))?;
        let (counter, hash) = (proved.counter, proved.hash);
        Ok(Proof { passkey: signer.number, counter, content: self.content(), hash })
    }
}

fn needed() -> Problem {
    Problem::new(
        "passkey_needed",
        "This is not done without a passkey, and you have none; nothing was done. Add one on your \
         devices' page.",
    )
}
