//! Merchants' credit lines, reckoned from the facts alone: what was granted, drawn by refunds and
//! repaid by sales must be what the three accounts of a merchant hold, and a merchant draws
//! nothing while it has something, and keeps nothing of a sale while it owes.

use std::collections::BTreeMap;

use kernel::Id;
use kernel::id::Refund;
use pay::event::{CreditDrawn, CreditLineSet, CreditRepaid};
use pay::state::CreditLine;

use crate::cell::{At, Cell};
use crate::judge::Scope;
use crate::report::Report;

/// What one record did to credit lines.
#[derive(Default)]
pub(crate) struct Credit {
    /// What sales brought each merchant, by its account.
    earned: BTreeMap<u32, i128>,
    /// What was repaid, by the merchant's entry.
    repaid: BTreeMap<u32, i128>,
    /// The refunds that drew, and those that were made.
    drawn: Vec<Id<Refund>>,
    pub refunds: Vec<Id<Refund>>,
}

type Told = Result<(), (&'static str, String)>;

fn differs(what: String) -> (&'static str, String) {
    ("credit_differs", what)
}

impl Cell {
    /// What a sale brought its merchant.
    pub(crate) fn earned(&mut self, scope: &mut Scope, account: u32, net: i128) {
        self.expect(scope, account, net);
        *scope.credit.earned.entry(account).or_default() += net;
    }

    /// What was put up for a merchant by the facts so far, and what it owes of that.
    fn reckoned(&self, credit: &CreditLine) -> (i128, i128) {
        let by_facts = |number: u32| self.expected.get(number as usize).copied().unwrap_or(0);
        let funded = -by_facts(credit.receivable);
        (funded, funded - by_facts(credit.line))
    }

    fn credit_of(&self, merchant: u32) -> Result<(u32, CreditLine), (&'static str, String)> {
        let market = &self.state.pay.market;
        let account = market.merchants.get(merchant as usize).map(|known| known.reference.number);
        let line = market.credit_lines.get(&merchant).copied();
        account.zip(line).ok_or_else(|| differs(format!("merchant {merchant} has no credit line")))
    }

    /// Once it is granted, there is put up what may be drawn and what is owed, and no more.
    pub(crate) fn credit_line_set(&mut self, fact: &CreditLineSet, scope: &mut Scope) -> Told {
        let CreditLineSet { merchant, line, receivable, limit, .. } = *fact;
        let credit = CreditLine { line, receivable, limit };
        if let Ok((_, known)) = self.credit_of(merchant)
            && (known.line, known.receivable) != (line, receivable)
        {
            return Err(differs(format!("merchant {merchant} has two credit lines")));
        }
        let (funded, owed) = self.reckoned(&credit);
        let change = i128::from(limit).max(owed) - funded;
        self.expect(scope, receivable, -change);
        self.expect(scope, line, change);
        Ok(())
    }

    pub(crate) fn credit_drawn(&mut self, fact: &CreditDrawn, scope: &mut Scope) -> Told {
        let (account, credit) = self.credit_of(fact.merchant)?;
        let amount = i128::from(fact.amount);
        self.expect(scope, credit.line, -amount);
        self.expect(scope, account, amount);
        scope.credit.drawn.push(fact.refund);
        match self.state.book.account(account).map(ledger::Account::available) {
            Some(0) => Ok(()),
            left => {
                let what = format!("merchant {} draws {amount} and has {left:?}", fact.merchant);
                Err(differs(what))
            }
        }
    }

    pub(crate) fn credit_repaid(&mut self, fact: &CreditRepaid, scope: &mut Scope) -> Told {
        let (account, credit) = self.credit_of(fact.merchant)?;
        let (funded, owed) = self.reckoned(&credit);
        let amount = i128::from(fact.amount);
        let back = amount.min((funded - i128::from(credit.limit)).max(0));
        self.expect(scope, account, -amount);
        self.expect(scope, credit.receivable, back);
        self.expect(scope, credit.line, amount - back);
        *scope.credit.repaid.entry(fact.merchant).or_default() += amount;
        if amount > owed {
            let what = format!("merchant {} repays {amount} of {owed}", fact.merchant);
            return Err(differs(what));
        }
        Ok(())
    }

    /// At the end of a record: what sales brought went to what was owed, and who drew refunded.
    pub(crate) fn credit_used(&self, at: At, credit: &Credit, report: &mut Report) {
        let place = || self.place(at.position, Some(at.record));
        if let Some(refund) = credit.drawn.iter().find(|drawn| !credit.refunds.contains(drawn)) {
            let what = format!("{refund} drew a credit line and is no refund of this record");
            report.add(place(), "credit_differs", what);
        }
        for (entry, line) in &self.state.pay.market.credit_lines {
            let merchant = self.state.pay.market.merchants.get(*entry as usize);
            let account = merchant.map_or(u32::MAX, |merchant| merchant.reference.number);
            let earned = credit.earned.get(&account).copied().unwrap_or(0);
            let repaid = credit.repaid.get(entry).copied().unwrap_or(0);
            if earned == 0 && repaid == 0 {
                continue;
            }
            let owed = self.reckoned(line).1 + repaid;
            if repaid != earned.max(0).min(owed) {
                let what = format!(
                    "merchant {entry} owed {owed}, earned {earned} and repaid {repaid} of it"
                );
                report.add(place(), "credit_differs", what);
            }
        }
    }
}
