//! The demo's operators and their pages.

use anyhow::{Context, Result};
use kernel::id::Party;
use kernel::{Actor, Currency, Ref, Role};
use server::board::BoardConfig;
use server::edge::Edge;

use crate::market_setup::{Demo, Member};

/// The cells of the demo in the order of its operators, with the currencies they are named by.
const CELLS: [(&str, Currency); 2] = [("cn", Currency::CNY), ("jp", Currency::JPY)];

fn operator(demo: &Demo, at: usize) -> Result<&Member> {
    demo.operators.get(at).context("a demo has an operator in each cell")
}

/// The path of the operator's window: that of the yen cell, where the shops are.
pub fn window(demo: &Demo) -> Result<String> {
    Ok(format!("/o/{}", operator(demo, 1)?.code))
}

/// What the operator's pages are given: both cells, to whoever has the window of one.
pub fn board(edge: &Edge, demo: &Demo) -> Result<BoardConfig> {
    let mut together = Vec::new();
    for (at, (cell, _)) in CELLS.iter().enumerate() {
        let party: Ref<Party> = operator(demo, at)?.party.parse().context("an operator's party")?;
        let actor = Actor::of(party.number, Role::Operator);
        together.push(((*cell).to_owned(), actor));
    }
    let visitor = demo.visitors.first().context("a demo has a visitor")?;
    let shop = demo.shops.first().context("a demo has a shop")?;
    Ok(BoardConfig {
        edge: edge.clone(),
        cells: CELLS.map(|(cell, currency)| (cell.to_owned(), currency)).to_vec(),
        payers: vec!["cn".to_owned()],
        together,
        windows: Some((format!("/w/{}", visitor.code), format!("/t/{}", shop.code))),
    })
}
