//! The deterministic simulator: two cells that run the product's own deciding half over simulated
//! journals, with clients, relays, clocks and disks that misbehave, in one thread and in virtual
//! time. One seed gives one run, always the same; a seed that breaks a law prints the command that
//! repeats it.
//!
//! ```text
//! seed ─▶ plan (swarm) ─▶ chaos: steps of clients, faults ─▶ calm: all settles, all ends
//!           laws after each turn, in full each 100 steps ─▶ all is refunded ─▶ an old copy
//! ```
//! Each run first draws what may go wrong in it and what its clients do. A run with everything on
//! hides what shows only when something is off. Another kind of run is fair but for one death, at
//! one of the steps that [`Point`] lists: run for each step, it dies everywhere. In some runs the
//! cells are of two operators, each the other's partner, and one of them is gone for weeks.
//!
//! **Invariants**
//! - A run depends on its seed and the number of steps alone; each purpose (workload, network,
//!   disk, clock, process) draws from a stream of its own.
//! - No rule of payments is written here twice but for the naive reference that judges the cells.
//! - What is planted through [`kernel::plant`] is found; without a plant nothing is.
//!
//! **Absent**: threads, real time, files (the file journal has its own tests of damage), HTTP.

mod banks;
mod batches;
mod client;
mod clock;
mod codes;
mod forgetting;
mod hearing;
mod laws;
mod market;
mod model;
mod outside;
mod partners;
mod payouts;
mod phases;
mod plan;
mod points;
mod process;
mod promises;
mod random;
mod rare;
mod relay;
mod terms;
mod trouble;
mod workload;
mod world;
mod writing;

use plan::Plan;
pub use points::{Death, Point};
pub use rare::Rare;

/// A law that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub String);

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Everything that happened, folded: the same seed gives the same.
    pub hash: u64,
    /// Groups in both journals at the end.
    pub groups: u64,
    /// Operations that clients asked for.
    pub operations: u64,
    /// Promises that were found kept.
    pub promises: u64,
    /// Steps at which something may die.
    pub points: u64,
    /// How often each rare state was reached.
    pub rare: Rare,
}

/// A law that did not hold, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "step {step}, {after_us} µs after the beginning: {what}\n  \
     again: cargo run -p sim --release -- --seed {seed} --steps {steps}{}", words_of(.death)
)]
pub struct Violation {
    /// The seed of the run.
    pub seed: u64,
    /// Its steps.
    pub steps: u64,
    /// The one death in it.
    pub death: Option<Death>,
    /// The step at which the law did not hold.
    pub step: u64,
    /// Virtual microseconds from the beginning to then.
    pub after_us: u64,
    /// Which law, and what was there instead.
    pub what: String,
}

fn words_of(death: &Option<Death>) -> String {
    match death {
        None => String::new(),
        Some(Death { after, of_all: false }) => format!(" --dies-after {after}"),
        Some(Death { after, of_all: true }) => format!(" --all-die-after {after}"),
    }
}

/// One run: `steps` actions of clients under the faults that `seed` draws, then calm and all that
/// must come true in it.
///
/// # Errors
/// The first law that does not hold.
pub fn run(seed: u64, steps: u64) -> Result<Trace, Violation> {
    run_plan(seed, steps, Plan::draw(seed), None)
}

/// One run in which nothing goes wrong but one death and in which clients do whatever they can.
///
/// # Errors
/// The first law that does not hold.
pub fn run_once(seed: u64, steps: u64, death: Death) -> Result<Trace, Violation> {
    run_plan(seed, steps, Plan::fair(seed), Some(death))
}

fn run_plan(seed: u64, steps: u64, plan: Plan, death: Option<Death>) -> Result<Trace, Violation> {
    let violation =
        |step, after_us, Broken(what)| Violation { seed, steps, death, step, after_us, what };
    let opened = world::World::open(seed, steps, plan, death);
    let mut world = opened.map_err(|why| violation(0, 0, why))?;
    let began = world.now;
    if let Err(why) = world.run() {
        return Err(violation(world.step, world.now - began, why));
    }
    Ok(Trace {
        hash: world.trace,
        groups: world.cells.iter().map(|cell| cell.disk.head().position).sum(),
        operations: world.clients.ops.len() as u64,
        promises: world.promises.count,
        points: world.points.passed,
        rare: world.rare,
    })
}
