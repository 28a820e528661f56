//! Who and what there is in the market.

use kernel::id::{Merchant, Party, Store, Till, Wallet};
use kernel::{Currency, Id, Ref, Timestamp};
use pay::Category;
use rusqlite::{Params, Row};

use super::{id, parsed, time, time_maybe, worded};
use crate::memory::currency;
use crate::{Views, ViewsError};

/// A person or business. Its name is in the vault, under `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRow {
    /// Its reference.
    pub reference: Ref<Party>,
    /// The word of its role.
    pub role: String,
    /// The id that created it.
    pub id: Id<Party>,
    /// When it became known.
    pub since: Timestamp,
    /// When it was asked to be forgotten.
    pub asked: Option<Timestamp>,
    /// Since when nothing of it can be read.
    pub forgotten: Option<Timestamp>,
}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletRow {
    /// Its reference.
    pub reference: Ref<Wallet>,
    /// Whose it is.
    pub party: Ref<Party>,
    /// What it holds.
    pub currency: Currency,
    /// Posted in it, in minor units; what is held is still in it.
    pub balance: i64,
    /// When it was opened.
    pub since: Timestamp,
}

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantRow {
    /// Its reference.
    pub reference: Ref<Merchant>,
    /// Whose it is.
    pub party: Ref<Party>,
    /// Its public name.
    pub name: String,
    /// What it is paid in.
    pub currency: Currency,
    /// Owed to it, in minor units.
    pub balance: i64,
    /// When it was registered.
    pub since: Timestamp,
}

/// A store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRow {
    /// Its reference.
    pub reference: Ref<Store>,
    /// Whose it is.
    pub merchant: Ref<Merchant>,
    /// The name of its merchant.
    pub merchant_name: String,
    /// The party of its merchant, by number.
    pub party: u32,
    /// What it is paid in.
    pub currency: Currency,
    /// Its name, in its own language.
    pub name: String,
    /// The name in Latin letters.
    pub latin_name: Option<String>,
    /// Its city, in Latin letters.
    pub city: String,
    /// Its trade.
    pub category: Category,
    /// Its prefecture (JIS X 0401); 0 outside Japan.
    pub prefecture: u8,
    /// Whether it takes payments.
    pub open: bool,
}

/// A till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillRow {
    /// Its reference.
    pub reference: Ref<Till>,
    /// Where it stands.
    pub store: Ref<Store>,
    /// What the shop calls it.
    pub name: String,
}

const STORE: &str = "SELECT s.reference, m.reference, m.name, m.party, m.currency, s.name, \
    s.latin_name, s.city, s.category, s.prefecture, s.open FROM store s \
    JOIN merchant m ON m.entry = s.merchant";
const WALLET: &str = "SELECT w.reference, p.reference, w.currency, a.balance, w.since_us \
    FROM wallet w JOIN party p ON p.number = w.party JOIN account a ON a.number = w.account";
const MERCHANT: &str = "SELECT m.reference, p.reference, m.name, m.currency, a.balance, \
    m.since_us FROM merchant m JOIN party p ON p.number = m.party \
    JOIN account a ON a.number = m.account";
const TILL: &str = "SELECT t.reference, s.reference, t.name FROM till t \
    JOIN store s ON s.number = t.store";
const PARTY: &str = "SELECT reference, role, id, since_us, asked_us, forgotten_us FROM party";

impl Views {
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ViewsError> {
        self.ask(|connection| connection.prepare_cached(sql)?.query_map(params, read)?.collect())
    }

