//! The bills of a finished day: what was paid and given back, and what moved on the account.
//!
//! Sources: *Apply for trade bill*, *Apply for fund flow bill*, *Download bill* and the formats of
//! both files; *Downloading Reconciliation API* abroad. Byte order mark, CR LF, a backtick before
//! each cell: a file that a public client's tests have with its SHA-1 has it in this form only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::json;

use crate::clock::{Seconds, rfc3339};
use crate::form::Form;
use crate::merchant::Region;
use crate::order::{Order, Owner, Refund, TradeState};
use crate::problem::Problem;
use crate::world::{Answer, World};

const DAY: Seconds = 24 * 60 * 60;
/// From nine in the morning of the next day on a bill is made.
const MADE: Seconds = 9 * 60 * 60;
/// For so long bills can be had.
const KEPT: Seconds = 90 * DAY;
/// What the merchant pays for each payment, in a hundred-thousandth.
const FEE_E5: i64 = 600;

const TRADE: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
    交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,\
    退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const TRADE_TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const ABROAD: &str = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
    交易状态,付款银行,充值券币种,充值券金额,优惠券币种,优惠券金额,微信退款单号,商户退款单号,退款类型,\
    退款状态,商品名称,商户数据包,手续费,费率,标价币种,订单金额(标价币种),用户支付币种,用户支付金额,\
    结算币种,应结订单金额,支付汇率,退款汇率,申请退款金额,用户退款币种,用户退款金额,退款结算币种,\
    退款应结订单金额,充值券退款金额,优惠券退款金额";
const FUNDS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),\
    账户结余(元),资金变更提交申请人,备注,业务凭证号";
const FUNDS_TOTALS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// What a test has the bills say instead of what is true.
#[derive(Clone, Debug, Default)]
pub(crate) struct Untruths {
    /// Orders that are left out.
    pub(crate) without: BTreeSet<String>,
    /// Other amounts of orders.
    pub(crate) amounts: BTreeMap<String, i64>,
    /// Payments that nobody asked for: number and amount.
    pub(crate) more: Vec<(String, i64)>,
    /// Whether the totals are one too many.
    pub(crate) is_off: bool,
}

/// A line before it is written.
struct Entry {
    at: Seconds,
    order: Order,
    refund: Option<Refund>,
    state: &'static str,
    paid: i64,
    back: i64,
}

impl Entry {
    /// In units of 10⁻⁵ of the currency's main unit for two decimals, of 10⁻³ for none.
    fn fee(&self) -> i64 {
        (self.paid - self.back) * 1_000 * FEE_E5 / 100_000
    }
}

/// Bills as they are asked for.
impl World {
    /// Says where a bill is, and its hash.
    pub(crate) fn offer_bill(
        &self,
        mchid: &str,
        (form, host): (&Form, &str),
        is_funds: bool,
    ) -> Result<Answer, Problem> {
        let text = form.text("/bill_date", 10)?;
        let day = self.billed(&text.replace('-', ""), form, "/bill_date")?;
        self.is_of(mchid, Region::Mainland)?;
        let bytes = self.bill(mchid, day, is_funds).ok_or_else(none)?;
        let kind = if is_funds { "funds" } else { "trade" };
        let token = format!("{kind}-{mchid}-{day}");
        Ok(Answer::ok(json!({
            "hash_type": "SHA1",
            "hash_value": sha1(&bytes),
            "download_url": format!("http://{host}/v3/billdownload/file?token={token}"),
        })))
    }

    /// The file behind a token.
    pub(crate) fn billed_file(&self, mchid: &str, form: &Form) -> Result<Answer, Problem> {
        let token = form.text("/token", 128)?;
        let gone = || Problem::invalid("下载链接无效或已过期");
        let mut parts = token.split('-');
        let (kind, of, day) = (parts.next(), parts.next(), parts.next());
        let day: Seconds = day.and_then(|day| day.parse().ok()).ok_or_else(gone)?;
        if of != Some(mchid) {
            return Err(gone());
        }
        let bytes = self.bill(mchid, day, kind == Some("funds")).ok_or_else(gone)?;
        Ok(Answer::file(bytes, false))
    }

    /// The bill abroad, which comes at once.
    pub(crate) fn statement(&self, mchid: &str, form: &Form) -> Result<Answer, Problem> {
        let day = self.billed(&form.text("/date", 8)?, form, "/date")?;
        let owner = self.owner(mchid, Region::Global, form)?;
        let entries = self.entries(&owner, day);
        if entries.is_empty() {
            return Err(none());
        }
        Ok(Answer::file(self.abroad(&entries), true))
    }

    fn is_of(&self, mchid: &str, region: Region) -> Result<(), Problem> {
        let credentials = &self.merchants[mchid].credentials;
        let fits = credentials.region == region;
        if fits { Ok(()) } else { Err(Problem::new(403, "NO_AUTH", "商户无权限")) }
    }

