//! Changes of terms, with what holds in their place.

use kernel::Timestamp;

use crate::World;
use crate::event::Change;
use crate::reply::PartyView;
use crate::state::Proposal;

/// A proposal as who decides about it sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposalRow {
    /// The proposal.
    pub proposal: Proposal,
    /// What holds in its place at the moment from which it is to hold; none where nothing does,
    /// and for one that was decided.
    pub holds: Option<Change>,
    /// The person who proposed it.
    pub by: Option<PartyView>,
    /// The person who decided about it.
    pub decided_by: Option<PartyView>,
}

impl World<'_> {
    /// The proposals that wait, or those decided last; the oldest first.
    pub fn proposals(&self, now: Timestamp, waiting: bool) -> Vec<ProposalRow> {
        let known = &self.pay.market.proposals;
        let list = if waiting { &known.open } else { &known.last };
        let row = |proposal: &Proposal| {
            let at = proposal.change.starts().map_or(now, |from| from.max(now));
            let decided = proposal.decided.as_ref();
            ProposalRow {
                proposal: proposal.clone(),
                holds: if waiting { self.holds(at, &proposal.change) } else { None },
                by: self.party(proposal.by.person),
                decided_by: decided.and_then(|decided| self.party(decided.by.person)),
            }
        };
        list.iter().map(row).collect()
    }
}
