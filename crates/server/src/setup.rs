//! Builds a market through ordinary commands: what a demo, a test or an operator's first script
//! does. Each step may be done again; what is there already is left as it is.

use cell::{Handle, Outcome};
use economy::{Command, IssueKey, Refusal, Reply, Request};
use kernel::id::{Merchant, Party, Store, Wallet};
use kernel::{Actor, Currency, Decimal, Id, Ref, Role, Span, Timestamp};
use pay::command::{
    OpenBook, OpenLink, OpenStore, OpenWallet, PublishRates, RegisterMerchant, RegisterParty,
    SetFees, SetNostroWarning, SetRules, TopUpNostro, TopUpWallet,
};
use pay::{Category, Fees, Rules};

use crate::auth::KeyText;
use crate::cells::fresh;

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The cell refused it.
    #[error("cell {cell}: {refusal}")]
    Refused {
        /// The cell's name.
        cell: String,
        /// Its words.
        refusal: Refusal,
    },
    /// The cell does not answer.
    #[error("cell {0} does not answer; try again")]
    NoAnswer(String),
    /// A rate that can't be read.
    #[error("the rate of {0} can't be read")]
    BadRate(String),
}

/// Asks a cell for a command in the name of the cell itself.
///
/// # Errors
/// [`SetupError`].
pub async fn submit(cell: &Handle, command: impl Into<Command>) -> Result<Reply, SetupError> {
    let request = Request { actor: Actor::CELL, fingerprint: None, command: command.into() };
    let name = || cell.info().name.clone();
    match cell.submit(request).await {
        Outcome::Done { reply, .. } | Outcome::Repeated { reply, .. } => Ok(reply),
        Outcome::Refused { refusal, .. } => Err(SetupError::Refused { cell: name(), refusal }),
        _ => Err(SetupError::NoAnswer(name())),
    }
}

async fn pay(cell: &Handle, command: impl Into<pay::Command>) -> Result<pay::Reply, SetupError> {
    match submit(cell, command.into()).await? {
        Reply::Pay(reply) => Ok(reply),
        _ => Err(SetupError::NoAnswer(cell.info().name.clone())),
    }
}

/// Done, or done before.
async fn once(cell: &Handle, command: impl Into<pay::Command>) -> Result<(), SetupError> {
    match pay(cell, command).await {
        Err(SetupError::Refused {
            refusal:
                Refusal::Pay(pay::Refusal::AlreadyDone { .. } | pay::Refusal::ReferenceAlreadyUsed),
            ..
        }) => Ok(()),
        other => other.map(drop),
    }
}

/// Opens the cell's books.
///
/// # Errors
/// [`SetupError`].
pub async fn open_books(cell: &Handle, currencies: &[Currency]) -> Result<(), SetupError> {
    for currency in currencies {
        once(cell, OpenBook { currency: *currency }).await?;
    }
    Ok(())
}

/// Links a payer's cell and a seller's cell: the payer's side keeps `sold` with the seller's.
/// Both must have a book in it.
///
/// # Errors
/// [`SetupError`].
pub async fn link(payer: &Handle, seller: &Handle, sold: Currency) -> Result<(), SetupError> {
    let open = |peer: &Handle, nostro, mirror| OpenLink {
        peer: peer.info().number,
        name: peer.info().name.clone(),
        nostro,
        mirror,
        max_unanswered: 10_000,
        max_age: Span::seconds(30),
    };
    once(payer, open(seller, None, Some(sold))).await?;
    once(seller, open(payer, Some(sold), None)).await
}

/// Puts the reference rates of a day in force.
///
/// # Errors
/// [`SetupError`].
pub async fn publish_rates(cell: &Handle, day: &market::rates::Day) -> Result<(), SetupError> {
    let rates = day.per_euro.iter().filter_map(|(code, rate)| {
        // A currency that ISO 4217 has struck may still stand in an old file.
        let currency: Currency = code.parse().ok()?;
        let decimal: Result<Decimal, _> = rate.to_string().parse();
        Some(decimal.map(|rate| (currency, rate)).map_err(|_| SetupError::BadRate(code.clone())))
    });
    let mut rates = rates.collect::<Result<Vec<_>, _>>()?;
    let one = Decimal { digits: 1, scale: 0 };
    if !rates.iter().any(|(currency, _)| *currency == Currency::EUR) {
        rates.push((Currency::EUR, one));
    }
    let date = day.date.to_string().replace('-', "").parse();
    let date = date.map_err(|_| SetupError::BadRate(day.date.to_string()))?;
    once(cell, PublishRates { date, source: market::rates::SOURCE.to_owned(), rates }).await
}