    /// The first second of a day whose bill is there.
    fn billed(&self, day: &str, form: &Form, field: &str) -> Result<Seconds, Problem> {
        let wrong = || form.wrong(field, "is not a date");
        let digits = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
        let text =
            digits.then(|| format!("{}-{}-{}T00:00:00+08:00", &day[..4], &day[4..6], &day[6..]));
        let at = text.and_then(|text| crate::clock::parse(&text)).ok_or_else(wrong)?;
        let now = self.clock.now();
        if now < at + DAY + MADE {
            return Err(Problem::new(400, "STATEMENT_CREATING", "账单生成中"));
        }
        if now > at + KEPT {
            return Err(Problem::invalid("账单日期超出可下载的范围"));
        }
        Ok(at)
    }

    fn bill(&self, mchid: &str, day: Seconds, is_funds: bool) -> Option<Vec<u8>> {
        let owner = Owner { mchid: mchid.to_owned(), sub_mchid: String::new() };
        let entries = self.entries(&owner, day);
        if entries.is_empty() {
            return None;
        }
        Some(if is_funds { self.funds(&owner, &entries) } else { self.trade(&entries) })
    }

    /// What happened on a day, in order; the untruths are in it.
    fn entries(&self, owner: &Owner, day: Seconds) -> Vec<Entry> {
        let is_then = |at: Seconds| (day..day + DAY).contains(&at);
        let mut entries = Vec::new();
        for order in self.orders.values().filter(|order| order.owner == *owner) {
            let Some(paid) = order.paid.filter(|at| is_then(*at)) else { continue };
            let entry = |state, paid_minor, back| Entry {
                at: paid,
                order: order.clone(),
                refund: None,
                state,
                paid: paid_minor,
                back,
            };
            if self.untrue.without.contains(&order.out_trade_no) {
                continue;
            }
            let told = self.untrue.amounts.get(&order.out_trade_no).copied();
            entries.push(entry("SUCCESS", told.unwrap_or(order.total), 0));
            if order.state == TradeState::Revoked {
                entries.push(entry("REVOKED", 0, order.total));
            }
            for (number, minor) in &self.untrue.more {
                let order = Order {
                    out_trade_no: number.clone(),
                    transaction_id: format!("4299{:0>24}", entries.len()),
                    ..order.clone()
                };
                let back = 0;
                entries.push(Entry { order, ..entry("SUCCESS", *minor, back) });
            }
        }
        // A refund stands on the day on which it was accepted.
        let refunds = self.refunds.values().filter(|refund| refund.owner == *owner);
        for refund in refunds.filter(|refund| is_then(refund.created)) {
            let order = self.orders[&(owner.clone(), refund.out_trade_no.clone())].clone();
            entries.push(Entry {
                at: refund.created,
                order,
                refund: Some(refund.clone()),
                state: "REFUND",
                paid: 0,
                back: refund.minor,
            });
        }
        entries.sort_by_key(|entry| entry.at);
        entries
    }

    fn trade(&self, entries: &[Entry]) -> Vec<u8> {
        let mut text = format!("\u{feff}{TRADE}\r\n");
        let (mut paid, mut back, mut fee) = (0, 0, 0);
        for entry in entries {
            let order = &entry.order;
            let refund = entry.refund.as_ref();
            let cells = [
                written(entry.at),
                order.appid.clone(),
                order.owner.mchid.clone(),
                "0".to_owned(),
                String::new(),
                order.transaction_id.clone(),
                order.out_trade_no.clone(),
                "oUpF8uMuAJO".to_owned(),
                order.kind.as_str().to_owned(),
                entry.state.to_owned(),
                "OTHERS".to_owned(),
                order.currency.clone(),
                yuan(entry.paid),
                yuan(0),
                refund.map_or("0", |refund| &refund.refund_id).to_owned(),
                refund.map_or("0", |refund| &refund.out_refund_no).to_owned(),
                yuan(entry.back),
                yuan(0),
                refund.map_or("", |_| "ORIGINAL").to_owned(),
                refund.map_or("", |refund| refund.status.as_str()).to_owned(),
                "一碗荞麦面, 热的".to_owned(),
                order.attach.clone().unwrap_or_default(),
                e5(entry.fee()),
                "0.60%".to_owned(),
                yuan(entry.paid),
                yuan(entry.back),
                String::new(),
            ];
            line(&mut text, &cells);
            (paid, back, fee) = (paid + entry.paid, back + entry.back, fee + entry.fee());
        }
        let off = i64::from(self.untrue.is_off);
        text.push_str(TRADE_TOTALS);
        text.push_str("\r\n");
        let totals = [
            entries.len().to_string(),
            yuan(paid),
            yuan(back),
            yuan(0),
            e5(fee),
            yuan(paid + off),
            yuan(back),
        ];
        line(&mut text, &totals);
        text.into_bytes()
    }

