//! What the shops of a cell sold over months, beside the same months a year before.

use std::collections::BTreeMap;

use kernel::Currency;
use pay::Category;
use views::{Month, Sold, Sum, Views, ViewsError, WalletOf};

use super::growth::{Change, NoGrowth, Past, a_year_before};
use crate::board::figures::Of;

/// Which sales are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The first and the last month.
    pub months: (Month, Month),
    /// Of one prefecture alone, by its number (JIS X 0401).
    pub prefecture: Option<u8>,
    /// Of one trade alone.
    pub category: Option<Category>,
    /// Of one kind of wallets alone, by the key of the API.
    pub wallet: Option<String>,
}

/// These months, and the same a year before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// These months.
    pub now: Sum,
    /// A year before.
    pub before: Sum,
}

/// By what sales over months are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The month.
    Month,
    /// The store's prefecture.
    Prefecture,
    /// The store's trade.
    Category,
    /// Whose wallets paid.
    Wallet,
}

impl By {
    /// The word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Prefecture => "prefecture",
            Self::Category => "category",
            Self::Wallet => "wallet",
        }
    }
}

/// Sales over months in one currency. Each breakdown adds up to `all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sales {
    /// What shops are paid in.
    pub currency: Currency,
    /// Which months.
    pub months: (Month, Month),
    /// What growth may be told of.
    pub past: Past,
    /// Everything.
    pub all: Pair,
    /// Every month of them, also those without any.
    pub by_month: BTreeMap<Month, Pair>,
    /// The month before the first, for growth from month to month.
    pub month_before: Sum,
    /// By the number of the prefecture (JIS X 0401); 0 outside Japan.
    pub by_prefecture: BTreeMap<u8, Pair>,
    /// By trade.
    pub by_category: BTreeMap<Category, Pair>,
    /// By who paid.
    pub by_wallet: BTreeMap<WalletOf, Pair>,
    /// How many people with wallets of this cell paid, in these months and a year before. Of who
    /// pays over a bridge nobody here can tell.
    pub customers: (u64, u64),
}

impl Sales {
    /// Nothing sold.
    pub fn none(currency: Currency, months: (Month, Month), past: Past) -> Self {
        let each = (months.0.0..=months.1.0).map(|month| (Month(month), Pair::default()));
        Self {
            currency,
            months,
            past,
            all: Pair::default(),
            by_month: each.collect(),
            month_before: Sum::default(),
            by_prefecture: BTreeMap::new(),
            by_category: BTreeMap::new(),
            by_wallet: BTreeMap::new(),
            customers: (0, 0),
        }
    }

    /// What a sum grew by against the same months a year before.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn grown(&self, of: fn(&Sum) -> i64, pair: &Pair) -> Result<Change, NoGrowth> {
        self.past.in_a_year(self.months, of(&pair.now), of(&pair.before))
    }

    /// The same of one month.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn month_grown(&self, of: fn(&Sum) -> i64, month: Month) -> Result<Change, NoGrowth> {
        let pair = self.by_month.get(&month).copied().unwrap_or_default();
        self.past.in_a_year((month, month), of(&pair.now), of(&pair.before))
    }

    /// What one month grew by against the month before it.
    ///
    /// # Errors
    /// Why that can't be told.
    pub fn from_month_to_month(
        &self,
        of: fn(&Sum) -> i64,
        month: Month,
    ) -> Result<Change, NoGrowth> {
        let before = month.minus(1);
        let at = |month: Month| match self.by_month.get(&month) {
            Some(pair) => of(&pair.now),
            None => of(&self.month_before),
        };
        self.past.grown((at(month), (month, month)), (at(before), (before, before)))
    }

    /// In how many of the 47 prefectures was paid, in these months and a year before.
    pub fn coverage(&self) -> (u64, u64) {
        let count = |of: fn(&Pair) -> u64| {
            let sold = |(code, pair): &(&u8, &Pair)| (1..=47).contains(*code) && of(pair) > 0;
            self.by_prefecture.iter().filter(sold).count() as u64
        };
        (count(|pair| pair.now.payments), count(|pair| pair.before.payments))
    }

    /// The lines of a breakdown, in order of their key.
    pub fn lines(&self, by: By) -> Vec<(String, Pair)> {
        let each = |of: Of, pair: &Pair| (of.key(), *pair);
        match by {
            By::Month => {
                self.by_month.iter().map(|(month, pair)| (month.to_string(), *pair)).collect()
            }
            By::Prefecture => {
                let of = self.by_prefecture.iter();
                of.map(|(code, pair)| each(Of::Prefecture(*code), pair)).collect()
            }
            By::Category => {
                let of = self.by_category.iter();
                of.map(|(category, pair)| each(Of::Category(*category), pair)).collect()
            }
            By::Wallet => {
                let of = self.by_wallet.iter();
                of.map(|(wallet, pair)| each(Of::Wallet(wallet.clone()), pair)).collect()
            }
        }
    }

    fn add(&mut self, sold: &Sold, now: bool) {
        let month = if now { sold.month } else { sold.month.plus(12) };
        let add = |pair: &mut Pair| {
            *(if now { &mut pair.now } else { &mut pair.before }) += sold.sum;
        };
        add(&mut self.all);
        add(self.by_month.entry(month).or_default());
        add(self.by_prefecture.entry(sold.prefecture).or_default());
        add(self.by_category.entry(sold.category).or_default());
        add(self.by_wallet.entry(sold.wallet.clone()).or_default());
    }
}

impl Asked {
    /// All sales of some months.
    pub fn all(months: (Month, Month)) -> Self {
        Self { months, prefecture: None, category: None, wallet: None }
    }

    fn takes(&self, sold: &Sold) -> bool {
        self.prefecture.is_none_or(|it| it == sold.prefecture)
            && self.category.is_none_or(|it| it == sold.category)
            && self.wallet.as_ref().is_none_or(|key| *key == Of::Wallet(sold.wallet.clone()).key())
    }
}

/// Reads the sales of a cell, one for each currency that has any, in order of its code.
///
/// # Errors
/// When the views can't be read.
pub fn read(views: &Views, asked: &Asked, past: Past) -> Result<Vec<Sales>, ViewsError> {
    let mut found: BTreeMap<&'static str, Sales> = BTreeMap::new();
    let base = a_year_before(asked.months);
    for (months, now) in [(asked.months, true), (base, false)] {
        for sold in views.sold(months)?.into_iter().filter(|sold| asked.takes(sold)) {
            let none = || Sales::none(sold.currency, asked.months, past);
            found.entry(sold.currency.code()).or_insert_with(none).add(&sold, now);
        }
    }
    let before = asked.months.0.minus(1);
    for sold in views.sold((before, before))?.into_iter().filter(|sold| asked.takes(sold)) {
        if let Some(of) = found.get_mut(sold.currency.code()) {
            of.month_before += sold.sum;
        }
    }
    let people = |months| views.customers(months, asked.prefecture, asked.category);
    let customers = (people(asked.months)?, people(base)?);
    let mut found: Vec<Sales> = found.into_values().collect();
    for sales in &mut found {
        // Wallets of this cell pay in the store's currency alone: people are counted there.
        let here = sales.by_wallet.keys().any(|wallet| matches!(wallet, WalletOf::Here(_)));
        if here {
            sales.customers = customers;
        }
    }
    Ok(found)
}

/// The key of wallets, as the API has it.
pub fn key(wallet: &WalletOf) -> String {
    Of::Wallet(wallet.clone()).key()
}
