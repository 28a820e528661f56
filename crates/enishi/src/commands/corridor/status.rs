//! `enishi corridor status`: what is known here, and what each neighbour answers now.

use std::process::ExitCode;

use anyhow::Result;
use link::Who;
use link::keys::{Known, PublicKey};
use serde_json::{Value, json};

use super::Chosen;
use crate::node;

/// Lists keys and asks each neighbour; exit code 1 when one does not answer as it must.
pub fn run(chosen: &Chosen, as_json: bool) -> Result<ExitCode> {
    let keys = chosen.folder.read()?;
    let name = &chosen.cell.name;
    let own = |key: &Option<_>| key.as_ref().map(|key| PublicKey::of(name, key).id());
    let (current, next) = (own(&keys.current), own(&keys.next));
    let who = Who { number: chosen.cell.number, name: name.clone() };
    let mut all_well = true;
    let mut neighbours = Vec::new();
    for end in node::ends(&chosen.config, std::iter::once(who)).ends() {
        let answer = end.standing(0);
        all_well &= answer.is_ok();
        let came = match &answer {
            Ok(there) => json!({ "ok": true, "sent": there.sent, "received": there.received }),
            Err(fault) => {
                let said_by = if fault.theirs { &end.peer.name } else { name };
                json!({
                    "ok": false, "code": fault.code, "detail": fault.detail, "said_by": said_by,
                })
            }
        };
        neighbours.push(json!({
            "cell": end.peer.name,
            "url": end.url,
            "trusted": ids(&keys.trusted, &end.peer.name),
            "revoked": ids(&keys.revoked, &end.peer.name),
            "answer": came,
        }));
    }
    let told = json!({ "cell": name, "key": current, "next": next, "neighbours": neighbours });
    if as_json {
        println!("{told}");
    } else {
        print(&told);
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ids(known: &Known, neighbour: &str) -> Vec<String> {
    known.get(neighbour).map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

fn print(told: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    println!(
        "{}: signs with {}, next {}",
        text(&told["cell"]),
        text(&told["key"]),
        text(&told["next"])
    );
    for neighbour in told["neighbours"].as_array().into_iter().flatten() {
        let list = |name: &str| {
            let ids = neighbour[name].as_array().into_iter().flatten();
            let ids: Vec<_> = ids.map(text).collect();
            if ids.is_empty() { "none".to_owned() } else { ids.join(", ") }
        };
        println!("{} at {}", text(&neighbour["cell"]), text(&neighbour["url"]));
        println!("  trusted {}; revoked {}", list("trusted"), list("revoked"));
        let answer = &neighbour["answer"];
        if answer["ok"] == true {
            println!("  answers: sent {}, received {}", answer["sent"], answer["received"]);
        } else {
            println!(
                "  {} ({}): {}",
                text(&answer["code"]),
                text(&answer["said_by"]),
                text(&answer["detail"])
            );
        }
    }
}
