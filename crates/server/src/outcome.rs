//! From a cell's outcome to a reply or a problem.

use cell::{Handle, Outcome};
use economy::{Answer, Fingerprint, Query, Reply, reply_of};

use crate::problem::Problem;

/// A reply of a cell, durable.
#[derive(Clone, Debug)]
pub struct Settled<T> {
    /// What it says.
    pub value: T,
    /// The cell's name.
    pub cell: String,
    /// The position it rests on.
    pub position: u64,
    /// Whether it was given before.
    pub repeated: bool,
}

impl<T> Settled<T> {
    /// The same with another value.
    pub fn with<U>(self, value: U) -> Settled<U> {
        Settled { value, cell: self.cell, position: self.position, repeated: self.repeated }
    }

    /// The same, its value made into another.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Settled<U> {
        Settled {
            value: make(self.value),
            cell: self.cell,
            position: self.position,
            repeated: self.repeated,
        }
    }
}

/// The reply that a request got before, if it did: from the journal, nothing is done for it.
///
/// # Errors
/// The key was used for another request, or the cell or its journal does not answer now.
pub async fn first_reply(
    cell: &Handle,
    asked: Fingerprint,
) -> Result<Option<Settled<Reply>>, Problem> {
    let name = &cell.info().name;
    let settled = settled::answer(name, cell.ask(Query::Answered(asked)).await)?;
    let Answer::Answered(found) = settled.value else { return Err(Problem::internal()) };
    let Some((position, index)) = found else { return Ok(None) };
    let reader = cell.clone();
    let read = move || -> Option<Reply> {
        let groups = reader.feed().read(position, 1).ok()?;
        reply_of(groups.first()?.group.record(index as usize)?).ok()
    };
    let reply = tokio::task::spawn_blocking(read).await.ok().flatten();
    let outcome =
        reply.map_or(Outcome::Unknown, |reply| Outcome::Repeated { reply, position, index });
    settled::reply(name, outcome).map(Some)
}

/// The two kinds of outcome.
pub mod settled {
    use super::{Answer, Outcome, Problem, Reply, Settled};

    /// Of a command.
    ///
    /// # Errors
    /// The refusal, or that the cell did not take it or can't say what became of it.
    pub fn reply(cell: &str, outcome: Outcome) -> Result<Settled<Reply>, Problem> {
        let cell = cell.to_owned();
        match outcome {
            Outcome::Done { reply, position, .. } => {
                Ok(Settled { value: reply, cell, position, repeated: false })
            }
            Outcome::Repeated { reply, position, .. } => {
                Ok(Settled { value: reply, cell, position, repeated: true })
            }
            other => Err(problem(&cell, other)),
        }
    }

    /// Of a question.
    ///
    /// # Errors
    /// The refusal, or that the cell does not answer now.
    pub fn answer(cell: &str, outcome: Outcome) -> Result<Settled<Answer>, Problem> {
        match outcome {
            Outcome::Answered { answer, position } => {
                Ok(Settled { value: answer, cell: cell.to_owned(), position, repeated: false })
            }
            other => Err(problem(cell, other)),
        }
    }

    fn problem(cell: &str, outcome: Outcome) -> Problem {
        match outcome {
            Outcome::Refused { refusal, position } => Problem::refused(&refusal).at(cell, position),
            Outcome::Rejected(why) => Problem::rejected(why),
            Outcome::Unknown => Problem::new(
                "outcome_unknown",
                "the cell went down before it could tell what became of this; \
                 send the same request with the same Idempotency-Key again",
            ),
            // A command answered like a question, or the reverse, is a slip in this crate.
            _ => Problem::internal(),
        }
    }
}
