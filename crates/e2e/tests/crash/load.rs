//! A client with ordinary keys that tops up, pays, gives back and transfers until the server is
//! gone.

use std::path::Path;
use std::sync::{Arc, Mutex};

use e2e::api::Api;
use e2e::random::Random;
use e2e::served::{Market, Member};
use serde_json::{Value, json};

use super::diary::{Diary, Intent, Promise};

/// What all clients work on.
pub struct Town {
    /// Who lives there.
    pub market: Market,
    /// Two accounts of the operator in `jp`.
    pub accounts: [String; 2],
    /// Payments that may be given back: id and the seller's key.
    pub sales: Mutex<Vec<(String, String)>>,
}

/// One client.
pub struct Client {
    town: Arc<Town>,
    api: Api,
    diary: Diary,
    random: Random,
    name: String,
    asked: u64,
}

impl Client {
    /// A client that writes its diary to `path`. Its requests are named after `name`.
    pub fn new(town: Arc<Town>, address: &str, path: &Path, random: Random, name: String) -> Self {
        let (api, diary) = (Api::new(address), Diary::begin(path));
        Self { town, api, diary, random, name, asked: 0 }
    }

    /// Works until a reply does not come.
    pub fn work(mut self) {
        while self.something().is_ok() {}
    }

    fn something(&mut self) -> anyhow::Result<()> {
        match self.random.below(100) {
            0..15 => self.top_up(),
            15..35 => self.transfer(),
            35..50 => self.pay_here(),
            50..65 => self.give_back(),
            65..82 => self.pay_across(true),
            _ => self.pay_across(false),
        }
    }

    fn ask(&mut self, key: &str, path: &str, body: Value) -> anyhow::Result<Promise> {
        self.asked += 1;
        let once = format!("{}-{}", self.name, self.asked);
        let intent = Intent { key: key.to_owned(), path: path.to_owned(), once, body };
        self.diary.ask(&self.api, &intent)
    }

    fn top_up(&mut self) -> anyhow::Result<()> {
        let town = Arc::clone(&self.town);
        let wallet = &self.random.of(&town.market.visitors).wallet;
        let amount = self.random.between(1, 9_999);
        let reference = format!("BANK-{}-{}", self.name, self.asked);
        let money = json!({ "amount": amount, "currency": "CNY" });
        let body = json!({ "amount": money, "reference": reference });
        let path = format!("/v1/wallets/{wallet}/top-ups");
        self.ask(&town.market.operators[0].key, &path, body).map(drop)
    }

    fn transfer(&mut self) -> anyhow::Result<()> {
        let town = Arc::clone(&self.town);
        let count = self.random.between(1, 40);
        let [debit, credit] = &town.accounts;
        let batch: Vec<Value> = (0..count)
            .map(|_| {
                let amount = self.random.between(1, 999);
                json!({ "debit": debit, "credit": credit, "amount": amount, "code": 7 })
            })
            .collect();
        self.ask(&town.market.operators[1].key, "/v1/transfers", batch.into()).map(drop)
    }

    fn shop(&mut self) -> Member {
        let town = Arc::clone(&self.town);
        self.random.of(&town.market.shops).clone()
    }

    fn yen(&mut self) -> Value {
        json!({ "amount": self.random.between(100, 900), "currency": "JPY" })
    }

    fn pay_here(&mut self) -> anyhow::Result<()> {
        let town = Arc::clone(&self.town);
        let (payer, shop) = (self.random.of(&town.market.residents), self.shop());
        let amount = self.yen();
        let offer = json!({
            "wallet": payer.wallet, "store": shop.store, "amount": amount, "again": true,
        });
        let paid = self.ask(&payer.key, "/v1/payments/here", offer)?;
        self.sold(&paid, &shop);
        Ok(())
    }

    /// A payment across the bridge: of a code that the till shows, or of the store's poster.
    fn pay_across(&mut self, till_asks: bool) -> anyhow::Result<()> {
        let town = Arc::clone(&self.town);
        let (payer, shop) = (self.random.of(&town.market.visitors), self.shop());
        let amount = self.yen();
        let mut offer = json!({ "wallet": payer.wallet });
        if till_asks {
            let body = json!({ "store": shop.store, "amount": amount });
            let asked = self.ask(&shop.key, "/v1/payments", body)?;
            offer["code"] = asked.body["code"].clone();
        } else {
            offer["store"] = shop.store.clone().into();
            offer["amount"] = amount;
        }
        let quote = self.ask(&payer.key, "/v1/quotes", offer)?;
        let Some(id) = quote.body["id"].as_str().filter(|_| quote.is_done()) else {
            return Ok(());
        };
        let path = format!("/v1/quotes/{id}/confirm");
        let paid = self.ask(&payer.key, &path, json!({ "again": true }))?;
        self.sold(&paid, &shop);
        Ok(())
    }

    fn sold(&self, paid: &Promise, shop: &Member) {
        if let Some(id) = paid.body["id"].as_str().filter(|_| paid.is_done()) {
            self.town.sales.lock().unwrap().push((id.to_owned(), shop.key.clone()));
        }
    }

    fn give_back(&mut self) -> anyhow::Result<()> {
        let sale = {
            let sales = self.town.sales.lock().unwrap();
            if sales.is_empty() {
                return Ok(());
            }
            sales[self.random.below(sales.len() as u64) as usize].clone()
        };
        let (id, key) = sale;
        let part = json!({ "amount": self.random.between(1, 300), "currency": "JPY" });
        self.ask(&key, &format!("/v1/payments/{id}/refunds"), json!({ "amount": part })).map(drop)
    }
}
