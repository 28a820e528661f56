//! Wallets, merchants, stores, payments and quotes as they are answered. What a role may not
//! know of the other side is left out here.

use corridor::CaptureMode;
use kernel::id::{
    Capture as CaptureKind, Merchant as MerchantKind, Payment as PaymentKind, Quote as QuoteKind,
    Refund as RefundKind, Store as StoreKind, Wallet as WalletKind,
};
use kernel::{Decimal, Id, Ref, Role};
use pay::{
    CaptureView, ConnectorRefundView, LookView, MerchantView, PaymentView, QuoteView, RefundView,
    Status, StoreNumber, WalletView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::values::{Day, Moment, Money, Text, Trade};

/// A wallet and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wallet {
    /// Which.
    #[schema(value_type = String, example = "wal_00000G00000X9KBXPKTE0WH")]
    pub id: Text<Ref<WalletKind>>,
    /// All that is in it.
    pub balance: Money,
    /// Of it held for payments under way.
    pub held: Money,
    /// What can be spent.
    pub available: Money,
}

impl From<WalletView> for Wallet {
    fn from(view: WalletView) -> Self {
        let money = |amount| Money::new(amount, view.currency);
        Self {
            id: Text(view.wallet),
            balance: money(view.balance),
            held: money(view.held),
            available: money(view.balance.saturating_sub(view.held)),
        }
    }
}

/// A merchant and what it is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Merchant {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<MerchantKind>>,
    /// Its public name.
    #[schema(example = "Yamaboshi Soba")]
    pub name: String,
    /// What is owed to it, and can be paid out; never below zero.
    pub balance: Money,
    /// Where it stands with the operator's staff: `new` (paid, and not paid out until it is
    /// reviewed), `approved` or `paused`.
    #[schema(example = "approved")]
    pub standing: &'static str,
    /// Why it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "account_in_doubt")]
    pub paused_for: Option<&'static str>,
    /// How far its refunds may exceed that, where the operator granted a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
}

/// What a merchant's refunds may take beyond its balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Credit {
    /// The most that it may owe.
    pub limit: Money,
    /// What it owes; its next sales repay it before anything is paid out.
    pub owed: Money,
    /// What refunds may still draw.
    pub left: Money,
}

impl From<MerchantView> for Merchant {
    fn from(view: MerchantView) -> Self {
        let money = |amount| Money::new(amount, view.currency);
        let review = view.review.unwrap_or(pay::Review::UNASKED);
        Self {
            id: Text(view.merchant),
            balance: money(view.balance),
            standing: review.standing.word(),
            paused_for: review.standing.reason().map(pay::PauseReason::word),
            credit: view.credit.map(|credit| Credit {
                limit: money(credit.limit),
                owed: money(credit.owed),
                left: money(credit.left),
            }),
            name: view.name,
        }
    }
}

/// A store, as anybody may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Store {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Ref<StoreKind>>,
    /// The number on its poster, for who can't scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2 0017 90")]
    pub number: Option<String>,
    /// Its registered name, in its own language.
    pub name: String,
    /// The name in Latin letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latin_name: Option<String>,
    /// Its city, in Latin letters.
    pub city: String,
    /// Its trade.
    #[schema(value_type = String, example = "restaurant")]
    pub category: Text<Trade>,
    /// The number of its prefecture (JIS X 0401), 0 outside Japan.
    pub prefecture: u8,
    /// Whether it takes payments.
    pub open: bool,
    /// What it is paid in.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<kernel::Currency>,
}

impl From<&LookView> for Store {
    fn from(view: &LookView) -> Self {
        Self {
            id: Text(view.store),
            number: StoreNumber::of(view.store.cell, view.store.number).map(|it| it.to_string()),
            name: view.name.clone(),
            latin_name: view.latin_name.clone(),
            city: view.city.clone(),
            category: Text(Trade(view.category)),
            prefecture: view.prefecture,
            open: view.open,
            currency: Text(view.currency),
        }
    }
}

/// When the seller takes what was authorized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// At once.
    #[default]
    Now,
    /// Held, and captured later, in one or more parts.
    Later,
}

