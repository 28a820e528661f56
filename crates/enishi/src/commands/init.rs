//! `enishi init`: folders, books, links, and the first operator's key and sign-in code of each
//! cell.

use std::process::ExitCode;

use anyhow::Result;
use kernel::Role;
use serde_json::json;
use server::auth::KeyText;
use server::code::Code;
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
    node.furnish(&config, &server::setup::Terms::shipped())?;
    let mut operators = Vec::new();
    for place in &node.places {
        let operator = runtime.block_on(first_operator(place))?;
        operators.push((&place.config.name, operator));
    }
    if options.json {
        let by_cell = |what: fn(&Operator) -> &String| -> serde_json::Map<_, _> {
            operators.iter().map(|(cell, one)| ((*cell).clone(), json!(what(one)))).collect()
        };
        let keys = by_cell(|operator| &operator.key);
        let codes = by_cell(|operator| &operator.code);
        println!("{}", json!({ "operators": keys, "codes": codes }));
    } else {
        println!("Of the operators, shown this once: a key for programs, a code for /enter");
        for (cell, operator) in &operators {
            println!("  {cell}  {}\n  {cell}  {}", operator.key, operator.code);
        }
        println!("Next: enishi rates import eurofxref.csv, then enishi serve.");
    }
    node.stop();
    Ok(ExitCode::SUCCESS)
}

/// What an operator is told once.
pub struct Operator {
    /// For programs: `Authorization: Bearer`.
    pub key: String,
    /// For the operator's page, at `/enter`.
    pub code: String,
}

/// Makes an operator of a cell.
pub async fn first_operator(place: &Place) -> Result<Operator, SetupError> {
    let founder = Founder::new(&place.handle);
    let (handle, role) = ("operator", Role::Operator);
    let party = founder.register_party(handle, server::cells::fresh(), role).await?;
    let key = KeyText::generate(&place.config.name);
    founder.issue_key(handle, &key, party, role).await?;
    let code = Code::generate(&place.config.name);
    founder.issue_code(handle, &code, party, role).await?;
    Ok(Operator { key: key.reveal(), code: code.reveal() })
}
