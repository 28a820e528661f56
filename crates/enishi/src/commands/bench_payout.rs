//! The night that `enishi bench payout` measures: a cell of many shops that have sold, and the
//! keeper of nights that `enishi serve` has, which makes their bank files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use cell::{Handle, Outcome};
use economy::{Answer, Command, Query, Request};
use kernel::id::{Party, Store, Wallet};
use kernel::{Actor, Currency, Id, Ref, Role};
use pay::command::PayHere;
use pay::{BankFileView, Category, Fees};
use serde_json::{Value, json};
use server::bank_files::{Made, Took};
use server::cells::fresh;
use server::payee::{BANK_ACCOUNT, BankAccount, Kind};
use server::setup::{Founder, Shop, payout_terms};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::cli::BenchRun;
use crate::config::Config;
use crate::folder;
use crate::nights::{self, Night};
use crate::node::{Node, Place};

/// How many shops a night has.
pub(super) const SHOPS: usize = 100_000;
/// How many commands wait for the cell at a time while the market is made.
const LANES: usize = 1_000;
/// How long the lists may need to follow the market.
const PATIENCE: Duration = Duration::from_secs(600);
/// What a shop sells at least, in yen: more than the smallest payout and its fee.
const LEAST: u64 = 2_000;

const CONFIG: &str = r#"
listen = "127.0.0.1:0"
data = "data"

[[cell]]
number = 2
name = "jp"
country = "JP"
language = "JA"
currencies = ["JPY"]
utc_offset_min = 540

[cell.bank]
code = "1234567890"
name = "エニシ"
bank = "2476"
branch = "001"
kind = "ordinary"
account = "7654321"
"#;

/// Measures how long the files of a night take.
pub fn measure(run: &BenchRun, mut say: impl FnMut(&str)) -> Result<Value> {
    let machine = bench::machine();
    let shops = run.count.map_or(Ok(SHOPS), usize::try_from)?.max(1);
    let folder = tempfile::tempdir()?;
    let (config, runtime, node) = open(folder.path())?;
    say(&format!("a market of {shops} shops"));
    let market = runtime.block_on(Market::open(node.place("jp")?, shops))?;
    let nights = (1..=run.runs.max(1)).map(|number| {
        say(&format!("run {number} of {}", run.runs));
        runtime.block_on(market.sells(number))?;
        one_night(&node, &config, shops)
    });
    let mut nights = nights.collect::<Result<Vec<_>>>()?;
    node.stop();
    nights.sort_by_key(|night| night.took);
    let median = &nights[nights.len() / 2];
    let Took { asking, sorting, writing, sealing, naming } = median.parts;
    Ok(json!({
        "bank_file_s": median.took.as_secs_f64(),
        "asking_s": asking.as_secs_f64(),
        "sorting_s": sorting.as_secs_f64(),
        "writing_s": writing.as_secs_f64(),
        "sealing_s": sealing.as_secs_f64(),
        "naming_s": naming.as_secs_f64(),
        "fastest_s": nights.first().map(|night| night.took.as_secs_f64()),
        "slowest_s": nights.last().map(|night| night.took.as_secs_f64()),
        "shops": shops,
        "files": median.files,
        "bytes": median.bytes,
        "total": median.total,
        "runs": run.runs,
        "machine": machine.name,
        "other_load": machine.other_load,
    }))
}

/// A place for a measurement: one cell with a bank.
pub(super) fn open(folder: &Path) -> Result<(Config, Runtime, Node)> {
    let config = folder.join("enishi.toml");
    std::fs::write(&config, CONFIG)?;
    let config = Config::read(&config)?;
    folder::open(&config.data)?;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build()?;
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config, &server::setup::Terms::without_limits())?;
    Ok((config, runtime, node))
}

/// A night that was measured, and what stands in its files.
pub(super) struct Measured {
    took: Duration,
    parts: Took,
    /// The files.
    pub(super) views: Vec<BankFileView>,
    files: usize,
    bytes: usize,
    total: u64,
}

