//! Runs one measurement with small numbers.
fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    let n: u64 = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let say = |s: &str| eprintln!("{s}");
    let report = match what.as_str() {
        "pay" => bench::pay(&bench::PayOptions { payments: n, runs: 1 }, say),
        "replay" => bench::replay(
            &bench::ReplayOptions { transfers: n, runs: 1, ..Default::default() },
            say,
        ),
        "memory" => bench::memory(n as u32, say),
        _ => bench::ledger(
            &bench::LedgerOptions { transfers: n, runs: 1, ..Default::default() },
            say,
        ),
    };
    println!("{report:?}");
}
