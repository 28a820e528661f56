//! Refunds: in up to 50 parts, within a year, each number once.

use crate::clock::Seconds;
use crate::form::Form;
use crate::merchant::Region;
use crate::order::{Order, Owner, Refund, RefundStatus, TradeState};
use crate::problem::Problem;
use crate::world::{Answer, By, World};
use crate::{notice, shape};

/// The most refunds of one order.
const MOST_PARTS: usize = 50;
/// *By the time of the payment and 365 days.*
const YEAR: Seconds = 365 * 24 * 60 * 60;
/// How far apart the refunds of one order have to be.
const APART: Seconds = 60;
/// How many refused refunds of a merchant a second bears.
const MOST_REFUSED: u32 = 6;
const NUMBER_SIGNS: &str = "_-|*@";

impl World {
    /// Too many refused ones in a second are no longer read.
    pub(crate) fn refund(
        &mut self,
        mchid: &str,
        region: Region,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let (now, second_now) = (self.clock.now(), self.clock.wire());
        let (second, count) = self.refused.get(mchid).copied().unwrap_or((second_now, 0));
        let count = if second == second_now { count } else { 0 };
        if count >= MOST_REFUSED {
            return Err(too_often("频率限制，该笔退款未受理，请降低频率后重试"));
        }
        let done = self.refund_at(mchid, region, form, now);
        if done.is_err() {
            self.refused.insert(mchid.to_owned(), (second_now, count + 1));
        }
        done
    }

