//! The figures of the first page: the map, the corridor, the tiles.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use economy::{Answer, Query};
use kernel::Timestamp;
use views::By;

use super::{PAYER, SELLER, Stage};
use crate::cells::now;
use crate::desk::answer::{Asked, html};
use crate::desk::events::Whom;
use crate::desk::faces::amount;
use crate::problem::Problem;
use crate::web::view::{Corridor, Map, PrefectureRow, StepEvent, Tiles};
use crate::web::{home as markup, map as map_markup};

const MAP: &str = "/fragments/map";
const CORRIDOR: &str = "/fragments/corridor";
const TILES: &str = "/fragments/tiles";

/// Pages are told of changed figures at most this often.
const BETWEEN: Duration = Duration::from_secs(1);

/// Tells the pages that figures have changed, at most once a second, for as long as the stage
/// lives.
pub(super) async fn tell(stage: Weak<Stage>) {
    let Some(changed) = stage.upgrade().map(|stage| Arc::clone(&stage.desk.changed)) else {
        return;
    };
    loop {
        changed.notified().await;
        let Some(stage) = stage.upgrade() else { return };
        // Lists are to know what the page will ask for.
        stage.desk.caught_up(SELLER, stage.desk.site(SELLER).handle.durable()).await;
        let event = StepEvent { step: "figures", ..StepEvent::default() };
        stage.desk.channel.tell(Whom::All, &event);
        stage.agree.look_again();
        drop(stage);
        tokio::time::sleep(BETWEEN).await;
    }
}

impl Stage {
    async fn today_by_prefecture(&self) -> Result<Vec<PrefectureRow>, Problem> {
        let read = self.desk.read(SELLER, |views| {
            let day = views.day(now())?;
            let totals = views.totals(By::Prefecture, (day, day))?;
            let rows = totals.into_iter().filter_map(|total| {
                let prefecture = total.key.parse().ok().filter(|code| (1..=47).contains(code))?;
                let (minor, payments) = (total.net(), total.payments);
                Some(PrefectureRow { prefecture, minor, payments })
            });
            Ok(rows.collect())
        });
        read.await
    }

    /// Today's volume by prefecture; the ring is where the shop of the first page stands.
    pub(super) async fn map(&self) -> Map {
        let rows = self.today_by_prefecture().await.unwrap_or_default();
        let shown = self.shown().and_then(|payment| self.desk.traces.get(payment));
        let yours =
            shown.filter(|trace| trace.wallet == Some(self.wallet)).and_then(|t| t.prefecture);
        Map { src: MAP.to_owned(), unit: self.desk.unit(SELLER), rows, yours }
    }

    /// The corridor as the payer's cell sees it; closed while that cell is down.
    pub(super) async fn corridor(&self) -> Corridor {
        let unit = self.desk.unit(SELLER);
        let rate = self.desk.rate().await;
        let closed = Corridor {
            src: CORRIDOR.to_owned(),
            under_way: 0,
            rate,
            nostro: unit.of(0),
            warns_below: unit.of(0),
            open: false,
        };
        let [payer, seller] = [self.link(PAYER).await, self.link(SELLER).await];
        let (Some(payer), Some(seller)) = (payer, seller) else { return closed };
        let currency = self.desk.shore(SELLER).currency;
        let nostro = seller.nostro.map_or(0, |(balance, _, _)| balance);
        let warns = seller.warn_below.unwrap_or(0);
        let now = Timestamp(now().0);
        Corridor {
            under_way: u64::from(payer.link.in_flight),
            nostro: amount(nostro, currency),
            warns_below: amount(warns, currency),
            open: payer.link.open_for_new(now) && seller.link.frozen.is_none(),
            ..closed
        }
    }

    /// A side's link to the other.
    pub(super) async fn link(&self, side: usize) -> Option<economy::LinkView> {
        let answer = self.desk.site(side).ask(Query::Links).await.ok()?;
        let Answer::Links(links) = answer.value else { return None };
        let other = self.desk.site(1 - side).handle.info().number;
        links.into_iter().find(|link| link.link.peer == other)
    }

    /// What runs here.
    pub(super) async fn tiles(&self) -> Tiles {
        let rows = self.today_by_prefecture().await.unwrap_or_default();
        Tiles {
            src: TILES.to_owned(),
            payments: rows.iter().map(|row| row.payments).sum(),
            prefectures: rows.iter().filter(|row| row.payments > 0).count() as u64,
            wallet: self.payer.base.clone(),
        }
    }
}

/// The map alone.
pub(super) async fn map_fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&map_markup::map(asked.lang, &stage.map().await))
}

/// The corridor's card alone.
pub(super) async fn corridor_fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&markup::corridor(asked.lang, &stage.corridor().await))
}

/// The tiles alone.
pub(super) async fn tiles_fragment(State(stage): State<Arc<Stage>>, asked: Asked) -> Response {
    if !asked.fragment {
        return asked.back_to("/");
    }
    html(&markup::tiles(asked.lang, &stage.tiles().await))
}
