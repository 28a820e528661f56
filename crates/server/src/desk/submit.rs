//! A window's command on its way to a cell.

use std::time::Duration;

use cell::{Outcome, Rejected};
use economy::{Fingerprint, Request};
use kernel::Actor;

use super::Desk;
use super::trace::moment;
use crate::cells::{Site, now};
use crate::outcome::{Settled, settled};
use crate::problem::Problem;

/// How long a form waits for a cell that is coming back.
const PATIENCE_US: u64 = 5_000_000;
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// What a form asks of a cell.
pub(crate) struct Form<'a> {
    /// For whom the window acts.
    pub actor: Actor,
    /// What is asked, as a word of its own.
    pub operation: &'static str,
    /// The form's `key`.
    pub key: &'a str,
    /// What else the form said.
    pub content: &'a [&'a str],
}

impl Form<'_> {
    /// Key: cell, actor, operation and the form's key. Content: what the form said.
    pub fn fingerprint(&self, site: &Site) -> Result<Fingerprint, Problem> {
        let fits = (1..=255).contains(&self.key.len())
            && self.key.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        if !fits {
            return Err(Problem::new(
                "idempotency_key_invalid",
                "The form's key is missing or too long; open the page again.",
            ));
        }
        let party = self.actor.party.to_string();
        let key = ["desk", site.name(), &party, self.operation, self.key];
        Ok(Fingerprint { key: hash(&key), content: hash(self.content) })
    }
}

/// 128 bits of BLAKE3 over parts, each behind its length.
fn hash(parts: &[&str]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

impl Desk {
    /// Asks a cell for a form's command, and again under the same key while the cell comes back:
    /// whatever became of the first attempt, it is done once.
    pub(crate) async fn submit(
        &self,
        side: usize,
        form: &Form<'_>,
        command: impl Into<pay::Command>,
    ) -> Result<Settled<pay::Reply>, Problem> {
        let command = economy::Command::Pay(command.into());
        let settled = self.submit_any(side, form, command).await?;
        let economy::Reply::Pay(reply) = settled.value.clone() else {
            return Err(Problem::internal());
        };
        Ok(settled.with(reply))
    }

    /// The same for any command.
    pub(crate) async fn submit_any(
        &self,
        side: usize,
        form: &Form<'_>,
        command: economy::Command,
    ) -> Result<Settled<economy::Reply>, Problem> {
        let site = self.site(side);
        let fingerprint = Some(form.fingerprint(site)?);
        let request = Request { actor: form.actor, fingerprint, command };
        let began = moment();
        loop {
            let outcome = site.handle.submit(request.clone()).await;
            let passes =
                matches!(outcome, Outcome::Unknown | Outcome::Rejected(Rejected::Starting));
            if passes && moment().saturating_sub(began) < PATIENCE_US {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let settled = settled::reply(site.name(), outcome);
            return settled.inspect_err(|problem| {
                let what = economy::Command::name_of(request.command.kind()).unwrap_or("Other");
                site.refused.note(now(), form.actor, what, problem);
            });
        }
    }
}
