//! The demo's windows: who stands behind each unguessable path.

use anyhow::{Context, Result};
use axum::Router;
use kernel::{Actor, Currency, Ref, Role};
use server::edge::Edge;
use server::stage::{self, CurlConfig, Shore, Stage, StageConfig, TillWindow, WalletWindow};
use server::web::view::Zone;

use crate::market_setup::{Demo, Member};
use crate::node::{Node, Place};

const BEIJING: Zone = Zone("Asia/Shanghai");
const TOKYO: Zone = Zone("Asia/Tokyo");
/// What the first page's till asks for.
const USUAL_YEN: u64 = 3_200;

/// The pages over a node's two cells.
pub fn stage(node: &Node, demo: &Demo, edge: &Edge, address: &str) -> Result<Router> {
    let sample = market::sample::load();
    let mut wallets = Vec::new();
    for (person, member) in sample.visitors.iter().zip(&demo.visitors) {
        wallets.push(wallet(node.place("cn")?, person, member, BEIJING)?);
    }
    for (person, member) in sample.residents.iter().zip(&demo.residents) {
        wallets.push(wallet(node.place("jp")?, person, member, TOKYO)?);
    }
    let mut tills = Vec::new();
    for (shop, member) in sample.shops.iter().zip(&demo.shops) {
        tills.push(till(shop, member, sample.terms.merchant_fee_bps)?);
    }
    let (first, shop) = (demo.visitors.first(), demo.shops.first());
    let curl = CurlConfig {
        base: address.to_owned(),
        payer_key: first.context("a demo has a visitor")?.key.clone(),
        seller_key: shop.context("a demo has a shop")?.key.clone(),
    };
    let config = StageConfig {
        payer: shore(node, edge, "cn", Currency::CNY)?,
        seller: shore(node, edge, "jp", Currency::JPY)?,
        wallets,
        tills,
        curl,
        edge: edge.clone(),
        spread_bp: sample.terms.spread_bps,
    };
    Ok(stage::router(Stage::start(config)).merge(server::web::assets::router()))
}

fn shore(node: &Node, edge: &Edge, name: &str, currency: Currency) -> Result<Shore> {
    let site = edge.cells().named(name).context("the edge has every cell of the node")?;
    Ok(Shore { site: site.clone(), views: node.place(name)?.views.clone(), currency })
}

fn wallet(
    place: &Place,
    person: &market::sample::Person,
    member: &Member,
    home: Zone,
) -> Result<WalletWindow> {
    let actor = actor(member, Role::Traveller)?;
    Ok(WalletWindow {
        token: member.token.clone(),
        actor,
        wallet: member.wallet.parse().context("a wallet in demo.json")?,
        holder: place.name_of(actor.party)?,
        holder_lang: if person.language == "ja" { "ja" } else { "zh-CN" },
        zone: TOKYO,
        home_zone: home,
    })
}

fn till(shop: &market::sample::Shop, member: &Member, fee_bp: u32) -> Result<TillWindow> {
    Ok(TillWindow {
        token: member.token.clone(),
        actor: actor(member, Role::Merchant)?,
        store: member.store.parse().context("a store in demo.json")?,
        shop: shop.name.ja.clone(),
        shop_lang: "ja",
        number: 1,
        zone: TOKYO,
        usual: USUAL_YEN,
        fee_bp,
    })
}

fn actor(member: &Member, role: Role) -> Result<Actor> {
    let party: Ref<kernel::id::Party> =
        member.party.parse().with_context(|| format!("the party of {}", member.handle))?;
    Ok(Actor { party: party.number, role })
}
