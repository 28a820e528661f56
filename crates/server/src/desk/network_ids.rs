//! The ids by which other networks know a store: JPQR's four levels, and others' a line each, by date.

use std::fmt::Write;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use economy::{Answer, Query};
use kernel::Timestamp;
use pay::command::SetAcceptance;
use pay::{Acceptance, LookView, Network, PostersView};
use serde::Deserialize;

use super::Desk;
use super::answer::{html, told, unfit};
use super::faces::micros;
use super::posters::{failed, id_of};
use super::submit::Form;
use super::window::{AtTill, TillWindow};
use crate::api::pay::looking::static_code;
use crate::api::pay::posters::fits;
use crate::http::form::read_form;
use crate::posters::{badges, marks};
use crate::problem::Problem;
use crate::session;
use crate::web::posters as markup;
use crate::web::view::{IdsTyped, NextIds, PostersPage, Problem as Told};

/// Why the form did nothing, and in which line of the others.
type Refused = (Told, Option<usize>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct IdsForm {
    key: String,
    jpqr0: String,
    jpqr1: String,
    jpqr2: String,
    jpqr3: String,
    postal: String,
    others: String,
    source: String,
    from: String,
}

impl IdsForm {
    fn typed(&self) -> IdsTyped {
        let of = |text: &String| text.trim().to_owned();
        IdsTyped {
            jpqr: [&self.jpqr0, &self.jpqr1, &self.jpqr2, &self.jpqr3].map(of),
            postal: of(&self.postal),
            others: self.others.clone(),
            source: of(&self.source),
            from: of(&self.from),
        }
    }
}

/// What holds, as the form has it.
pub(super) fn typed_of(known: Option<&Acceptance>) -> IdsTyped {
    let mut typed = IdsTyped::default();
    let Some(known) = known else { return typed };
    (typed.source, typed.postal) = (known.source.clone(), known.postal.clone().unwrap_or_default());
    for network in &known.networks {
        let wrote = match network {
            Network::Jpqr(levels) => {
                typed.jpqr = levels.clone();
                Ok(())
            }
            Network::Number { tag, value, name } => {
                writeln!(typed.others, "{tag}, {value}, {name}")
            }
            Network::Template { scheme, entries, name } => {
                let fields: Vec<String> =
                    entries.iter().map(|(tag, value)| format!("{tag:02}={value}")).collect();
                writeln!(typed.others, "{scheme}, {}, {name}", fields.join(" "))
            }
        };
        wrote.expect("a string takes what is written");
    }
    typed
}

/// The networks of the lines: `15, 1234567890123456, UnionPay` for a number under its tag,
/// `com.example.wallet, 01=77 02=9, Example` for a template.
///
/// # Errors
/// The first line that can't be read, counted from 1.
fn others(text: &str) -> Result<Vec<Network>, usize> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| network(line).ok_or(at + 1)).collect()
}

fn network(line: &str) -> Option<Network> {
    let mut parts = line.splitn(3, [',', '、', '，', '\t']).map(|part| part.trim().to_owned());
    let (first, ids, name) = (parts.next()?, parts.next()?, parts.next()?);
    if first.is_empty() || ids.is_empty() || name.is_empty() {
        return None;
    }
    if let Ok(tag) = first.parse() {
        return Some(Network::Number { tag, value: ids, name });
    }
    let field = |text: &str| {
        let (tag, value) = text.split_once('=')?;
        let number = tag.parse().ok().filter(|_| tag.len() == 2)?;
        Some((number, value.to_owned()))
    };
    let entries = ids.split_whitespace().map(field).collect::<Option<_>>()?;
    Some(Network::Template { scheme: first, entries, name })
}

impl Desk {
    async fn own_look(&self, window: &TillWindow) -> Result<Box<LookView>, Problem> {
        let asked = Query::Look(window.store, None, None);
        match self.site(window.side).ask(asked).await?.value {
            Answer::Look(look) => Ok(look),
            _ => Err(Problem::internal()),
        }
    }

    /// What holds next at a store, and what its poster says and shows then.
    pub(super) async fn next_ids(
        &self,
        window: &TillWindow,
        view: &PostersView,
        from: Timestamp,
        ids: &Acceptance,
    ) -> Result<NextIds, Problem> {
        let site = self.site(window.side);
        let then = PostersView { acceptance: Some(ids.clone()), next: None, ..view.clone() };
        let marks = marks(&self.edge, site, &then, window.currency).await?;
        let look = self.own_look(window).await?;
        let code = static_code(site, &look, Some(ids), None).ok();
        Ok(NextIds {
            from: micros(from),
            ids: ids.networks.iter().map(id_of).collect(),
            source: ids.source.clone(),
            badges: badges(&marks),
            code: code.and_then(|text| qr::svg(&text).ok()).unwrap_or_default(),
        })
    }

