//! What WeChat Pay says of an order and of a refund.

use connector::{
    Asked, Declined, Outcome, Paid, RefundAsk, RefundOutcome, RefundRefused, Refunded, Snag,
};
use kernel::{Currency, Money};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::wechat::settings::{Contract, Settings};

/// An order, as an answer or a notification tells of it. Not all of it is there in every state.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) out_trade_no: Option<String>,
    mchid: Option<String>,
    sp_mchid: Option<String>,
    sub_mchid: Option<String>,
    /// Cross-border.
    id: Option<String>,
    /// Of the mainland.
    transaction_id: Option<String>,
    pub(crate) trade_state: Option<String>,
    amount: Option<Total>,
}

#[derive(Debug, Deserialize)]
struct Total {
    total: Option<u64>,
    currency: Option<String>,
}

/// A refund, as an answer or a notification tells of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: Option<String>,
    mchid: Option<String>,
    sp_mchid: Option<String>,
    sub_mchid: Option<String>,
    status: Option<String>,
    /// In notifications.
    refund_status: Option<String>,
    amount: Option<Back>,
}

#[derive(Debug, Deserialize)]
struct Back {
    refund: Option<u64>,
    currency: Option<String>,
}

pub(crate) fn evidence(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

impl Settings {
    /// Whether these are the merchants of this contract. A name that is not said is no other's.
    fn is_ours(&self, names: [Option<&str>; 3]) -> bool {
        let (own, below) = match &self.contract {
            Contract::Merchant => (self.mchid.as_str(), None),
            Contract::Institution { sub_mchid, .. } => (self.mchid.as_str(), Some(sub_mchid)),
        };
        let [mchid, sp_mchid, sub_mchid] = names;
        mchid.is_none_or(|name| name == own)
            && sp_mchid.is_none_or(|name| name == own)
            && sub_mchid.is_none_or(|name| Some(name) == below.map(String::as_str))
    }

    fn currency_of(&self, said: Option<&str>) -> Option<Currency> {
        said.map_or(Some(self.currency), |code| code.parse().ok())
    }
}

impl Order {
    pub(crate) fn is_ours(&self, settings: &Settings) -> bool {
        let names = [&self.mchid, &self.sp_mchid, &self.sub_mchid];
        settings.is_ours(names.map(Option::as_deref))
    }

    /// How far an order is, by an answer to a question about it. What is about another order, or
    /// says no sum, ends nothing.
    pub(crate) fn outcome(&self, settings: &Settings, asked: &Asked, said: &[u8]) -> Outcome {
        let named = self.out_trade_no.as_deref() == Some(asked.number.to_string().as_str());
        match self.trade_state.as_deref() {
            // Nothing else may be said in this state.
            Some("USERPAYING" | "ACCEPT") => Outcome::Pending,
            _ if !named || !self.is_ours(settings) => Outcome::Unknown,
            Some(state) => self.by_state(settings, state, said),
            None => Outcome::Unknown,
        }
    }

    pub(crate) fn by_state(&self, settings: &Settings, state: &str, said: &[u8]) -> Outcome {
        match state {
            "SUCCESS" => self.paid(settings, said).map_or(Outcome::Unknown, Outcome::Paid),
            "NOTPAY" | "USERPAYING" | "ACCEPT" => Outcome::Pending,
            "CLOSED" | "REVOKED" => Outcome::Declined(Declined::Cancelled),
            "PAYERROR" => Outcome::Declined(Declined::PayerDeclined),
            // Of one that was never told as paid: there is nothing for the shop.
            "REFUND" => Outcome::Declined(Declined::GivenBack),
            _ => Outcome::Unknown,
        }
    }

    fn paid(&self, settings: &Settings, said: &[u8]) -> Option<Paid> {
        let amount = self.amount.as_ref()?;
        let currency = settings.currency_of(amount.currency.as_deref())?;
        let reference = self.id.as_ref().or(self.transaction_id.as_ref())?.clone();
        let amount = Money::new(amount.total?, currency);
        Some(Paid { amount, reference, evidence: evidence(said) })
    }
}

impl Refund {
    pub(crate) fn is_ours(&self, settings: &Settings) -> bool {
        let names = [&self.mchid, &self.sp_mchid, &self.sub_mchid];
        settings.is_ours(names.map(Option::as_deref))
    }

    /// How far a refund is, by an answer to a question about it.
    pub(crate) fn outcome(
        &self,
        settings: &Settings,
        ask: &RefundAsk,
        said: &[u8],
    ) -> RefundOutcome {
        let named = self.out_refund_no.as_deref() == Some(ask.number.to_string().as_str());
        if named && self.is_ours(settings) {
            self.by_status(settings, said)
        } else {
            RefundOutcome::Unknown
        }
    }

    pub(crate) fn by_status(&self, settings: &Settings, said: &[u8]) -> RefundOutcome {
        match self.status.as_deref().or(self.refund_status.as_deref()) {
            Some("SUCCESS") => {
                self.done(settings, said).map_or(RefundOutcome::Unknown, RefundOutcome::Done)
            }
            Some("CLOSED" | "REFUNDCLOSE") => RefundOutcome::Refused(RefundRefused::Closed),
            Some("ABNORMAL" | "CHANGE") => RefundOutcome::Stuck(Snag::NeedsStaff),
            // An order for a refund that was taken says no state cross-border.
            Some("PROCESSING") | None => RefundOutcome::Pending,
            Some(_) => RefundOutcome::Unknown,
        }
    }

    fn done(&self, settings: &Settings, said: &[u8]) -> Option<Refunded> {
        let amount = self.amount.as_ref()?;
        let currency = settings.currency_of(amount.currency.as_deref())?;
        let amount = Money::new(amount.refund?, currency);
        Some(Refunded { amount, evidence: evidence(said) })
    }
}
