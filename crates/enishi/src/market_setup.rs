//! The sample market of the demo: made by ordinary commands in an empty folder, each under a key
//! of its own, so that a start that was interrupted goes on where it stopped.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cell::{Handle, Outcome};
use economy::{Command, Fingerprint, IssueKey, Reply, Request};
use kernel::id::{Merchant, Party, Store, Wallet};
use kernel::{Actor, Id, Ref, Role, Timestamp};
use serde::{Deserialize, Serialize};
use server::auth::KeyText;

use crate::commands::rates;
use crate::node::{Node, Place};

/// Who commands while the market is made.
const FOUNDER: Actor = Actor { party: 0, role: Role::Operator };

/// One person or shop of the demo with what opens its windows and its API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The name for programs.
    pub handle: String,
    /// The unguessable end of its window's path.
    pub token: String,
    /// Its API key. Only the demo keeps one; elsewhere it is shown once.
    pub key: String,
    /// Its party.
    #[serde(default)]
    pub party: String,
    /// Its wallet, of a person.
    #[serde(default)]
    pub wallet: String,
    /// Its merchant, of a shop.
    #[serde(default)]
    pub merchant: String,
    /// Its store, of a shop.
    #[serde(default)]
    pub store: String,
}

/// All that the demo keeps beside the journals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Demo {
    /// Whether the market is made.
    pub complete: bool,
    /// The operator's API key in each cell, in the order of the cells.
    pub operators: Vec<Member>,
    /// People with a yuan wallet; the first is on the first page.
    pub visitors: Vec<Member>,
    /// People with a yen wallet.
    pub residents: Vec<Member>,
    /// Shops; the first is on the first page.
    pub shops: Vec<Member>,
}

/// The market of a node: made when the folder is new, read when it is there.
pub fn open(node: &Node, data: &Path) -> Result<Demo> {
    let path = data.join("demo.json");
    let sample = market::sample::load();
    let mut demo = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("{} can't be read; --fresh starts anew", path.display()))?,
        Err(_) => {
            let demo = draw(&sample);
            save(&demo, &path)?;
            demo
        }
    };
    if !demo.complete {
        let mut maker = Maker { cn: node.place("cn")?, jp: node.place("jp")? };
        maker.terms(&sample)?;
        maker.people(&sample, &mut demo)?;
        maker.shops(&sample, &mut demo)?;
        maker.operators(&mut demo)?;
        demo.complete = true;
        save(&demo, &path)?;
    }
    Ok(demo)
}

/// Writes what `source` in a shell takes, for the README's commands.
pub fn write_env(demo: &Demo, data: &Path, address: &str) -> Result<PathBuf> {
    let (Some(visitor), Some(shop)) = (demo.visitors.first(), demo.shops.first()) else {
        bail!("the sample market is empty");
    };
    let operator = |at: usize| demo.operators.get(at).map_or("", |member| member.key.as_str());
    let text = format!(
        "ENISHI={address}\nLI_WEI={}\nWALLET={}\nTILL={}\nSTORE={}\nMERCHANT={}\n\
         OPERATOR_CN={}\nOPERATOR_JP={}\n",
        visitor.key,
        visitor.wallet,
        shop.key,
        shop.store,
        shop.merchant,
        operator(0),
        operator(1),
    );
    let path = data.join("demo.env");
    write_private(&path, text.as_bytes())?;
    Ok(path)
}

/// Keys and tokens for everybody, before anybody is made: what is drawn must not be lost.
fn draw(sample: &market::sample::Sample) -> Demo {
    let member = |handle: &str, cell: &str| Member {
        handle: handle.to_owned(),
        token: token(),
        key: KeyText::generate(cell).reveal(),
        party: String::new(),
        wallet: String::new(),
        merchant: String::new(),
        store: String::new(),
    };
    Demo {
        complete: false,
        operators: vec![member("operator-cn", "cn"), member("operator-jp", "jp")],
        visitors: sample.visitors.iter().map(|p| member(&p.handle, "cn")).collect(),
        residents: sample.residents.iter().map(|p| member(&p.handle, "jp")).collect(),
        shops: sample.shops.iter().map(|s| member(&s.handle, "jp")).collect(),
    }
}

