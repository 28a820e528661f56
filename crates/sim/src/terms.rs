//! How operators change terms while payments are under way: one person proposes, another decides.

use kernel::{Span, Timestamp};
use pay::command as c;
use pay::event::{Change, FeesSet, RateTermsSet};
use pay::{Fees, RateTerms};

use crate::market::{fees, rates};
use crate::world::World;

/// A second person of each operator.
const COLLEAGUE: u32 = 1_000_000;

/// How far the cells trust rates: the yen of the simulator's markets often moves further.
pub(crate) fn rate_terms(max_age_s: u32) -> RateTermsSet {
    let terms = RateTerms { max_move_bps: 2_000, max_age_s, source: "a desk".into() };
    RateTermsSet { from: Timestamp::default(), terms }
}

impl World {
    pub(crate) fn publish_rates(&mut self, cell: usize) {
        self.clients.date += 1;
        let per_mille = self.rng.workload.within(700, 1_300);
        let id = self.id(cell);
        let lot = rates(20_261_101 + self.clients.date, per_mille);
        self.clients.proposals.push((cell, id));
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, pay::Command::from(c::PublishRates { id, ..lot }));
    }

    pub(crate) fn propose_terms(&mut self, cell: usize) {
        let rng = &mut self.rng.workload;
        let ahead = Span(rng.log(1, 3_600_000_000));
        let change: Change = match rng.below(4) {
            0 => rate_terms(if rng.chance(300) { 86_400 } else { 0 }).into(),
            _ => {
                let fees: Fees = fees(std::array::from_fn(|_| rng.within(0, 2_000) as u32));
                let from = self.edge_time(cell).plus(ahead);
                FeesSet { from, fees }.into()
            }
        };
        let (id, note) = (self.id(cell), "as agreed".to_owned());
        self.clients.proposals.push((cell, id));
        let operator = self.markets[cell].operator;
        self.ask(cell, operator, pay::Command::from(c::Propose { id, change, note }));
    }

    /// Mostly another person approves; now and then its author tries to.
    pub(crate) fn decide_terms(&mut self) {
        let rng = &mut self.rng.workload;
        let Some((cell, proposal)) = rng.pick_late(&self.clients.proposals).copied() else {
            return;
        };
        let author = self.markets[cell].operator;
        let actor = if rng.chance(150) { author } else { author.by(COLLEAGUE) };
        let command: pay::Command = match rng.below(4) {
            0 => c::RejectProposal { proposal, reason: "a slip".into() }.into(),
            _ => c::ApproveProposal { proposal }.into(),
        };
        self.ask(cell, actor, command);
    }
}
