//! Orders and refunds as they are written, in the fields of each region.
//!
//! Sources: the tables of answers of `/v3/pay/transactions/…`, `/v3/refund/domestic/refunds` and
//! of `/v3/global/…`; README.md lists the pages.

use serde_json::{Map, Value, json};

use crate::clock::rfc3339;
use crate::merchant::Region;
use crate::order::{Order, Owner, Refund, RefundStatus};

/// The payer, the same one everywhere.
pub(crate) const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

/// An order, as queries, payments by code and notifications show it.
pub(crate) fn order(order: &Order) -> Value {
    let mut shape = who(&order.owner, Some(&order.appid));
    let state = order.state;
    insert(&mut shape, "out_trade_no", &order.out_trade_no);
    insert(&mut shape, "trade_type", order.kind.as_str());
    insert(&mut shape, "trade_state", state.as_str());
    insert(&mut shape, "trade_state_desc", state.description());
    let mut amount = Map::new();
    amount.insert("total".to_owned(), order.total.into());
    insert(&mut amount, "currency", &order.currency);
    if let Some(paid) = order.paid {
        insert(&mut shape, id_field(order.region), &order.transaction_id);
        insert(&mut shape, "bank_type", "OTHERS");
        insert(&mut shape, "success_time", rfc3339(paid));
        if let Some(attach) = &order.attach {
            insert(&mut shape, "attach", attach);
        }
        let openid = if order.owner.sub_mchid.is_empty() { "openid" } else { "sp_openid" };
        shape.insert("payer".to_owned(), json!({ openid: OPENID }));
        amount.insert("payer_total".to_owned(), order.payer_amount.minor.into());
        insert(&mut amount, "payer_currency", payer_currency(order));
        if let Some(rate) = order.payer_amount.rate_e8 {
            let rate = json!({ "type": "SETTLEMENT_RATE", "rate": rate });
            amount.insert("exchange_rate".to_owned(), rate);
        }
    }
    shape.insert("amount".to_owned(), amount.into());
    shape.into()
}

/// A refund, as its request and its query show it.
pub(crate) fn refund(refund: &Refund, order: &Order) -> Value {
    match refund.region {
        Region::Mainland => mainland_refund(refund, order),
        Region::Global => global_refund(refund, order),
    }
}

fn mainland_refund(refund: &Refund, order: &Order) -> Value {
    let mut shape = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund.created),
        "status": refund.status.as_str(),
        "funds_account": "UNSETTLED",
        "amount": {
            "total": order.total,
            "refund": refund.minor,
            "payer_total": order.payer_amount.minor,
            "payer_refund": refund.payer_minor,
            "settlement_total": order.total,
            "settlement_refund": refund.minor,
            "discount_refund": 0,
            "currency": order.currency,
        },
    });
    if let Some(ended) = refund.ended.filter(|_| refund.status == RefundStatus::Success) {
        shape["success_time"] = rfc3339(ended).into();
    }
    shape
}

fn global_refund(refund: &Refund, order: &Order) -> Value {
    let mut shape = json!({
        "id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "recv_account": "支付用户的零钱",
        "fund_source": "REFUND_SOURCE_UNSETTLED_FUNDS",
        "create_time": rfc3339(refund.created),
        "status": refund.status.as_str(),
        "amount": global_refund_amount(refund, order),
    });
    if let Some(ended) = refund.ended.filter(|_| refund.status == RefundStatus::Success) {
        shape["success_time"] = rfc3339(ended).into();
    }
    shape
}

fn global_refund_amount(refund: &Refund, order: &Order) -> Value {
    let mut amount = json!({
        "refund": refund.minor,
        "currency": order.currency,
        "payer_refund": refund.payer_minor,
        "payer_currency": payer_currency(order),
    });
    if let Some(rate) = order.payer_amount.rate_e8 {
        amount["exchange_rate"] = json!({ "type": "SETTLEMENT_RATE", "rate": rate });
    }
    amount
}

/// A page of an order's refunds.
pub(crate) fn refunds(order: &Order, page: &[&Refund], of: usize) -> Value {
    let mut shape = who(&order.owner, None);
    insert(&mut shape, "id", &order.transaction_id);
    insert(&mut shape, "out_trade_no", &order.out_trade_no);
    let amount = json!({
        "total": order.total,
        "currency": order.currency,
        "payer_total": order.payer_amount.minor,
        "payer_currency": payer_currency(order),
    });
    shape.insert("amount".to_owned(), amount);
    let data: Vec<Value> = page.iter().map(|one| global_refund(one, order)).collect();
    shape.insert("total_num".to_owned(), of.into());
    shape.insert("current_total_num".to_owned(), data.len().into());
    shape.insert("data".to_owned(), data.into());
    shape.into()
}

/// What the notification of a refund holds.
pub(crate) fn refund_notice(refund: &Refund, order: &Order) -> Value {
    let mut shape = who(&refund.owner, None);
    insert(&mut shape, "transaction_id", &order.transaction_id);
    insert(&mut shape, "out_trade_no", &order.out_trade_no);
    insert(&mut shape, "refund_id", &refund.refund_id);
    insert(&mut shape, "out_refund_no", &refund.out_refund_no);
    insert(&mut shape, "refund_status", refund.status.as_str());
    if let Some(ended) = refund.ended.filter(|_| refund.status == RefundStatus::Success) {
        insert(&mut shape, "success_time", rfc3339(ended));
    }
    let (account, mut amount) = match refund.region {
        Region::Mainland => (
            "user_received_account",
            json!({ "refund": refund.minor, "payer_refund": refund.payer_minor }),
        ),
        Region::Global => ("recv_account", global_refund_amount(refund, order)),
    };
    amount["total"] = order.total.into();
    amount["payer_total"] = order.payer_amount.minor.into();
    insert(&mut shape, account, "支付用户零钱");
    shape.insert("amount".to_owned(), amount);
    shape.into()
}

fn who(owner: &Owner, appid: Option<&str>) -> Map<String, Value> {
    let mut shape = Map::new();
    let is_institution = !owner.sub_mchid.is_empty();
    insert(&mut shape, if is_institution { "sp_mchid" } else { "mchid" }, &owner.mchid);
    if is_institution {
        insert(&mut shape, "sub_mchid", &owner.sub_mchid);
    }
    if let Some(appid) = appid {
        insert(&mut shape, if is_institution { "sp_appid" } else { "appid" }, appid);
    }
    shape
}

fn insert(shape: &mut Map<String, Value>, field: &str, value: impl Into<String>) {
    shape.insert(field.to_owned(), Value::String(value.into()));
}

fn id_field(region: Region) -> &'static str {
    match region {
        Region::Mainland => "transaction_id",
        Region::Global => "id",
    }
}

fn payer_currency(order: &Order) -> &str {
    if order.payer_amount.rate_e8.is_some() { "CNY" } else { &order.currency }
}
