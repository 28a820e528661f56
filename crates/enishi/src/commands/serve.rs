//! `enishi serve`: the cells of a configuration behind the API and its few pages.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use axum::Router;
use cell::Outcome;
use economy::{Answer, Query};
use server::edge::Edge;
use server::front::FrontConfig;
use tokio::net::TcpListener;

use crate::cli::Serve;
use crate::config::Config;
use crate::folder;
use crate::forgetter::Forgetter;
use crate::nights::Nights;
use crate::node::{Node, Place};
use crate::outside;
use crate::service;
use crate::signer::Signer;
use crate::sweeper::Sweeper;
use crate::windows;

/// Serves until it is stopped.
pub fn run(options: &Serve) -> Result<ExitCode> {
    service::log_to_stderr(false);
    let mut config = Config::read(&options.config)?;
    config.listen = options.listen.unwrap_or(config.listen);
    let made = outside::make(&config)?;
    folder::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(server::listen(config.listen))?;
    let mut node = Node::open(&config, runtime.handle())?;
    if config.rates_max_age_days > 0 {
        node.places.iter().try_for_each(|place| fresh_rates(place, config.rates_max_age_days))?;
    }
    node.connect()?;
    let edge = runtime.block_on(service::edge(&node, &config, made))?;
    let nights = Nights::start(&edge, &config)?;
    let keepers = (nights, Forgetter::start(&node)?, Sweeper::start(&node)?);
    let signer = Signer::start(&node, &config.data, &edge)?;
    runtime.block_on(serve(listener, &node, edge, &config))?;
    drop((keepers, signer));
    node.stop();
    Ok(ExitCode::SUCCESS)
}

async fn serve(listener: TcpListener, node: &Node, edge: Edge, config: &Config) -> Result<()> {
    let address = listener.local_addr()?;
    let address = format!("http://localhost:{}", address.port());
    println!("{address}");
    let router = server::app(edge.clone(), pages(node, &edge, config, address)?);
    server::serve(listener, &edge, router, service::stopped()).await;
    Ok(())
}

/// The pages of a server: what it is, the audit, and wallets and tills for whoever has a code.
fn pages(node: &Node, edge: &Edge, config: &Config, address: String) -> Result<Router> {
    let desk = windows::desk(node, config, edge, None)?;
    let mut cells = Vec::new();
    for cell in &config.cells {
        cells.push((cell.name.clone(), windows::own_currency(&cell.currencies)?));
    }
    let payers = config.links.iter().map(|link| link.payer.clone()).collect();
    let config = FrontConfig { edge: edge.clone(), cells, payers, address };
    Ok(server::front::router(config).merge(server::desk::router(desk)))
}

/// Old rates make wrong prices: a cell that quotes refuses them at its start.
fn fresh_rates(place: &Place, max_age_days: u32) -> Result<()> {
    let quotes = place.config.currencies.len() > 1;
    if !quotes {
        return Ok(());
    }
    let name = &place.config.name;
    let answer = place.handle.ask_blocking(Query::Rates);
    let Outcome::Answered { answer: Answer::Rates(rates), .. } = answer else {
        bail!("the cell '{name}' does not answer");
    };
    let Some(lot) = rates else {
        bail!(
            "the cell '{name}' has no exchange rates: import the European Central Bank's file \
             with `enishi rates import eurofxref.csv`"
        );
    };
    let age = service::days_since(lot.date).context("the date of the newest rates")?;
    if age > i64::from(max_age_days) {
        bail!(
            "the newest rates of the cell '{name}' are {age} days old (of {}), and {max_age_days} \
             are allowed: import newer ones with `enishi rates import eurofxref.csv`",
            lot.date
        );
    }
    Ok(())
}
