//! Staff look at who brings visitors and has a share of what the cell earns, and set terms.

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kernel::id::Merchant;
use kernel::{Ref, Timestamp};
use pay::ReferrerTerms;
use pay::command::Refer;

use super::act::{self, Form, Refused, text};
use super::settlement::plain;
use super::{Desk, days, failed, html, micros, read, see_other};
use crate::cells::{fresh, now as wall};
use crate::code::Code;
use crate::duty::Scope;
use crate::problem::Problem;
use crate::referrers::{card, known};
use crate::web::referrers as markup;
use crate::web::view::{ReferrerTyped, ReferrersPage};

/// What a form can have done: set terms, or handed them to a second person.
const DONE: [&str; 2] = ["set", "waits"];
/// A whole share, in hundredths of a percent.
const WHOLE_BP: u32 = 10_000;

/// The page.
pub(super) async fn page(desk: Desk, Query(query): Query<Form>) -> Response {
    match found(&desk, &query).await {
        Ok(page) => html(&markup::list(&page)),
        Err(problem) => failed(&desk, &problem),
    }
}

async fn found(desk: &Desk, query: &Form) -> Result<ReferrersPage, Problem> {
    let cell = desk.chosen(query.get("cell").map(String::as_str))?;
    let (name, at) = (cell.site.name(), wall());
    let path = format!("{}/referrers?cell={name}", desk.base());
    let chrome = desk.still_chrome(&path);
    let known = known(&cell.site, cell.actor).await?;
    let sums = read(cell, views::Views::brought_in_all).await.unwrap_or_default();
    let sum = |merchant: Ref<Merchant>| {
        let found = sums.iter().find(|(of, _)| *of == merchant);
        found.map(|(_, sum)| *sum).unwrap_or_default()
    };
    let scopes = cell.site.keys.scopes(cell.actor);
    Ok(ReferrersPage {
        chrome,
        base: desk.base().to_owned(),
        cell: name.to_owned(),
        cells: desk.cells.iter().map(|cell| cell.site.name().to_owned()).collect(),
        may_set: scopes.is_some_and(|scopes| scopes.has(Scope::Terms)),
        referrers: known.iter().map(|it| card(it, sum(it.merchant), at)).collect(),
        key: Code::generate("form").reveal(),
        done: query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word)),
        wrong: None,
        at: micros(at),
        zone: cell.zone,
    })
}

/// Sets a referrer's terms, or proposes them.
pub(super) async fn set(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = act::own(&headers, &body);
    let done = match &form {
        Ok(form) => proposed(&desk, form).await,
        Err(refused) => Err(refused.again()),
    };
    let form = form.unwrap_or_default();
    let refused = match done {
        Ok(word) => {
            let (base, cell, lang) = (desk.base(), plain(text(&form, "cell")), desk.lang.tag());
            return see_other(&format!("{base}/referrers?cell={cell}&done={word}&lang={lang}"));
        }
        Err(refused) => refused,
    };
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = match found(&desk, &form).await {
        Ok(page) => {
            let wrong = Some((refused.problem, typed(&form)));
            html(&markup::list(&ReferrersPage { wrong, ..page }))
        }
        Err(problem) => failed(&desk, &problem),
    };
    *response.status_mut() = status;
    response
}

fn typed(form: &Form) -> ReferrerTyped {
    let of = |name| text(form, name).to_owned();
    ReferrerTyped {
        merchant: of("merchant"),
        word: of("word"),
        share: of("share"),
        days: of("days"),
        keeps: text(form, "keeps") == "1",
        from: of("from"),
        opens: of("opens"),
        source: of("source"),
    }
}

/// A share in percent with up to two decimals, as millionths.
fn ppm(typed: &str) -> Option<u32> {
    let typed = typed.trim().trim_end_matches(['%', '％']).trim();
    let (whole, part) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let bp = format!("{whole}{part:0<2}").parse::<u32>().ok()?;
    (bp <= WHOLE_BP).then_some(bp * 100)
}

async fn proposed(desk: &Desk, form: &Form) -> Result<&'static str, Refused> {
    let cell = desk.chosen(form.get("cell").map(String::as_str))?;
    let wrong = |code| Refused::of_page(422, code);
    let merchant: Ref<Merchant> =
        text(form, "merchant").parse().map_err(|_| wrong("referrer_merchant_unfit"))?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let word = text(form, "word").to_owned();
    if !(1..=25).contains(&word.len()) || !word.bytes().all(plain) {
        return Err(wrong("referrer_word_unfit"));
    }
    let ppm = ppm(text(form, "share")).ok_or_else(|| wrong("referrer_share_unfit"))?;
    let days = text(form, "days").parse().ok().filter(|days| (1..=3_650).contains(days));
    let days = days.ok_or_else(|| wrong("referrer_days_unfit"))?;
    let from = from(cell, text(form, "from")).ok_or_else(|| wrong("referrer_from_unfit"))?;
    let opens = text(form, "opens").split_whitespace().map(str::to_owned).collect();
    let source = text(form, "source").to_owned();
    if source.is_empty() {
        return Err(wrong("partner_source_unfit"));
    }
    let keeps = text(form, "keeps") == "1";
    let terms = ReferrerTerms { word, ppm, days, keeps, opens, source };
    let (id, note) = (fresh(), String::new());
    let command: pay::Command = Refer::Set { id, merchant, from, terms, note }.into();
    let said = ["merchant", "word", "share", "days", "keeps", "from", "opens", "source"];
    let said = said.map(|name| text(form, name));
    let key = act::fingerprint(cell, "referrers", form, &said)?;
    match act::submit(cell, key, command).await? {
        economy::Reply::Pay(pay::Reply::Proposal(_)) => Ok("waits"),
        _ => Ok("set"),
    }
}

/// When a day begins in the cell; now where none was typed.
fn from(cell: &super::Watched, typed: &str) -> Option<Timestamp> {
    if typed.is_empty() {
        return Some(cell.site.handle.now());
    }
    let date: jiff::civil::Date = typed.parse().ok()?;
    let zone = jiff::tz::TimeZone::get(cell.zone.0).ok()?;
    days::of_date(date)?;
    let begins = date.to_zoned(zone).ok()?.timestamp().as_microsecond();
    u64::try_from(begins).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::ppm;

    #[test]
    fn a_share_is_read_as_people_write_it() {
        for (typed, read) in [("15", 150_000), ("0", 0), ("12.5 %", 125_000), ("100", 1_000_000)] {
            assert_eq!(ppm(typed), Some(read), "{typed}");
        }
        for typed in ["", "-1", "100.01", "1.234", "a", "1,5", "1e2", "1000"] {
            assert_eq!(ppm(typed), None, "{typed}");
        }
    }
}
