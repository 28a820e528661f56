//! Cells to measure: file journals in a temporary folder, a market, the bridge.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use cell::{CellInfo, Channel, Config, Handle, Outcome, Relay, SnapshotConfig, SystemClock};
use economy::{Command, Reply, Request};
use journal::file::{FileJournal, Identity, Options};
use kernel::{Actor, Currency, Decimal, Id, Role, Span, Timestamp};

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The cell did not start.
    #[error(transparent)]
    Open(#[from] cell::OpenError),
    /// The disk or the system said no.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The journal could not be read.
    #[error(transparent)]
    Read(#[from] cell::ReplayError),
    /// The journal could not be opened.
    #[error(transparent)]
    Journal(#[from] journal::file::OpenError),
    /// A command of the measurement was not done.
    #[error("a command was not done: {0}")]
    NotDone(String),
}

pub(crate) const OPERATOR: Actor = Actor::of(0, Role::Operator);

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_micros() as u64)
}

/// Ids as an edge makes them: the moment in front, random bits behind. A fast generator stands
/// in for the system's, so that the measurement is not of the system's randomness.
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// xorshift64*, Vigna 2014.
    pub fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn id<K>(&mut self, at: Timestamp) -> Id<K> {
        let random = (u128::from(self.next()) << 64) | u128::from(self.next());
        Id::from_parts(at, random)
    }
}

pub(crate) fn identity(number: u16, name: &str) -> Identity {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    Identity { name: name.to_owned(), id }
}

/// Starts a cell on a file journal in `folder`, with a snapshot every 100 MB: so often that a
/// measurement meets one.
pub(crate) fn start(folder: &Path, number: u16, name: &str) -> Result<Handle, BenchError> {
    let journal = folder.join(name).join("journal");
    std::fs::create_dir_all(&journal)?;
    let snapshots = SnapshotConfig {
        every_bytes: 100 << 20,
        ..SnapshotConfig::new(folder.join(name).join("snapshots"))
    };
    let identity = identity(number, name);
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|e| BenchError::NotDone(e.to_string()))?;
    Ok(cell::start(Config {
        info: CellInfo { number, name: name.to_owned() },
        open: Box::new(move || {
            let options = Options::default();
            let journal = FileJournal::open_or_create(&journal, &identity, options)?;
            Ok(Box::new(journal))
        }),
        clock: Arc::new(SystemClock),
        seed: u64::from_le_bytes(seed),
        accept_clock_jumps: true,
        codes: None,
        on_fatal: Arc::new(|why| {
            eprintln!("{why}");
            std::process::exit(70);
        }),
        runtime: None,
        snapshots: Some(snapshots),
    })?)
}

pub(crate) fn request(actor: Actor, command: impl Into<Command>) -> Request {
    Request { actor, fingerprint: None, command: command.into() }
}

pub(crate) fn done(cell: &Handle, command: impl Into<Command>) -> Result<Reply, BenchError> {
    match cell.submit_blocking(request(OPERATOR, command)) {
        Outcome::Done { reply, .. } => Ok(reply),
        other => Err(BenchError::NotDone(format!("{other:?}"))),
    }
}

pub(crate) fn pay(
    cell: &Handle,
    command: impl Into<pay::Command>,
) -> Result<pay::Reply, BenchError> {
    match done(cell, Command::Pay(command.into()))? {
        Reply::Pay(reply) => Ok(reply),
        other => Err(BenchError::NotDone(format!("{other:?}"))),
    }
}

/// Both cells, the market and the bridge.
pub(crate) struct World {
    pub cn: Handle,
    pub jp: Handle,
    pub wallets: Vec<(kernel::Ref<kernel::id::Wallet>, Actor)>,
    pub stores: Vec<kernel::Ref<kernel::id::Store>>,
    relays: Vec<Relay>,
}

fn is_of_yuan(change: &pay::event::Change) -> bool {
    matches!(change, pay::event::Change::LimitRule(set) if set.rule.currency == Currency::CNY)
}

/// A limit of each window and a velocity rule that each payment is judged by, and that none meets.
fn rules() -> Vec<pay::event::Change> {
    use pay::terms::{Counts, Effect, LimitRule, Reach, VelocityRule, Window};
    let limits = Window::ALL.into_iter().map(|window| {
        let rule = LimitRule {
            id: window.word().to_owned(),
            currency: Currency::JPY,
            classes: u16::MAX,
            reach: Reach::Everywhere,
            window,
            most: 1 << 50,
            source: "the bench".to_owned(),
            section: String::new(),
        };
        pay::event::LimitRuleSet { from: Timestamp(0), rule }.into()
    });
    let yuan = Window::ALL.into_iter().map(|window| {
        let rule = LimitRule {
            id: format!("cny.{}", window.word()),
            currency: Currency::CNY,
            classes: u16::MAX,
            reach: Reach::Across,
            window,
            most: 1 << 50,
            source: "the bench".to_owned(),
            section: String::new(),
        };
        pay::event::LimitRuleSet { from: Timestamp(0), rule }.into()
    });
    let rule = VelocityRule {
        id: "declines".to_owned(),
        classes: u16::MAX,
        counts: Counts::Declines,
        most: 7,
        minutes: 60,
        effect: Effect::Refuse,
        source: "the bench".to_owned(),
    };
    let velocity = pay::event::VelocityRuleSet { from: Timestamp(0), rule }.into();
    limits.chain(yuan).chain([velocity]).collect()
}

