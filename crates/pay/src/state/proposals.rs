//! Changes of terms that wait for a second person, and who decided about those before.

use kernel::id::Proposal as ProposalKind;
use kernel::{Id, Timestamp};

use crate::event::{Author, Change, Proposed};

/// A change of terms that somebody proposed.
#[derive(Clone, Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Proposal {
    /// Its id.
    #[n(0)]
    pub id: Id<ProposalKind>,
    /// What is to change.
    #[n(1)]
    pub change: Change,
    /// Why, in the author's words.
    #[n(2)]
    pub note: String,
    /// Who proposed it.
    #[n(3)]
    pub by: Author,
    /// When.
    #[n(4)]
    pub since: Timestamp,
    /// What became of it; none while it waits.
    #[n(5)]
    pub decided: Option<Decided>,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Decided {
    /// Who decided.
    #[n(0)]
    pub by: Author,
    /// When; an approved change holds from then on at the earliest.
    #[n(1)]
    pub at: Timestamp,
    /// Why it was rejected; none when it was approved.
    #[n(2)]
    pub rejected: Option<String>,
}

impl Proposal {
    /// What became of it, in a word: `waiting`, `approved` or `rejected`.
    pub fn state(&self) -> &'static str {
        match &self.decided {
            None => "waiting",
            Some(Decided { rejected: None, .. }) => "approved",
            Some(_) => "rejected",
        }
    }
}

/// Proposals, both lists the oldest first.
#[derive(Clone, Debug, Default, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Proposals {
    /// Those that wait; at most [`Self::MOST_OPEN`].
    #[n(0)]
    pub open: Vec<Proposal>,
    /// Those decided last; at most [`Self::MOST_DECIDED`]. All are in the journal.
    #[n(1)]
    pub last: Vec<Proposal>,
}

impl Proposals {
    /// The most that wait at a time.
    pub const MOST_OPEN: usize = 100;
    /// The most decided ones that are remembered.
    pub const MOST_DECIDED: usize = 100;

    /// A proposal that waits, or was decided a while ago.
    pub fn find(&self, id: Id<ProposalKind>) -> Option<&Proposal> {
        self.open.iter().chain(&self.last).find(|known| known.id == id)
    }

    pub(crate) fn opened(&mut self, now: Timestamp, fact: &Proposed) {
        self.open.push(Proposal {
            id: fact.proposal,
            change: fact.change.clone(),
            note: fact.note.clone(),
            by: fact.by,
            since: now,
            decided: None,
        });
    }

    pub(crate) fn decided(
        &mut self,
        id: Id<ProposalKind>,
        by: Author,
        at: Timestamp,
        rejected: Option<String>,
    ) {
        let place = self.open.iter().position(|known| known.id == id);
        let mut known = self.open.remove(place.expect("judged: the proposal waits"));
        known.decided = Some(Decided { by, at, rejected });
        if self.last.len() >= Self::MOST_DECIDED {
            self.last.remove(0);
        }
        self.last.push(known);
    }
}