/// 130 random bits in base32.
fn token() -> String {
    let bits = u128::from_le_bytes(server::cells::random());
    Id::<Party>::new(bits).bare().to_lowercase()
}

fn save(demo: &Demo, path: &Path) -> Result<()> {
    write_private(path, &serde_json::to_vec_pretty(demo)?)
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .with_context(|| format!("{} can't be written", new.display()))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path).with_context(|| format!("{} can't be written", path.display()))
}

struct Maker<'a> {
    cn: &'a Place,
    jp: &'a Place,
}

impl Maker<'_> {
    fn terms(&mut self, sample: &market::sample::Sample) -> Result<()> {
        let history = market::rates::shipped();
        let newest = history.latest();
        let fees = pay::Fees {
            spread_bps: sample.terms.spread_bps,
            payer_bps: 0,
            merchant_bps: sample.terms.merchant_fee_bps,
            by_category: Vec::new(),
        };
        for place in [self.cn, self.jp] {
            do_once(&place.handle, "rates", Command::Pay(rates::command(newest)?.into()))?;
            let fees = pay::command::SetFees { from: Timestamp(0), fees: fees.clone() };
            do_once(&place.handle, "fees", Command::Pay(fees.into()))?;
        }
        let top_up = pay::command::TopUpNostro {
            link: self.jp.link_to(self.cn)?,
            amount: sample.nostro.opening_minor,
            reference: "OPENING-1".into(),
        };
        do_once(&self.jp.handle, "nostro", Command::Pay(top_up.into()))?;
        Ok(())
    }

    fn people(&mut self, sample: &market::sample::Sample, demo: &mut Demo) -> Result<()> {
        let visitors = sample.visitors.iter().zip(&mut demo.visitors);
        visitors.into_iter().try_for_each(|(person, m)| person_of(self.cn, person, m))?;
        let residents = sample.residents.iter().zip(&mut demo.residents);
        residents.into_iter().try_for_each(|(person, m)| person_of(self.jp, person, m))
    }

    fn shops(&mut self, sample: &market::sample::Sample, demo: &mut Demo) -> Result<()> {
        let shops = sample.shops.iter().zip(&mut demo.shops);
        shops.into_iter().try_for_each(|(shop, member)| shop_of(self.jp, shop, member))
    }

    fn operators(&mut self, demo: &mut Demo) -> Result<()> {
        for (place, member) in [self.cn, self.jp].into_iter().zip(&mut demo.operators) {
            let party = register(place, Role::Operator, &member.handle)?;
            member.party = party.to_string();
            issue(place, Role::Operator, party, member)?;
        }
        Ok(())
    }
}

fn person_of(place: &Place, person: &market::sample::Person, member: &mut Member) -> Result<()> {
    let handle = &place.handle;
    let id: Id<Party> = stable(&place.config.name, &person.handle, "party");
    // First the vault, then the journal (CORE, vault and journal).
    place.vault.put_all(id.0, &[("name", &person.name), ("name_latin", &person.name_latin)])?;
    let party = register(place, Role::Traveller, &person.handle)?;
    let currency = crate::config::currency(&person.currency)?;
    let wallet_id: Id<Wallet> = server::cells::fresh();
    let open = pay::command::OpenWallet { id: wallet_id, party, currency };
    let name = format!("wallet {}", person.handle);
    let Reply::Pay(pay::Reply::Wallet(view)) = do_once(handle, &name, Command::Pay(open.into()))?
    else {
        bail!("opening a wallet gave another answer");
    };
    if person.balance_minor > 0 {
        let reference = format!("OPENING-{}", person.handle).to_uppercase();
        let top_up = pay::command::TopUpWallet {
            wallet: view.wallet,
            amount: person.balance_minor,
            reference,
        };
        do_once(handle, &format!("top-up {}", person.handle), Command::Pay(top_up.into()))?;
    }
    member.party = party.to_string();
    member.wallet = view.wallet.to_string();
    issue(place, Role::Traveller, party, member)
}

