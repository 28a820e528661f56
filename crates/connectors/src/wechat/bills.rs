//! The bills of a finished day: what WeChat Pay took and gave back, and what moved on the merchant's
//! account. They are asked for, held against their hash, and against their own totals.
//!
//! ```text
//! mainland   tradebill, fundflowbill ─▶ address and SHA-1 (signed) ─▶ file ─▶ same SHA-1? ─▶ totals?
//! abroad     global/statements ─▶ file with its SHA-1, which is signed ─▶ same SHA-1?
//! ```
//! Sources: WeChat Pay, Apply for Trade Bill, Apply for Fund Flow Bill, Download Bill; Downloading
//! Reconciliation API (cross-border).

use std::time::Duration;

use connector::{Bill, BillFile, BillKind, BillLine, Funds, NoBill};
use kernel::Money;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::wechat::codes::plain;
use crate::wechat::settings::{Contract, Region};
use crate::wechat::table::{Line, Table, decimal};
use crate::wechat::wallet::Wallet;
use crate::wechat::wire::{Answer, Method, NoAnswer, Question, sha1};

/// How long an answer is waited for; nobody stands at a till.
const ASKING: Duration = Duration::from_secs(20);
const LOADING: Duration = Duration::from_secs(180);
/// The files of a bill.
const TRADE: &str = "trade";
const FUNDS: &str = "funds";
/// Fees are written this much finer than amounts.
const FINER: u32 = 3;

/// Where a bill is, and what it is.
#[derive(Deserialize)]
struct Offer {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

fn unanswered(NoAnswer: NoAnswer) -> NoBill {
    NoBill::NoAnswer
}

/// What a refusal says; nothing if it says that nothing happened on that day.
fn refused(code: String) -> Result<(), NoBill> {
    match plain(&code).as_str() {
        "NOSTATEMENTEXIST" => Ok(()),
        "STATEMENTCREATING" => Err(NoBill::NotYet),
        _ => Err(NoBill::Refused(code)),
    }
}

impl Wallet {
    pub(crate) fn ask_for_bill(&self, day: u32) -> Result<Bill, NoBill> {
        let settings = self.settings();
        let date = format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100);
        let trade = settings.trade_bill_path(&date);
        let (trade, funds) = match settings.region {
            Region::Global { .. } => (self.statement(&trade)?, None),
            Region::Mainland => {
                let funds = settings.funds_bill_path(&date);
                let funds = match funds.map(|path| self.offered(&path)).transpose() {
                    // Some may have the one and not the other.
                    Err(NoBill::Refused(_)) => None,
                    funds => funds?.flatten(),
                };
                (self.offered(&trade)?, funds)
            }
        };
        let file = |name, bytes: Option<Vec<u8>>| bytes.map(|bytes| BillFile { name, bytes });
        let files = [file(TRADE, trade), file(FUNDS, funds)];
        self.bill_of(day, files.into_iter().flatten().collect())
    }

    /// Asks where a file is, and fetches it.
    fn offered(&self, path: &str) -> Result<Option<Vec<u8>>, NoBill> {
        let body = Zeroizing::default();
        let question = Question { method: Method::Get, path, body, patience: ASKING };
        let offer = match self.wire().ask(&question).map_err(unanswered)? {
            Answer::Done(said) => serde_json::from_slice::<Offer>(&said)
                .map_err(|_| NoBill::Unfit("the answer says no address and hash"))?,
            Answer::Refused(code) => return refused(code).map(|()| None),
        };
        if offer.hash_type != "SHA1" {
            return Err(NoBill::Unfit("its hash is of a kind that is not known"));
        }
        let bytes = self.wire().download(&offer.download_url, LOADING).map_err(unanswered)?;
        match offer.hash_value.eq_ignore_ascii_case(&sha1(&bytes)) {
            true => Ok(Some(bytes)),
            false => Err(NoBill::Unfit("it is not what was hashed")),
        }
    }

    fn statement(&self, path: &str) -> Result<Option<Vec<u8>>, NoBill> {
        match self.wire().statement(path, LOADING).map_err(unanswered)? {
            Answer::Done(bytes) => Ok(Some(bytes)),
            Answer::Refused(code) => refused(code).map(|()| None),
        }
    }

    pub(crate) fn bill_of(&self, day: u32, files: Vec<BillFile>) -> Result<Bill, NoBill> {
        let of = |name: &str| files.iter().find(|file| file.name == name);
        let lines = of(TRADE).map(|file| self.trade(&file.bytes)).transpose();
        let lines = lines.map_err(NoBill::Unfit)?.unwrap_or_default();
        let funds = of(FUNDS).map(|file| self.funds(&file.bytes)).transpose();
        let funds = funds.map_err(NoBill::Unfit)?;
        Ok(Bill { day, lines, funds, files })
    }

    fn exponent(&self) -> u32 {
        u32::from(self.settings().currency.exponent())
    }

