//! Wallets of other companies: made from the configuration, made known to their cells, asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cell::{Clock, SystemClock};
use connector::{About, Connector};
use connectors::Making;
use server::outside::{BillsAt, Outside, Pauses};
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
/// of the node. Their bills are kept below `data`, in the folders of their cells.
pub async fn start(node: &Node, mut made: Made, data: &Path) -> Result<Outside> {
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
    let mut outside = Outside::start(cells, Pauses::default());
    for place in &node.places {
        let name = &place.config.name;
        outside.keep_bills(name, BillsAt::new(data.join(name).join("bills")));
    }
    Ok(outside)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CELL: &str = r#"
        listen = "127.0.0.1:0"
        data = "data"
        [[cell]]
        number = 2
        name = "jp"
        country = "JP"
        language = "JA"
        currencies = ["JPY"]
        [[connector]]
        cell = "jp"
        name = "wechat"
        kind = "wechat"
    "#;
    const WORDS: &str = r#"
        region = "global"
        currency = "JPY"
        appid = "wx8888888888888888"
        mchid = "1900000109"
        merchant_category_code = "5812"
        serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
        key_file = "own.key"
        api_v3_key_file = "v3.key"
        notify_url = "https://pay.example.org/v1/connectors/wechat/notifications"
    "#;

    /// What is said of a configuration that can't be used.
    fn said(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("enishi.toml");
        fs::write(&file, text).unwrap();
        let why = Config::read(&file).and_then(|config| make(&config)).err();
        format!("{:#}", why.expect("it can't be used"))
    }

    #[test]
    fn what_is_wrong_with_a_connector_is_said_with_its_name() {
        let whole = format!("{CELL}{WORDS}");
        for (text, told) in [
            (whole.clone(), "own.key"),
            (
                whole.replace("kind = \"wechat\"", "kind = \"paypal\""),
                "no connector is of the kind",
            ),
            (whole.replace("cell = \"jp\"", "cell = \"cn\""), "which is not in the file"),
            (whole.replace("name = \"wechat\"", "name = \"We Chat\""), "1 to 16 of a-z"),
            (whole.replace("serial", "serail"), "serail"),
            (
                format!("{whole}\n[[connector]]\ncell = \"jp\"\nname = \"wechat\"\nkind = \"x\""),
                "two connectors",
            ),
        ] {
            let said = said(&text);
            assert!(said.contains(told), "{said}");
        }
    }
}
