//! An order, from being placed to being paid, closed, revoked or refunded.

use serde_json::Value;

use crate::clock::Seconds;
use crate::merchant::Region;

/// Whose order it is: numbers are unique within this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) mchid: String,
    /// The shop of an institution; empty for a merchant on its own.
    pub(crate) sub_mchid: String,
}

/// How the payer comes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The payer scans a code of the shop: `NATIVE`.
    Native,
    /// The shop scans a code of the payer: `MICROPAY`.
    PayerCode,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Native => "NATIVE",
            Kind::PayerCode => "MICROPAY",
        }
    }
}

/// `trade_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeState {
    /// Paid.
    Success,
    /// Paid, and refunded in part or whole.
    Refund,
    /// Placed, not paid.
    NotPaid,
    /// Closed by the merchant.
    Closed,
    /// Taken back by the merchant; only with a payer's code.
    Revoked,
    /// The payer is asked for the password; only with a payer's code.
    UserPaying,
    /// Not paid, and will not be; only with a payer's code.
    PayError,
}

impl TradeState {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TradeState::Success => "SUCCESS",
            TradeState::Refund => "REFUND",
            TradeState::NotPaid => "NOTPAY",
            TradeState::Closed => "CLOSED",
            TradeState::Revoked => "REVOKED",
            TradeState::UserPaying => "USERPAYING",
            TradeState::PayError => "PAYERROR",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            TradeState::Success => "支付成功",
            TradeState::Refund => "转入退款",
            TradeState::NotPaid => "订单未支付",
            TradeState::Closed => "订单已关闭",
            TradeState::Revoked => "订单已撤销",
            TradeState::UserPaying => "需要用户输入支付密码",
            TradeState::PayError => "支付失败，请重新下单支付",
        }
    }
}

/// What the payer pays for it: for a price in another currency it is yuan by the rate of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PayerAmount {
    pub(crate) minor: i64,
    /// Yuan for one of the price's currency, times 10⁸; none for a price in yuan.
    pub(crate) rate_e8: Option<i64>,
}

/// An order as the platform keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) owner: Owner,
    pub(crate) region: Region,
    pub(crate) kind: Kind,
    pub(crate) out_trade_no: String,
    pub(crate) appid: String,
    pub(crate) attach: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) total: i64,
    pub(crate) currency: String,
    pub(crate) payer_amount: PayerAmount,
    pub(crate) state: TradeState,
    /// Shown once it is paid.
    pub(crate) transaction_id: String,
    pub(crate) created: Seconds,
    pub(crate) expires: Option<Seconds>,
    pub(crate) paid: Option<Seconds>,
    /// Every `code_url` given out for it, and when.
    pub(crate) code_urls: Vec<(String, Seconds)>,
    /// The body that placed it: the same again is the same order, any other is another.
    pub(crate) asked: Value,
}

impl Order {
    /// Whether the payer's money was taken, whatever became of it.
    pub(crate) fn was_paid(&self) -> bool {
        self.paid.is_some()
    }
}

/// `status` of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// Accepted; the payer has nothing yet.
    Processing,
    /// The payer has it.
    Success,
    /// It did not happen and will not.
    Closed,
    /// The payer's card or account takes nothing; it waits for the merchant.
    Abnormal,
}

impl RefundStatus {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RefundStatus::Processing => "PROCESSING",
            RefundStatus::Success => "SUCCESS",
            RefundStatus::Closed => "CLOSED",
            RefundStatus::Abnormal => "ABNORMAL",
        }
    }
}

/// A refund as the platform keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) owner: Owner,
    pub(crate) region: Region,
    pub(crate) out_trade_no: String,
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    pub(crate) minor: i64,
    pub(crate) payer_minor: i64,
    pub(crate) status: RefundStatus,
    pub(crate) created: Seconds,
    pub(crate) ended: Option<Seconds>,
    pub(crate) notify_url: Option<String>,
    pub(crate) asked: Value,
}

/// What a payer's 18 digits stand for.
#[derive(Clone, Debug)]
pub(crate) struct PayerCode {
    pub(crate) shown: Seconds,
    pub(crate) payer: Payer,
    /// The order that used it up.
    pub(crate) order: Option<(Owner, String)>,
}

/// How a payer whose code is scanned behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payer {
    /// Pays at once, without a password.
    PaysAtOnce,
    /// Is asked for the password; what happens then is up to the test.
    NeedsPassword,
    /// Has not enough money.
    HasNoMoney,
    /// May not pay: the payment fails.
    Fails,
}
