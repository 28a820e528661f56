//! `enishi partner`: the conformance kit, and a sandbox to try a system against.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use axum::Router;
use kernel::{Actor, Currency, Role, Span};
use link::keys::{KeyFolder, PublicKey};
use partner::kit::{Checked, Finding, check};
use pay::Category;
use pay::command::SetPartner;
use serde_json::json;
use server::api::partner_sandbox::SandboxAt;
use server::setup::{Founder, Shop, Terms};

use crate::cli::{Partner, PartnerWhat};
use crate::config::Config;
use crate::node::Node;
use crate::service;

/// The number by which a sandbox knows who tries it.
const KIT: u16 = 901;

/// Does one of them.
pub fn run(options: &Partner) -> Result<ExitCode> {
    match &options.what {
        PartnerWhat::Key { file, name } => {
            println!("{}", PublicKey::of(name, &KeyFolder::in_file(file, name)?));
            Ok(ExitCode::SUCCESS)
        }
        PartnerWhat::Check { url, name, trust, key, own, number, json } => {
            if !key.exists() {
                bail!("{} is not there; make it with `enishi partner key`", key.display());
            }
            let checked = Checked {
                url: url.trim_end_matches('/').to_owned(),
                name: name.clone(),
                trusted: trust.parse()?,
                own: own.clone(),
                number: *number,
                key: KeyFolder::in_file(key, own)?,
            };
            Ok(tried(checked, *json))
        }
        PartnerWhat::Sandbox { port, trust } => sandbox(*port, &trust.parse()?),
    }
}

fn tried(checked: Checked, as_json: bool) -> ExitCode {
    let mut told = |finding: &Finding| {
        if as_json {
            return;
        }
        match &finding.instead {
            None => println!("pass  §{:<4} {}", finding.section, finding.rule),
            Some(instead) => {
                println!("FAIL  §{:<4} {}: {instead}", finding.section, finding.rule);
            }
        }
    };
    let report = check(checked, &mut told);
    let (count, failed) = (report.findings.len(), report.failed());
    if as_json {
        let findings = report
            .findings
            .iter()
            .map(|it| json!({ "section": it.section, "rule": it.rule, "instead": it.instead }));
        let findings: Vec<_> = findings.collect();
        println!("{}", json!({ "rules": count, "failed": failed, "findings": findings }));
    } else {
        println!("{} of {count} rules kept.", count - failed);
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A fresh market with one shop and one payer, each in a cell that knows the kit.
fn sandbox(port: u16, trusted: &PublicKey) -> Result<ExitCode> {
    service::log_to_stderr(true);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = runtime.block_on(server::listen(wanted))?;
    let url = format!("http://{}", listener.local_addr()?);
    let home = tempfile::tempdir()?;
    let config = Config::demo(home.path(), wanted);
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config, &Terms::of_demo())?;
    let at = runtime.block_on(peopled(&node, trusted))?;
    for place in &node.places {
        let name = &place.config.name;
        let key = KeyFolder::new(&config.data.join(name), name).own()?;
        println!(
            "enishi partner check {url} --name {name} --trust {key} --as {} --key <your key>",
            trusted.cell()
        );
    }
    node.connect()?;
    let edge = runtime.block_on(service::edge_of_sandbox(&node, &config, at))?;
    let router = server::app(edge.clone(), Router::new());
    runtime.block_on(server::serve(listener, &edge, router, service::stopped()));
    node.stop();
    Ok(ExitCode::SUCCESS)
}

async fn peopled(node: &Node, trusted: &PublicKey) -> Result<SandboxAt> {
    let mut at = SandboxAt::default();
    for place in &node.places {
        let founder = Founder::new(&place.handle);
        let is_seller = place.config.name == "jp";
        let kit = SetPartner {
            peer: KIT,
            name: trusted.cell().to_owned(),
            pays_here: is_seller.then_some(Currency::JPY),
            paid_there: (!is_seller).then_some(Currency::JPY),
            wallet: "Conformance kit".to_owned(),
            url: String::new(),
            most_prefund: None,
            source: "a sandbox".to_owned(),
            max_unanswered: 1_000,
            max_age: Span::seconds(300),
        };
        founder.open_partner(kit, trusted.key().to_bytes()).await?;
        if is_seller {
            let party = founder.register_party("shop", server::cells::fresh(), Role::Merchant);
            let party = party.await?;
            let shop = Shop {
                merchant: "試験店",
                name: "試験店",
                latin_name: Some("Sandbox Shop"),
                city: "Takayama",
                category: Category::Restaurant,
                prefecture: 21,
                currency: Currency::JPY,
                tills: 1,
            };
            let (_, store) = founder.open_shop("shop", party, &shop).await?;
            at.store = Some((Actor::of(party.number, Role::Merchant), store));
        } else {
            founder.publish_rates(market::rates::shipped().latest()).await?;
            let party = founder.register_party("payer", server::cells::fresh(), Role::Traveller);
            let party = party.await?;
            let wallet = founder.open_wallet("payer", party, Currency::CNY, 10_000_000).await?;
            at.wallet = Some((Actor::of(party.number, Role::Traveller), wallet));
        }
    }
    at.store.context("the sandbox has no store")?;
    Ok(at)
}
