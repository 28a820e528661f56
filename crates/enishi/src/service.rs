//! What `demo` and `serve` share: the edge over a node, its logs, its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::Date;
use server::api::partner_sandbox::SandboxAt;
use server::cells::{Cells, SiteConfig};
use server::edge::{Edge, EdgeBuilder, SignUpAt};
use server::insight::Simulated;
use tracing_subscriber::EnvFilter;

use crate::books::Books;
use crate::config::{Config, currency};
use crate::lists::AllViews;
use crate::node::Node;
use crate::outside;

/// The edge over the cells of a node, with lists and audit.
pub async fn edge(node: &Node, config: &Config, made: outside::Made) -> Result<Edge> {
    Ok(built(node, config, made).await?.build())
}

/// The same as a sandbox for partners: its books are thrown away.
pub async fn edge_of_sandbox(node: &Node, config: &Config, at: SandboxAt) -> Result<Edge> {
    Ok(built(node, config, outside::Made::default()).await?.sandbox(at).build())
}

async fn built(node: &Node, config: &Config, made: outside::Made) -> Result<EdgeBuilder> {
    let sites = node.places.iter().map(|place| SiteConfig {
        handle: place.handle.clone(),
        country: place.config.country.clone(),
        language: place.config.language.clone(),
        vault: Some(Arc::clone(&place.vault)),
    });
    let cells =
        Cells::start(sites.collect()).await.map_err(|why| anyhow::anyhow!("{}", why.detail))?;
    let views = node.places.iter().map(|place| (place.config.name.clone(), place.views.clone()));
    let vaults =
        node.places.iter().map(|place| (place.config.name.clone(), Arc::clone(&place.vault)));
    let simulated = Simulated::read(&config.data).context("simulated.json can't be read")?;
    let lists = AllViews(views.collect::<BTreeMap<_, _>>(), simulated);
    let mut edge = Edge::over(cells)
        .bounds(config.bounds.bounds())
        .public_origin(config.public_origin.clone())
        .corridor(node.corridor.clone())
        .partners(node.partners.clone())
        .lists(Arc::new(lists))
        .desks(crate::nights::desks(node, config)?)
        .outside(outside::start(node, made, &config.data).await?)
        .audit(Arc::new(Books::new(&config.data, vaults.collect())));
    if let Some(cell) = config.cells.iter().find(|cell| cell.signs_up()) {
        let currency = currency(&cell.currencies[0])?;
        edge = edge.sign_up(SignUpAt { cell: cell.name.clone(), currency });
    }
    Ok(edge)
}

/// Structured logs to standard error; `ENISHI_LOG` chooses what (`info`, `cell=debug`, …).
pub fn log_to_stderr(quiet: bool) {
    let least = if quiet { "error" } else { "warn" };
    let filter = EnvFilter::try_from_env("ENISHI_LOG").unwrap_or_else(|_| EnvFilter::new(least));
    let json = tracing_subscriber::fmt().json().with_writer(std::io::stderr);
    // A second start in one process keeps the first one's logs.
    let _already = json.with_env_filter(filter).try_init();
}

/// Completes when the process is asked to stop.
pub async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

/// Days between a day written as `yyyymmdd` and today in UTC.
pub fn days_since(day: u32) -> Option<i64> {
    let part = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(day / 10_000).ok()?;
    let date = Date::new(year, part(day / 100 % 100)?, part(day % 100)?).ok()?;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(i64::from(date.until(today).ok()?.get_days()))
}
