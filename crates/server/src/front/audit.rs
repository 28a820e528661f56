//! The audit page, for who holds an operator's key.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{FrontConfig, chrome, html};
use crate::audit::{self, Audited};
use crate::authorize;
use crate::problem::Problem;
use crate::web::text::Lang;
use crate::web::view::{self, Agreement, AuditCell, AuditCorridor, AuditDoor, AuditPage};
use crate::web::view::{Difference, Unit, Zone};
use crate::web::{audit as markup, front};

const PATH: &str = "/audit";
const CLOCK: Zone = Zone("Etc/UTC");

#[derive(Deserialize)]
pub(super) struct Typed {
    key: String,
}

/// Asks for a key.
pub(super) async fn door(lang: Lang) -> Response {
    html(&front::door(&AuditDoor { chrome: chrome(lang, PATH), problem: None }))
}

/// Goes over the books for who shows an operator's key.
pub(super) async fn page(
    State(config): State<Arc<FrontConfig>>,
    lang: Lang,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let key = typed.map(|Form(typed)| typed.key).unwrap_or_default();
    match audited(&config, &key).await {
        Ok(audited) => html(&markup::page(&shown(&config, lang, &audited))),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.status);
            let told =
                view::Problem { code: problem.code.to_owned(), sentence: Some(problem.detail) };
            let door = AuditDoor { chrome: chrome(lang, PATH), problem: Some(told) };
            (status.unwrap_or(StatusCode::FORBIDDEN), html(&front::door(&door))).into_response()
        }
    }
}

async fn audited(config: &FrontConfig, key: &str) -> Result<Audited, Problem> {
    authorize::typed(&config.edge, key, &Method::GET, "/v1/audit")?;
    audit::run(&config.edge).await
}

fn shown(config: &FrontConfig, lang: Lang, of: &Audited) -> AuditPage {
    let report = &of.report;
    let at = i64::try_from(of.at.0).unwrap_or(i64::MAX);
    let cells = report.cells.iter().map(|cell| {
        let (unit, shore) = config.face(&cell.name);
        AuditCell::of(cell, unit, shore)
    });
    let unknown = Unit { code: "", exponent: 0 };
    AuditPage {
        chrome: chrome(lang, PATH),
        agreement: Agreement {
            src: PATH.to_owned(),
            payments: report.payments(),
            differences: report.difference_count(),
            checked: Some((at, CLOCK)),
        },
        at,
        zones: (CLOCK, CLOCK),
        took: u64::try_from(of.took.as_micros()).unwrap_or(u64::MAX),
        cells: cells.collect(),
        corridors: report.links.iter().map(|link| AuditCorridor::of(link, unknown)).collect(),
        differences: Difference::all(report),
    }
}