    /// The lines of a bill of trade that are this contract's.
    fn trade(&self, bytes: &[u8]) -> Result<Vec<BillLine>, &'static str> {
        let table = Table::read(bytes)?;
        let (mut lines, mut sums) = (Vec::new(), [0_i64; 3]);
        for line in table.lines() {
            let (paid, back) = (self.amount(&line, PAID)?, self.amount(&line, BACK)?);
            let fee_milli = decimal(line.cell(&["手续费"])?, self.exponent() + FINER)?;
            for (sum, more) in sums.iter_mut().zip([paid, back, fee_milli]) {
                *sum = sum.checked_add(more).ok_or("its amounts are too large")?;
            }
            if !self.is_of_contract(&line)? {
                continue;
            }
            let (kind, amount) = match line.cell(&["交易状态"])? {
                "SUCCESS" => (BillKind::Payment, paid),
                "REFUND" => (BillKind::Refund, back),
                "REVOKED" => (BillKind::Reversal, if back == 0 { paid } else { back }),
                _ => return Err("a line is in a state that is not known"),
            };
            let amount = u64::try_from(amount).map_err(|_| "an amount is below zero")?;
            let currency = line.cell(&["货币种类", "标价币种"])?;
            let currency = currency.parse().map_err(|_| "a currency is not known")?;
            let refund = line.cell(&["商户退款单号"])?.to_owned();
            lines.push(BillLine {
                kind,
                order: line.cell(&["商户订单号"])?.to_owned(),
                refund: Some(refund).filter(|_| kind == BillKind::Refund),
                reference: line.cell(&["微信订单号"])?.to_owned(),
                amount: Money::new(amount, currency),
                fee_milli,
            });
        }
        self.adds_up(&table, sums)?;
        Ok(lines)
    }

    /// Cross-border there are no totals; of the mainland a bill without them is cut.
    fn adds_up(&self, table: &Table<'_>, sums: [i64; 3]) -> Result<(), &'static str> {
        if matches!(self.settings().region, Region::Global { .. }) {
            return Ok(());
        }
        let total = |name| table.total(name).ok_or("it is cut: its totals are missing");
        let exponent = self.exponent();
        let said = [
            decimal(total("订单总金额")?, exponent)?,
            decimal(total("申请退款总金额")?, exponent)?,
            decimal(total("手续费总金额")?, exponent + FINER)?,
        ];
        let count = i64::try_from(table.lines().len()).unwrap_or(i64::MAX);
        match decimal(total("总交易单数")?, 0)? == count && said == sums {
            true => Ok(()),
            false => Err("its totals are not those of its lines"),
        }
    }

    fn is_of_contract(&self, line: &Line<'_>) -> Result<bool, &'static str> {
        let settings = self.settings();
        if line.cell(&["商户号"])? != settings.mchid {
            return Err("it is of another merchant");
        }
        match &settings.contract {
            Contract::Merchant => Ok(true),
            Contract::Institution { sub_mchid, .. } => {
                Ok(line.cell(&["特约商户号", "子商户号"])? == sub_mchid)
            }
        }
    }

    /// An amount: of the mainland in yuan; cross-border as in answers, in the smallest unit, unless
    /// it is written with a point.
    fn amount(&self, line: &Line<'_>, names: &[&str]) -> Result<i64, &'static str> {
        let text = line.cell(names)?;
        let is_minor = matches!(self.settings().region, Region::Global { .. });
        decimal(text, if is_minor && !text.contains('.') { 0 } else { self.exponent() })
    }

    /// What moved on the account.
    fn funds(&self, bytes: &[u8]) -> Result<Funds, &'static str> {
        let table = Table::read(bytes)?;
        let exponent = self.exponent();
        let (mut income, mut outgo, mut counts) = (0_i64, 0_i64, [0_i64; 3]);
        let mut last = None;
        for line in table.lines() {
            let amount = decimal(line.cell(&["收支金额(元)"])?, exponent)?;
            let (sum, at) = match line.cell(&["收支类型"])? {
                "收入" => (&mut income, 1),
                "支出" => (&mut outgo, 2),
                _ => return Err("a movement is neither in nor out"),
            };
            *sum = sum.checked_add(amount).ok_or("its amounts are too large")?;
            (counts[0], counts[at]) = (counts[0] + 1, counts[at] + 1);
            // The newest movement says what is left; of two in one second the later line.
            let (when, left) = (line.cell(&["记账时间"])?, line.cell(&["账户结余(元)"])?);
            if last.is_none_or(|(before, _)| before <= when) {
                last = Some((when, decimal(left, exponent)?));
            }
        }
        let total = |name| table.total(name).ok_or("it is cut: its totals are missing");
        let said = [
            decimal(total("资金流水总笔数")?, 0)?,
            decimal(total("收入笔数")?, 0)?,
            decimal(total("支出笔数")?, 0)?,
            decimal(total("收入金额")?, exponent)?,
            decimal(total("支出金额")?, exponent)?,
        ];
        if said != [counts[0], counts[1], counts[2], income, outgo] {
            return Err("its totals are not those of its lines");
        }
        let whole = |sum: i64| u64::try_from(sum).map_err(|_| "an amount is below zero");
        Ok(Funds {
            income: whole(income)?,
            outgo: whole(outgo)?,
            balance: last.map(|(_, left)| left),
        })
    }
}

const PAID: &[&str] = &["订单金额", "订单金额(标价币种)", "订单金额（标价币种）"];
const BACK: &[&str] = &["申请退款金额"];
