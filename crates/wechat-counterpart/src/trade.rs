//! Orders: placed, paid by a payer's code, looked at, closed, taken back.
//!
//! Checks stand in one order: shape, what was asked before, existence, state.

use serde_json::json;

use crate::clock::{Seconds, parse, rfc3339};
use crate::form::Form;
use crate::merchant::Region;
use crate::order::{Kind, Order, Owner, Payer, PayerAmount, TradeState};
use crate::problem::Problem;
use crate::world::{Answer, By, PasswordReply, World};
use crate::{notice, shape};

/// A `code_url` is good for two hours, a payer's code for one minute.
pub(crate) const CODE_URL_LIVES: Seconds = 2 * 60 * 60;
const PAYER_CODE_LIVES: Seconds = 60;
/// The least time that a payer is given.
const LEAST_TIME: Seconds = 60;
/// Within this the payer may still be about to pay, and nothing is taken back.
const REVERSE_AFTER: Seconds = 15;
/// After this a payment is refunded, not taken back.
const REVERSE_UNTIL: Seconds = 7 * 24 * 60 * 60;

/// What a merchant may write in an order's number besides letters and digits.
const NUMBER_SIGNS: &str = "_-|*";

impl World {
    pub(crate) fn place_native(
        &mut self,
        mchid: &str,
        region: Region,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let mut order = self.read_order(mchid, region, Kind::Native, form)?;
        let now = self.clock.now();
        if form.url("/notify_url")?.is_none() {
            return Err(form.wrong("/notify_url", "is missing"));
        }
        if let Some(text) = form.maybe("/time_expire", 1, 64)? {
            let at = parse(&text).ok_or_else(|| form.wrong("/time_expire", "is not RFC 3339"))?;
            order.expires = Some(at.max(now + LEAST_TIME));
        }
        let key = (order.owner.clone(), order.out_trade_no.clone());
        if let Some(before) = self.orders.get(&key) {
            may_be_placed_again(before, form, now)?;
        } else {
            order.transaction_id = self.platform_number("4200");
            self.orders.insert(key.clone(), order);
        }
        let code_url = format!("weixin://wxpay/bizpayurl?pr=Test{:05}", self.next());
        let order = self.order_mut(&key.0, &key.1);
        order.code_urls.push((code_url.clone(), now));
        Ok(Answer::ok(json!({ "code_url": code_url })))
    }

    pub(crate) fn pay_by_code(
        &mut self,
        mchid: &str,
        region: Region,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let mut order = self.read_order(mchid, region, Kind::PayerCode, form)?;
        let code = form.text("/payer/auth_code", 32)?;
        if !is_payer_code(&code) {
            return Err(form.wrong("/payer/auth_code", "is not a payment code"));
        }
        if region == Region::Mainland {
            let store = ["/scene_info/store_info/id", "/scene_info/store_info/out_id"];
            let [id, own] = store.map(|field| form.maybe(field, 1, 32));
            if id?.is_none() && own?.is_none() {
                return Err(form.wrong("/scene_info/store_info", "names no store"));
            }
        }
        let key = (order.owner.clone(), order.out_trade_no.clone());
        if let Some(before) = self.orders.get(&key) {
            return self.paid_by_code_before(&before.clone(), form);
        }
        let now = self.clock.now();
        let known =
            self.codes.get_mut(&code).ok_or_else(|| invalid_code("付款码无效，请重新扫码"))?;
        if known.order.is_some() {
            return Err(invalid_code("每个二维码仅限使用一次，请刷新再试"));
        }
        if now - known.shown >= PAYER_CODE_LIVES {
            return Err(invalid_code("付款码已过期，请退出重试"));
        }
        // From here on the code is used up, whatever becomes of the payment.
        known.order = Some(key.clone());
        let payer = known.payer;
        order.transaction_id = self.platform_number("4200");
        order.state = match payer {
            Payer::PaysAtOnce => TradeState::Success,
            Payer::NeedsPassword => TradeState::UserPaying,
            Payer::HasNoMoney | Payer::Fails => TradeState::PayError,
        };
        order.paid = (order.state == TradeState::Success).then_some(now);
        self.orders.insert(key, order.clone());
        match payer {
            Payer::PaysAtOnce => Ok(Answer::ok(shape::order(&order))),
            Payer::NeedsPassword => self.password_is_asked(&order),
            Payer::HasNoMoney => Err(Problem::new(403, "NOT_ENOUGH", "用户帐号余额不足")),
            Payer::Fails => Err(Problem::new(403, "TRADE_ERROR", "支付失败，请撤销订单")),
        }
    }

