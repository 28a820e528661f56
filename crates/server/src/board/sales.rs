//! Figures for the page, and as a file.

use std::collections::HashMap;

use axum::extract::Query;
use axum::response::Response;
use jiff::civil::Date;
use views::{Sum, WalletOf};

use super::figures::{By, Compared, Line, Of, Pair, compare, time_of};
use super::{Desk, Watched, days, failed, file, html, read};
use crate::problem::Problem;
use crate::web::board as markup;
use crate::web::view::{
    self, BoardFigures, BoardLine, BoardOf, BoardSum, Map, PrefectureRow, Unit,
};

/// The days that an address names: `day`, or `first` and `last`; today otherwise.
pub(super) fn asked_days(query: &HashMap<String, String>) -> Result<Option<(u32, u32)>, ()> {
    let day = |name: &str| -> Result<Option<u32>, ()> {
        match query.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let date: Date = text.parse().map_err(|_| ())?;
                days::of_date(date).map(Some).ok_or(())
            }
        }
    };
    match (day("day")?, day("first")?, day("last")?) {
        (Some(one), _, _) => Ok(Some((one, one))),
        (None, Some(first), Some(last)) => Ok(Some((first, last))),
        (None, None, None) => Ok(None),
        _ => Err(()),
    }
}

/// The figures that are asked for, or today's and that the asked ones can't be shown.
async fn compared(
    cell: &Watched,
    query: &HashMap<String, String>,
) -> Result<(Compared, bool), Problem> {
    let asked = asked_days(query);
    let now = cell.site.handle.now();
    read(cell, move |views| {
        if let Ok(asked) = asked
            && let Ok(found) = compare(views, asked, now)?
        {
            return Ok((found, false));
        }
        let today = compare(views, None, now)?;
        let none = Compared { days: (0, 0), until: None, pairs: Vec::new() };
        Ok((today.unwrap_or(none), true))
    })
    .await
}

fn sum(of: Sum) -> BoardSum {
    let Sum { payments, captured, refunds, refunded, fee } = of;
    BoardSum { payments, captured, refunds, refunded, fees: fee }
}

impl Desk {
    pub(super) async fn figures(
        &self,
        cell: &Watched,
        query: &HashMap<String, String>,
    ) -> BoardFigures {
        let empty = Compared { days: (0, 0), until: None, pairs: Vec::new() };
        let (found, problem) = match compared(cell, query).await {
            Ok((found, false)) => (found, None),
            Ok((found, true)) => (found, Some("form_unfit")),
            Err(problem) => (empty, Some(problem.code)),
        };
        let (today, _) = match &cell.views {
            Some(views) => views.clock(cell.site.handle.now()).unwrap_or((found.days.1, 0)),
            None => (found.days.1, 0),
        };
        let pair = found.pair(cell.currency);
        let named = self.lines(&pair, By::Wallet);
        let mut trades = self.lines(&pair, By::Category);
        trades.sort_by_key(|line| std::cmp::Reverse(line.now.net()));
        let (first, last) = found.days;
        let dates = |(first, last): (u32, u32)| (days::civil(first), days::civil(last));
        let src = match asked_days(query) {
            // What is shown as today goes on into the next day.
            Ok(Some(_)) if problem.is_none() => {
                let dates = dates((first, last));
                format!("&first={}&last={}", dates.0, dates.1)
            }
            _ => String::new(),
        };
        BoardFigures {
            src: format!("{}/figures?cell={}{src}", self.base(), cell.site.name()),
            base: self.base().to_owned(),
            cell: cell.site.name().to_owned(),
            unit: cell.unit,
            days: dates(found.days),
            week_before: dates(found.week_before()),
            today: days::civil(today),
            until: found.until.map(time_of),
            all: (sum(pair.now.all), sum(pair.before.all)),
            map: map(&pair, cell.unit),
            hours: hours(&pair, found.until),
            trades,
            wallets: named,
            problem: problem.map(|code| view::Problem { code: code.to_owned(), sentence: None }),
        }
    }

    fn lines(&self, pair: &Pair, by: By) -> Vec<BoardLine> {
        let lines = pair.lines(by).into_iter();
        lines
            .map(|Line { of, now, before }| BoardLine {
                of: self.of(of),
                now: sum(now),
                before: sum(before),
            })
            .collect()
    }

    /// Wallets of another cell are named by their currency where that cell is known to the
    /// configuration of this server.
    fn of(&self, of: Of) -> BoardOf {
        let cells = &self.board.0.config.cells;
        match of {
            Of::Category(category) => BoardOf::Trade(category.word()),
            Of::Hour(hour) => BoardOf::Hour(hour),
            Of::Wallet(WalletOf::Here(currency)) => BoardOf::Wallets(Unit::of_currency(currency)),
            Of::Wallet(WalletOf::Cell(name)) => {
                match cells.iter().find(|(cell, _)| *cell == name) {
                    Some((_, currency)) => BoardOf::Wallets(Unit::of_currency(*currency)),
                    None => BoardOf::WalletsOf(name),
                }
            }
            Of::Wallet(WalletOf::Connector(name)) => BoardOf::WalletsOf(name),
            Of::Prefecture(_) | Of::Day(_) => BoardOf::WalletsOf(of.key()),
        }
    }
}

fn map(pair: &Pair, unit: Unit) -> Map {
    let rows = pair.now.by_prefecture.iter().map(|(prefecture, sum)| PrefectureRow {
        prefecture: *prefecture,
        minor: sum.net(),
        payments: sum.payments,
    });
    Map { src: String::new(), unit, rows: rows.collect(), yours: None }
}

/// Every hour, up to now on a day that has not ended.
fn hours(pair: &Pair, until: Option<u16>) -> Vec<BoardLine> {
    let last = until.map_or(23, |minute| u8::try_from(minute / 60).unwrap_or(23));
    let of = |hour: u8| BoardLine {
        of: BoardOf::Hour(hour),
        now: sum(pair.now.by_hour.get(&hour).copied().unwrap_or_default()),
        before: sum(pair.before.by_hour.get(&hour).copied().unwrap_or_default()),
    };
    // A line needs two points.
    (0..=last.max(1)).map(of).collect()
}

/// The fragment alone.
pub(super) async fn fragment(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    let cell = match desk.chosen(query.get("cell").map(String::as_str)) {
        Ok(cell) => cell,
        Err(problem) => return failed(&desk, &problem),
    };
    if !desk.fragment {
        return desk.back(&format!("cell={}", cell.site.name()));
    }
    html(&markup::figures(desk.lang, &desk.figures(cell, &query).await))
}

/// The same as a file.
pub(super) async fn csv(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    const ALL: [By; 5] = [By::Prefecture, By::Category, By::Hour, By::Wallet, By::Day];
    let made = async {
        let cell = desk.chosen(query.get("cell").map(String::as_str))?;
        let by = query.get("by").and_then(|word| ALL.into_iter().find(|by| by.word() == word));
        let unfit = || Problem::new("query_invalid", "These figures can't be shown.");
        let by = by.ok_or_else(unfit)?;
        let (found, other) = compared(cell, &query).await?;
        if other {
            return Err(unfit());
        }
        let (first, last) = (days::written(found.days.0), days::written(found.days.1));
        let name = format!("figures-{}-{}-{first}-{last}.csv", cell.site.name(), by.word());
        Ok(file::answer(&name, file::figures(desk.lang, &found, by)?))
    };
    made.await.unwrap_or_else(|problem| failed(&desk, &problem))
}