    fn abroad(&self, entries: &[Entry]) -> Vec<u8> {
        let mut text = format!("\u{feff}{ABROAD}\r\n");
        for entry in entries {
            let (order, refund) = (&entry.order, entry.refund.as_ref());
            let sum = |minor: i64| minor.to_string();
            let mut cells = vec![
                written(entry.at),
                order.appid.clone(),
                order.owner.mchid.clone(),
                order.owner.sub_mchid.clone(),
                String::new(),
                order.transaction_id.clone(),
                order.out_trade_no.clone(),
                "oUpF8uMuAJO".to_owned(),
                order.kind.as_str().to_owned(),
                entry.state.to_owned(),
                "OTHERS".to_owned(),
            ];
            cells.extend([String::new(), sum(0), String::new(), sum(0)]);
            cells.extend([
                refund.map_or("0", |refund| &refund.refund_id).to_owned(),
                refund.map_or("0", |refund| &refund.out_refund_no).to_owned(),
                refund.map_or("", |_| "ORIGINAL").to_owned(),
                refund.map_or("", |refund| refund.status.as_str()).to_owned(),
                "そば, 温".to_owned(),
                order.attach.clone().unwrap_or_default(),
                thousandths(entry.fee()),
                "0.60%".to_owned(),
                order.currency.clone(),
                sum(entry.paid),
                "CNY".to_owned(),
                sum(order.payer_amount.minor),
                order.currency.clone(),
                sum(entry.paid),
                order.payer_amount.rate_e8.unwrap_or(100_000_000).to_string(),
                String::new(),
                sum(entry.back),
                "CNY".to_owned(),
                sum(refund.map_or(0, |refund| refund.payer_minor)),
                order.currency.clone(),
                sum(entry.back),
                sum(0),
                sum(0),
            ]);
            line(&mut text, &cells);
        }
        text.into_bytes()
    }

    /// Each payment comes, its fee goes; each refund goes, its fee comes back.
    fn funds(&self, owner: &Owner, entries: &[Entry]) -> Vec<u8> {
        let mut text = format!("\u{feff}{FUNDS}\r\n");
        let first = entries.first().map_or(0, |entry| entry.at);
        let mut left = self.left_before(owner, begun(first));
        let (mut counts, mut sums) = ([0, 0], [0, 0]);
        for (at, entry) in entries.iter().enumerate() {
            let fee = entry.fee() / 1_000;
            let moves = match entry.paid - entry.back {
                more @ 0.. => [("交易", 0, more), ("扣除交易手续费", 1, fee)],
                less => [("退款", 1, -less), ("手续费返还", 0, -fee)],
            };
            for (what, way, minor) in moves.into_iter().filter(|(_, _, minor)| *minor > 0) {
                left += if way == 0 { minor } else { -minor };
                counts[way] += 1;
                sums[way] += minor;
                let cells = [
                    written(entry.at),
                    entry.order.transaction_id.clone(),
                    format!("{at:032}"),
                    what.to_owned(),
                    what.to_owned(),
                    ["收入", "支出"][way].to_owned(),
                    yuan(minor),
                    yuan(left),
                    "system".to_owned(),
                    String::new(),
                    entry.order.out_trade_no.clone(),
                ];
                line(&mut text, &cells);
            }
        }
        text.push_str(FUNDS_TOTALS);
        text.push_str("\r\n");
        let [income, outgo] = sums.map(yuan);
        let [ins, outs] = counts.map(|count: i32| count.to_string());
        line(&mut text, &[(counts[0] + counts[1]).to_string(), ins, income, outs, outgo]);
        text.into_bytes()
    }

    /// What was on the account when a day began; nothing was ever paid out of it.
    fn left_before(&self, owner: &Owner, day: Seconds) -> i64 {
        let orders = self.orders.values().filter(|order| order.owner == *owner);
        let refunds = self.refunds.values().filter(|refund| refund.owner == *owner);
        let moments =
            orders.filter_map(|order| order.paid).chain(refunds.map(|refund| refund.created));
        let days: BTreeSet<Seconds> = moments.map(begun).filter(|at| *at < day).collect();
        let of_day = |day: &Seconds| self.entries(owner, *day);
        let entries = days.iter().flat_map(of_day);
        entries.map(|entry| entry.paid - entry.back - entry.fee() / 1_000).sum()
    }
}

/// When the day of a moment began in Beijing.
fn begun(at: Seconds) -> Seconds {
    at - (at + 8 * 60 * 60).rem_euclid(DAY)
}

fn none() -> Problem {
    Problem::new(400, "NO_STATEMENT_EXIST", "账单文件不存在")
}

/// The SHA-1 of a file, in hexadecimal.
pub(crate) fn sha1(bytes: &[u8]) -> String {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Nothing fails that writes into a text.
        let _written = write!(hex, "{byte:02x}");
        hex
    })
}

fn line(text: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| format!("`{cell}")).collect();
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// `2026-11-22 13:29:35`, in Beijing.
fn written(at: Seconds) -> String {
    rfc3339(at)[..19].replace('T', " ")
}

fn yuan(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}

fn e5(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:05}", value.abs() / 100_000, value.abs() % 100_000)
}

fn thousandths(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", value.abs() / 1_000, value.abs() % 1_000)
}
