//! Rows of the market: parties, wallets, merchants, stores, tills, rates, top-ups.

use kernel::{Currency, Fault};
use pay::event::*;
use rusqlite::params;

use super::{Done, Projector, Record, blob, int};
use crate::memory::{Merchant, Store, Wallet};
use crate::project::trail::Note;

/// The word of a role.
pub(super) const fn role(role: kernel::Role) -> &'static str {
    match role {
        kernel::Role::Cell => "cell",
        kernel::Role::Traveller => "traveller",
        kernel::Role::Merchant => "merchant",
        kernel::Role::Operator => "operator",
        kernel::Role::Partner => "partner",
        kernel::Role::Host => "host",
        kernel::Role::Staff => "staff",
    }
}

impl Projector<'_> {
    pub(super) fn rates_published(&mut self, record: &mut Record, fact: &RatesPublished) -> Done {
        let next = "SELECT coalesce(max(lot) + 1, 0) FROM rate";
        let lot: i64 = self.sql.query_row(next, [], |row| row.get(0))?;
        let mut put = self.sql.prepare_cached("INSERT INTO rate VALUES (?, ?, ?, ?, ?, ?)")?;
        for (currency, rate) in &fact.rates {
            let (numeric, digits) = (currency.numeric(), int(rate.digits));
            put.execute(params![lot, fact.date, fact.source, numeric, digits, rate.scale])?;
        }
        self.note(record, Note { detail: Some(&fact.source), ..Note::new("rates_published") })
    }

    pub(super) fn rules_set(&mut self, record: &mut Record, fact: &RulesSet) -> Done {
        let minutes = fact.rules.utc_offset_min;
        self.memory.set_offset(fact.from, minutes);
        let mut put = self.sql.prepare_cached("INSERT OR REPLACE INTO utc_offset VALUES (?, ?)")?;
        put.execute(params![int(fact.from.0), minutes])?;
        self.note(record, Note::new("rules_set"))
    }

    pub(super) fn party_registered(&mut self, record: &mut Record, fact: &PartyRegistered) -> Done {
        let mut put =
            self.sql.prepare_cached("INSERT INTO party VALUES (?, ?, ?, ?, ?, NULL, NULL)")?;
        put.execute(params![
            fact.party.number,
            fact.party.to_string(),
            role(fact.role),
            blob(fact.id),
            int(record.now.0),
        ])?;
        self.note(record, Note::new("party_registered"))
    }

    pub(super) fn forget_asked(&mut self, record: &mut Record, fact: &ForgetAsked) -> Done {
        let party = self.set_party("asked_us", record, fact.party)?;
        self.note(record, Note { detail: Some(&party), ..Note::new("forget_asked") })
    }

    pub(super) fn party_forgotten(&mut self, record: &mut Record, fact: &PartyForgotten) -> Done {
        let party = self.set_party("forgotten_us", record, fact.party)?;
        self.note(record, Note { detail: Some(&party), ..Note::new("party_forgotten") })
    }

    /// Sets a column of a party to the time of the record; its reference.
    fn set_party(
        &self,
        column: &str,
        record: &Record,
        number: u32,
    ) -> Result<String, super::ProjectError> {
        let sql = format!("UPDATE party SET {column} = ? WHERE number = ? RETURNING reference");
        let mut set = self.sql.prepare_cached(&sql)?;
        Ok(set.query_row(params![int(record.now.0), number], |row| row.get(0))?)
    }

    fn account_currency(&self, account: u32) -> Result<Currency, super::ProjectError> {
        let known = self.memory.account(account);
        Ok(known.ok_or(Fault("a fact names an account that is not there"))?.currency)
    }

    pub(super) fn wallet_opened(&mut self, record: &mut Record, fact: &WalletOpened) -> Done {
        let account = fact.wallet.number;
        let mut put = self.sql.prepare_cached("INSERT INTO wallet VALUES (?, ?, ?, ?, ?, ?)")?;
        put.execute(params![
            fact.entry,
            fact.wallet.to_string(),
            account,
            fact.party,
            self.account_currency(account)?.numeric(),
            int(record.now.0),
        ])?;
        self.memory.wallets.push(Wallet { account, party: fact.party });
        self.note(record, Note { wallet: Some(fact.entry), ..Note::new("wallet_opened") })
    }

    pub(super) fn wallet_topped_up(&mut self, record: &mut Record, fact: &WalletToppedUp) -> Done {
        let currency = self.account_currency(fact.account)?;
        let entry = self.memory.account(fact.account).map(|account| account.entity);
        let note = Note {
            wallet: entry,
            amount: Some((fact.amount, currency)),
            statement: "topped_up",
            ..Note::new("wallet_topped_up")
        };
        self.note(record, note)
    }

    pub(super) fn nostro_topped_up(&mut self, record: &mut Record, fact: &NostroToppedUp) -> Done {
        let nostro = self.memory.links.get(usize::from(fact.link)).and_then(|link| link.nostro);
        let account = nostro.ok_or(Fault("a nostro was topped up that is not there"))?;
        let amount = Some((fact.amount, self.account_currency(account)?));
        self.note(record, Note { amount, ..Note::new("nostro_topped_up") })
    }

    pub(super) fn mirror_raised(&mut self, record: &mut Record, fact: &MirrorRaised) -> Done {
        let amount = self.currency_over(fact.link).ok().map(|currency| (fact.amount, currency));
        self.note(record, Note { amount, ..Note::new("mirror_raised") })
    }

    pub(super) fn merchant_registered(
        &mut self,
        record: &mut Record,
        fact: &MerchantRegistered,
    ) -> Done {
        let account = fact.merchant.number;
        let mut put =
            self.sql.prepare_cached("INSERT INTO merchant VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        put.execute(params![
            fact.entry,
            fact.merchant.to_string(),
            account,
            fact.party,
            fact.name,
            fact.currency.numeric(),
            int(record.now.0),
        ])?;
        self.memory.merchants.push(Merchant { party: fact.party, currency: fact.currency });
        self.note(record, Note { merchant: Some(fact.entry), ..Note::new("merchant_registered") })
    }

    pub(super) fn store_opened(&mut self, record: &mut Record, fact: &StoreOpened) -> Done {
        let mut put =
            self.sql.prepare_cached("INSERT INTO store VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)")?;
        put.execute(params![
            fact.store.number,
            fact.store.to_string(),
            fact.merchant,
            fact.name,
            fact.latin_name,
            fact.city,
            fact.category.word(),
            fact.prefecture,
        ])?;
        self.memory.stores.push(Store {
            merchant: fact.merchant,
            prefecture: fact.prefecture,
            category: fact.category,
        });
        self.note(record, Note { store: Some(fact.store.number), ..Note::new("store_opened") })
    }

    pub(super) fn store_open_set(&mut self, record: &mut Record, fact: &StoreOpenSet) -> Done {
        let mut set = self.sql.prepare_cached("UPDATE store SET open = ? WHERE number = ?")?;
        set.execute(params![fact.open, fact.store])?;
        let kind = if fact.open { "store_resumed" } else { "store_paused" };
        self.note(record, Note { store: Some(fact.store), ..Note::new(kind) })
    }

    pub(super) fn till_added(&mut self, record: &mut Record, fact: &TillAdded) -> Done {
        let mut put = self.sql.prepare_cached("INSERT INTO till VALUES (?, ?, ?, ?)")?;
        put.execute(params![fact.till.number, fact.till.to_string(), fact.store, fact.name])?;
        self.note(record, Note { store: Some(fact.store), ..Note::new("till_added") })
    }
}
