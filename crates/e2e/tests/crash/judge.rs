//! Holds the server to what it promised: everything that was acknowledged is there, nothing is
//! there twice, and the balances are those that the promises add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::api::{Api, Reply};
use e2e::random::Random;
use e2e::served::Member;
use serde_json::Value;

use super::diary::{self, Intent, Promise};
use super::load::Town;

/// All that was promised so far.
#[derive(Default)]
pub struct Promises {
    /// What wallets and merchants held at the beginning, by id.
    opening: BTreeMap<String, i64>,
    /// What the bank brought, by wallet.
    topped_up: BTreeMap<String, i64>,
    /// Payments by id.
    sales: BTreeMap<String, Sale>,
    /// How often and how much was transferred between the operator's accounts.
    transferred: (u64, i64),
    /// The furthest position that a reply rested on, by cell.
    furthest: BTreeMap<String, u64>,
    /// Intents and replies seen.
    pub counted: (u64, u64),
}

/// What was promised of a payment.
#[derive(Clone, Debug, Default)]
struct Sale {
    /// Who pays, where this is known, and who is paid.
    wallet: String,
    store: String,
    /// Whether a reply said that the seller has it, or that it was declined.
    ended: Option<bool>,
    /// What replies said was given back, and the fee's share in it.
    refunded: i64,
    fee_back: i64,
    /// As it was read last: what left the wallet, came to the merchant, was the fee.
    paid: i64,
    earned: i64,
}

impl Promises {
    /// Looks at the town before anything happens.
    pub fn begin(town: &Town, api: &Api) -> Self {
        let mut promises = Self::default();
        for (member, path) in holders(town) {
            let found = balance(&read(api, &member.key, &path));
            promises.opening.insert(path, found);
        }
        promises
    }

    /// Asserts that an audit of the dead folder got as far as was acknowledged.
    pub fn reach(&self, report: &Value) {
        for cell in report["cells"].as_array().unwrap() {
            let name = cell["name"].as_str().unwrap();
            let furthest = self.furthest.get(name).copied().unwrap_or(0);
            let position = cell["position"].as_u64().unwrap();
            assert!(position >= furthest, "{name} ends at {position}, {furthest} was acknowledged");
        }
    }

    /// Notes how far replies of a round rested, before the audit.
    pub fn note_positions(&mut self, diaries: &[impl AsRef<Path>]) {
        for (_, promise) in diaries.iter().flat_map(|path| diary::read(path.as_ref())) {
            if let Some((cell, position)) = promise.and_then(|promise| promise.position) {
                let furthest = self.furthest.entry(cell).or_default();
                *furthest = position.max(*furthest);
            }
        }
    }

    /// Takes the diaries of a round: asks again, under the same names, what nobody knows, and a
    /// part of what is known, and notes what all of it promised. Then looks whether it is so.
    pub fn take(
        &mut self,
        town: &Town,
        api: &Api,
        diaries: &[impl AsRef<Path>],
        random: &mut Random,
    ) {
        let mut touched = BTreeSet::new();
        for path in diaries {
            for (intent, promise) in diary::read(path.as_ref()) {
                self.counted.0 += 1;
                let promise = match promise.filter(Promise::is_certain) {
                    Some(promise) => {
                        self.counted.1 += 1;
                        if promise.is_done() && random.below(4) == 0 {
                            once_more(api, &intent, &promise);
                        }
                        promise
                    }
                    None => settle(api, &intent),
                };
                if promise.is_done() {
                    touched.extend(self.note(&intent, &promise));
                }
            }
        }
        let known: Vec<String> = self.sales.keys().cloned().collect();
        if !known.is_empty() {
            touched.extend((0..20).map(|_| random.of(&known).clone()));
        }
        quiet(town, api);
        touched.iter().for_each(|id| self.check_sale(town, api, id));
        self.check_balances(town, api);
    }

    /// What a reply promised; the payment that it is about.
    fn note(&mut self, intent: &Intent, promise: &Promise) -> Option<String> {
        let (path, body) = (intent.path.as_str(), &promise.body);
        let number = |value: &Value| value.as_i64().unwrap();
        if path.ends_with("/top-ups") {
            let wallet = path.trim_end_matches("/top-ups").to_owned();
            *self.topped_up.entry(wallet).or_default() += number(&intent.body["amount"]["amount"]);
        } else if path == "/v1/transfers" {
            let batch = intent.body.as_array().unwrap();
            assert_eq!(body["made"], batch.len(), "{body}");
            self.transferred.0 += batch.len() as u64;
            self.transferred.1 += batch.iter().map(|it| number(&it["amount"])).sum::<i64>();
        } else if path.ends_with("/refunds") {
            let id = body["payment"]["id"].as_str().unwrap();
            let sale = self.sales.entry(id.to_owned()).or_default();
            sale.refunded += number(&body["amount"]["amount"]);
            sale.fee_back += number(&body["fee"]["amount"]);
            return Some(id.to_owned());
        } else if path.ends_with("/confirm") || path.ends_with("/here") {
            let id = body["id"].as_str().unwrap();
            let sale = self.sales.entry(id.to_owned()).or_default();
            sale.wallet = body["wallet"].as_str().unwrap().to_owned();
            sale.store = body["store"].as_str().unwrap().to_owned();
            sale.ended = match body["status"].as_str().unwrap() {
                "confirmed" => sale.ended,
                "declined" => Some(false),
                _ => Some(true),
            };
            return Some(id.to_owned());
        }
        None
    }

