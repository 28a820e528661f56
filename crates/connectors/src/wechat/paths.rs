//! Where to ask for what, and how a contract names itself.
//!
//! Sources: WeChat Pay's documents for merchants (v3/pay, v3/refund), for service providers
//! (v3/pay/partner), and cross-border (api_external/en: v3/global).

use connector::{OrderNumber, RefundNumber, Shape};
use serde_json::{Map, Value, json};

use crate::wechat::settings::{Contract, Region, Settings};

impl Settings {
    fn is_global(&self) -> bool {
        matches!(self.region, Region::Global { .. })
    }

    /// Below which path orders are.
    fn orders(&self) -> &'static str {
        match (self.is_global(), &self.contract) {
            (true, _) => "/v3/global/transactions",
            (false, Contract::Merchant) => "/v3/pay/transactions",
            (false, Contract::Institution { .. }) => "/v3/pay/partner/transactions",
        }
    }

    pub(crate) fn native_path(&self) -> String {
        format!("{}/native", self.orders())
    }

    pub(crate) fn code_path(&self) -> String {
        match self.is_global() {
            true => "/v3/global/micropay/transactions/pay".to_owned(),
            false => format!("{}/codepay", self.orders()),
        }
    }

    pub(crate) fn order_path(&self, number: OrderNumber) -> String {
        format!("{}/out-trade-no/{number}?{}", self.orders(), self.names_in_query())
    }

    /// A code that was shown is closed, one that was taken is reversed.
    pub(crate) fn cancel_path(&self, number: OrderNumber, shape: Shape) -> String {
        match (shape, self.is_global()) {
            (Shape::Shown, _) => format!("{}/out-trade-no/{number}/close", self.orders()),
            (Shape::Taken, true) => {
                format!("/v3/global/micropay/transactions/out-trade-no/{number}/reverse")
            }
            (Shape::Taken, false) => format!("{}/out-trade-no/{number}/reverse", self.orders()),
        }
    }

    pub(crate) fn refunds_path(&self) -> &'static str {
        if self.is_global() { "/v3/global/refunds" } else { "/v3/refund/domestic/refunds" }
    }

    pub(crate) fn refund_path(&self, number: RefundNumber) -> String {
        let refunds = self.refunds_path();
        match (self.is_global(), &self.contract) {
            (true, _) => format!("{refunds}/out-refund-no/{number}?{}", self.names_in_query()),
            (false, Contract::Merchant) => format!("{refunds}/{number}"),
            (false, Contract::Institution { sub_mchid, .. }) => {
                format!("{refunds}/{number}?sub_mchid={sub_mchid}")
            }
        }
    }

    pub(crate) fn certificates_path(&self) -> &'static str {
        if self.is_global() { "/v3/global/certificates" } else { "/v3/certificates" }
    }

    /// The bill of trade of a day, written as `2026-11-22`.
    pub(crate) fn trade_bill_path(&self, day: &str) -> String {
        match &self.contract {
            _ if self.is_global() => {
                let day = day.replace('-', "");
                format!("/v3/global/statements?date={day}&{}", self.names_in_query())
            }
            Contract::Merchant => format!("/v3/bill/tradebill?bill_date={day}&bill_type=ALL"),
            Contract::Institution { sub_mchid, .. } => {
                format!("/v3/bill/tradebill?bill_date={day}&sub_mchid={sub_mchid}&bill_type=ALL")
            }
        }
    }

    /// The bill of what moved on the merchant's account; of an institution's merchants it is
    /// sealed otherwise, and cross-border there is none.
    pub(crate) fn funds_bill_path(&self, day: &str) -> Option<String> {
        let own = !self.is_global() && self.contract == Contract::Merchant;
        own.then(|| format!("/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC"))
    }

    fn names_in_query(&self) -> String {
        match &self.contract {
            Contract::Merchant => format!("mchid={}", self.mchid),
            Contract::Institution { sub_mchid, .. } => {
                format!("sp_mchid={}&sub_mchid={sub_mchid}", self.mchid)
            }
        }
    }

    /// Merchant and app, as bodies that make something name them.
    pub(crate) fn names(&self) -> Map<String, Value> {
        let mut names = self.merchant();
        match &self.contract {
            Contract::Merchant => {
                names.insert("appid".to_owned(), json!(self.appid));
            }
            Contract::Institution { sub_appid, .. } => {
                names.insert("sp_appid".to_owned(), json!(self.appid));
                if let Some(app) = sub_appid {
                    names.insert("sub_appid".to_owned(), json!(app));
                }
            }
        }
        names
    }

    /// The merchant, as bodies that end something name it.
    pub(crate) fn merchant(&self) -> Map<String, Value> {
        let value = match &self.contract {
            Contract::Merchant => json!({"mchid": self.mchid}),
            Contract::Institution { sub_mchid, .. } => {
                json!({"sp_mchid": self.mchid, "sub_mchid": sub_mchid})
            }
        };
        let Value::Object(names) = value else { unreachable!("it was written as an object") };
        names
    }

    /// The names of the one who may ask for refunds: on the mainland the key says who asks.
    pub(crate) fn refund_names(&self) -> Map<String, Value> {
        match (self.is_global(), &self.contract) {
            (true, _) => self.names(),
            (false, Contract::Merchant) => Map::new(),
            (false, Contract::Institution { sub_mchid, .. }) => {
                let mut names = Map::new();
                names.insert("sub_mchid".to_owned(), json!(sub_mchid));
                names
            }
        }
    }
}
