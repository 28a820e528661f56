//! What a person has seen is what they sign: above the bound of the cell's access rules a form is
//! done only with a passkey's signature over its content.
//!
//! **Invariants.** The challenge is a hash of what is shown (operation, amount, currency, payee, the
//! form's key) and of a random number that is used once; it belongs to one session. The record of
//! what was done keeps the hash of the proof.

use axum::http::HeaderMap;
use economy::Command;
use economy::people::command::Signed;
use kernel::id::Key;
use kernel::{Actor, Currency, Id};
use serde_json::Value;

use crate::cells::{Site, now};
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
    /// What is to be done, as a word of its own.
    pub operation: &'static str,
    /// What about: a payment, a file.
    pub object: &'a str,
    /// Minor units.
    pub amount: u64,
    /// In what.
    pub currency: Currency,
    /// Who gets it.
    pub payee: &'a str,
    /// The form's key.
    pub key: &'a str,
}

impl Shown<'_> {
    /// The hash of all of it.
    fn content(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(CONTENT);
        let (amount, currency) = (self.amount.to_string(), self.currency.code());
        let person = format!("{} {}", self.actor.party, self.actor.person);
        let parts = [self.operation, self.object, &amount, currency, self.payee, self.key, &person];
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

    /// Whether the cell's rules ask the person to sign it.
    pub fn is_needed(&self, site: &Site) -> bool {
        site.keys.people(|people| people.rules(now())).asks_for(self.currency, self.amount)
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
    /// `sign_needed`: nothing was signed, or something else, or it was used before.
    /// `passkey_needed`, `passkey_unproven`, `passkey_cloned`, `passkey_not_found`.
    pub async fn signed(
        &self,
        edge: &Edge,
        site: &Site,
        headers: &HeaderMap,
        proof: &str,
        command: Command,
    ) -> Result<Command, Problem> {
        let person = self.actor.person;
        if site.keys.people(|people| people.passkeys_of(person).next().is_none()) {
            return Err(needed());
        }
        let missing = || {
            Problem::new(
                "sign_needed",
                "This is above what is done without your passkey; nothing was done. Look at it \
                 and sign it.",
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
        Ok(Command::Signed(Box::new(Signed {
            passkey: signer.number,
            counter: proved.counter,
            content: self.content(),
            proof: proved.hash,
            command,
        })))
    }
}

fn needed() -> Problem {
    Problem::new(
        "passkey_needed",
        "This is above what is done without a passkey, and you have none; nothing was done. Add \
         one on your devices' page.",
    )
}