/// Serves one cutoff in a thread that does nothing else, as a server does, and reads the files back.
pub(super) fn one_night(node: &Node, config: &Config, shops: usize) -> Result<Measured> {
    let place = node.place("jp")?;
    let desks = nights::desks(node, config)?;
    let desk = desks.get("jp").context("the cell has a bank")?;
    let folder = config.data.join("jp");
    let night = Night::new(desk, &folder);
    // The cutoff of last night was not served yet.
    night.owes_all()?;
    let waits = Builder::new_current_thread().enable_time().build()?;
    let lists = place.views.stale_at(place.handle.durable(), PATIENCE);
    ensure!(!waits.block_on(lists), "the lists did not follow the market");
    let began = Instant::now();
    let made = waits.block_on(night.look())?;
    let took = began.elapsed();
    let Made { files, left, took: parts, .. } = made.context("the cutoff was served")?;
    if let Some(left) = left.first() {
        bail!("a shop was left out: {left:?}");
    }
    let (mut bytes, mut transfers, mut total) = (0, 0, 0);
    for view in &files {
        let content = std::fs::read(file_of(&folder, view))?;
        let same = *blake3::hash(&content).as_bytes() == view.hash;
        ensure!(same, "a file is not what was sealed");
        let read = bankfile::read(&content);
        let read = read.map_err(|faults| anyhow!("a file can't be read back: {faults:?}"))?;
        transfers += read.file.transfers().count();
        total += read.file.transfers().map(|it| it.amount.number()).sum::<u64>();
        bytes += content.len();
    }
    ensure!(transfers == shops, "{transfers} of {shops} shops were paid");
    ensure!(total == files.iter().map(|it| it.total).sum::<u64>(), "file and book differ");
    let (count, views) = (files.len(), files);
    Ok(Measured { took, parts, views, files: count, bytes, total })
}

fn file_of(folder: &Path, view: &BankFileView) -> PathBuf {
    let name = audit::bank_file_name(view.day, view.number, audit::FileState::Kept);
    folder.join("files").join(name)
}

/// Somebody with a wallet, and the shops that they buy at.
pub(super) struct Market {
    handle: Handle,
    buyer: Actor,
    wallet: Ref<Wallet>,
    stores: Vec<Ref<Store>>,
}

impl Market {
    /// Shops with a store and a bank account each, half of them at another bank than the one that
    /// pays.
    pub(super) async fn open(place: &Place, shops: usize) -> Result<Self> {
        let handle = place.handle.clone();
        let founder = Founder::new(&handle);
        founder.set_payout_terms(payout_terms(Currency::JPY)).await?;
        let fees = Fees { spread_bps: 0, payer_bps: 0, merchant_bps: 160, by_category: vec![] };
        founder.set_fees(fees).await?;
        let party = founder.register_party("buyer", fresh(), Role::Traveller).await?;
        let wallet = founder.open_wallet("buyer", party, Currency::JPY, 1 << 45).await?;
        let buyer = Actor::of(party.number, Role::Traveller);
        let opened = in_lanes(shops, |at| {
            let handle = handle.clone();
            async move { open_shop(&handle, at).await }
        });
        let opened = opened.await?;
        let accounts = opened.iter().enumerate().map(|(at, (party, _))| {
            let (_, row) = account(at)?.to_row();
            Ok((party.0, row))
        });
        let accounts = accounts.collect::<Result<BTreeMap<u128, _>>>()?;
        let rows = accounts.iter().map(|(party, row)| (*party, row.as_str()));
        place.vault.put_all_of(BANK_ACCOUNT, rows)?;
        let stores = opened.into_iter().map(|(_, store)| store).collect();
        Ok(Self { handle, buyer, wallet, stores })
    }

    /// Each shop sells once.
    pub(super) async fn sells(&self, run: usize) -> Result<()> {
        let sold = in_lanes(self.stores.len(), |at| {
            let (handle, actor) = (self.handle.clone(), self.buyer);
            let (payment, wallet, store) = (fresh(), self.wallet, self.stores[at]);
            let amount = LEAST + (at * 37 + run) as u64 % 50_000;
            let pays = PayHere {
                payment,
                wallet,
                store,
                amount,
                requested: false,
                again: true,
                place: None,
            };
            let command = Command::Pay(pays.into());
            async move {
                match handle.submit(Request { actor, fingerprint: None, command }).await {
                    Outcome::Done { .. } => Ok(()),
                    other => bail!("a payment was not made: {other:?}"),
                }
            }
        });
        sold.await.map(drop)
    }

