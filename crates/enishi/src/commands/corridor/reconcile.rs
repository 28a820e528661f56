//! `enishi corridor reconcile`: asks the running server of a cell for both ends of a link, and opens
//! this end again when its operator says so.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// What is asked.
pub struct Asked<'a> {
    /// The cell.
    pub cell: &'a str,
    /// Its neighbour.
    pub neighbour: &'a str,
    /// An operator's key of the cell.
    pub key: &'a str,
    /// The address of the cell's server.
    pub server: String,
    /// What was found, to open this end again.
    pub note: Option<&'a str>,
    /// Print JSON.
    pub json: bool,
}

/// Shows, and reopens; exit code 1 while the ends differ.
pub fn run(asked: &Asked<'_>) -> Result<ExitCode> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(15)))
        .proxy(None)
        .http_status_as_error(false)
        .build()
        .into();
    let client = Client { agent, asked };
    let links = client.get("/v1/links")?;
    let link = links["links"].as_array().into_iter().flatten();
    let link = link.into_iter().find(|link| link["cell"] == asked.neighbour);
    let link = link.with_context(|| {
        format!("the cell '{}' has no link to '{}'", asked.cell, asked.neighbour)
    })?;
    let number = link["link"].as_u64().context("a link has a number")?;
    let before = client.get(&format!("/v1/links/{number}/standing"))?;
    let mut told = json!({ "standing": before, "reopened": false });
    let mut well = before["agree"] == true;
    if let Some(note) = asked.note {
        let body = json!({ "note": note });
        let after = client.post(&format!("/v1/links/{number}/reopen"), &body)?;
        told["reopened"] = json!(true);
        told["link"] = after;
        well = true;
    }
    if asked.json {
        println!("{told}");
    } else {
        print(asked, &told);
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Client<'a> {
    agent: ureq::Agent,
    asked: &'a Asked<'a>,
}

impl Client<'_> {
    fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.asked.server.trim_end_matches('/'));
        let request = self.agent.get(url).header("Authorization", self.bearer());
        self.read(request.call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.asked.server.trim_end_matches('/'));
        let mut once = [0; 16];
        getrandom::fill(&mut once).map_err(|why| anyhow::anyhow!("no random numbers: {why}"))?;
        let request = self
            .agent
            .post(url)
            .header("Authorization", self.bearer())
            .header("Idempotency-Key", format!("{:032x}", u128::from_le_bytes(once)))
            .header("Content-Type", "application/json");
        self.read(request.send(body.to_string()))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.asked.key.trim())
    }

    fn read(&self, came: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
        let server = &self.asked.server;
        let mut response = came.with_context(|| {
            format!("{server} does not answer; start `enishi serve`, or say where with --server")
        })?;
        let text = response.body_mut().read_to_string()?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if !response.status().is_success() {
            let (code, detail) = (body["code"].as_str(), body["detail"].as_str());
            bail!("{}: {}", code.unwrap_or("refused"), detail.unwrap_or("the server said no"));
        }
        Ok(body)
    }
}

fn print(asked: &Asked<'_>, told: &Value) {
    let standing = &told["standing"];
    for side in ["ours", "theirs"] {
        let side = &standing[side];
        let Some(cell) = side["cell"].as_str() else { continue };
        println!("{cell}: sent {}, handled {}", side["sent"], side["received"]);
        for (what, at) in [
            ("its journal ends", "newest"),
            ("it saw the other", "seen"),
            ("its own there", "at_seen"),
        ] {
            let (at, hash) = (&side[at]["position"], side[at]["hash"].as_str());
            println!("  {what} at {at}, {}", &hash.unwrap_or_default().get(..16).unwrap_or(""));
        }
        for (what, amount) in [("nostro", &side["nostro"]), ("mirror", &side["mirror"])] {
            if !amount.is_null() {
                println!("  {what} {amount}");
            }
        }
    }
    if let Some(why) = standing["unknown"].as_str() {
        println!("{why}");
    }
    for finding in standing["findings"].as_array().into_iter().flatten() {
        println!("- {}", finding.as_str().unwrap_or_default());
    }
    let (cell, neighbour) = (asked.cell, asked.neighbour);
    if told["reopened"] == true {
        println!(
            "The end of {cell} is open again. The operator of {neighbour} does the same there."
        );
    } else if standing["agree"] != true {
        println!(
            "When both operators know what they saw, each reopens its own end: \
             enishi corridor reconcile --cell {cell} --neighbour {neighbour} --reopen --note '…'"
        );
    }
}
