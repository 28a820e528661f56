//! Runs seeds of the simulator: `cargo run -p sim --release -- --seed 7 --steps 1000`, or
//! `--seeds 2000` to run from that seed on. With `--dies-after N` nothing goes wrong but one death.

use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str =
    "usage: sim [--seed N] [--seeds N] [--steps N] [--dies-after N | --all-die-after N]";

fn main() -> ExitCode {
    let (mut seed, mut seeds, mut steps) = (1, 1, 1_000);
    let mut death = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().and_then(|value| value.parse::<u64>().ok());
        match (word.as_str(), value) {
            ("--seed", Some(value)) => seed = value,
            ("--seeds", Some(value)) => seeds = value,
            ("--steps", Some(value)) => steps = value,
            ("--dies-after", Some(after)) => death = Some(sim::Death { after, of_all: false }),
            ("--all-die-after", Some(after)) => death = Some(sim::Death { after, of_all: true }),
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let began = Instant::now();
    let mut rare = sim::Rare::default();
    let mut failed = 0_u64;
    for seed in seed..seed + seeds {
        let run = match death {
            None => sim::run(seed, steps),
            Some(death) => sim::run_once(seed, steps, death),
        };
        match run {
            Ok(trace) => {
                if seeds == 1 {
                    println!("seed {seed}: trace {:016x}, {} groups", trace.hash, trace.groups);
                    println!("{} operations, {} promises", trace.operations, trace.promises);
                }
                rare.add(&trace.rare);
            }
            Err(violation) => {
                failed += 1;
                println!("seed {seed}: {violation}");
            }
        }
    }
    for (name, count) in rare.iter() {
        println!("{count:>10} {name}");
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{seeds} seeds × {steps} steps in {seconds:.1} s, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