    /// Both sides tell the same of a payment, and what replies said of it.
    fn check_sale(&mut self, town: &Town, api: &Api, id: &str) {
        let sale = self.sales.get_mut(id).unwrap();
        let people = town.market.visitors.iter().chain(&town.market.residents);
        let payer = people.clone().find(|member| member.wallet == sale.wallet).unwrap();
        let shop = town.market.shops.iter().find(|shop| shop.store == sale.store).unwrap();
        let path = format!("/v1/payments/{id}");
        let left = read(api, &payer.key, &path);
        let status = left["status"].as_str().unwrap();
        let has_ended = ["captured", "partly_refunded", "refunded"].contains(&status);
        assert!(has_ended || status == "declined", "{id} never ends: {left}");
        assert!(sale.ended.is_none_or(|ended| ended == has_ended), "{sale:?} is {left}");
        let number = |of: &Value, part: &str| of[part]["amount"].as_i64().unwrap();
        assert_eq!(number(&left, "refunded"), sale.refunded, "{sale:?} is {left}");
        if !has_ended {
            assert_eq!(sale.refunded, 0);
            return;
        }
        let right = read(api, &shop.key, &path);
        for part in ["status", "amount", "captured", "refunded", "store"] {
            assert_eq!(left[part], right[part], "{left} and {right}");
        }
        sale.paid = number(&left["price"], "total") - number(&left["price"], "returned");
        sale.earned = number(&right, "captured")
            - number(&right, "merchant_fee")
            - (sale.refunded - sale.fee_back);
    }

    /// Every wallet, every merchant and the operator's accounts hold what the promises add up to.
    fn check_balances(&self, town: &Town, api: &Api) {
        let mut due = self.opening.clone();
        for (wallet, amount) in &self.topped_up {
            *due.get_mut(wallet).unwrap() += amount;
        }
        for sale in self.sales.values() {
            let shop = town.market.shops.iter().find(|shop| shop.store == sale.store).unwrap();
            *due.get_mut(&format!("/v1/wallets/{}", sale.wallet)).unwrap() -= sale.paid;
            *due.get_mut(&format!("/v1/merchants/{}", shop.merchant)).unwrap() += sale.earned;
        }
        for (member, path) in holders(town) {
            let found = read(api, &member.key, &path);
            assert_eq!(balance(&found), due[&path], "{path}: {found}");
            assert!(found["held"].is_null() || found["held"]["amount"] == 0, "{path}: {found}");
        }
        let sides = [("debits_posted", 0), ("credits_posted", 1)];
        for (side, at) in sides {
            let path = format!("/v1/accounts/{}", town.accounts[at]);
            let account = read(api, &town.market.operators[1].key, &path);
            assert_eq!(account[side]["amount"], self.transferred.1, "{account}");
        }
    }

    /// What it comes to, for the log.
    pub fn summary(&self) -> String {
        let (asked, told) = self.counted;
        let refunded = self.sales.values().filter(|sale| sale.refunded > 0).count();
        format!(
            "{asked} asked, {told} told at once; {} payments, {refunded} of them given back in \
             part, {} transfers, {} wallets topped up",
            self.sales.len(),
            self.transferred.0,
            self.topped_up.len(),
        )
    }
}

/// Everybody with a balance: who may look, and where.
fn holders(town: &Town) -> Vec<(&Member, String)> {
    let people = town.market.visitors.iter().chain(&town.market.residents);
    let people = people.map(|member| (member, format!("/v1/wallets/{}", member.wallet)));
    let shops = town.market.shops.iter();
    people.chain(shops.map(|shop| (shop, format!("/v1/merchants/{}", shop.merchant)))).collect()
}

fn balance(holder: &Value) -> i64 {
    holder["balance"]["amount"].as_i64().unwrap_or_else(|| panic!("no balance: {holder}"))
}

fn read(api: &Api, key: &str, path: &str) -> Value {
    let reply = api.get(key, path).unwrap();
    assert!(reply.is_done(), "{path}: {reply:?}");
    reply.body
}

/// Asks until it is certain what became of an intent.
fn settle(api: &Api, intent: &Intent) -> Promise {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let promise = Promise::from(intent.send(api).unwrap());
        if promise.is_certain() {
            return promise;
        }
        assert!(Instant::now() < until, "never certain: {intent:?}, {promise:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What was promised is promised again, and done no second time: the balances would tell.
fn once_more(api: &Api, intent: &Intent, promise: &Promise) {
    let again: Reply = intent.send(api).unwrap();
    assert!(again.is_done() && again.repeated, "{intent:?}: {promise:?}, then {again:?}");
    for part in ["id", "made", "count"] {
        assert_eq!(again.body[part], promise.body[part], "{intent:?}: then {again:?}");
    }
}

/// Waits until nothing is under way between the cells.
fn quiet(town: &Town, api: &Api) {
    let until = Instant::now() + Duration::from_secs(30);
    let link = |at: usize| {
        let links = read(api, &town.market.operators[at].key, "/v1/links");
        let number = |part: &str| links["links"][0][part].as_u64().unwrap();
        assert!(links["links"][0]["frozen"].is_null(), "{links}");
        (number("in_flight"), number("sent"), number("received"))
    };
    loop {
        let (cn, jp) = (link(0), link(1));
        if cn.0 == 0 && jp.0 == 0 && cn.1 == jp.2 && jp.1 == cn.2 {
            return;
        }
        assert!(Instant::now() < until, "never quiet: {cn:?} {jp:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
