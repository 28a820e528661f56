//! From a cell's outcome to a reply or a problem.

use cell::Outcome;
use economy::{Answer, Reply};

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