    /// All stores, in order of opening.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn stores(&self) -> Result<Vec<StoreRow>, ViewsError> {
        self.all(&format!("{STORE} ORDER BY s.number"), [], store)
    }

    /// The stores of a merchant.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn stores_of(&self, merchant: Ref<Merchant>) -> Result<Vec<StoreRow>, ViewsError> {
        let sql = format!("{STORE} WHERE m.reference = ? ORDER BY s.number");
        self.all(&sql, [merchant.to_string()], store)
    }

    /// A store by its reference.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn store(&self, reference: Ref<Store>) -> Result<Option<StoreRow>, ViewsError> {
        let sql = format!("{STORE} WHERE s.number = ? AND s.reference = ?");
        let wanted = (reference.number, reference.to_string());
        Ok(self.all(&sql, wanted, store)?.pop())
    }

    /// The tills of a store.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn tills_of(&self, store: Ref<Store>) -> Result<Vec<TillRow>, ViewsError> {
        let sql = format!("{TILL} WHERE s.number = ? AND s.reference = ? ORDER BY t.number");
        self.all(&sql, (store.number, store.to_string()), till)
    }

    /// A till by its reference.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn till(&self, reference: Ref<Till>) -> Result<Option<TillRow>, ViewsError> {
        let sql = format!("{TILL} WHERE t.number = ? AND t.reference = ?");
        let wanted = (reference.number, reference.to_string());
        Ok(self.all(&sql, wanted, till)?.pop())
    }

    /// All merchants, in order of registering.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn merchants(&self) -> Result<Vec<MerchantRow>, ViewsError> {
        self.all(&format!("{MERCHANT} ORDER BY m.entry"), [], merchant)
    }

    /// The merchants of a party, by its number.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn merchants_of(&self, party: u32) -> Result<Vec<MerchantRow>, ViewsError> {
        self.all(&format!("{MERCHANT} WHERE m.party = ? ORDER BY m.entry"), [party], merchant)
    }

    /// The wallets of a party, by its number.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn wallets_of(&self, party: u32) -> Result<Vec<WalletRow>, ViewsError> {
        self.all(&format!("{WALLET} WHERE w.party = ? ORDER BY w.entry"), [party], wallet)
    }

    /// A wallet by its reference.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn wallet(&self, reference: Ref<Wallet>) -> Result<Option<WalletRow>, ViewsError> {
        let sql = format!("{WALLET} WHERE w.account = ? AND w.reference = ?");
        let wanted = (reference.number, reference.to_string());
        Ok(self.all(&sql, wanted, wallet)?.pop())
    }

    /// A party by its number.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn party(&self, number: u32) -> Result<Option<PartyRow>, ViewsError> {
        Ok(self.all(&format!("{PARTY} WHERE number = ?"), [number], party)?.pop())
    }

    /// Parties in order of registering, from behind number `after` on; `limit` is at most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn parties(&self, after: u32, limit: usize) -> Result<Vec<PartyRow>, ViewsError> {
        let sql = format!("{PARTY} WHERE number > ? ORDER BY number LIMIT ?");
        self.all(&sql, (after, super::limited(limit)), party)
    }
}

fn store(row: &Row<'_>) -> rusqlite::Result<StoreRow> {
    Ok(StoreRow {
        reference: parsed(row, 0)?,
        merchant: parsed(row, 1)?,
        merchant_name: row.get(2)?,
        party: row.get(3)?,
        currency: currency(row, 4)?,
        name: row.get(5)?,
        latin_name: row.get(6)?,
        city: row.get(7)?,
        category: worded(row, 8, Category::from_word)?,
        prefecture: row.get(9)?,
        open: row.get(10)?,
    })
}

fn till(row: &Row<'_>) -> rusqlite::Result<TillRow> {
    Ok(TillRow { reference: parsed(row, 0)?, store: parsed(row, 1)?, name: row.get(2)? })
}

fn merchant(row: &Row<'_>) -> rusqlite::Result<MerchantRow> {
    Ok(MerchantRow {
        reference: parsed(row, 0)?,
        party: parsed(row, 1)?,
        name: row.get(2)?,
        currency: currency(row, 3)?,
        balance: row.get(4)?,
        since: time(row, 5)?,
    })
}

fn wallet(row: &Row<'_>) -> rusqlite::Result<WalletRow> {
    Ok(WalletRow {
        reference: parsed(row, 0)?,
        party: parsed(row, 1)?,
        currency: currency(row, 2)?,
        balance: row.get(3)?,
        since: time(row, 4)?,
    })
}

fn party(row: &Row<'_>) -> rusqlite::Result<PartyRow> {
    Ok(PartyRow {
        reference: parsed(row, 0)?,
        role: row.get(1)?,
        id: id(row, 2)?,
        since: time(row, 3)?,
        asked: time_maybe(row, 4)?,
        forgotten: time_maybe(row, 5)?,
    })
}