/// Sets fees from a moment on.
///
/// # Errors
/// [`SetupError`].
pub async fn set_fees(cell: &Handle, from: Timestamp, fees: Fees) -> Result<(), SetupError> {
    once(cell, SetFees { from, fees }).await
}

/// Sets the cell's rules from a moment on.
///
/// # Errors
/// [`SetupError`].
pub async fn set_rules(cell: &Handle, from: Timestamp, rules: Rules) -> Result<(), SetupError> {
    once(cell, SetRules { from, rules }).await
}

/// Raises the prefund of a seller's link, once for each reference, and sets its warning.
///
/// # Errors
/// [`SetupError`].
pub async fn fund_nostro(
    seller: &Handle,
    link: u8,
    amount: u64,
    warn_below: u64,
    reference: &str,
) -> Result<(), SetupError> {
    once(seller, TopUpNostro { link, amount, reference: reference.to_owned() }).await?;
    once(seller, SetNostroWarning { link, below: warn_below }).await
}

/// Makes a party known under an id of the caller's (the one its name has in the vault).
///
/// # Errors
/// [`SetupError`].
pub async fn register_party(
    cell: &Handle,
    id: Id<Party>,
    role: Role,
) -> Result<Ref<Party>, SetupError> {
    match pay(cell, RegisterParty { id, role }).await? {
        pay::Reply::Party(party) => Ok(party),
        _ => Err(SetupError::NoAnswer(cell.info().name.clone())),
    }
}

/// Issues a key for a party, in a role.
///
/// # Errors
/// [`SetupError`].
pub async fn issue_key(
    cell: &Handle,
    party: Ref<Party>,
    role: Role,
) -> Result<KeyText, SetupError> {
    let key = KeyText::generate(&cell.info().name);
    let command =
        IssueKey { id: key.id, hash: key.hash(), party: party.number, role, expires: None };
    submit(cell, Command::IssueKey(command)).await?;
    Ok(key)
}

/// Makes an operator known and issues its key: the first key of a cell.
///
/// # Errors
/// [`SetupError`].
pub async fn operator_key(cell: &Handle) -> Result<KeyText, SetupError> {
    let party = register_party(cell, fresh(), Role::Operator).await?;
    issue_key(cell, party, Role::Operator).await
}

/// Opens a wallet and puts money into it.
///
/// # Errors
/// [`SetupError`].
pub async fn open_wallet(
    cell: &Handle,
    party: Ref<Party>,
    currency: Currency,
    amount: u64,
    reference: &str,
) -> Result<Ref<Wallet>, SetupError> {
    let pay::Reply::Wallet(view) = pay(cell, OpenWallet { id: fresh(), party, currency }).await?
    else {
        return Err(SetupError::NoAnswer(cell.info().name.clone()));
    };
    if amount > 0 {
        let reference = reference.to_owned();
        pay(cell, TopUpWallet { wallet: view.wallet, amount, reference }).await?;
    }
    Ok(view.wallet)
}

/// What a new shop is called and where it stands.
#[derive(Clone, Debug)]
pub struct Shop<'a> {
    /// In its own language.
    pub name: &'a str,
    /// In Latin letters.
    pub latin_name: Option<&'a str>,
    /// The city in Latin letters.
    pub city: &'a str,
    /// Its trade.
    pub category: Category,
    /// The number of its prefecture.
    pub prefecture: u8,
    /// What it is paid in.
    pub currency: Currency,
}

/// Registers a merchant with one store.
///
/// # Errors
/// [`SetupError`].
pub async fn open_shop(
    cell: &Handle,
    party: Ref<Party>,
    shop: &Shop<'_>,
) -> Result<(Ref<Merchant>, Ref<Store>), SetupError> {
    let no_answer = || SetupError::NoAnswer(cell.info().name.clone());
    let register = RegisterMerchant {
        id: fresh(),
        party,
        name: shop.name.to_owned(),
        currency: shop.currency,
    };
    let pay::Reply::Merchant(merchant) = pay(cell, register).await? else {
        return Err(no_answer());
    };
    let open = OpenStore {
        id: fresh(),
        merchant: merchant.merchant,
        name: shop.name.to_owned(),
        latin_name: shop.latin_name.map(str::to_owned),
        city: shop.city.to_owned(),
        category: shop.category,
        prefecture: shop.prefecture,
    };
    match pay(cell, open).await? {
        pay::Reply::Store(store) => Ok((merchant.merchant, store)),
        _ => Err(no_answer()),
    }
}
