//! Staff look at bank files: tonight's while it builds, and those that were made. They have one
//! made, fetch its bytes, say that the bank has it, or withdraw it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use economy::{Answer, Command, Query as CellQuery, Reply};
use iso20022::InitiationVersion;
use kernel::Id;
use kernel::id::BankFile as BankFileKind;
use pay::command::{ApproveBankFile, ConfirmBankFileSent, WithdrawBankFile};
use pay::{Approval, BankFileView};
use serde_json::json;

use super::act::{self, Form, Refused, text};
use super::{Desk, Watched, amount, failed, html, micros, own_language, see_other, told};
use crate::bank_files::{
    self, Asks, LeftOut, Payee, Tonight, date_of, download, initiation, not_configured,
};
use crate::cells::now as wall;
use crate::code::Code;
use crate::devices::Told as ToldScript;
use crate::problem::Problem;
use crate::signing::{Shown, What};
use crate::web::board as markup;
use crate::web::view::{
    self, FileApproval, FileAsks, FileBuilds, FileEnd, FileLeft, FilePage, FilePaid, FileRow,
    FileTonight, FilesMade, FilesPage, Foreign,
};

/// What a form can have done.
const DONE: [&str; 4] = ["made", "sent", "withdrawn", "approved"];
/// So many shops a table names; the API names more.
const NAMED: usize = 100;
/// So many files stand on one page.
const FILES: u32 = 20;

type Asked = HashMap<String, String>;

impl Desk {
    fn cell_of(&self, query: &Asked) -> Result<&Watched, Problem> {
        self.chosen(query.get("cell").map(String::as_str))
    }

    fn files(&self) -> String {
        format!("{}/bank-files", self.base())
    }

    /// Where the files of a cell are made.
    fn maker(&self, cell: &Watched) -> Result<&Arc<bank_files::Desk>, Problem> {
        self.board.edge().desk(cell.site.name()).ok_or_else(not_configured)
    }

    /// Tonight's file; a form on it has the key, so that it stays the same while nothing changes.
    async fn builds(&self, cell: &Watched, key: String) -> FileBuilds {
        let name = cell.site.name();
        let tonight = match self.maker(cell) {
            Ok(maker) => maker.tonight_for_page().await,
            Err(problem) => Err(problem),
        };
        FileBuilds {
            src: format!("{}/tonight?cell={name}&key={key}", self.files()),
            base: self.base().to_owned(),
            cell: name.to_owned(),
            zone: cell.zone,
            key,
            file: tonight.map(|it| builds(cell, &it)).map_err(|problem| told(&problem)),
        }
    }

    async fn made(&self, cell: &Watched, query: &Asked) -> FilesMade {
        let before = query.get("before").and_then(|text| text.parse().ok());
        let files = self.files();
        let newest = format!("{files}?cell={}", cell.site.name());
        let at = |before: u32| format!("{newest}&before={before}");
        let query = CellQuery::BankFiles { before: before.unwrap_or(u32::MAX), most: FILES };
        let (rows, next) = match cell.site.ask(query).await.map(|answer| answer.value) {
            Ok(Answer::BankFiles { files: rows, next }) => {
                let rows = rows.iter().map(|view| self.row(cell, view)).collect();
                (Ok(rows), next)
            }
            Ok(_) => (Err(told(&Problem::internal())), None),
            Err(problem) => (Err(told(&problem)), None),
        };
        let src = format!("{files}/list?cell={}", cell.site.name());
        FilesMade {
            src: before.map_or_else(|| src.clone(), |before: u32| format!("{src}&before={before}")),
            is_newest: before.is_none(),
            at: micros(wall()),
            zone: cell.zone,
            rows,
            older: next.map(at),
            newest,
        }
    }

