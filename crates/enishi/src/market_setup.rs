//! The sample market of the demo: made by ordinary commands in an empty folder, each under a key
//! of its own, so that a start that was interrupted goes on where it stopped.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cell::Outcome;
use kernel::id::Party;
use kernel::{Currency, Id, Ref, Role, Timestamp};
use market::sample::{Person, Sample};
use serde::{Deserialize, Serialize};
use server::auth::KeyText;
use server::code::Code;
use server::payee::{BankAccount, Kind};
use server::setup::{self, Founder, Shop};

use crate::node::{Node, Place};

/// One person or shop of the demo with what opens its windows and its API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Member {
    /// The name for programs.
    pub handle: String,
    /// Its sign-in code: the end of its window's path.
    #[serde(default)]
    pub code: String,
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
    /// Whether everybody's sign-in code is issued; not in a folder of before there were any.
    #[serde(default)]
    pub codes: bool,
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
        let maker = Maker { cn: node.place("cn")?, jp: node.place("jp")? };
        let link = maker.jp.link_to(maker.cn.handle.info())?;
        node.runtime.block_on(maker.terms(&sample, link))?;
        node.runtime.block_on(maker.members(&sample, &mut demo))?;
        demo.complete = true;
        save(&demo, &path)?;
    }
    if !demo.codes {
        // First kept, then issued: a code that nobody can read opens nothing.
        draw_codes(&mut demo);
        save(&demo, &path)?;
        node.runtime.block_on(issue_codes(node, &demo))?;
        demo.codes = true;
        save(&demo, &path)?;
    }
    Ok(demo)
}

fn draw_codes(demo: &mut Demo) {
    let of_cn = demo.visitors.iter_mut().chain(demo.operators.iter_mut().take(1));
    of_cn.filter(|member| member.code.is_empty()).for_each(|m| m.code = code("cn"));
    let of_jp = demo.residents.iter_mut().chain(&mut demo.shops);
    let of_jp = of_jp.chain(demo.operators.iter_mut().skip(1));
    of_jp.filter(|member| member.code.is_empty()).for_each(|m| m.code = code("jp"));
}

fn code(cell: &str) -> String {
    Code::generate(cell).reveal()
}

async fn issue_codes(node: &Node, demo: &Demo) -> Result<()> {
    let traveller = demo.visitors.iter().chain(&demo.residents).map(|m| (m, Role::Traveller));
    let merchants = demo.shops.iter().map(|m| (m, Role::Merchant));
    let operators = demo.operators.iter().map(|m| (m, Role::Operator));
    for (member, role) in traveller.chain(merchants).chain(operators) {
        let of = || format!("the sign-in code of {}", member.handle);
        let code: Code = member.code.parse().ok().with_context(of)?;
        let party = member.party.parse().ok().with_context(of)?;
        let place = node.places.iter().find(|place| code.is_of(&place.config.name));
        let place = place.with_context(of)?;
        let founder = Founder::resuming(&place.handle);
        founder.issue_code(&member.handle, &code, party, role).await?;
    }
    Ok(())
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

/// Keys and codes for everybody, before anybody is made: what is drawn must not be lost.
fn draw(sample: &Sample) -> Demo {
    let member = |handle: &str, cell: &str| Member {
        handle: handle.to_owned(),
        code: code(cell),
        key: KeyText::generate(cell).reveal(),
        party: String::new(),
        wallet: String::new(),
        merchant: String::new(),
        store: String::new(),
    };
    Demo {
        complete: false,
        codes: false,
        operators: vec![member("operator-cn", "cn"), member("operator-jp", "jp")],
        visitors: sample.visitors.iter().map(|p| member(&p.handle, "cn")).collect(),
        residents: sample.residents.iter().map(|p| member(&p.handle, "jp")).collect(),
        shops: sample.shops.iter().map(|s| member(&s.handle, "jp")).collect(),
    }
}

fn save(demo: &Demo, path: &Path) -> Result<()> {
    write_private(path, &serde_json::to_vec_pretty(demo)?)
}

/// Writes a file that its owner alone may read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
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
    async fn terms(&self, sample: &Sample, link: u8) -> Result<()> {
        let fees = pay::Fees {
            spread_bps: sample.terms.spread_bps,
            payer_bps: 0,
            merchant_bps: sample.terms.merchant_fee_bps,
            by_category: Vec::new(),
        };
        let history = market::rates::shipped();
        for place in [self.cn, self.jp] {
            let founder = Founder::resuming(&place.handle);
            founder.publish_rates(history.latest()).await?;
            founder.set_fees(fees.clone()).await?;
        }
        let payouts = setup::payout_terms(Currency::JPY);
        Founder::resuming(&self.jp.handle).set_payout_terms(payouts).await?;
        Founder::resuming(&self.jp.handle).fund_nostro(link, sample.nostro.opening_minor).await?;
        Ok(())
    }

    async fn members(&self, sample: &Sample, demo: &mut Demo) -> Result<()> {
        for (person, member) in sample.visitors.iter().zip(&mut demo.visitors) {
            person_of(self.cn, person, member).await?;
        }
        for (person, member) in sample.residents.iter().zip(&mut demo.residents) {
            person_of(self.jp, person, member).await?;
        }
        for (shop, member) in sample.shops.iter().zip(&mut demo.shops) {
            shop_of(self.jp, shop, member).await?;
        }
        for (place, member) in [self.cn, self.jp].into_iter().zip(&mut demo.operators) {
            party_of(place, Role::Operator, member).await?;
        }
        Ok(())
    }
}

