//! Passkeys at the door: what waits for a browser's answer, and whose an answer is.
//!
//! **Invariants.** A challenge is 32 random bytes, or follows from such and what was shown; it is
//! answered once, within five minutes, by the browser or the session that asked for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::http::HeaderMap;
use economy::people::passkey_number;
use economy::{Answer, Query};
use kernel::{Actor, Id};
use passkey::{Credential, PATIENCE, Registration, Relying};

use crate::cells::{Site, random};
use crate::edge::Edge;
use crate::problem::Problem;
use crate::session;
use crate::signing::Proof;

/// What browsers say a passkey is for.
const NAME: &str = "Enishi 縁";
/// The most ceremonies that wait at a time.
const MOST: usize = 20_000;

/// What waits for a browser.
#[derive(Clone, Debug)]
pub enum Waiting {
    /// Somebody signs in.
    SignIn {
        /// What is to be signed.
        challenge: [u8; 32],
    },
    /// A person adds a passkey, as one that they have signed for.
    Adding(Box<Registration>, Option<Proof>),
    /// A person signs what they were shown.
    Signing {
        /// What is to be signed.
        challenge: [u8; 32],
    },
}

/// Ceremonies that wait, by a name that only the browser or the session has.
#[derive(Debug, Default)]
pub struct Ceremonies {
    waiting: Mutex<HashMap<[u8; 32], (Instant, Waiting)>>,
}

impl Ceremonies {
    /// Lets one wait; one of the same name is forgotten.
    ///
    /// # Errors
    /// `rate_limited`: too many wait.
    pub fn begin(&self, name: [u8; 32], waiting: Waiting) -> Result<(), Problem> {
        let mut all = self.waiting.lock().expect("no holder of this lock panics");
        if all.len() >= MOST {
            all.retain(|_, (began, _)| began.elapsed() < PATIENCE);
        }
        if all.len() >= MOST {
            let mut problem = Problem::new(
                "rate_limited",
                "Nothing was done: too many are signing in right now; try again in a minute.",
            );
            problem.retry_after_s = Some(60);
            return Err(problem);
        }
        all.insert(name, (Instant::now(), waiting));
        Ok(())
    }

    /// Takes one out, once.
    pub fn take(&self, name: &[u8; 32]) -> Option<Waiting> {
        let mut all = self.waiting.lock().expect("no holder of this lock panics");
        let (began, waiting) = all.remove(name)?;
        (began.elapsed() < PATIENCE).then_some(waiting)
    }
}

/// The relying party of a request: of the origin that the configuration names, else of this machine
/// as a browser on it calls it.
///
/// # Errors
/// `passkey_no_origin`: browsers have no passkeys for the address that was asked.
pub fn relying(edge: &Edge, headers: &HeaderMap) -> Result<Relying, Problem> {
    let none = || {
        Problem::new(
            "passkey_no_origin",
            "Browsers have no passkeys at this address; open https and the server's name, or \
             http://localhost on this machine, or use your sign-in code.",
        )
    };
    let origin = match edge.public_origin() {
        Some(origin) => origin.to_owned(),
        None => {
            let own = session::address(headers, "");
            let is_local = own.strip_prefix("http://localhost");
            is_local.filter(|rest| rest.is_empty() || rest.starts_with(':')).ok_or_else(none)?;
            own
        }
    };
    Relying::new(NAME, &origin).map_err(|_| none())
}

/// Whether browsers have passkeys for an origin.
///
/// # Errors
/// Why not.
pub fn fits(origin: &str) -> Result<(), passkey::NotAnOrigin> {
    Relying::new(NAME, origin).map(drop)
}

/// A passkey that a cell of this process knows, and for whom its holder acts.
pub struct Signer {
    /// The cell.
    pub site: Arc<Site>,
    /// Its number there.
    pub number: u128,
    /// What is kept of it.
    pub credential: Credential,
    /// For whom its holder acts.
    pub actor: Actor,
}

/// Whose passkey a credential is.
///
/// # Errors
/// `passkey_not_found`, also for one that was ended or whose holder works here no more.
pub async fn signer(edge: &Edge, credential: &[u8]) -> Result<Signer, Problem> {
    let number = passkey_number(credential);
    for site in edge.cells().all() {
        let Some((known, member)) = site.keys.passkey(number) else { continue };
        let person = known.person;
        let actor = match member {
            Some(member) if member.ended.is_none() => {
                Actor::of(member.party, member.duty.role()).by(person)
            }
            Some(_) => break,
            None => match site.ask(Query::Party(person)).await?.value {
                Answer::Party(Some(party)) => Actor::of(person, party.role),
                _ => break,
            },
        };
        let credential =
            Credential { id: known.credential, public: known.public, counter: known.counter };
        return Ok(Signer { site: Arc::clone(site), number, credential, actor });
    }
    Err(Problem::refused(&economy::Refusal::PasskeyNotFound))
}

/// What comes back of who registered a passkey: the cell and the id under which the vault has them.
/// Nothing of a person can be read from it.
pub fn handle(site: &Site, person: Id<kernel::id::Party>) -> Vec<u8> {
    let mut handle = site.handle.info().number.to_be_bytes().to_vec();
    handle.extend(person.0.to_be_bytes());
    handle
}

/// A random challenge, or name of a ceremony.
pub fn fresh_bytes() -> [u8; 32] {
    random()
}

/// Why an answer of a browser did nothing, as the API and the pages say it.
pub fn unproven(why: &passkey::Unproven) -> Problem {
    match why {
        passkey::Unproven::Cloned => Problem::refused(&economy::Refusal::PasskeyCloned),
        other => {
            tracing::info!(%other, "a passkey proved nothing");
            Problem::new(
                "passkey_unproven",
                "This does not prove that the holder of a passkey is there; nothing was done. \
                 Open the page again and sign anew.",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceremony_is_answered_once_and_the_newest_of_a_name_counts() {
        let all = Ceremonies::default();
        let sign_in = |byte| Waiting::SignIn { challenge: [byte; 32] };
        all.begin([1; 32], sign_in(1)).unwrap();
        all.begin([1; 32], sign_in(2)).unwrap();
        assert!(all.take(&[2; 32]).is_none());
        let taken = all.take(&[1; 32]);
        assert!(matches!(taken, Some(Waiting::SignIn { challenge }) if challenge == [2; 32]));
        assert!(all.take(&[1; 32]).is_none());
    }

    #[test]
    fn no_more_wait_than_fit() {
        let all = Ceremonies::default();
        for number in 0..MOST as u32 {
            let mut name = [0; 32];
            name[..4].copy_from_slice(&number.to_le_bytes());
            all.begin(name, Waiting::SignIn { challenge: name }).unwrap();
        }
        let told = all.begin([255; 32], Waiting::SignIn { challenge: [0; 32] });
        assert_eq!(told.unwrap_err().code, "rate_limited");
    }
}