    fn row(&self, cell: &Watched, view: &BankFileView) -> FileRow {
        FileRow {
            href: format!("{}/{}?cell={}", self.files(), view.file, cell.site.name()),
            made: micros(view.sealed),
            // A file was sealed for a day of the calendar.
            day: date_of(view.day).unwrap_or_default(),
            number: view.number,
            transfers: view.count.into(),
            total: amount(view.total, view.currency),
            fees: amount(view.fees, view.currency),
            end: match (view.sent, view.withdrawn) {
                (Some(at), _) => FileEnd::Sent(micros(at)),
                (None, Some(at)) => FileEnd::Withdrawn(micros(at)),
                (None, None) => FileEnd::Open,
            },
            hash: blake3::Hash::from_bytes(view.hash).to_hex().to_string(),
            approval: match view.approval {
                None => FileApproval::None,
                Some(Approval::Given(at, _)) => FileApproval::Given(micros(at)),
                Some(Approval::Needed) if view.made_by == Some(cell.actor.person) => {
                    FileApproval::Others
                }
                Some(Approval::Needed) => FileApproval::Yours,
            },
            returned: view.bank.map_or(0, |said| said.returned.into()),
            line: view
                .bank
                .and_then(|said| said.line)
                .map(|line| format!("{}/bank/{line}?cell={}", self.base(), cell.site.name())),
        }
    }
}

fn builds(cell: &Watched, of: &Tonight) -> FileTonight {
    let money = |minor| amount(minor, of.terms.currency);
    let shop = |name: &str| Foreign { text: name.to_owned(), lang: own_language(&cell.site) };
    let (total, fees) = (money(of.total()), money(of.fees()));
    let (transfers, left_out) = (of.payees.len() as u64, of.left.len() as u64);
    let paid = |it: &Payee| FilePaid {
        shop: shop(&it.name),
        bank: format!("{} {}", it.account.bank().name, it.account.branch().name),
        ending: it.account.ending(),
        amount: money(it.amount),
        fee: money(it.fee),
    };
    let left = |it: &LeftOut| FileLeft {
        shop: shop(&it.name),
        has: money(it.available),
        why: it.why.word(),
    };
    FileTonight {
        closes: micros(of.closes),
        day: of.day,
        total,
        fees,
        transfers,
        paid: of.payees.iter().take(NAMED).map(paid).collect(),
        left_out,
        left: of.left.iter().take(NAMED).map(left).collect(),
    }
}

fn done(query: &Asked) -> Option<&'static str> {
    query.get("done").and_then(|word| DONE.into_iter().find(|done| done == word))
}

/// Tonight's file, and those that were made.
pub(super) async fn page(desk: Desk, Query(query): Query<Asked>) -> Response {
    whole(&desk, &query, None).await
}

async fn whole(desk: &Desk, query: &Asked, wrong: Option<view::Problem>) -> Response {
    let cell = match desk.cell_of(query) {
        Ok(cell) => cell,
        Err(problem) => return failed(desk, &problem),
    };
    html(&markup::files_page(&FilesPage {
        chrome: desk.chrome(&format!("{}?cell={}", desk.files(), cell.site.name())),
        base: desk.base().to_owned(),
        done: done(query),
        wrong,
        builds: desk.builds(cell, Code::generate("form").reveal()).await,
        made: desk.made(cell, query).await,
    }))
}

/// A fragment's address without a script: the whole page.
fn back(desk: &Desk, query: &Asked) -> Response {
    let cell = desk.cell_of(query).map_or("", |cell| cell.site.name());
    see_other(&format!("{}?cell={cell}&lang={}", desk.files(), desk.lang.tag()))
}

/// Tonight's file alone.
pub(super) async fn tonight(desk: Desk, Query(query): Query<Asked>) -> Response {
    match desk.cell_of(&query) {
        Ok(cell) if desk.fragment => {
            let key = query.get("key").cloned().unwrap_or_default();
            html(&markup::files_builds(desk.lang, &desk.builds(cell, key).await))
        }
        _ => back(&desk, &query),
    }
}

/// The list of files alone.
pub(super) async fn list(desk: Desk, Query(query): Query<Asked>) -> Response {
    match desk.cell_of(&query) {
        Ok(cell) if desk.fragment => {
            html(&markup::files_made(desk.lang, &desk.made(cell, &query).await))
        }
        _ => back(&desk, &query),
    }
}