    fn refund_at(
        &mut self,
        mchid: &str,
        region: Region,
        form: &Form,
        now: Seconds,
    ) -> Result<Answer, Problem> {
        let owner = self.refunder(mchid, region, form)?;
        let number = form.number("/out_refund_no", 1, 64, NUMBER_SIGNS)?;
        form.maybe("/reason", 1, 80)?;
        let notify_url = form.url("/notify_url")?;
        let refund = form.minor("/amount/refund")?;
        let total = form.minor("/amount/total")?;
        let currency = form.text("/amount/currency", 3)?;
        let by = read_by(form)?;
        let key = (owner.clone(), number.clone());
        if let Some(before) = self.refunds.get(&key) {
            if before.asked["amount"] != form.values()["amount"] {
                let message = "订单金额或退款金额与之前请求不一致，请核实后再试";
                return Err(Problem::new(400, "REFUND_FEE_MISMATCH", message));
            }
            if before.asked != *form.values() {
                return Err(Problem::invalid("您的请求参数与订单信息不一致"));
            }
            let order = &self.orders[&(owner, before.out_trade_no.clone())];
            return Ok(Answer::ok(shape::refund(before, order)));
        }
        let order = self.refundable(&owner, &by)?;
        if total != order.total || currency != order.currency {
            return Err(Problem::invalid("您的请求参数与订单信息不一致"));
        }
        self.is_in_time(&order, now)?;
        let payer_minor = self.share_of_payer(&order, refund)?;
        if self.merchants[mchid].out_of_funds {
            return Err(Problem::new(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"));
        }
        let made = Refund {
            owner: owner.clone(),
            region,
            out_trade_no: order.out_trade_no.clone(),
            out_refund_no: number,
            refund_id: self.platform_number("5030"),
            minor: refund,
            payer_minor,
            status: RefundStatus::Processing,
            created: now,
            ended: None,
            notify_url,
            asked: form.values().clone(),
        };
        let answer = Answer::ok(shape::refund(&made, &order));
        self.order_mut(&owner, &order.out_trade_no).state = TradeState::Refund;
        self.refunds.insert(key.clone(), made);
        if self.rules.refunds_arrive_at_once {
            self.end_refund(&key, RefundStatus::Success);
        }
        Ok(answer)
    }

    /// In the mainland the header alone says whose refund it is.
    fn refunder(&self, mchid: &str, region: Region, form: &Form) -> Result<Owner, Problem> {
        let credentials = &self.merchants[mchid].credentials;
        if region == Region::Global {
            let owner = self.owner(mchid, region, form)?;
            self.appid(&owner, form)?;
            return Ok(owner);
        }
        if credentials.region != region {
            return Err(Problem::new(403, "NO_AUTH", "没有退款权限"));
        }
        Ok(Owner { mchid: mchid.to_owned(), sub_mchid: String::new() })
    }

    fn refundable(&self, owner: &Owner, by: &By) -> Result<Order, Problem> {
        let missing = || Problem::new(404, "RESOURCE_NOT_EXISTS", "订单不存在");
        let order = self.find(owner, by).map_err(|_| missing())?;
        match order.state {
            TradeState::Success | TradeState::Refund => Ok(order.clone()),
            TradeState::Revoked if order.was_paid() => {
                Err(Problem::invalid("订单已撤销，不能退款"))
            }
            // Not paid is not there: so says the table.
            _ => Err(missing()),
        }
    }

    fn is_in_time(&self, order: &Order, now: Seconds) -> Result<(), Problem> {
        if order.paid.is_none_or(|paid| now > paid + YEAR) {
            return Err(Problem::new(400, "TRADE_OVERDUE", "订单已经超过退款期限"));
        }
        let others: Vec<&Refund> = self.refunds_of(order).collect();
        if others.len() >= MOST_PARTS {
            return Err(Problem::invalid("订单退款次数超过50次"));
        }
        let latest = others.iter().map(|other| other.created).max();
        let is_soon = latest.is_some_and(|latest| now < latest + APART);
        if is_soon && self.rules.refunds_a_minute_apart {
            return Err(too_often("同一笔订单多次退款的请求需相隔1分钟"));
        }
        Ok(())
    }

    /// What the payer gets of `refund`: so much that all parts together are what the payer paid.
    fn share_of_payer(&self, order: &Order, refund: i64) -> Result<i64, Problem> {
        let kept = self.refunds_of(order).filter(|other| other.status != RefundStatus::Closed);
        let (before, payer_before) =
            kept.fold((0, 0), |(sum, payer), other| (sum + other.minor, payer + other.payer_minor));
        if before + refund > order.total {
            return Err(Problem::invalid("申请退款金额超过订单可退金额"));
        }
        let due = i128::from(before + refund) * i128::from(order.payer_amount.minor);
        let due = i64::try_from(due / i128::from(order.total)).unwrap_or(i64::MAX);
        Ok(due - payer_before)
    }

    pub(crate) fn refunds_of(&self, order: &Order) -> impl Iterator<Item = &Refund> {
        let (owner, number) = (order.owner.clone(), order.out_trade_no.clone());
        self.refunds
            .values()
            .filter(move |refund| refund.owner == owner && refund.out_trade_no == number)
    }

    pub(crate) fn query_refund(
        &self,
        mchid: &str,
        region: Region,
        by: &By,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let owner = match region {
            Region::Global => self.owner(mchid, region, form)?,
            Region::Mainland => self.refunder(mchid, region, form)?,
        };
        let mut own = self.refunds.values().filter(|refund| refund.owner == owner);
        let found = own.find(|refund| match by {
            By::Own(number) => refund.out_refund_no == *number,
            By::Platform(id) => refund.refund_id == *id,
        });
        let refund =
            found.ok_or_else(|| Problem::new(404, "RESOURCE_NOT_EXISTS", "退款单不存在"))?;
        let order = &self.orders[&(owner, refund.out_trade_no.clone())];
        Ok(Answer::ok(shape::refund(refund, order)))
    }

    /// All refunds of an order, page by page; of the global paths alone.
    pub(crate) fn list_refunds(
        &self,
        mchid: &str,
        region: Region,
        form: &Form,
    ) -> Result<Answer, Problem> {
        let owner = self.owner(mchid, region, form)?;
        let [offset, count] = ["/offset", "/count"].map(|field| {
            let text = form.text(field, 9)?;
            text.parse::<usize>().map_err(|_| form.wrong(field, "is not a number"))
        });
        let order = self.find(&owner, &read_by(form)?)?;
        let mut all: Vec<&Refund> = self.refunds_of(order).collect();
        all.sort_by(|a, b| (a.created, &a.refund_id).cmp(&(b.created, &b.refund_id)));
        let page: Vec<&Refund> = all.iter().skip(offset?).take(count?).copied().collect();
        Ok(Answer::ok(shape::refunds(order, &page, all.len())))
    }

    /// What became of a refund, and its notification. One that was closed gives its sum back.
    pub(crate) fn end_refund(&mut self, key: &(Owner, String), status: RefundStatus) {
        let now = self.clock.now();
        let Some(refund) = self.refunds.get_mut(key) else { return };
        refund.status = status;
        refund.ended = Some(now);
        let refund = refund.clone();
        let order = self.orders[&(key.0.clone(), refund.out_trade_no.clone())].clone();
        notice::of_refund(self, &refund, &order);
    }
}

fn read_by(form: &Form) -> Result<By, Problem> {
    let id = form.maybe("/transaction_id", 1, 32)?;
    let own = form.maybe("/out_trade_no", 1, 32)?;
    match (id, own) {
        (Some(id), _) => Ok(By::Platform(id)),
        (None, Some(own)) => Ok(By::Own(own)),
        (None, None) => Err(form.wrong("/out_trade_no", "is missing, and transaction_id, too")),
    }
}

fn too_often(message: &str) -> Problem {
    Problem::new(429, "FREQUENCY_LIMITED", message)
}
