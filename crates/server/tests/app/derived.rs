//! Views and an audit that say what a test tells them to.

#![allow(dead_code)] // each test file uses its part

use std::sync::atomic::{AtomicU64, Ordering};

use kernel::id::{Merchant, Wallet};
use kernel::{Currency, Ref, Timestamp};
use server::audit::{Audit, AuditReport};
use server::lists::{
    Cursor, Lists, ListsError, Page, PaymentLine, StatementLine, TotalLine, TotalOf, TotalsBy,
};

/// Five movements of every wallet, no payments, one total; at a position that a test sets.
#[derive(Debug, Default)]
pub struct FakeLists {
    pub position: AtomicU64,
}

impl FakeLists {
    fn page<T>(&self, lines: Vec<T>, next: Option<Cursor>) -> Result<Page<T>, ListsError> {
        Ok(Page { lines, next, position: self.position.load(Ordering::SeqCst) })
    }
}

impl Lists for FakeLists {
    fn position(&self, _: &str) -> u64 {
        self.position.load(Ordering::SeqCst)
    }

    fn statement(
        &self,
        _: &str,
        _: Ref<Wallet>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<StatementLine>, ListsError> {
        let first = after.map_or(0, |cursor| cursor[0]);
        let last = (first + u64::from(limit)).min(5);
        let line = |n: u64| StatementLine {
            position: 5 - n,
            at: Timestamp::from_seconds(n),
            kind: "topped_up",
            amount: -1,
            balance: n,
            payment: None,
        };
        let next = (last < 5).then_some([last, 0]);
        self.page((first..last).map(line).collect(), next)
    }

    fn payments_of(
        &self,
        _: &str,
        _: Ref<Merchant>,
        _: Option<Cursor>,
        _: u32,
    ) -> Result<Page<PaymentLine>, ListsError> {
        self.page(Vec::new(), None)
    }

    fn totals(
        &self,
        _: &str,
        _: TotalsBy,
        day: Option<u32>,
    ) -> Result<Page<TotalLine>, ListsError> {
        let line = TotalLine {
            of: day.map_or(TotalOf::Prefecture(21), TotalOf::Day),
            currency: Currency::JPY,
            payments: 1,
            captured: 3_200,
            refunded: 0,
            fees: 51,
        };
        self.page(vec![line], None)
    }
}

/// Finds nothing.
pub struct FakeAudit;

impl Audit for FakeAudit {
    fn report(&self) -> Result<AuditReport, String> {
        Ok(AuditReport {
            at: "2026-11-22T16:00:00Z".to_owned(),
            clean: true,
            cells: Vec::new(),
            differences: Vec::new(),
        })
    }
}
