//! `enishi settlement`: statements of corridors' days, checked without any cell.

use std::process::ExitCode;

use anyhow::{Context, Result};
use link::keys::PublicKey;
use link::statement::Document;
use serde_json::json;

use crate::cli::{Settlement, SettlementWhat};

/// Does one of them.
pub fn run(options: &Settlement) -> Result<ExitCode> {
    let SettlementWhat::Verify { file, keys, json } = &options.what;
    let bytes = std::fs::read(file).with_context(|| format!("{} can't be read", file.display()))?;
    let trusted: Vec<PublicKey> = keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?;
    let found = verify(&bytes, &trusted);
    let (told, code) = match &found {
        Ok([keeper, other]) => (
            format!(
                "The sums add up, and both have signed: {} and {}.{}",
                keeper.id(),
                other.id(),
                if trusted.is_empty() {
                    " Compare the keys with those that the operators gave you."
                } else {
                    " Both keys are among those that you trust."
                }
            ),
            ExitCode::SUCCESS,
        ),
        Err(why) => (format!("Not valid: {why}."), ExitCode::from(1)),
    };
    if *json {
        let keys =
            found.as_ref().map_or(Vec::new(), |keys| keys.iter().map(PublicKey::id).collect());
        let wrong = found.as_ref().err();
        println!("{}", json!({ "valid": found.is_ok(), "keys": keys, "wrong": wrong }));
    } else {
        if let Ok(statement) = Document::read(&bytes).and_then(|it| it.statement()) {
            print!("{}", statement.text());
        }
        println!("{told}");
    }
    Ok(code)
}

fn verify(bytes: &[u8], trusted: &[PublicKey]) -> Result<[PublicKey; 2], String> {
    let keys = Document::read(bytes)
        .and_then(|document| document.verify())
        .map_err(|wrong| wrong.to_string())?;
    match keys.iter().find(|key| !trusted.is_empty() && !trusted.contains(key)) {
        Some(key) => Err(format!("the key {} is not one of those that you trust", key.id())),
        None => Ok(keys),
    }
}
