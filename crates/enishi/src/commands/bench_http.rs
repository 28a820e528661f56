//! The server and the market that `enishi bench http` asks: made by the commands that anybody
//! would send, served by `enishi serve` in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use bench::{HttpOptions, Payer};
use kernel::{Currency, Role};
use pay::{Category, Fees};
use serde_json::Value;
use server::auth::KeyText;
use server::cells::fresh;
use server::setup::{Founder, Shop};

use crate::cli::BenchRun;
use crate::config::Config;
use crate::folder;
use crate::node::{Node, Place};

const WALLETS: usize = 2_000;
const STORES: usize = 200;
/// How long each load is held.
const SECONDS: u64 = 10;

/// Both cells in one server, as in the sample, and nobody is slowed: what is measured is how fast
/// it is, not how fast it lets one key be.
const CONFIG: &str = r#"
listen = "127.0.0.1:0"
data = "data"
rates_max_age_days = 0

[bounds]
per_key = { per_s = 0, burst = 1 }
per_address = { per_s = 0, burst = 1 }

[[cell]]
number = 1
name = "cn"
country = "CN"
language = "ZH"
currencies = ["CNY", "JPY"]

[[cell]]
number = 2
name = "jp"
country = "JP"
language = "JA"
currencies = ["JPY"]

[[link]]
payer = "cn"
seller = "jp"
currency = "JPY"
"#;

/// Measures payments over HTTP.
pub fn measure(run: &BenchRun, mut say: impl FnMut(&str)) -> Result<Value> {
    say("a market");
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("enishi.toml");
    std::fs::write(&config, CONFIG)?;
    let market = market(&config)?;
    let server = Server::start(&config)?;
    let options = HttpOptions {
        address: server.address,
        payers: market.payers,
        stores: market.stores,
        watched: market.watched,
        seconds: run.count.unwrap_or(SECONDS),
    };
    Ok(bench::http(&options, say)?)
}

struct Market {
    payers: Vec<Payer>,
    stores: Vec<String>,
    watched: (String, String),
}

fn market(config: &Path) -> Result<Market> {
    let config = Config::read(config)?;
    folder::open(&config.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config, &server::setup::Terms::of_demo())?;
    node.connect()?;
    let (cn, jp) = (node.place("cn")?, node.place("jp")?);
    let market = runtime.block_on(people(cn, jp, jp.link_to(cn.handle.info())?));
    node.stop();
    market
}

async fn people(cn: &Place, jp: &Place, link: u8) -> Result<Market> {
    let (payers_side, sellers_side) = (Founder::new(&cn.handle), Founder::new(&jp.handle));
    let fees = Fees { spread_bps: 50, payer_bps: 0, merchant_bps: 100, by_category: vec![] };
    payers_side.publish_rates(market::rates::shipped().latest()).await?;
    for side in [payers_side, sellers_side] {
        side.set_fees(fees.clone()).await?;
    }
    sellers_side.fund_nostro(link, 1 << 46).await?;
    let mut payers = Vec::new();
    for at in 0..WALLETS {
        let handle = format!("payer {at}");
        let (party, key) = party(cn, &handle, Role::Traveller).await?;
        let wallet = payers_side.open_wallet(&handle, party, Currency::CNY, 1 << 40).await?;
        payers.push(Payer { key, wallet: wallet.to_string() });
    }
    let (party_of_all, _) = party(jp, "all shops", Role::Merchant).await?;
    let mut stores = Vec::new();
    for at in 0..STORES {
        stores.push(shop(&sellers_side, &format!("Shop {at}"), party_of_all).await?);
    }
    let (watched, key) = party(jp, "the watched shop", Role::Merchant).await?;
    let watched = (shop(&sellers_side, "The watched shop", watched).await?, key);
    Ok(Market { payers, stores, watched })
}

async fn party(
    place: &Place,
    handle: &str,
    role: Role,
) -> Result<(kernel::Ref<kernel::id::Party>, String)> {
    let founder = Founder::new(&place.handle);
    let party = founder.register_party(handle, fresh(), role).await?;
    let key = KeyText::generate(&place.config.name);
    founder.issue_key(handle, &key, party, role).await?;
    Ok((party, key.reveal()))
}

async fn shop(
    founder: &Founder<'_>,
    name: &str,
    party: kernel::Ref<kernel::id::Party>,
) -> Result<String> {
    let shop = Shop {
        merchant: name,
        name,
        latin_name: None,
        city: "Takayama",
        category: Category::Restaurant,
        prefecture: 21,
        currency: Currency::JPY,
        tills: 0,
    };
    let (_, store) = founder.open_shop(name, party, &shop).await?;
    Ok(store.to_string())
}

/// A server in a process of its own; it ends with this value.
struct Server {
    child: Child,
    address: std::net::SocketAddr,
}

impl Server {
    fn start(config: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg("--config")
            .arg(config)
            .stdout(Stdio::piped())
            .spawn()
            .context("the server does not start")?;
        match address(&mut child) {
            Ok(address) => Ok(Self { child, address }),
            Err(why) => {
                end(&mut child);
                Err(why)
            }
        }
    }
}

fn address(child: &mut Child) -> Result<std::net::SocketAddr> {
    let out = child.stdout.take().context("the server has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    Ok((std::net::Ipv4Addr::LOCALHOST, port.context("the server did not come up")?).into())
}

/// Its folder is thrown away with it, so nothing is lost that anybody wants.
fn end(child: &mut Child) {
    let _ended = child.kill().and_then(|()| child.wait());
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}
