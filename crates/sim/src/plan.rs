//! The swarm: what may go wrong in one run and what its clients do, drawn before it starts. A
//! run in which everything happens hides what only shows when something does not.

use crate::client::Action;
use crate::random::Rng;

/// What one run is made of.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Microseconds between two things that clients do, on average.
    pub pace_us: u64,
    /// How long a group takes to become durable: at least and at most.
    pub disk_us: (u64, u64),
    /// Of a thousand appends, those whose answer is lost.
    pub append_unknown: u32,
    /// Of a thousand appends, those that fail with an error, which ends the process.
    pub append_error: u32,
    /// The longest way through the network.
    pub net_us: u64,
    /// Of a thousand sendings, those that get lost.
    pub net_drop: u32,
    /// Of a thousand hand-overs of the relay, those that arrive again, up to 50 times.
    pub net_repeat: u32,
    /// Of a thousand hand-overs of the relay, those torn apart and shuffled.
    pub net_shuffle: u32,
    /// How often each of the [`Trouble`]s comes in one run; 0 for one that is off.
    pub troubles: Vec<(Trouble, u64)>,
    /// How long troubles that pass may last.
    pub trouble_us: u64,
    /// How far a cell's clock may be set, either way.
    pub clock_us: u64,
    /// Whether it is set by years, too.
    pub clock_years: bool,
    /// What a group may weigh.
    pub group_weight: u32,
    /// What new business may weigh that waits.
    pub queue_weight: u32,
    /// The most answers a cell remembers.
    pub max_keys: usize,
    /// The most messages of one hand-over.
    pub batch: usize,
    /// What clients do, and how often against the others.
    pub actions: Vec<(Action, u64)>,
    /// Of a thousand requests, those sent twice at once.
    pub double_tap: u32,
    /// Of a thousand unknown outcomes, those that nobody asks after.
    pub forget: u32,
    /// The fees: merchant's, spread, payer's.
    pub fees_bps: [u32; 3],
    /// Whether operators move shops' money, too, so that some refunds can't be paid.
    pub payouts: bool,
    /// Whether the run ends with a cell restored from an old copy.
    pub restore: bool,
    /// Whether the cells are of two operators, each the other's partner.
    pub partners: bool,
    /// Whether one of them is gone for weeks.
    pub vanishes: bool,
}

/// What comes from outside, at moments of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A cell's process is killed.
    Crash,
    /// Another writer takes the journal over while the old one still has appends under way.
    Depose,
    /// The disk is full for a while.
    DiskFull,
    /// A cell's clock is set.
    ClockSet,
    /// Nothing crosses between the cells for a while.
    Partition,
    /// An operator freezes a link, and opens it again.
    Freeze,
    /// An operator takes nothing new from its partner, and looks again.
    Suspend,
}

const TROUBLES: [(Trouble, u64); 7] = [
    (Trouble::Crash, 8),
    (Trouble::Depose, 6),
    (Trouble::DiskFull, 3),
    (Trouble::ClockSet, 6),
    (Trouble::Partition, 3),
    (Trouble::Freeze, 2),
    (Trouble::Suspend, 3),
];

impl Plan {
    /// A run in which nothing goes wrong and everything may be asked for.
    pub fn fair(seed: u64) -> Self {
        let drawn = Self::draw(seed);
        Self {
            pace_us: drawn.pace_us.min(200_000),
            append_unknown: 0,
            append_error: 0,
            net_us: 1_000,
            net_drop: 0,
            net_repeat: 0,
            net_shuffle: 0,
            troubles: Vec::new(),
            max_keys: 1_000_000,
            actions: Action::ALL.iter().map(|(action, weight, _)| (*action, *weight)).collect(),
            forget: 0,
            payouts: false,
            restore: false,
            vanishes: false,
            ..drawn
        }
    }

    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::new(seed, 99);
        let rng = &mut rng;
        let some = |rng: &mut Rng, most: u64| {
            if rng.chance(500) { rng.log(1, most) as u32 } else { 0 }
        };
        let pace_us = rng.log(2_000, 120_000_000);
        let troubles = TROUBLES
            .iter()
            .map(|(trouble, most)| {
                (*trouble, if rng.chance(500) { rng.within(1, *most) } else { 0 })
            })
            .collect();
        let mut actions: Vec<(Action, u64)> = Vec::new();
        for (action, weight, needed) in Action::ALL {
            // What nothing works without is rare at times, but never off.
            match (rng.chance(650), needed) {
                (true, _) => actions.push((*action, weight * rng.log(1, 8))),
                (false, true) => actions.push((*action, (*weight).div_ceil(4))),
                (false, false) => {}
            }
        }
        let disk_us = rng.log(20, 200_000);
        let partners = rng.chance(300);
        Self {
            pace_us,
            disk_us: (rng.log(10, disk_us), disk_us),
            append_unknown: some(rng, 30),
            append_error: some(rng, 15),
            net_us: rng.log(100, 8_000_000),
            net_drop: some(rng, 200),
            net_repeat: some(rng, 500),
            net_shuffle: some(rng, 300),
            troubles,
            trouble_us: rng.log(1_000_000, 3 * 86_400_000_000),
            clock_us: rng.log(1_000_000, 20 * 3_600_000_000),
            clock_years: rng.chance(250),
            group_weight: [1, 3, 50, 1_024][rng.below(4) as usize],
            queue_weight: [3, 20, 5_000, 5_000][rng.below(4) as usize],
            max_keys: if rng.chance(30) { 200 } else { 1_000_000 },
            batch: [1, 3, 2_000][rng.below(3) as usize],
            actions,
            double_tap: some(rng, 300),
            forget: some(rng, 500),
            fees_bps: std::array::from_fn(|_| some(rng, 2_000)),
            payouts: rng.chance(250),
            restore: rng.chance(250),
            partners,
            vanishes: partners && rng.chance(500),
        }
    }
}
