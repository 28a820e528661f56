//! Which of several: wallets of one holder, stores of one merchant.

use super::{Amount, Chrome, Foreign};

/// One that can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The path of its window.
    pub href: String,
    /// What it is called; a wallet by its currency.
    pub name: Option<Foreign>,
    /// What is in it, for a wallet.
    pub amount: Option<Amount>,
    /// Where it is, for a store.
    pub city: Option<String>,
}

/// The page on which a merchant says in which store this till stands.
#[derive(Clone, Debug)]
pub struct ChoosePage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The stores.
    pub choices: Vec<Choice>,
}