    /// A file with what it sends to each bank account, in its order.
    pub(super) async fn transfers(&self, file: &BankFileView) -> Result<(BankFileView, Vec<u64>)> {
        match self.handle.ask(Query::BankFile(file.file)).await {
            Outcome::Answered { answer: Answer::BankFile(known), .. } => {
                Ok((file.clone(), known.1.iter().map(|it| it.amount).collect()))
            }
            _ => bail!("the file {} is not known", file.file),
        }
    }
}

/// An account of one of two banks, as a shop would give it.
fn account(at: usize) -> Result<BankAccount> {
    let (bank, branch) = if at.is_multiple_of(2) { ("2476", "001") } else { ("1610", "001") };
    let number = format!("{:07}", at % 10_000_000);
    Ok(BankAccount::try_new(bank, branch, Kind::Ordinary, &number, "カ）ヤマボシソバ")?)
}

async fn open_shop(handle: &Handle, at: usize) -> Result<(Id<Party>, Ref<Store>)> {
    let (founder, id, name) = (Founder::new(handle), fresh(), format!("Shop {at}"));
    let party = founder.register_party(&name, id, Role::Merchant).await?;
    let shop = Shop {
        merchant: &name,
        name: &name,
        latin_name: None,
        city: "Takayama",
        category: Category::Restaurant,
        prefecture: 21,
        currency: Currency::JPY,
        tills: 0,
    };
    let (_, store) = founder.open_shop(&name, party, &shop).await?;
    Ok((id, store))
}

/// Does some work for each number below a count, some of it at a time, and gives what came of it
/// in the order of the numbers.
async fn in_lanes<T, F>(count: usize, work: impl Fn(usize) -> F) -> Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut done = BTreeMap::new();
    let mut lanes = JoinSet::new();
    for at in 0..count {
        if lanes.len() >= LANES
            && let Some(ended) = lanes.join_next().await
        {
            let (at, value): (usize, Result<T>) = ended?;
            done.insert(at, value?);
        }
        let work = work(at);
        lanes.spawn(async move { (at, work.await) });
    }
    while let Some(ended) = lanes.join_next().await {
        let (at, value) = ended?;
        done.insert(at, value?);
    }
    Ok(done.into_values().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// With so many shops a page is shown for a while what it was shown before, until a file is made.
    #[test]
    fn a_page_rests_between_looks_at_many_shops() {
        let folder = tempfile::tempdir().unwrap();
        let (config, runtime, node) = open(folder.path()).unwrap();
        let market = runtime.block_on(Market::open(node.place("jp").unwrap(), 4_001)).unwrap();
        runtime.block_on(market.sells(1)).unwrap();
        let desks = nights::desks(&node, &config).unwrap();
        let look = || runtime.block_on(desks["jp"].tonight_for_page()).unwrap();
        let (first, second) = (look(), look());
        assert_eq!(first.payees.len(), 4_001);
        assert!(Arc::ptr_eq(&first, &second), "it was looked at twice in a row");
        let night = Night::new(&desks["jp"], &config.data.join("jp"));
        night.owes_all().unwrap();
        assert_eq!(runtime.block_on(night.look()).unwrap().unwrap().files.len(), 2);
        assert_eq!(look().payees.len(), 0);
        node.stop();
    }

    /// More shops than one file holds, twice.
    #[test]
    fn a_night_of_few_shops_is_measured_and_its_files_read_back() {
        let run = BenchRun { json: true, count: Some(4_001), runs: 2 };
        let report = measure(&run, |_| {}).unwrap();
        assert_eq!((&report["shops"], &report["files"]), (&json!(4_001), &json!(2)));
        // Each file is four kinds of records of 120 bytes and a line's end.
        assert_eq!(report["bytes"], 122 * (4_001 + 2 * 3));
        let part = |key: &str| report[key].as_f64().unwrap();
        let parts = ["asking_s", "sorting_s", "writing_s", "sealing_s", "naming_s"];
        assert!(parts.iter().all(|key| part(key) > 0.0), "{report}");
        assert!(parts.map(part).iter().sum::<f64>() <= part("bank_file_s"), "{report}");
    }
}