/// Makes the file now.
pub(super) async fn make(desk: Desk, headers: HeaderMap, body: Bytes) -> Response {
    let form = act::own(&headers, &body);
    let done = async {
        let form = form.as_ref().map_err(Refused::again)?;
        let cell = desk.cell_of(form)?;
        let fingerprint = Some(act::fingerprint(cell, "bank-file", form, &[])?);
        let asks = Asks { actor: cell.actor, fingerprint };
        desk.maker(cell)?.make(asks).await?.or_nothing()?;
        Ok::<_, Refused>(cell.site.name())
    }
    .await;
    match done {
        Ok(cell) => {
            let (files, lang) = (desk.files(), desk.lang.tag());
            see_other(&format!("{files}?cell={cell}&done=made&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let query = only_cell(form.unwrap_or_default());
            (status, whole(&desk, &query, Some(problem)).await).into_response()
        }
    }
}

fn only_cell(form: Form) -> Asked {
    form.into_iter().filter(|(name, _)| name == "cell").collect()
}

fn id_of(file: &str) -> Result<Id<BankFileKind>, Problem> {
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::BankFileNotFound));
    file.parse().map_err(|_| unknown())
}

/// A file's own page, perhaps with something to confirm.
pub(super) async fn file(
    desk: Desk,
    Path((_, file)): Path<(String, String)>,
    Query(query): Query<Asked>,
) -> Response {
    let act = query.get("step").and_then(|step| act_of(step).ok());
    let asks = act.map(|act| FileAsks {
        act,
        key: Code::generate("form").reveal(),
        reason: String::new(),
    });
    one(&desk, &file, &query, (asks, None)).await
}

fn act_of(text: &str) -> Result<&'static str, Problem> {
    let known = ["sent", "withdraw", "approve"].into_iter().find(|act| *act == text);
    known.ok_or_else(|| Problem::new("text_unfit", "Say that it was sent, or withdraw it."))
}

async fn one(
    desk: &Desk,
    file: &str,
    query: &Asked,
    (asks, wrong): (Option<FileAsks>, Option<view::Problem>),
) -> Response {
    let found = async {
        let (cell, file) = (desk.cell_of(query)?, id_of(file)?);
        let answer = cell.site.ask(CellQuery::BankFile(file)).await?;
        let Answer::BankFile(known) = answer.value else { return Err(Problem::internal()) };
        let (row, view) = (desk.row(cell, &known.0), &known.0);
        let chrome = desk.still_chrome(&row.href);
        let state = match view.withdrawn {
            Some(_) => audit::FileState::Withdrawn,
            None => audit::FileState::Kept,
        };
        Ok(html(&markup::file_page(&FilePage {
            chrome,
            base: desk.base().to_owned(),
            back: format!("{}?cell={}", desk.files(), cell.site.name()),
            cell: cell.site.name().to_owned(),
            at: micros(wall()),
            zone: cell.zone,
            done: done(query),
            wrong,
            file: row,
            name: audit::bank_file_name(view.day, view.number, state),
            asks,
        })))
    };
    found.await.unwrap_or_else(|problem| failed(desk, &problem))
}