impl World {
    /// A market of so many funded wallets and stores.
    pub fn open(folder: &Path, wallets: usize, stores: usize) -> Result<Self, BenchError> {
        let cn = start(folder, 1, "cn")?;
        let jp = start(folder, 2, "jp")?;
        for currency in [Currency::CNY, Currency::JPY] {
            pay(&cn, pay::command::OpenBook { currency })?;
        }
        pay(&jp, pay::command::OpenBook { currency: Currency::JPY })?;
        let rate = |digits, scale| Decimal { digits, scale };
        pay(
            &cn,
            pay::command::PublishRates {
                id: kernel::Id::new(0),
                date: 20_261_030,
                source: "ECB".into(),
                rates: vec![(Currency::CNY, rate(74_326, 4)), (Currency::JPY, rate(17_568, 2))],
            },
        )?;
        let fees =
            pay::Fees { spread_bps: 50, payer_bps: 0, merchant_bps: 100, by_category: vec![] };
        for cell in [&cn, &jp] {
            pay(cell, pay::command::SetFees { from: Timestamp(0), fees: fees.clone() })?;
            let yuan = std::ptr::eq(cell, &cn);
            for change in rules().into_iter().filter(|change| yuan || !is_of_yuan(change)) {
                let (id, note) = (kernel::Id::new(0), String::new());
                pay(cell, pay::command::Propose { id, change, note })?;
            }
        }
        let link = |peer, name: &str, nostro, mirror| pay::command::OpenLink {
            peer,
            name: name.into(),
            nostro,
            mirror,
            max_unanswered: 100_000,
            max_age: Span::seconds(60),
        };
        pay(&cn, link(2, "jp", None, Some(Currency::JPY)))?;
        pay(&jp, link(1, "cn", Some(Currency::JPY), None))?;
        let relays = vec![
            Relay::start(cn.clone(), 0, Box::new(Channel::new(jp.clone(), 0)))?,
            Relay::start(jp.clone(), 0, Box::new(Channel::new(cn.clone(), 0)))?,
        ];
        let mut world = Self { cn, jp, wallets: Vec::new(), stores: Vec::new(), relays };
        world.fund()?;
        world.people(wallets)?;
        world.shops(stores)?;
        Ok(world)
    }

    fn fund(&self) -> Result<(), BenchError> {
        let amount = 1 << 50;
        pay(&self.jp, pay::command::TopUpNostro { link: 0, amount, reference: "N1".into() })?;
        // The mirror follows by message.
        for _ in 0..500 {
            if let Outcome::Answered { answer: economy::Answer::Links(links), .. } =
                self.cn.ask_blocking(economy::Query::Links)
                && links[0].mirror.is_some_and(|(balance, ..)| balance == amount)
            {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(BenchError::NotDone("the nostro's message did not arrive".into()))
    }

    fn people(&mut self, count: usize) -> Result<(), BenchError> {
        let mut ids = Ids::new(7);
        for at in 0..count {
            let id = ids.id(now());
            let role = Role::Traveller;
            let pay::Reply::Party(party) = pay(&self.cn, pay::command::RegisterParty { id, role })?
            else {
                return Err(BenchError::NotDone("party".into()));
            };
            let id = ids.id(now());
            let currency = Currency::CNY;
            let pay::Reply::Wallet(view) =
                pay(&self.cn, pay::command::OpenWallet { id, party, currency })?
            else {
                return Err(BenchError::NotDone("wallet".into()));
            };
            let wallet = view.wallet;
            let (amount, reference) = (1 << 40, format!("W{at}"));
            pay(&self.cn, pay::command::TopUpWallet { wallet, amount, reference })?;
            self.wallets.push((wallet, Actor::of(party.number, role)));
        }
        Ok(())
    }

    fn shops(&mut self, count: usize) -> Result<(), BenchError> {
        let mut ids = Ids::new(11);
        let id = ids.id(now());
        let role = Role::Merchant;
        let pay::Reply::Party(party) = pay(&self.jp, pay::command::RegisterParty { id, role })?
        else {
            return Err(BenchError::NotDone("party".into()));
        };
        for at in 0..count {
            let id = ids.id(now());
            let name = format!("Shop {at}");
            let currency = Currency::JPY;
            let merchant = pay::command::RegisterMerchant { id, party, name, currency };
            let pay::Reply::Merchant(merchant) = pay(&self.jp, merchant)? else {
                return Err(BenchError::NotDone("merchant".into()));
            };
            let store = pay::command::OpenStore {
                id: ids.id(now()),
                merchant: merchant.merchant,
                name: format!("Shop {at}"),
                latin_name: None,
                city: "Takayama".into(),
                category: pay::Category::Restaurant,
                prefecture: 21,
            };
            let pay::Reply::Store(store) = pay(&self.jp, store)? else {
                return Err(BenchError::NotDone("store".into()));
            };
            self.stores.push(store);
        }
        Ok(())
    }

    /// Stops the relays, then the cells.
    pub fn stop(self) {
        drop(self.relays);
        self.cn.stop();
        self.jp.stop();
    }
}