    async fn set_ids(
        &self,
        window: &TillWindow,
        key: &str,
        typed: &IdsTyped,
    ) -> Result<(), Refused> {
        let mut networks = Vec::new();
        let levels = typed.jpqr.iter().zip([13, 4, 6, 6]);
        let fit = |(level, length): (&String, usize)| {
            level.len() == length && level.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if typed.jpqr.iter().any(|level| !level.is_empty()) {
            if !levels.into_iter().all(fit) {
                return Err((unfit("jpqr_unfit"), None));
            }
            networks.push(Network::Jpqr(typed.jpqr.clone()));
        }
        let others = others(&typed.others).map_err(|at| (unfit("ids_line_unfit"), Some(at)))?;
        networks.extend(others);
        if typed.source.is_empty() {
            return Err((unfit("partner_source_unfit"), None));
        }
        let site = self.site(window.side);
        let from = match typed.from.as_str() {
            "" => site.handle.now(),
            day => begins(window, day).ok_or_else(|| (unfit("day_unfit"), None))?,
        };
        let postal = Some(typed.postal.clone()).filter(|postal| !postal.is_empty());
        let acceptance = Acceptance { networks, postal, source: typed.source.clone() };
        let look = self.own_look(window).await.map_err(|problem| (told(&problem), None))?;
        fits(site, &look, &acceptance).map_err(|problem| (told(&problem), None))?;
        let [one, two, three, four] = typed.jpqr.each_ref().map(String::as_str);
        let IdsTyped { postal, others, source, from: day, .. } = typed;
        let content = [one, two, three, four, postal, others, source, day];
        let of = Form { actor: window.actor, operation: "network-ids", key, content: &content };
        let command = SetAcceptance { store: window.store, from, acceptance };
        let done = self.submit(window.side, &of, command).await;
        done.map(|_| ()).map_err(|problem| (told(&problem), None))
    }
}

/// When a day begins at the shop.
fn begins(window: &TillWindow, day: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = day.parse().ok()?;
    let zone = jiff::tz::TimeZone::get(window.zone.0).ok()?;
    let begins = date.to_zoned(zone).ok()?.timestamp().as_microsecond();
    u64::try_from(begins).ok().map(Timestamp)
}

/// Sets the ids that were typed.
pub(crate) async fn send(
    AtTill { desk, window, asked, .. }: AtTill,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form: Result<IdsForm, _> = read_form(&body);
    let (done, typed) = match form {
        Ok(form) if !session::is_foreign(&headers) => {
            let typed = form.typed();
            (desk.set_ids(&window, &form.key, &typed).await, typed)
        }
        _ => (Err((unfit("form_unfit"), None)), IdsTyped::default()),
    };
    let Err(refused) = done else {
        let to = format!("{}/posters?done=ids&lang={}", window.base, asked.lang.tag());
        return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
    };
    match desk.posters_page(&asked, &window).await {
        Ok(page) => {
            let page = PostersPage { ids_problem: Some(refused), ids_typed: typed, ..page };
            (StatusCode::UNPROCESSABLE_ENTITY, html(&markup::page(&page))).into_response()
        }
        Err(problem) => failed(&desk, &asked, &window, &problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        let typed =
            "15, 1234567890123456, UnionPay\ncom.example.wallet, 01=77 02=9, Example, Inc.\n";
        let networks = others(typed).unwrap();
        assert_eq!(networks.len(), 2);
        let levels = ["0000000000001", "0001", "000001", "000001"].map(str::to_owned);
        let all = [vec![Network::Jpqr(levels.clone())], networks].concat();
        let known = Acceptance { networks: all, postal: None, source: "a contract".into() };
        let shown = typed_of(Some(&known));
        assert_eq!((shown.others.as_str(), &shown.jpqr), (typed, &levels));
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for line in ["15", "15, 1", ", 1, x", "com.example, 1=7, x", "com.example, 77, x"] {
            assert_eq!(others(&format!("\n15, 1, UnionPay\n{line}")), Err(3), "{line}");
        }
    }
}