    fn password_is_asked(&self, order: &Order) -> Result<Answer, Problem> {
        let said = |status| Problem::new(status, "USERPAYING", "需要用户输入支付密码");
        match self.rules.password_reply {
            PasswordReply::Accepted => Err(said(202)),
            PasswordReply::Refused => Err(said(400)),
            PasswordReply::AsOrder => Ok(Answer::ok(shape::order(order))),
        }
    }

    /// The same number again: a code is spent once, so nothing happens a second time.
    fn paid_by_code_before(&self, before: &Order, form: &Form) -> Result<Answer, Problem> {
        if before.kind != Kind::PayerCode || before.asked != *form.values() {
            return Err(Problem::new(403, "OUT_TRADE_NO_USED", "商户订单号重复"));
        }
        match before.state {
            TradeState::UserPaying => self.password_is_asked(before),
            TradeState::Revoked => Err(Problem::invalid("订单已撤销，请重新下单支付")),
            TradeState::PayError => Err(Problem::new(403, "TRADE_ERROR", "支付失败，请撤销订单")),
            _ => Err(Problem::invalid("该订单已支付")),
        }
    }

    pub(crate) fn query(
        &self,
        mchid: &str,
        region: Region,
        by: &By,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let owner = self.owner(mchid, region, form)?;
        Ok(Answer::ok(shape::order(self.find(&owner, by)?)))
    }

    pub(crate) fn close(
        &mut self,
        mchid: &str,
        region: Region,
        by: &By,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let owner = self.owner(mchid, region, form)?;
        let order = self.find(&owner, by)?.clone();
        match order.state {
            // Closing may be repeated.
            TradeState::NotPaid | TradeState::Closed => {}
            TradeState::UserPaying => return Err(Problem::new(400, "USERPAYING", "用户支付中")),
            TradeState::PayError | TradeState::Revoked => {
                return Err(Problem::new(400, "ORDER_CLOSED", "该订单已关闭"));
            }
            TradeState::Success | TradeState::Refund => {
                return Err(Problem::invalid("该订单已支付"));
            }
        }
        self.order_mut(&owner, &order.out_trade_no).state = TradeState::Closed;
        Ok(Answer::empty())
    }

    pub(crate) fn reverse(
        &mut self,
        mchid: &str,
        region: Region,
        by: &By,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let owner = self.owner(mchid, region, form)?;
        let order = self.find(&owner, by)?.clone();
        if order.kind != Kind::PayerCode {
            return Err(Problem::invalid("订单的支付场景不支持该请求"));
        }
        let age = self.clock.now() - order.created;
        match order.state {
            TradeState::UserPaying if age < REVERSE_AFTER => {
                return Err(Problem::new(400, "USERPAYING", "正在支付中，不能发起撤销"));
            }
            TradeState::Refund => return Err(Problem::invalid("订单已转入退款")),
            _ if age > REVERSE_UNTIL => return Err(Problem::invalid("订单已超过可撤销的期限")),
            _ => {}
        }
        self.order_mut(&owner, &order.out_trade_no).state = TradeState::Revoked;
        Ok(match region {
            Region::Mainland => Answer::ok(json!({
                "appid": order.appid,
                "mchid": owner.mchid,
                "out_trade_no": order.out_trade_no,
            })),
            Region::Global => Answer::empty(),
        })
    }