impl From<Capture> for CaptureMode {
    fn from(capture: Capture) -> Self {
        match capture {
            Capture::Now => Self::Now,
            Capture::Later => Self::Later,
        }
    }
}

impl From<CaptureMode> for Capture {
    fn from(mode: CaptureMode) -> Self {
        match mode {
            CaptureMode::Now => Self::Now,
            CaptureMode::Later => Self::Later,
        }
    }
}

/// What a payer pays, in the wallet's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Price {
    /// All of it.
    pub total: Money,
    /// At the mid rate.
    pub principal: Money,
    /// Above it.
    pub spread: Money,
    /// The payer's fee.
    pub fee: Money,
    /// Back in the wallet by refunds so far.
    pub returned: Money,
}

impl From<pay::Price> for Price {
    fn from(price: pay::Price) -> Self {
        let money = |amount| Money::new(amount, price.currency);
        Self {
            total: money(price.principal + price.spread + price.fee),
            principal: money(price.principal),
            spread: money(price.spread),
            fee: money(price.fee),
            returned: money(price.returned),
        }
    }
}

/// A payment as the caller's cell knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Payment {
    /// Which; the same in both cells.
    #[schema(value_type = String, example = "pay_01KAPXJ8ZC7K3T0V9E5R2M4QDW")]
    pub id: Text<Id<PaymentKind>>,
    /// `requested`, `confirmed`, `authorized`, `captured`, `partly_refunded`, `refunded`,
    /// `declined`, `cancelled`, `expired` or `released`.
    #[schema(example = "captured")]
    pub status: &'static str,
    /// Who is paid.
    #[schema(value_type = String)]
    pub store: Text<Ref<StoreKind>>,
    /// What was asked for, in the store's currency.
    pub amount: Money,
    /// Captured so far.
    pub captured: Money,
    /// Given back so far.
    pub refunded: Money,
    /// At once or later.
    pub capture: Capture,
    /// The merchant's fee; told to the seller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_fee: Option<Money>,
    /// What the payer pays; told to the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The payer's wallet; told to the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub wallet: Option<Text<Ref<WalletKind>>>,
    /// By which number of connector another company's wallet paid it, or is asked to; see
    /// `/v1/connectors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<u8>,
    /// Why the seller's cell said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "already_paid")]
    pub declined: Option<&'static str>,
    /// Until when it may be paid or captured, while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2026-11-22T16:05:00Z")]
    pub deadline: Option<Text<Moment>>,
    /// Whether the payer asked to cancel.
    pub cancel_asked: bool,
    /// The code to show, of a payment that was just requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to tell the payer of money that is held or on its way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'static str>,
}

impl Payment {
    /// What a role may know of it.
    pub fn shown_to(role: Role, view: &PaymentView) -> Self {
        let money = |amount| Money::new(amount, view.currency);
        let payer = role != Role::Merchant;
        let seller = role != Role::Traveller;
        Self {
            id: Text(view.payment),
            status: view.status.word(),
            store: Text(view.store),
            amount: money(view.amount),
            captured: money(view.captured),
            refunded: money(view.refunded),
            capture: view.capture.into(),
            merchant_fee: view.merchant_fee.filter(|_| seller).map(money),
            price: view.price.clone().filter(|_| payer).map(Price::from),
            wallet: view.wallet.filter(|_| payer).map(Text),
            connector: view.connector,
            declined: view.declined.map(corridor::DeclineReason::code),
            deadline: view.deadline.map(|at| Text(Moment(at))),
            cancel_asked: view.cancel_asked,
            code: None,
            notice: way_back(view).filter(|_| payer),
        }
    }
}

/// What becomes of a payer's money after the wish to cancel: the seller's cell alone decides.
fn way_back(view: &PaymentView) -> Option<&'static str> {
    match (view.status, view.cancel_asked) {
        (Status::Confirmed, true) => Some(
            "You asked to cancel. The other side decides: either the shop is paid, or all of it \
             comes back to the wallet.",
        ),
        (Status::Authorized, true) if view.captured > 0 => Some(
            "You asked to cancel, and the shop has taken a part already. What it does not take \
             comes back to the wallet.",
        ),
        (Status::Authorized, true) => Some(
            "You asked to cancel what the shop holds. All of it comes back to the wallet as soon \
             as the other side has let it go.",
        ),
        (Status::Released, _) => Some("Nothing was taken: all of it is back in the wallet."),
        _ => None,
    }
}

