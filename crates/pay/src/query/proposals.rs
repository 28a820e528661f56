//! Changes of terms, with what holds in their place.

use kernel::id::Merchant;
use kernel::{Ref, Timestamp};

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
    /// The merchants that it names by their entries, or that what holds does.
    pub merchants: Vec<(u32, Ref<Merchant>)>,
}

impl World<'_> {
    /// The merchants that a change names by their entries, and those that what holds does.
    fn merchants_named(&self, change: &Change, at: Timestamp) -> Vec<(u32, Ref<Merchant>)> {
        let named = |change: &Change| match change {
            Change::FeeRule(fact) => fact.scope.merchant.into_iter().collect(),
            Change::Referrer(fact) => vec![fact.referrer],
            Change::Split(fact) => {
                let receivers = fact.split.shares.iter().map(|share| share.receiver);
                receivers.chain([fact.split.merchant]).collect()
            }
            _ => Vec::new(),
        };
        let holds = self.holds(at, change);
        let mut entries: Vec<u32> = named(change);
        entries.extend(holds.iter().flat_map(named));
        entries.sort_unstable();
        entries.dedup();
        let merchants = &self.pay.market.merchants;
        let known = |entry: u32| Some((entry, merchants.get(entry as usize)?.reference));
        entries.into_iter().filter_map(known).collect()
    }

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
                merchants: self.merchants_named(&proposal.change, at),
            }
        };
        list.iter().map(row).collect()
    }
}
