//! `enishi init`: folders, books, links and the first operator's key of each cell.

use std::process::ExitCode;

use anyhow::{Result, bail};
use economy::{Command, IssueKey, Reply};
use kernel::Role;
use serde_json::json;
use server::auth::KeyText;

use crate::cli::Init;
use crate::config::Config;
use crate::folder;
use crate::node::{Node, Place, do_command, do_pay};

/// Makes what a configuration asks for and prints the keys once.
pub fn run(options: &Init) -> Result<ExitCode> {
    let config = Config::read(&options.config)?;
    folder::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config)?;
    let mut keys = serde_json::Map::new();
    for place in &node.places {
        let key = first_operator(place)?;
        keys.insert(place.config.name.clone(), json!(key));
    }
    node.stop();
    if options.json {
        println!("{}", json!({ "operators": keys }));
    } else {
        println!("The operators' keys, shown this once:");
        for (cell, key) in &keys {
            println!("  {cell}  {}", key.as_str().unwrap_or_default());
        }
        println!("Next: enishi rates import eurofxref.csv, then enishi serve.");
    }
    Ok(ExitCode::SUCCESS)
}

fn first_operator(place: &Place) -> Result<String> {
    let id = server::cells::fresh();
    let register = pay::command::RegisterParty { id, role: Role::Operator };
    let pay::Reply::Party(party) = do_pay(&place.handle, register)? else {
        bail!("registering the operator gave another answer");
    };
    let key = KeyText::generate(&place.config.name);
    let issue = IssueKey {
        id: key.id,
        hash: key.hash(),
        party: party.number,
        role: Role::Operator,
        expires: None,
    };
    match do_command(&place.handle, Command::IssueKey(issue))? {
        Reply::Key(_) => Ok(key.reveal()),
        _ => bail!("issuing the operator's key gave another answer"),
    }
}