/// A locked rate and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quote {
    /// Which; confirm this one.
    #[schema(value_type = String)]
    pub id: Text<Id<QuoteKind>>,
    /// The payment that it would become.
    #[schema(value_type = String)]
    pub payment: Text<Id<PaymentKind>>,
    /// Who would be paid, as registered.
    pub payee: Store,
    /// In the store's currency.
    pub amount: Money,
    /// In the wallet's currency.
    pub price: Price,
    /// When the lock ends.
    #[schema(value_type = String, example = "2026-11-22T16:01:00Z")]
    pub expires: Text<Moment>,
    /// Where the rate comes from.
    pub rate: Rate,
}

/// A cross rate: the ratio of two published decimals, never rounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rate {
    /// Units of the store's currency for one unit of the base, as published.
    #[schema(value_type = String, example = "175.68")]
    pub store: Text<Decimal>,
    /// Units of the wallet's currency for one unit of the base, as published.
    #[schema(value_type = String, example = "7.4326")]
    pub wallet: Text<Decimal>,
    /// Who published them.
    #[schema(example = "ECB")]
    pub source: String,
    /// The day they are of.
    #[schema(value_type = String, example = "2026-10-30")]
    pub date: Text<Day>,
    /// What the payer pays above the mid rate, in basis points.
    pub spread_bps: u32,
    /// The payer's fee, in basis points.
    pub fee_bps: u32,
}

impl Quote {
    /// A quote with its payee as registered.
    pub fn new(view: &QuoteView, payee: Store) -> Self {
        Self {
            id: Text(view.quote),
            payment: Text(view.payment),
            payee,
            amount: Money::new(view.amount, view.currency),
            price: view.price.clone().into(),
            expires: Text(Moment(view.expires)),
            rate: Rate {
                store: Text(view.rate_store),
                wallet: Text(view.rate_wallet),
                source: view.source.clone(),
                date: Text(Day(view.date)),
                spread_bps: view.spread_bps,
                fee_bps: view.fee_bps,
            },
        }
    }
}

/// A capture that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Captured {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<CaptureKind>>,
    /// Captured by it.
    pub amount: Money,
    /// The payment as it is now.
    pub payment: Payment,
}

impl Captured {
    /// What a role may know of it.
    pub fn shown_to(role: Role, view: &CaptureView) -> Self {
        Self {
            id: Text(view.capture),
            amount: Money::new(view.amount, view.payment.currency),
            payment: Payment::shown_to(role, &view.payment),
        }
    }
}

/// A refund that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refund {
    /// Which.
    #[schema(value_type = String)]
    pub id: Text<Id<RefundKind>>,
    /// Given back now.
    pub amount: Money,
    /// The fee account's share of it; the rest the merchant gave.
    pub fee: Money,
    /// `done`, or `begun`: another company's wallet paid, and that company was asked to give it
    /// back. The money is held; the payment's `refunded` says when it is done, and it is no more
    /// than before if the company refuses.
    #[schema(example = "done")]
    pub state: &'static str,
    /// The payment as it is now.
    pub payment: Payment,
}

impl Refund {
    /// What a role may know of it.
    pub fn shown_to(role: Role, view: &RefundView) -> Self {
        Self {
            id: Text(view.refund),
            amount: Money::new(view.amount, view.payment.currency),
            fee: Money::new(view.fee, view.payment.currency),
            state: "done",
            payment: Payment::shown_to(role, &view.payment),
        }
    }

    /// One that another company was asked for.
    pub fn begun(role: Role, view: &ConnectorRefundView) -> Self {
        Self {
            id: Text(view.refund),
            amount: Money::new(view.amount, view.payment.currency),
            fee: Money::new(view.fee, view.payment.currency),
            state: "begun",
            payment: Payment::shown_to(role, &view.payment),
        }
    }
}
