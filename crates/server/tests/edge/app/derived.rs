//! Views and an audit that say what a test tells them to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use std::time::Duration;

use cell::Handle;
use kernel::id::{Merchant, Wallet};
use kernel::{Currency, Ref, Timestamp};
use server::audit::{Audit, Audited};
use server::lists::{
    Cursor, EventPlace, EventPlaces, Lists, ListsError, Page, PaymentLine, StatementLine,
    TotalLine, TotalOf, TotalsBy,
};
use tempfile::TempDir;
use views::{Events, Listener, Views};

use super::App;

/// Five movements of every wallet, no payments, one total; at a position that a test sets.
#[derive(Default)]
pub struct FakeLists {
    pub position: AtomicU64,
    /// Events before this group are no longer kept.
    pub gone: AtomicU64,
    /// Empty ones.
    empty: OnceLock<(TempDir, Views)>,
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

    fn views(&self, cell: &str) -> Option<Views> {
        let (_, views) = self.empty.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let views = Views::open(&folder.path().join("views.db"), cell).unwrap();
            (folder, views)
        });
        Some(views.clone())
    }

    /// Nothing, group by group, behind what is no longer kept.
    fn event_places(&self, _: &str, _: Option<u32>, after: u64) -> Result<EventPlaces, ListsError> {
        if after < self.gone.load(Ordering::SeqCst) {
            return Ok(EventPlaces::Gone);
        }
        Ok(EventPlaces::Found { places: Vec::new(), through: after + 1 })
    }
}

/// The views themselves, of both cells, where only their events are asked for. They follow when
/// they are told to.
pub struct RealEvents {
    _folder: TempDir,
    views: BTreeMap<String, Views>,
}

impl RealEvents {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = |cell: &str| {
            let path = folder.path().join(format!("{cell}.db"));
            (cell.to_owned(), Views::open(&path, cell).unwrap())
        };
        let views = ["cn", "jp"].map(open).into();
        Self { _folder: folder, views }
    }

    /// Follows both journals to where they end now.
    pub fn catch_up(&self, app: &App) {
        for cell in [&app.cn, &app.jp] {
            self.follow(cell);
        }
    }

    fn follow(&self, cell: &Handle) {
        let mut reader = cell.feed().reader().unwrap();
        self.views[&cell.info().name].catch_up(&mut *reader).unwrap();
    }
}

impl Lists for RealEvents {
    fn position(&self, cell: &str) -> u64 {
        self.views[cell].position()
    }

    fn statement(
        &self,
        _: &str,
        _: Ref<Wallet>,
        _: Option<Cursor>,
        _: u32,
    ) -> Result<Page<StatementLine>, ListsError> {
        Err(ListsError("only events are here".into()))
    }

    fn payments_of(
        &self,
        _: &str,
        _: Ref<Merchant>,
        _: Option<Cursor>,
        _: u32,
    ) -> Result<Page<PaymentLine>, ListsError> {
        Err(ListsError("only events are here".into()))
    }

    fn totals(&self, _: &str, _: TotalsBy, _: Option<u32>) -> Result<Page<TotalLine>, ListsError> {
        Err(ListsError("only events are here".into()))
    }

    fn views(&self, cell: &str) -> Option<Views> {
        self.views.get(cell).cloned()
    }

    fn event_places(
        &self,
        cell: &str,
        party: Option<u32>,
        after: u64,
    ) -> Result<EventPlaces, ListsError> {
        let listener = party.map_or(Listener::All, Listener::Party);
        // Few at a time, so that a test comes to many ends.
        let found = self.views[cell].events_after(after, listener, 2);
        match found.map_err(|why| ListsError(why.to_string()))? {
            Events::Gone { .. } => Ok(EventPlaces::Gone),
            Events::Found { events, through } => {
                let place = |row: &views::EventRow| EventPlace {
                    position: row.at.position,
                    record: row.at.index,
                    payment: row.payment,
                };
                Ok(EventPlaces::Found { places: events.iter().map(place).collect(), through })
            }
        }
    }
}

/// Finds nothing.
pub struct FakeAudit;

impl Audit for FakeAudit {
    fn audited(&self) -> Result<Audited, String> {
        Ok(Audited {
            report: Arc::default(),
            at: Timestamp::from_seconds(1),
            took: Duration::from_millis(1),
        })
    }
}
