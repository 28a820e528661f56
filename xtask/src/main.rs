//! Checks of the house that neither the compiler nor clippy knows.
//!
//! `cargo xtask tidy` reads the sources, the manifests and the licences of everything built, and
//! prints each violation as `file:line: what is wrong`. It needs no network.
//!
//! **Invariants**
//! - Each rule is a function of text and is tried on text in a test, the bad and the good.
//! - A rule says what to do instead, not only what is wrong.
//!
//! **Absent**: changes no file. Knows nothing of what the product does.

use std::path::Path;
use std::process::ExitCode;

mod tidy;

fn main() -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies in a folder of the workspace");
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => {
            let violations = tidy::check(root)?;
            violations.iter().for_each(|violation| println!("{violation}"));
            match violations.len() {
                0 => println!("tidy: nothing to say"),
                1 => println!("tidy: 1 violation"),
                many => println!("tidy: {many} violations"),
            }
            Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => {
            eprintln!("usage: cargo xtask tidy");
            Ok(ExitCode::from(2))
        }
    }
}