async fn person_of(place: &Place, person: &Person, member: &mut Member) -> Result<()> {
    // First the vault, then the journal (CORE, vault and journal).
    let id: Id<Party> = party_id(place, &person.handle);
    place.vault.put_all(id.0, &[("name", &person.name), ("name_latin", &person.name_latin)])?;
    let party = party_of(place, Role::Traveller, member).await?;
    let currency = crate::config::currency(&person.currency)?;
    let founder = Founder::resuming(&place.handle);
    let opened = founder.open_wallet(&person.handle, party, currency, person.balance_minor);
    member.wallet = opened.await?.to_string();
    Ok(())
}

async fn shop_of(place: &Place, shop: &market::sample::Shop, member: &mut Member) -> Result<()> {
    let party = party_of(place, Role::Merchant, member).await?;
    invented_account(&shop.handle)?.keep(&place.vault, id_of(place, party).await?)?;
    let prefecture = market::prefectures::by_iso(&shop.prefecture)
        .with_context(|| format!("{} is no prefecture", shop.prefecture))?;
    let category = pay::Category::from_word(&shop.category)
        .with_context(|| format!("{} is no trade", shop.category))?;
    let opened = Shop {
        merchant: &shop.name.en,
        name: &shop.name.ja,
        latin_name: Some(&shop.name.en),
        city: &shop.city.en,
        category,
        prefecture: prefecture.jis.to_string().parse()?,
        currency: Currency::JPY,
        tills: shop.tills,
    };
    let founder = Founder::resuming(&place.handle);
    let (merchant, store) = founder.open_shop(&shop.handle, party, &opened).await?;
    (member.merchant, member.store) = (merchant.to_string(), store.to_string());
    Ok(())
}

/// Under what the vault keeps who a party is.
async fn id_of(place: &Place, party: Ref<Party>) -> Result<u128> {
    let query = economy::Query::PartyOf(kernel::Actor::CELL, party);
    match place.handle.ask(query).await {
        Outcome::Answered { answer: economy::Answer::Party(Some(known)), .. } => Ok(known.id.0),
        other => bail!("the cell '{}' does not answer: {other:?}", place.config.name),
    }
}

/// A bank account that nobody has: most shops at Hida Credit Union, some at Kyoto Shinkin.
fn invented_account(handle: &str) -> Result<BankAccount> {
    let drawn = setup::name_hash(&format!("bank account {handle}"));
    let bank = if drawn.is_multiple_of(3) { "1610" } else { "2476" };
    let number = format!("{:07}", drawn % 10_000_000);
    // Its name in Latin letters is one that a bank can write.
    let holder: String = handle.chars().map(|c| if c == '-' { ' ' } else { c }).collect();
    Ok(BankAccount::try_new(bank, "001", Kind::Ordinary, &number, &holder)?)
}

/// Makes a member's party known and issues the key that was drawn for it.
async fn party_of(place: &Place, role: Role, member: &mut Member) -> Result<Ref<Party>> {
    let founder = Founder::resuming(&place.handle);
    let handle = &member.handle;
    let key: KeyText = member.key.parse().ok().with_context(|| format!("the key of {handle}"))?;
    let party = founder.register_party(handle, party_id(place, handle), role).await?;
    founder.issue_key(handle, &key, party, role).await?;
    member.party = party.to_string();
    Ok(party)
}

/// An id of this minute that is the same when the step is taken again within it, so that the
/// vault's row of an interrupted start is found again by its sweeper at the latest.
fn party_id(place: &Place, handle: &str) -> Id<Party> {
    let minute = server::cells::now().seconds() / 60 * 60;
    let random = setup::name_hash(&format!("{} party {handle}", place.config.name));
    Id::from_parts(Timestamp::from_seconds(minute), random)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_sample_has_shops_of_every_trade_and_of_no_other() {
        let sample = market::sample::load();
        let trades: BTreeSet<_> = sample.shops.iter().map(|shop| shop.category.as_str()).collect();
        assert_eq!(trades, pay::Category::ALL.map(pay::Category::word).into());
    }
}
