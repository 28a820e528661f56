//! The pages: the desk over the cells of a node, and the demo's first page before it.

use anyhow::{Context, Result};
use axum::Router;
use kernel::Currency;
use server::board::{self, Board};
use server::code::Code;
use server::desk::{self, Desk, DeskConfig, Shore};
use server::edge::Edge;
use server::enter::{self, Door};
use server::sign_up::{self, page::Counter};
use server::stage::{self, CurlConfig, Stage, StageConfig};

use crate::config::{Config, currency};
use crate::market_setup::{Demo, Member};
use crate::node::Node;
use crate::operators;

/// What the first page's till asks for.
const USUAL_YEN: u64 = 3_200;

/// The demo's pages: the first page, and everybody's windows.
pub async fn demo(
    node: &Node,
    config: &Config,
    demo: &Demo,
    edge: &Edge,
    address: &str,
) -> Result<Router> {
    let desk = desk(node, config, edge, Some(USUAL_YEN))?;
    let visitor = demo.visitors.first().context("a demo has a visitor")?;
    let shop = demo.shops.first().context("a demo has a shop")?;
    let stage = StageConfig {
        desk: desk.clone(),
        wallet: code(visitor)?,
        till: code(shop)?,
        usual: USUAL_YEN,
        curl: CurlConfig {
            base: address.to_owned(),
            payer_key: visitor.key.clone(),
            seller_key: shop.key.clone(),
        },
        operator: Some(operators::window(demo)?),
    };
    let stage = Stage::start(stage).await.map_err(|why| anyhow::anyhow!("{}", why.detail))?;
    let board = Board::new(operators::board(edge, demo)?);
    Ok(stage::router(stage)
        .merge(board::router(board))
        .merge(desk::router(desk))
        .merge(enter::router(Door { edge: edge.clone(), demo: true }))
        .merge(sign_up::page::router(Counter { edge: edge.clone(), demo: true }))
        .merge(server::web::assets::router()))
}

/// The wallets' and tills' pages over the cells of a node; without the demo's words where no
/// amount is usual.
pub fn desk(
    node: &Node,
    config: &Config,
    edge: &Edge,
    usual: Option<u64>,
) -> Result<std::sync::Arc<Desk>> {
    let mut shores = Vec::new();
    for place in &node.places {
        let name = &place.config.name;
        let site = edge.cells().named(name).context("the edge has every cell of the node")?;
        let abroad = config.links.iter().find(|link| link.payer == *name);
        shores.push(Shore {
            site: site.clone(),
            views: place.views.clone(),
            currency: own_currency(&place.config.currencies)?,
            abroad: abroad.map(|link| currency(&link.currency)).transpose()?,
        });
    }
    let config = DeskConfig { edge: edge.clone(), shores, usual, demo: usual.is_some() };
    Ok(Desk::start(config))
}

/// What a cell is named by: the first of its currencies.
pub fn own_currency(currencies: &[String]) -> Result<Currency> {
    currency(currencies.first().context("a cell has a currency")?)
}

fn code(member: &Member) -> Result<Code> {
    member.code.parse().ok().with_context(|| format!("the code of {}", member.handle))
}
