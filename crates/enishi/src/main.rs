//! Enishi in one binary: the demo, a server, and the tools beside them.
//!
//! **Invariants**
//! - Every command ends with 0, or with one clear sentence and another code: 1 for "no", 2 for a
//!   slip in the command line, 70 when a cell can't go on.
//! - What a program would read is JSON with `--json`; what a person reads goes to the terminal.
//!
//! **Absent**: rules of payments, HTTP, pages.

mod books;
mod bounds;
mod cli;
mod commands;
mod config;
mod folder;
mod forgetter;
mod lan;
mod lists;
mod market_setup;
mod nights;
mod node;
mod operators;
mod outside;
mod phone_keys;
mod pipe;
mod service;
mod signer;
mod sweeper;
mod windows;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

/// Requests are taken apart on one thread and told on another, which the system's allocator pays
/// for in locks: a tenth of the server. Without huge pages: they are cleared whole for a few
/// kilobytes, and double what an idle server keeps.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    pipe::end_quietly_when_nobody_reads();
    let cli = Cli::parse();
    let done = match cli.command.unwrap_or(Command::Demo(cli.demo)) {
        Command::Demo(options) => commands::demo::run(&options),
        Command::Serve(options) => commands::serve::run(&options),
        Command::Init(options) => commands::init::run(&options),
        Command::Audit(options) => commands::audit::run(&options),
        Command::Qr(options) => commands::qr::run(&options),
        Command::Rates(options) => commands::rates::run(&options),
        Command::Corridor(options) => commands::corridor::run(&options),
        Command::Settlement(options) => commands::settlement::run(&options),
        Command::Partner(options) => commands::partner::run(&options),
        Command::Report(options) => commands::report::run(&options),
        Command::Simulate(options) => commands::simulate::run(&options),
        Command::Bench(options) => commands::bench::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(why) => {
            eprintln!("enishi: {}", one_line(&why));
            ExitCode::FAILURE
        }
    }
}

/// The whole reason in one line, from the outside in.
fn one_line(why: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in why.chain() {
        let text = cause.to_string().replace('\n', " ");
        if !parts.iter().any(|said| said.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
