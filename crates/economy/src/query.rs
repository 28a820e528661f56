//! Questions about one thing. They stand in the same queue as commands, so that an answer is
//! never older than a reply that was given before it.

use corridor::Link;
use kernel::id::{Account as AccountKind, Merchant, Payment, Store, Wallet};
use kernel::{Actor, Id, Ref, Role};
use ledger::{Account, Transfer};
use pay::{LookView, MerchantView, PaymentView, WalletView};

use crate::{Refusal, State};

/// A question.
#[derive(Clone, Debug)]
pub enum Query {
    /// What is in a wallet.
    Wallet(Actor, Ref<Wallet>),
    /// What a merchant is owed.
    Merchant(Actor, Ref<Merchant>),
    /// Where a payment stands.
    Payment(Actor, Id<Payment>),
    /// What a code's scanner is shown before paying.
    Look(Ref<Store>, Option<Id<Payment>>),
    /// An account of the book.
    Account(Ref<AccountKind>),
    /// The transfer that was made with an id.
    Transfer(u128),
    /// All links.
    Links,
}

/// A link as its operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkView {
    /// The link's state.
    pub link: Link,
    /// What the other side holds with us: balance, held, currency's code.
    pub nostro: Option<(u64, u64, &'static str)>,
    /// What we hold with the other side: balance, held, currency's code.
    pub mirror: Option<(u64, u64, &'static str)>,
    /// Below which nostro the operator is warned.
    pub warn_below: Option<u64>,
}

/// An answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// See [`Query::Wallet`].
    Wallet(WalletView),
    /// See [`Query::Merchant`].
    Merchant(MerchantView),
    /// See [`Query::Payment`].
    Payment(Box<PaymentView>),
    /// See [`Query::Look`].
    Look(Box<LookView>),
    /// See [`Query::Account`].
    Account(Box<Account>),
    /// See [`Query::Transfer`].
    Transfer(Option<Transfer>),
    /// See [`Query::Links`].
    Links(Vec<LinkView>),
}

impl State {
    /// Answers a question from the state as it is.
    pub fn answer(&self, query: &Query) -> Result<Answer, Refusal> {
        let world = self.world();
        Ok(match query {
            Query::Wallet(actor, wallet) => {
                let (entry, _) = world.wallet(*actor, *wallet)?;
                let view = world.wallet_view(entry).ok_or(pay::Refusal::WalletNotFound)?;
                Answer::Wallet(view)
            }
            Query::Merchant(actor, merchant) => {
                let (_, known) =
                    self.pay.merchant(*merchant).ok_or(pay::Refusal::MerchantNotFound)?;
                if !world.may(*actor, known.party) {
                    return Err(pay::Refusal::MerchantNotFound.into());
                }
                Answer::Merchant(world.merchant_view(known))
            }
            Query::Payment(actor, id) => Answer::Payment(Box::new(world.payment(*actor, *id)?)),
            Query::Look(store, payment) => Answer::Look(Box::new(world.look(*store, *payment)?)),
            Query::Account(account) => {
                let known = self.book.account_tagged(account.number, account.tag);
                Answer::Account(Box::new(*known.ok_or(Refusal::AccountNotFound)?))
            }
            Query::Transfer(id) => Answer::Transfer(self.book.transfer(*id).copied()),
            Query::Links => Answer::Links(self.link_views()),
        })
    }

    fn link_views(&self) -> Vec<LinkView> {
        let money = |account: Option<u32>| {
            let account = self.book.account(account?)?;
            let balance = account.credits_posted.saturating_sub(account.debits_posted);
            Some((balance, account.debits_pending, account.currency.code()))
        };
        let links = self.corridor.links.iter().enumerate();
        links
            .map(|(number, link)| LinkView {
                link: link.clone(),
                nostro: money(link.nostro),
                mirror: money(link.mirror),
                warn_below: self.pay.market.warn_below.get(&(number as u8)).copied(),
            })
            .collect()
    }

    /// Whether a role is one that a key may be issued for.
    pub const fn may_hold_key(role: Role) -> bool {
        !matches!(role, Role::Cell)
    }
}