fn shop_of(place: &Place, shop: &market::sample::Shop, member: &mut Member) -> Result<()> {
    let handle = &place.handle;
    let party = register(place, Role::Merchant, &shop.handle)?;
    let currency = crate::config::currency("JPY")?;
    let id: Id<Merchant> = server::cells::fresh();
    let name = shop.name.en.clone();
    let merchant = pay::command::RegisterMerchant { id, party, name, currency };
    let step = format!("merchant {}", shop.handle);
    let Reply::Pay(pay::Reply::Merchant(merchant)) =
        do_once(handle, &step, Command::Pay(merchant.into()))?
    else {
        bail!("registering a merchant gave another answer");
    };
    let prefecture = market::prefectures::by_iso(&shop.prefecture)
        .with_context(|| format!("{} is no prefecture", shop.prefecture))?;
    let category = pay::Category::from_word(shop.category.code())
        .with_context(|| format!("{} is no trade", shop.category.code()))?;
    let id: Id<Store> = server::cells::fresh();
    let store = pay::command::OpenStore {
        id,
        merchant: merchant.merchant,
        name: shop.name.ja.clone(),
        latin_name: Some(shop.name.en.clone()),
        city: shop.city.en.clone(),
        category,
        prefecture: prefecture.jis.to_string().parse()?,
    };
    let step = format!("store {}", shop.handle);
    let Reply::Pay(pay::Reply::Store(store)) = do_once(handle, &step, Command::Pay(store.into()))?
    else {
        bail!("opening a store gave another answer");
    };
    for till in 1..=shop.tills {
        let id = server::cells::fresh();
        let add = pay::command::AddTill { id, store, name: till.to_string() };
        do_once(handle, &format!("till {} {till}", shop.handle), Command::Pay(add.into()))?;
    }
    member.party = party.to_string();
    member.merchant = merchant.merchant.to_string();
    member.store = store.to_string();
    issue(place, Role::Merchant, party, member)
}

fn register(place: &Place, role: Role, name: &str) -> Result<Ref<Party>> {
    let id = stable(&place.config.name, name, "party");
    let command = pay::command::RegisterParty { id, role };
    let step = format!("party {name}");
    match do_once(&place.handle, &step, Command::Pay(command.into()))? {
        Reply::Pay(pay::Reply::Party(party)) => Ok(party),
        _ => bail!("registering a party gave another answer"),
    }
}

fn issue(place: &Place, role: Role, party: Ref<Party>, member: &Member) -> Result<()> {
    let key: KeyText =
        member.key.parse().ok().with_context(|| format!("the key of {}", member.handle))?;
    let command = Command::IssueKey(IssueKey {
        id: key.id,
        hash: key.hash(),
        party: party.number,
        role,
        expires: None,
    });
    do_once(&place.handle, &format!("key {}", member.handle), command).map(drop)
}

/// An id of this minute that is the same when the step is taken again within it, so that the
/// vault's row of an interrupted start is found again by its sweeper at the latest.
fn stable<K>(cell: &str, name: &str, what: &str) -> Id<K> {
    let minute = server::cells::now().seconds() / 60 * 60;
    let random = hash(&format!("{cell} {what} {name}"));
    Id::from_parts(Timestamp::from_seconds(minute), random)
}

/// FNV-1a in 128 bits: names steps, keeps no secret.
fn hash(text: &str) -> u128 {
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// Has a step done, or its first reply repeated.
fn do_once(handle: &Handle, step: &str, command: Command) -> Result<Reply> {
    let key = hash(step);
    let fingerprint = Some(Fingerprint { key, content: key });
    let request = Request { actor: FOUNDER, fingerprint, command };
    match handle.submit_blocking(request) {
        Outcome::Done { reply, .. } | Outcome::Repeated { reply, .. } => Ok(reply),
        Outcome::Refused { refusal, .. } => bail!("{step}: {refusal}"),
        other => bail!("{step}: {other:?}"),
    }
}
