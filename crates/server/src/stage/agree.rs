//! Both books agree: the audit, run over the live journals when something has changed, and its
//! page.

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use audit::{CellReport, Report, Source};
use axum::extract::State;
use axum::response::Response;
use tokio::sync::{Notify, Semaphore};

use super::{PAYER, SELLER, Stage};
use crate::desk::answer::{Asked, html};
use crate::desk::events::Whom;
use crate::desk::faces::now_us;
use crate::web::view::{
    Agreement, AuditCell, AuditCorridor, AuditPage, Difference, NavItem, Shore, StepEvent, Zone,
};
use crate::web::{audit as markup, home};

const SRC: &str = "/fragments/agree";
/// Between two audits that run by themselves: so many times as long as the last one took, so that
/// they take a hundredth of one processor at most.
const BETWEEN: u32 = 100;
/// See [`BETWEEN`].
const LEAST: Duration = Duration::from_secs(2);

/// What an audit found, and when.
#[derive(Clone)]
struct Checked {
    report: Arc<Report>,
    at: i64,
    took: u64,
}

/// The newest audit; one runs at a time.
pub(super) struct Agree {
    newest: Mutex<Option<Checked>>,
    changed: Arc<Notify>,
    room: Semaphore,
}

impl Default for Agree {
    fn default() -> Self {
        let changed = Arc::new(Notify::new());
        // The first one runs at the start.
        changed.notify_one();
        Self { newest: Mutex::new(None), changed, room: Semaphore::new(1) }
    }
}

impl Agree {
    fn newest(&self) -> MutexGuard<'_, Option<Checked>> {
        self.newest.lock().expect("no holder of this lock panics")
    }

    /// Something was written since the last audit.
    pub fn look_again(&self) {
        self.changed.notify_one();
    }
}

/// Runs the audit at the start and, with pauses, when something was written, for as long as the
/// stage lives.
pub(super) async fn keep(stage: Weak<Stage>) {
    let Some(changed) = stage.upgrade().map(|stage| Arc::clone(&stage.agree.changed)) else {
        return;
    };
    loop {
        changed.notified().await;
        let Some(stage) = stage.upgrade() else { return };
        let took = stage.check().await.map_or(0, |checked| checked.took);
        stage.desk.channel.tell(Whom::All, &StepEvent { step: "figures", ..StepEvent::default() });
        drop(stage);
        let pause = Duration::from_micros(took).saturating_mul(BETWEEN).max(LEAST);
        tokio::time::sleep(pause).await;
    }
}

impl Stage {
    /// Goes over both journals as they are now; who comes while one runs gets its result.
    async fn check(&self) -> Option<Checked> {
        let asked = Instant::now();
        let _room = self.agree.room.acquire().await.ok()?;
        let waited = asked.elapsed() > Duration::from_millis(5);
        if waited && let Some(checked) = self.agree.newest().clone() {
            return Some(checked);
        }
        let feeds = [PAYER, SELLER].map(|side| {
            let site = self.desk.site(side);
            (site.name().to_owned(), Arc::clone(site.handle.feed()))
        });
        let began = Instant::now();
        let run = move || {
            let mut sources = Vec::new();
            for (name, feed) in feeds {
                sources.push(Source { name, reader: feed.reader().ok()? });
            }
            Some(audit::run_live(sources))
        };
        let report = tokio::task::spawn_blocking(run).await.ok().flatten()?;
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let checked = Checked { report: Arc::new(report), at: now_us(), took };
        *self.agree.newest() = Some(checked.clone());
        Some(checked)
    }

    /// The green line, from the newest audit; the first page of all waits for the first one.
    pub(super) async fn agreement(&self) -> Agreement {
        let newest = self.agree.newest().clone();
        let newest = match newest {
            Some(newest) => Some(newest),
            None => self.check().await,
        };
        self.agreement_of(newest.as_ref())
    }

    fn agreement_of(&self, checked: Option<&Checked>) -> Agreement {
        Agreement {
            src: SRC.to_owned(),
            payments: checked.map_or(0, |checked| checked.report.payments()),
            differences: checked.map_or(0, |checked| checked.report.difference_count()),
            checked: checked.map(|checked| (checked.at, self.till.zone)),
        }
    }

    fn zones(&self) -> (Zone, Zone) {
        (self.till.zone, self.wallet_zone)
    }

    fn audited(&self, of: &CellReport) -> AuditCell {
        let side = if of.name == self.desk.site(PAYER).name() { PAYER } else { SELLER };
        let shore = if side == PAYER { Shore::From } else { Shore::To };
        AuditCell::of(of, self.desk.unit(side), shore)
    }
}

/// The green line alone.
pub(super) async fn fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&home::agreement(asked.lang, &stage.agreement().await))
}

/// The audit page: goes over the books as they are now.
pub(super) async fn page(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    let checked = stage.check().await;
    let empty = Checked { report: Arc::new(Report::default()), at: now_us(), took: 0 };
    let shown = checked.as_ref().unwrap_or(&empty);
    let report = &shown.report;
    let corridor = |link| AuditCorridor::of(link, stage.desk.unit(SELLER));
    let page = AuditPage {
        chrome: stage.chrome(&asked, "/audit", NavItem::Audit, None).await,
        agreement: stage.agreement_of(checked.as_ref()),
        at: shown.at,
        zones: stage.zones(),
        took: shown.took,
        cells: report.cells.iter().map(|cell| stage.audited(cell)).collect(),
        corridors: report.links.iter().map(corridor).collect(),
        differences: Difference::all(report),
    };
    html(&markup::page(&page))
}
