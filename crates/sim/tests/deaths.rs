//! A death at every step between two durable actions, one run for each: what was told stands, what
//! was not told happened whole or not at all, and everything ends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sim::{Death, Point, Rare, run_once};

/// Scenes, each by its seed and what clients do in it.
const SCENES: [(u64, u64); 4] = [(1, 40), (2, 40), (3, 40), (4, 40)];

/// So many steps of a scene are each died after; then one of so many.
const EACH: u64 = 400;
const STRIDE: u64 = 401;

/// Dies after each step of a scene, in two threads; answers what was reached.
fn die_everywhere(seed: u64, steps: u64, of_all: bool) -> Rare {
    let whole = run_once(seed, steps, Death { after: 0, of_all }).expect("well without a death");
    let next = AtomicU64::new(1);
    let work = || {
        let (mut rare, mut broken) = (Rare::default(), Vec::new());
        loop {
            // In the calm year after it, every day is like the one before.
            let nth = next.fetch_add(1, Relaxed);
            let after = if nth <= EACH { nth } else { EACH + (nth - EACH) * STRIDE };
            if after > whole.points {
                return (rare, broken);
            }
            match run_once(seed, steps, Death { after, of_all }) {
                Ok(trace) => rare.add(&trace.rare),
                Err(violation) => broken.push(violation),
            }
        }
    };
    let [mut one, other] = std::thread::scope(|scope| {
        [scope.spawn(work), scope.spawn(work)].map(|thread| thread.join().expect("no panic"))
    });
    one.1.extend(other.1);
    assert!(one.1.is_empty(), "{} deaths, the first: {}", one.1.len(), one.1[0]);
    one.0.add(&other.0);
    let died: u64 = Point::ALL.iter().map(|point| one.0.count(point.name())).sum();
    let later = whole.points.saturating_sub(EACH) / STRIDE;
    assert_eq!(died, whole.points.min(EACH) + later, "each run died once");
    println!("seed {seed}, all together {of_all}: {died} deaths");
    one.0
}

#[test]
fn a_death_at_every_step_loses_nothing_and_ends() {
    let mut reached = Rare::default();
    for (seed, steps) in SCENES {
        for of_all in [false, true] {
            reached.add(&die_everywhere(seed, steps, of_all));
        }
    }
    for (name, count) in reached.iter() {
        println!("{count:>8} {name}");
    }
    let never: Vec<_> = Point::ALL.iter().filter(|at| reached.count(at.name()) < 5).collect();
    assert!(never.is_empty(), "steps at which hardly anything died: {never:?}");
}