    /// The payer's money is taken: the order is paid, and its notification due.
    pub(crate) fn take_money(&mut self, owner: &Owner, number: &str) {
        let now = self.clock.now();
        let order = self.order_mut(owner, number);
        order.state = TradeState::Success;
        order.paid = Some(now);
        let order = order.clone();
        notice::of_payment(self, &order);
    }

    fn read_order(
        &self,
        mchid: &str,
        region: Region,
        kind: Kind,
        form: &Form,
    ) -> Result<Order, Problem> {
        let owner = self.owner(mchid, region, form)?;
        let appid = self.appid(&owner, form)?;
        form.text("/description", 127)?;
        let attach = form.maybe("/attach", 1, 128)?;
        let least = if region == Region::Mainland { 6 } else { 1 };
        let out_trade_no = form.number("/out_trade_no", least, 32, NUMBER_SIGNS)?;
        if region == Region::Global {
            form.text("/merchant_category_code", 16)?;
            if form.text("/trade_type", 16)? != kind.as_str() {
                return Err(form.wrong("/trade_type", "is not that of this path"));
            }
        }
        let total = form.minor("/amount/total")?;
        let currency = form.maybe("/amount/currency", 3, 3)?.unwrap_or_else(|| "CNY".to_owned());
        let is_known = currency == "CNY" || self.rates.contains_key(&currency);
        if !is_known || (region == Region::Mainland && currency != "CNY") {
            return Err(form.wrong("/amount/currency", "Currency code is invalid"));
        }
        Ok(Order {
            owner,
            region,
            kind,
            out_trade_no,
            appid,
            attach,
            // The payer's code is answered at once, and nobody is notified.
            notify_url: if kind == Kind::Native { form.url("/notify_url")? } else { None },
            total,
            payer_amount: self.in_yuan(total, &currency),
            currency,
            state: TradeState::NotPaid,
            transaction_id: String::new(),
            created: self.clock.now(),
            expires: None,
            paid: None,
            code_urls: Vec::new(),
            asked: form.values().clone(),
        })
    }

    /// What a price is to a payer of yuan, to the nearest fen.
    fn in_yuan(&self, total: i64, currency: &str) -> PayerAmount {
        let Some(rate) = self.rates.get(currency).copied().filter(|_| currency != "CNY") else {
            return PayerAmount { minor: total, rate_e8: None };
        };
        let fen_in_one = if currency == "JPY" { 100 } else { 1 };
        let exact = i128::from(total) * i128::from(rate) * fen_in_one;
        let minor = (exact + 50_000_000) / 100_000_000;
        PayerAmount { minor: i64::try_from(minor).unwrap_or(i64::MAX), rate_e8: Some(rate) }
    }
}

fn may_be_placed_again(before: &Order, form: &Form, now: Seconds) -> Result<(), Problem> {
    if before.kind != Kind::Native || before.asked != *form.values() {
        return Err(Problem::new(403, "OUT_TRADE_NO_USED", "商户订单号重复"));
    }
    match before.state {
        TradeState::NotPaid if before.expires.is_some_and(|at| at <= now) => {
            let at = before.expires.map(rfc3339).unwrap_or_default();
            Err(Problem::invalid(&format!("订单已于{at}过期，请更换商户订单号")))
        }
        TradeState::NotPaid => Ok(()),
        TradeState::Closed => Err(Problem::new(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")),
        _ => Err(Problem::invalid("该订单已支付")),
    }
}

/// 18 digits that begin with 10 to 15.
fn is_payer_code(code: &str) -> bool {
    code.len() == 18
        && code.bytes().all(|digit| digit.is_ascii_digit())
        && matches!(&code[..2], "10" | "11" | "12" | "13" | "14" | "15")
}

fn invalid_code(message: &str) -> Problem {
    Problem::new(400, "AUTH_CODE_INVALID", format!("101 {message}"))
}
