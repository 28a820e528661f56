//! The line that says whether the books agree: the newest audit, run beside the pages and never
//! waited for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::response::Response;

use super::{Board, Desk, html, micros};
use crate::audit::{self, Audited};
use crate::web::board as markup;
use crate::web::view::{Agreement, BoardAgreement, Zone};

/// Audits take a hundredth of one processor at most, and are never nearer than this.
const LEAST: Duration = Duration::from_secs(30);
const SHARE: u32 = 100;

/// The newest audit; one runs at a time.
#[derive(Default)]
pub(super) struct Agree {
    newest: Mutex<Option<(Instant, Audited)>>,
    running: AtomicBool,
}

impl Board {
    /// The newest result, if there is one; has another one made when that is old.
    pub(super) fn agreement(&self, src: String, zone: Zone) -> Option<Agreement> {
        let newest = self.0.agree.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let old = newest.as_ref().is_none_or(|(at, audited)| {
            at.elapsed() > audited.took.saturating_mul(SHARE).max(LEAST)
        });
        if old && !self.0.agree.running.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().check());
        }
        let (_, audited) = newest?;
        Some(Agreement {
            src,
            payments: audited.report.payments(),
            differences: audited.report.difference_count(),
            checked: Some((micros(audited.at), zone)),
        })
    }

    async fn check(self) {
        let audited = audit::run(self.edge()).await;
        if let Ok(audited) = audited {
            let mut newest = self.0.agree.newest.lock().unwrap_or_else(PoisonError::into_inner);
            *newest = Some((Instant::now(), audited));
        }
        self.0.agree.running.store(false, Ordering::Release);
    }
}

impl Desk {
    pub(super) fn agreement(&self, zone: Zone) -> BoardAgreement {
        let src = format!("{}/agree", self.base());
        match self.board.agreement(src.clone(), zone) {
            Some(it) => BoardAgreement::Known(it),
            None => BoardAgreement::Awaited(src),
        }
    }
}

/// The line alone.
pub(super) async fn fragment(desk: Desk) -> Response {
    let zone = desk.chosen(None).map_or(Zone("Etc/UTC"), |cell| cell.zone);
    if !desk.fragment {
        return desk.back("");
    }
    html(&markup::agree(desk.lang, &desk.agreement(zone)))
}
