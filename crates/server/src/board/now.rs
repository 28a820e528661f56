//! How cells, corridors and prefunds stand, from the cells themselves.

use axum::response::Response;
use corridor::FreezeReason;
use economy::{Answer, LinkView, Query};
use kernel::Currency;
use link::Direction;

use super::{Desk, Watched, amount, html, micros};
use crate::cells::now as wall;
use crate::web::board as markup;
use crate::web::view::{
    BoardCell, BoardCorridor, BoardEnd, BoardFrozen, BoardNow, BoardPrefund, BoardTrouble,
    BoardWay, RateLeg, RateNote, Unit, Zone,
};

/// Resident memory of the process in bytes, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

/// The links of a cell; none while it does not answer.
pub(super) async fn links(cell: &Watched) -> Vec<LinkView> {
    match cell.site.ask(Query::Links).await.map(|answer| answer.value) {
        Ok(Answer::Links(links)) => links,
        _ => Vec::new(),
    }
}

impl Desk {
    pub(super) async fn now(&self) -> BoardNow {
        let memory = memory();
        let mut cells = Vec::new();
        let mut corridors: Vec<(String, String, BoardCorridor)> = Vec::new();
        let mut prefunds = Vec::new();
        for cell in &self.cells {
            cells.push(self.cell(cell, memory));
            let rate = rate(cell).await;
            for view in links(cell).await {
                let corridor = join(&mut corridors, cell, &view, rate.clone());
                corridor.ends.extend(self.end(cell, &view));
                prefunds.extend(self.prefund(&view));
            }
        }
        let zone = self.chosen(None).map_or(Zone("Etc/UTC"), |cell| cell.zone);
        BoardNow {
            src: format!("{}/now", self.base()),
            at: (micros(wall()), zone),
            cells,
            corridors: corridors.into_iter().map(|(_, _, corridor)| corridor).collect(),
            prefunds,
        }
    }

    fn cell(&self, of: &Watched, memory: Option<u64>) -> BoardCell {
        let position = of.site.handle.durable();
        let known = of.views.as_ref().map_or(0, views::Views::position);
        BoardCell {
            name: of.site.name().to_owned(),
            unit: of.unit,
            shore: of.shore,
            ready: of.site.handle.ready(),
            position,
            behind: position.saturating_sub(known),
            memory,
            since: micros(self.board.0.since),
        }
    }

    /// How the other cell of a link is reached, where it lives in another process.
    fn end(&self, of: &Watched, view: &LinkView) -> Option<BoardEnd> {
        let info = of.site.handle.info();
        let end = self.board.edge().corridor().between(info.number, view.link.peer)?;
        let (own, peer) = (of.site.name(), view.link.name.as_str());
        let way = |from: &str, to: &str, direction: Direction| BoardWay {
            from: from.to_owned(),
            to: to.to_owned(),
            last: direction.last_success.map(micros),
            trouble: direction.trouble.map(|it| BoardTrouble {
                code: it.fault.code.to_owned(),
                detail: it.fault.detail,
                said_by: if it.fault.theirs { peer } else { own }.to_owned(),
                since: micros(it.since),
                times: it.times,
            }),
        };
        let ways = [way(own, peer, end.status.asking()), way(peer, own, end.status.asked())];
        Some(BoardEnd { url: end.url.clone(), ways })
    }

    /// The nostro that a cell keeps for another; the mirror of one only where that other cell is
    /// not on the page, which would say the same twice.
    fn prefund(&self, of: &LinkView) -> Option<BoardPrefund> {
        let seen = self.cells.iter().any(|cell| cell.site.name() == of.link.name);
        let (mirror, (balance, held, code)) = match (of.nostro, of.mirror) {
            (Some(nostro), _) => (false, nostro),
            (None, Some(mirror)) if !seen => (true, mirror),
            _ => return None,
        };
        let currency: Currency = code.parse().ok()?;
        let free = balance.saturating_sub(held);
        Some(BoardPrefund {
            peer: of.link.name.clone(),
            mirror,
            balance: amount(balance, currency),
            held: amount(held, currency),
            free: amount(free, currency),
            warns_below: of.warn_below.filter(|_| !mirror).map(|below| amount(below, currency)),
        })
    }
}

/// Adds one cell's end of a corridor to what the other end told of it, if that is here.
fn join<'a>(
    all: &'a mut Vec<(String, String, BoardCorridor)>,
    cell: &Watched,
    view: &LinkView,
    rate: Option<RateNote>,
) -> &'a mut BoardCorridor {
    let (here, there) = (cell.site.name().to_owned(), view.link.name.clone());
    let known = all.iter().position(|(from, to, _)| *from == there && *to == here);
    let at = known.unwrap_or_else(|| {
        let numbers = [
            (here.clone(), there.clone(), view.link.sent),
            (there.clone(), here.clone(), view.link.received),
        ];
        let corridor = BoardCorridor {
            under_way: 0,
            oldest_s: None,
            numbers,
            rate: None,
            frozen: Vec::new(),
            ends: Vec::new(),
        };
        all.push((here.clone(), there.clone(), corridor));
        all.len() - 1
    });
    let corridor = &mut all[at].2;
    if known.is_some() {
        // What this end sent is newer than what the other has handled.
        corridor.numbers[1].2 = view.link.sent;
    }
    corridor.under_way += u64::from(view.link.in_flight);
    let oldest = view.link.unanswered.front().filter(|_| view.link.in_flight > 0);
    let waited = oldest.map(|it| cell.site.handle.now().0.saturating_sub(it.sent.0) / 1_000_000);
    corridor.oldest_s = corridor.oldest_s.max(waited);
    corridor.rate = corridor.rate.take().or(rate);
    if let Some(reason) = &view.link.frozen {
        let note = match reason {
            FreezeReason::ByOperator { note } => Some(note.clone()),
            _ => None,
        };
        let code = reason.code().to_owned();
        corridor.frozen.push(BoardFrozen { cell: here, peer: there, code, note });
    }
    corridor
}

async fn rate(cell: &Watched) -> Option<RateNote> {
    let answer = cell.site.ask(Query::Rates).await.ok()?;
    let Answer::Rates(Some(lot)) = answer.value else { return None };
    let legs = [cell.currency, Currency::JPY].map(|currency| {
        let leg = |digits: kernel::Decimal| RateLeg {
            decimal: digits.to_string(),
            unit: Unit::of_currency(currency),
        };
        lot.of(currency).map(leg)
    });
    let date = super::days::civil(super::days::read(crate::api::values::Day(lot.date))?);
    let legs = legs.into_iter().flatten().collect();
    Some(RateNote { source: lot.source.clone(), date, legs, base: Currency::EUR.code() })
}

/// The fragment alone.
pub(super) async fn fragment(desk: Desk) -> Response {
    if !desk.fragment {
        return desk.back("");
    }
    html(&markup::now(desk.lang, &desk.now().await))
}
