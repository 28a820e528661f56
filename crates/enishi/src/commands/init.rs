//! `enishi init`: folders, books, links and the first operator's key of each cell.

use std::process::ExitCode;

use anyhow::Result;
use kernel::Role;
use serde_json::json;
use server::auth::KeyText;
use server::setup::{Founder, SetupError};

use crate::cli::Init;
use crate::config::Config;
use crate::folder;
use crate::node::{Node, Place};

/// Makes what a configuration asks for and prints the keys once.
pub fn run(options: &Init) -> Result<ExitCode> {
    let config = Config::read(&options.config)?;
    folder::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config)?;
    let mut keys = serde_json::Map::new();
    for place in &node.places {
        let key = runtime.block_on(first_operator(place))?;
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

/// Makes an operator of a cell; its key.
pub async fn first_operator(place: &Place) -> Result<String, SetupError> {
    let founder = Founder::new(&place.handle);
    let (handle, role) = ("operator", Role::Operator);
    let party = founder.register_party(handle, server::cells::fresh(), role).await?;
    let key = KeyText::generate(&place.config.name);
    founder.issue_key(handle, &key, party, role).await?;
    Ok(key.reveal())
}
