//! Wallets of other companies: made from the configuration, made known to their cells, asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cell::{Clock, SystemClock};
use connector::{About, Connector};
use connectors::Making;
use server::outside::{Outside, Pauses};
use server::setup::Founder;

use crate::config::Config;
use crate::node::Node;

/// The connectors of each cell, by its name.
pub type Made = BTreeMap<String, Vec<Arc<dyn Connector>>>;

/// Makes those of a configuration: reads their secrets, asks nobody.
pub fn make(config: &Config) -> Result<Made> {
    let mut made = Made::new();
    for of in &config.connectors {
        let making = Making {
            name: &of.name,
            table: of.words.clone(),
            folder: &config.folder,
            clock: Arc::new(|| SystemClock.wall()),
        };
        let connector = connectors::make(&of.kind, making)
            .with_context(|| format!("[[connector]] '{}'", of.name))?;
        let cell = config.cells.iter().find(|cell| cell.name == of.cell);
        let cell = cell.context("a connector's cell was checked")?;
        let currency = connector.about().currency;
        if !cell.currencies.iter().any(|code| code == currency.code()) {
            bail!(
                "[[connector]] '{}' pays {currency}, and the cell '{}' keeps no book in it",
                of.name,
                of.cell
            );
        }
        made.entry(of.cell.clone()).or_default().push(connector);
    }
    Ok(made)
}

/// Makes them known to the cells of a node, and begins to ask what is open. Call it in the runtime
/// of the node.
pub async fn start(node: &Node, mut made: Made) -> Result<Outside> {
    let mut cells = Vec::new();
    for place in &node.places {
        let name = &place.config.name;
        let connectors = made.remove(name).unwrap_or_default();
        let running: Vec<About> = connectors.iter().map(|it| it.about().clone()).collect();
        for waiting in Founder::new(&place.handle).connect(&running).await? {
            tracing::error!(
                cell = name,
                connector = waiting,
                "payments or refunds wait for this connector, and it is not in the configuration: \
                 put it back until they have their end (GET /v1/connectors)"
            );
        }
        cells.push((place.handle.clone(), connectors));
    }
    Ok(Outside::start(cells, Pauses::default()))
}
