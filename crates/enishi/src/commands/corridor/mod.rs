//! `enishi corridor`: the keys of the bridge to cells of other processes, how it goes, and how its
//! two ends are reconciled.

mod reconcile;
mod status;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use link::keys::{KeyFolder, PublicKey};
use serde_json::json;

use crate::cli::{Corridor, CorridorWhat, OfCell};
use crate::config::{Cell, Config};

/// Does one of them.
pub fn run(options: &Corridor) -> Result<ExitCode> {
    match &options.what {
        CorridorWhat::Key { of } => {
            let key = chosen(of)?.folder.own()?;
            print_key(
                of.json,
                &key,
                "Give it to the operators of the neighbours, on a way that you trust.",
            );
        }
        CorridorWhat::Trust { of, neighbour, key } => {
            let chosen = chosen(of)?;
            chosen.knows(neighbour)?;
            let key: PublicKey = key.parse()?;
            let new = chosen.folder.trust(neighbour, &key)?;
            let did = if new { "is trusted now" } else { "was trusted already" };
            print(
                of.json,
                &json!({ "key": key.id(), "new": new }),
                &format!("{} {did}.", key.id()),
            );
        }
        CorridorWhat::Distrust { of, neighbour, key } => {
            let id = chosen(of)?.folder.distrust(neighbour, key)?;
            print(of.json, &json!({ "key": id }), &format!("{id} is not trusted any more."));
        }
        CorridorWhat::Rotate { of, activate } => {
            let folder = chosen(of)?.folder;
            let (key, then) = if *activate {
                let then = "It signs from now on. The neighbours may distrust the one before it.";
                (folder.activate()?, then)
            } else {
                let then = "It does not sign yet. Have the neighbours trust it, then run this with --activate.";
                (folder.next()?, then)
            };
            print_key(of.json, &key, then);
        }
        CorridorWhat::Status { of } => return status::run(&chosen(of)?, of.json),
        CorridorWhat::Reconcile { of, neighbour, key, server, reopen, note } => {
            let chosen = chosen(of)?;
            let asked = reconcile::Asked {
                cell: &chosen.cell.name,
                neighbour,
                key,
                server: server
                    .clone()
                    .unwrap_or_else(|| format!("http://{}", chosen.config.listen)),
                note: note.as_deref().filter(|_| *reopen),
                json: of.json,
            };
            return reconcile::run(&asked);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The cell that is meant, and its keys.
struct Chosen {
    config: Config,
    cell: Cell,
    folder: KeyFolder,
}

impl Chosen {
    /// A slip in a name must not leave a key that nobody asks for.
    fn knows(&self, neighbour: &str) -> Result<()> {
        if self.config.neighbour(neighbour).is_none() {
            bail!("the file has no [[neighbour]] '{neighbour}'; add it first");
        }
        Ok(())
    }
}

fn chosen(of: &OfCell) -> Result<Chosen> {
    let config = Config::read(&of.config)?;
    let cell = match (&of.cell, &config.cells[..]) {
        (None, [only]) => only.clone(),
        (None, _) => bail!("the file has several cells; say which with --cell"),
        (Some(name), cells) => {
            let found = cells.iter().find(|cell| cell.name == *name);
            found.with_context(|| format!("the file has no [[cell]] '{name}'"))?.clone()
        }
    };
    let of_cell = config.data.join(&cell.name);
    if !of_cell.is_dir() {
        bail!("the cell '{}' does not exist yet; make it with `enishi init`", cell.name);
    }
    let folder = KeyFolder::new(&of_cell, &cell.name);
    Ok(Chosen { config, cell, folder })
}

fn print(as_json: bool, told: &serde_json::Value, words: &str) {
    if as_json {
        println!("{told}");
    } else {
        println!("{words}");
    }
}

fn print_key(as_json: bool, key: &PublicKey, then: &str) {
    let told = json!({ "public_key": key.to_string(), "key": key.id() });
    print(as_json, &told, &format!("{key}\nIts name is {}. {then}", key.id()));
}