/// Says that the bank has a file, or withdraws it.
pub(super) async fn end(
    desk: Desk,
    Path((_, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    acted(&desk, &file, &headers, &body, &["sent", "withdraw"]).await
}

/// Says that a file may go to the bank: for those who agree to what others made. Above the bound of
/// the cell's rules they sign what they saw.
pub(super) async fn approve(
    desk: Desk,
    Path((_, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    acted(&desk, &file, &headers, &body, &["approve"]).await
}

/// What a browser is asked to sign before that; nothing below the bound.
pub(super) async fn sign(
    desk: Desk,
    Path((_, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = async {
        let form = act::own(&headers, &body).unwrap_or_default();
        let cell = desk.cell_of(&form)?;
        let view = file_of(cell, &file).await?;
        let shown = shown(&desk, cell, &view, &file, text(&form, "key"));
        if !shown.is_needed(&cell.site) {
            return Ok(json!({}));
        }
        shown.begin(desk.board.edge(), &cell.site, &headers)
    };
    match asked.await {
        Ok(options) => Json(options).into_response(),
        Err(problem) => ToldScript(desk.lang, problem).into_response(),
    }
}

async fn file_of(cell: &Watched, file: &str) -> Result<BankFileView, Problem> {
    match cell.site.ask(CellQuery::BankFile(id_of(file)?)).await?.value {
        Answer::BankFile(known) => Ok(known.0),
        _ => Err(Problem::internal()),
    }
}

/// What the page of an approval shows, and its person signs.
fn shown<'a>(
    desk: &Desk,
    cell: &Watched,
    view: &BankFileView,
    file: &'a str,
    key: &'a str,
) -> Shown<'a> {
    Shown {
        session: desk.session.key,
        actor: cell.actor,
        operation: "ApproveBankFile",
        object: file,
        what: What::Money { amount: view.total, currency: view.currency, payee: "" },
        key,
    }
}

/// Does what a form says, if it is one of some acts.
async fn acted(
    desk: &Desk,
    file: &str,
    headers: &HeaderMap,
    body: &[u8],
    acts: &[&str],
) -> Response {
    let form = act::own(headers, body);
    let done = match &form {
        Ok(form) => match act_of(text(form, "act")) {
            Ok(act) if acts.contains(&act) => ended(desk, file, headers, form).await,
            Ok(_) => Err(Problem::new("path_not_found", "This form is not of this page.").into()),
            Err(problem) => Err(problem.into()),
        },
        Err(why) => Err(why.again()),
    };
    let form = form.unwrap_or_default();
    match done {
        Ok((word, cell)) => {
            let (files, lang) = (desk.files(), desk.lang.tag());
            see_other(&format!("{files}/{file}?cell={cell}&done={word}&lang={lang}"))
        }
        Err(Refused { status, problem }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            let (key, reason) = (text(&form, "key"), text(&form, "reason"));
            let asks = act_of(text(&form, "act")).ok().map(|act| FileAsks {
                act,
                key: key.to_owned(),
                reason: reason.to_owned(),
            });
            let query = only_cell(form);
            let page = one(desk, file, &query, (asks, Some(problem))).await;
            match page.status().is_success() {
                true => (status, page).into_response(),
                false => page,
            }
        }
    }
}

async fn ended<'a>(
    desk: &'a Desk,
    file: &str,
    headers: &HeaderMap,
    form: &Form,
) -> Result<(&'static str, &'a str), Refused> {
    let cell = desk.cell_of(form)?;
    let (act, reason) = (act_of(text(form, "act"))?, text(form, "reason"));
    let fingerprint = act::fingerprint(cell, "bank-file-end", form, &[file, act, reason])?;
    if act == "approve" {
        let view = file_of(cell, file).await?;
        let command = Command::Pay(ApproveBankFile { file: view.file }.into());
        let shown = shown(desk, cell, &view, file, text(form, "key"));
        let command = match shown.is_needed(&cell.site) {
            true => {
                let (edge, proof) = (desk.board.edge(), text(form, "proof"));
                shown.signed(edge, &cell.site, headers, proof, command).await?
            }
            false => command,
        };
        act::submit(cell, fingerprint, command).await?;
        return Ok(("approved", cell.site.name()));
    }
    let file = id_of(file)?;
    if act == "sent" {
        let command = ConfirmBankFileSent { file };
        act::submit(cell, fingerprint, pay::Command::from(command)).await?;
        return Ok(("sent", cell.site.name()));
    }
    let command = WithdrawBankFile { file, reason: reason.to_owned() };
    let reply = act::submit(cell, fingerprint, pay::Command::from(command)).await?;
    let Reply::Pay(pay::Reply::BankFile(view)) = reply else {
        return Err(Problem::internal().into());
    };
    if let Ok(maker) = desk.maker(cell) {
        maker.put_away(&view).await;
    }
    Ok(("withdrawn", cell.site.name()))
}

/// The bytes of a file, for the bank.
pub(super) async fn content(
    desk: Desk,
    Path((_, file)): Path<(String, String)>,
    Query(query): Query<Asked>,
) -> Response {
    let found = async {
        let cell = desk.cell_of(&query)?;
        let (view, bytes) = desk.maker(cell)?.content(id_of(&file)?).await?;
        match query.get("form").map(String::as_str) {
            Some("pain") => initiation(&view, &bytes, InitiationVersion::V03),
            _ => Ok::<_, Problem>(download(&view, bytes)),
        }
    };
    found.await.unwrap_or_else(|problem| failed(&desk, &problem))
}
