//! Figures over months: the page, and its files.

use std::collections::HashMap;

use axum::extract::Query;
use axum::response::Response;
use pay::Category;
use views::{Month, ViewsError};

use super::{Desk, failed, html};
use crate::cells::now as wall;
use crate::http::csv;
use crate::insight::sales::By;
use crate::insight::{Provenance, Shown, Sources, Wanted, Wrong, file, gather};
use crate::problem::Problem;
use crate::web::insight as markup;
use crate::web::places;
use crate::web::view::{self, InsightPage, Shore};

/// What the address asks for, and whether something of it can't be read.
fn wanted(query: &HashMap<String, String>) -> (Wanted, bool) {
    let mut unfit = false;
    let text = |name: &str| query.get(name).map(|it| it.trim()).filter(|it| !it.is_empty());
    let (first, last) = (text("first"), text("last"));
    let (prefecture, category, wallet) = (text("prefecture"), text("category"), text("wallet"));
    let mut month = |text: Option<&str>| -> Option<Month> {
        let read = text.map(str::parse);
        unfit |= matches!(read, Some(Err(_)));
        read.and_then(Result::ok)
    };
    let (first, last) = (month(first), month(last));
    let code = prefecture.map(|text| text.parse::<u8>().ok().filter(|code| *code <= 47));
    let trade = category.map(Category::from_word);
    unfit |= code == Some(None) || trade == Some(None);
    let wallet = wallet.filter(|key| key.len() <= 12).map(str::to_owned);
    let (prefecture, category) = (code.flatten(), trade.flatten());
    (Wanted { first, last, prefecture, category, wallet }, unfit)
}

impl Desk {
    /// What the session's cells can tell: those of the demonstration together.
    fn sources(&self) -> Sources {
        let config = &self.board.0.config;
        let of = |shore: Shore| {
            let cell = self.cells.iter().find(|cell| cell.shore == shore)?;
            Some((cell.views.clone()?, cell.currency))
        };
        let simulated = config.edge.lists().and_then(|lists| lists.simulated());
        let provenance = match simulated {
            Some(simulated) => Provenance::Simulated(simulated),
            None if config.windows.is_some() => Provenance::Demo,
            None => Provenance::Own,
        };
        let now = self.cells.first().map_or_else(wall, |cell| cell.site.handle.now());
        let wallets = config.cells.clone();
        Sources { shops: of(Shore::To), visitors: of(Shore::From), wallets, provenance, now }
    }

    async fn insight(&self, wanted: Wanted) -> Result<(Shown, Option<Wrong>), Problem> {
        let sources = self.sources();
        if sources.shops.is_none() && sources.visitors.is_none() {
            return Err(unavailable());
        }
        blocking(move || gather(&sources, &wanted)).await
    }
}

fn unavailable() -> Problem {
    Problem::new("lists_not_available", "Lists are being rebuilt.")
}

/// Reads where waiting is allowed.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ViewsError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(why)) => {
            tracing::error!(%why, "a view can't be read");
            Err(unavailable())
        }
        Err(_) => Err(Problem::internal()),
    }
}

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    let (asked, unfit) = wanted(&query);
    match desk.insight(asked).await {
        Err(problem) => failed(&desk, &problem),
        Ok((shown, wrong)) => {
            let wrong = unfit || wrong.is_some();
            let told = || view::Problem { code: "form_unfit".to_owned(), sentence: None };
            let chrome = desk.still_chrome(&format!("{}/insight", desk.base()));
            let base = desk.base().to_owned();
            let problem = wrong.then(told);
            html(&markup::page(&InsightPage { chrome, base, shown, problem }))
        }
    }
}

/// The same as a file: sales by month, prefecture, trade or wallet, or trips by month.
pub(super) async fn csv(desk: Desk, Query(query): Query<HashMap<String, String>>) -> Response {
    const ALL: [By; 4] = [By::Month, By::Prefecture, By::Category, By::Wallet];
    let made = async {
        let unfit = || Problem::new("query_invalid", "These figures can't be shown.");
        let (asked, wrong) = wanted(&query);
        let by = query.get("by").map(String::as_str);
        let sales = ALL.into_iter().find(|it| by == Some(it.word()));
        if wrong || sales.is_none() && by != Some("trip") {
            return Err(unfit());
        }
        let (shown, wrong) = desk.insight(asked).await?;
        if wrong.is_some() {
            return Err(unfit());
        }
        let (first, last) = shown.asked.months;
        let word = sales.map_or("trip", By::word);
        let name = format!("insight-{word}-{first}-{last}.csv");
        let bytes = match sales {
            Some(by) => {
                let of: Vec<_> = shown.sales.into_iter().collect();
                file::sales(&of, by, |key| named(desk.lang, by, key))?
            }
            None => file::trips(&shown.abroad.into_iter().collect::<Vec<_>>())?,
        };
        Ok(csv::answer(&name, bytes))
    };
    made.await.unwrap_or_else(|problem| failed(&desk, &problem))
}

/// What people call a group of sales, by its key.
pub fn named(lang: view::Lang, by: By, key: &str) -> String {
    match by {
        By::Prefecture => {
            let code = key.parse().ok();
            code.and_then(|code| places::name(lang, code)).unwrap_or("").to_owned()
        }
        By::Category => lang.t(&format!("trade-{key}")),
        By::Month | By::Wallet => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read_or_said_to_be_unfit() {
        let read = |pairs: &[(&str, &str)]| {
            let query = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            wanted(&query.collect())
        };
        assert_eq!(read(&[]), (Wanted::default(), false));
        let (wanted, unfit) = read(&[
            ("first", "2026-01"),
            ("last", "2026-06"),
            ("prefecture", "13"),
            ("category", "lodging"),
            ("wallet", "cn"),
        ]);
        assert!(!unfit);
        assert_eq!(wanted.first, Some(Month::of(2026, 1)));
        assert_eq!((wanted.prefecture, wanted.category), (Some(13), Some(Category::Lodging)));
        assert_eq!(wanted.wallet.as_deref(), Some("cn"));
        for (name, value) in [
            ("first", "2026"),
            ("last", "2026-13"),
            ("prefecture", "48"),
            ("prefecture", "x"),
            ("category", "casino"),
        ] {
            assert!(read(&[(name, value)]).1, "{name}={value}");
            assert!(!read(&[(name, "")]).1, "a form sends what nobody chose");
        }
    }
}
