//! What the operator's banks say: statements taken in, lines matched and resolved.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use economy::{Answer, Query};
use iso20022::CsvForm;
use kernel::id::{BankFile, Wallet};
use kernel::{Currency, Id, Ref};
use pay::BankLineView;
use pay::command::{Resolution, ResolveBankLine, UndoBankLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::paging::{Listed, PageQuery, cursor_text};
use crate::api::values::{Day, Moment, Text};
use crate::authorize::Caller;
use crate::banking::{self, Format, Imported};
use crate::http::asked::{Once, StatementBytes};
use crate::http::json;
use crate::http::{PathId, Posted, QueryOf, Told};
use crate::outcome::Settled;
use crate::problem::Problem;

/// An amount that came in (above zero) or went out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// Minor units.
    #[schema(example = -269107)]
    pub amount: i64,
    /// ISO 4217.
    #[schema(value_type = String, example = "JPY")]
    pub currency: Text<Currency>,
}

impl Moved {
    const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency: Text(currency) }
    }
}

/// A table of a bank, where it gives no camt.053.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTable {
    /// The account, as its bank numbers it.
    #[schema(example = "2476-001-1234567")]
    account: String,
    /// In what.
    #[schema(value_type = String, example = "JPY")]
    currency: Text<Currency>,
    /// The balance before its first line, in minor units, where no column says it.
    opening: Option<i64>,
    /// How the table is to be read: `encoding`, `date`, `date_format`, `credit` and `debit` or
    /// `amount`, and if there are such `balance`, `reference`, `texts`, `skip`, `delimiter`,
    /// `thousands`, `newest_first`. All but formats are headings of columns.
    #[schema(value_type = Object)]
    form: CsvForm,
    /// The bytes of the table in base64.
    content: String,
}

/// What came of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedStatement {
    /// The account, as its bank numbers it.
    pub account: String,
    /// Up to which day its lines are here.
    #[schema(value_type = String, example = "2026-11-04")]
    pub until: Text<Day>,
    /// The balance after the newest.
    pub balance: Moved,
    /// How many lines were taken in now.
    pub lines: u32,
    /// How many of them a person is to resolve.
    pub open: u32,
}

/// What came of the statements of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedStatements {
    /// One for each of them.
    pub statements: Vec<ImportedStatement>,
}

impl From<Imported> for ImportedStatement {
    fn from(it: Imported) -> Self {
        Self {
            account: it.account,
            until: Text(Day(it.until)),
            balance: Moved::new(it.balance, it.currency),
            lines: it.lines,
            open: it.open,
        }
    }
}

/// Takes in a statement of a bank
///
/// The body is a camt.053 (`application/xml`), or JSON with a table (`application/json`). A statement
/// begins where the last one of its account ended. Sent again, it takes in nothing twice; one that was cut off
/// goes on where it stopped.
#[utoipa::path(
    post, path = "/v1/statements", tag = "operator", params(Once),
    request_body(content(
        (String = "application/xml"),
        (NewTable = "application/json"),
    )),
    responses(
        (status = 201, body = ImportedStatements),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn import_statement(
    caller: Caller,
    asked: StatementBytes,
) -> Result<Told<ImportedStatements>, Problem> {
    let (bytes, format) = match asked.media_type.as_deref() {
        Some("application/xml" | "text/xml") => (asked.bytes.to_vec(), Format::Camt),
        Some("application/json") => table(&asked.bytes)?,
        _ => {
            let detail = "Send a camt.053 as application/xml, or a table as application/json.";
            return Err(Problem::new("media_type_not_supported", detail));
        }
    };
    let site = (caller.cell(), &caller.site.handle);
    let statements = banking::take_in(site, caller.actor, bytes, format).await?;
    let position = statements.iter().map(|it| it.position).max().unwrap_or(0);
    let statements = statements.into_iter().map(ImportedStatement::from).collect();
    Ok(Told::created(Settled {
        value: ImportedStatements { statements },
        cell: caller.cell().to_owned(),
        position,
        repeated: false,
    }))
}

fn table(body: &[u8]) -> Result<(Vec<u8>, Format), Problem> {
    let NewTable { account, currency: Text(currency), opening, form, content } = json::read(body)?;
    let bytes = STANDARD.decode(content.as_bytes()).map_err(|why| {
        let detail = format!("content is no base64: {why}.");
        Problem::new("field_invalid", detail.clone()).in_field("/content".to_owned(), detail)
    })?;
    Ok((bytes, Format::Table { form: Box::new(form), account, currency, opening }))
}

/// A line of a bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct BankLine {
    /// Its number.
    pub number: u32,
    /// The account, as its bank numbers it.
    pub account: String,
    /// On which day it was booked.
    #[schema(value_type = String, example = "2026-11-04")]
    pub day: Text<Day>,
    /// What came in or went out.
    pub moved: Moved,
    /// `open`, `file`, `transfer`, `returned`, `booked`, `charge`, `suspense`, `wallet`, `nostro` or
    /// `stranded`.
    #[schema(example = "open")]
    pub found: &'static str,
    /// Whether a person is to resolve it.
    pub is_task: bool,
    /// Why the cell could not match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "amount_differs")]
    pub why: Option<&'static str>,
    /// What a person wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Since when it is that.
    #[schema(value_type = String)]
    pub since: Text<Moment>,
}

impl From<BankLineView> for BankLine {
    fn from(view: BankLineView) -> Self {
        let note = match &view.found {
            pay::event::Found::Suspense(note) => Some(note.clone()),
            _ => None,
        };
        Self {
            number: view.number,
            account: view.account,
            day: Text(Day(view.line.day)),
            moved: Moved::new(view.line.amount, view.currency),
            found: view.found.word(),
            is_task: view.found.is_task(),
            why: view.found.why().map(pay::event::Why::word),
            note,
            since: Text(Moment(view.since)),
        }
    }
}

/// An account of the operator at a bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnBankAccount {
    /// As its bank numbers it.
    pub account: String,
    /// Up to which day its lines are here.
    #[schema(value_type = String)]
    pub until: Text<Day>,
    /// The balance after the newest.
    pub balance: Moved,
    /// How many pages of its newest statement are here.
    pub pages_here: u32,
    /// How many there are.
    pub pages: u32,
}

/// What the banks say beside the book.
#[derive(Debug, Serialize, ToSchema)]
pub struct Banking {
    /// The operator's accounts.
    pub accounts: Vec<OwnBankAccount>,
    /// How many lines a person is to resolve.
    pub tasks: u32,
    /// Lines that are not in the book yet, added up.
    pub open: Vec<Moved>,
    /// What the book has at banks.
    pub booked: Vec<Moved>,
}

/// What the banks say beside the book
#[utoipa::path(
    get, path = "/v1/banking", tag = "operator",
    responses(
        (status = 200, body = Banking),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn banking(caller: Caller) -> Result<Told<Banking>, Problem> {
    let settled = caller.ask(Query::Banking(caller.site.handle.now())).await?;
    let Answer::Banking(known) = settled.value.clone() else { return Err(Problem::internal()) };
    let small = |sum: i128| i64::try_from(sum).unwrap_or(i64::MAX);
    let sums = |sums: &[(Currency, i128)]| {
        sums.iter().map(|(currency, sum)| Moved::new(small(*sum), *currency)).collect()
    };
    let accounts = known.accounts.iter().map(|it| OwnBankAccount {
        account: it.name.clone(),
        until: Text(Day(it.until)),
        balance: Moved::new(it.balance, it.currency),
        pages_here: it.pages_here,
        pages: it.pages,
    });
    let told = Banking {
        accounts: accounts.collect(),
        tasks: known.tasks,
        open: sums(&known.open),
        booked: sums(&known.booked),
    };
    Ok(Told::ok(settled.with(told)))
}

/// The query of lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LinesQuery {
    /// Only those that a person is to resolve.
    #[serde(default)]
    tasks: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// The most lines, 1 to 200; 50 when left out.
    limit: Option<u32>,
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct BankLines {
    /// The newest first.
    pub lines: Vec<BankLine>,
    /// Where the page stands; it is never stale.
    #[serde(flatten)]
    pub page: Listed,
}

/// Lines of banks: all that are a task, and the newest others
#[utoipa::path(
    get, path = "/v1/bank-lines", tag = "operator", params(LinesQuery),
    responses(
        (status = 200, body = BankLines),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bank_lines(
    caller: Caller,
    QueryOf(query): QueryOf<LinesQuery>,
) -> Result<Told<BankLines>, Problem> {
    let LinesQuery { tasks: only_tasks, cursor, limit } = query;
    let (cursor, most) = PageQuery { cursor, limit, at_least: None }.bounds()?;
    let before = cursor.map_or(u32::MAX, |[number, _]| u32::try_from(number).unwrap_or(u32::MAX));
    let settled = caller.ask(Query::BankLines { only_tasks, before, most }).await?;
    let position = settled.position;
    let Answer::BankLines { lines, next } = settled.value else { return Err(Problem::internal()) };
    let next = next.map(|number| cursor_text([number.into(), 0]));
    let lines = lines.into_iter().map(BankLine::from).collect();
    let page = Listed { next, position, stale: false };
    Ok(page.told(&caller, |page| BankLines { lines, page }))
}

/// One line
#[utoipa::path(
    get, path = "/v1/bank-lines/{line}", tag = "operator",
    params(("line" = u32, Path, description = "The line's number")),
    responses(
        (status = 200, body = BankLine),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn bank_line(
    caller: Caller,
    PathId(line): PathId<String>,
) -> Result<Told<BankLine>, Problem> {
    let settled = caller.ask(Query::BankLine(number(&line)?)).await?;
    let Answer::BankLine(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with((*view).into())))
}

pub(super) fn number(text: &str) -> Result<u32, Problem> {
    let unknown = || Problem::refused(&economy::Refusal::Pay(pay::Refusal::BankLineNotFound));
    text.parse().map_err(|_| unknown())
}

/// What a line is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum IsWhat {
    /// What a whole file paid.
    File {
        /// Which.
        #[schema(value_type = String)]
        file: Text<Id<BankFile>>,
    },
    /// What one transfer of a file paid.
    Transfer {
        /// Of which file.
        #[schema(value_type = String)]
        file: Text<Id<BankFile>>,
        /// Its place, from 0.
        place: u32,
    },
    /// A transfer that came back.
    Returned {
        /// Of which file.
        #[schema(value_type = String)]
        file: Text<Id<BankFile>>,
        /// Its place, from 0.
        place: u32,
        /// Why, by ISO's code or the bank's own.
        #[schema(example = "AC01")]
        reason: String,
    },
    /// Money for a wallet.
    Wallet {
        /// Which.
        #[schema(value_type = String)]
        wallet: Text<Ref<Wallet>>,
    },
    /// Money for the nostro of a link.
    Nostro {
        /// The link's number.
        link: u8,
    },
    /// Money that was booked before with the bank's reference.
    Booked {
        /// The reference.
        reference: String,
    },
    /// What the bank takes for its service.
    Charge {},
    /// It waits: money that nobody can place yet.
    Suspense {
        /// Why, up to 120 characters.
        reason: String,
    },
}

impl From<IsWhat> for Resolution {
    fn from(it: IsWhat) -> Self {
        match it {
            IsWhat::File { file } => Self::File(file.0),
            IsWhat::Transfer { file, place } => Self::Transfer(file.0, place),
            IsWhat::Returned { file, place, reason } => Self::Returned(file.0, place, reason),
            IsWhat::Wallet { wallet } => Self::Wallet(wallet.0),
            IsWhat::Nostro { link } => Self::Nostro(link),
            IsWhat::Booked { reference } => Self::Booked(reference),
            IsWhat::Charge {} => Self::Charge,
            IsWhat::Suspense { reason } => Self::Suspense(reason),
        }
    }
}

/// Says what a line is that could not be matched
#[utoipa::path(
    post, path = "/v1/bank-lines/{line}/resolve", tag = "operator",
    params(Once, ("line" = u32, Path, description = "The line's number")),
    request_body = IsWhat,
    responses(
        (status = 200, body = BankLine),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn resolve_line(
    caller: Caller,
    PathId(line): PathId<String>,
    asked: Posted<IsWhat>,
) -> Result<Told<BankLine>, Problem> {
    let (line, resolution) = (number(&line)?, asked.body.into());
    let settled = caller.pay(asked.fingerprint, ResolveBankLine { line, resolution }).await?;
    line_told(settled)
}

fn line_told(settled: Settled<pay::Reply>) -> Result<Told<BankLine>, Problem> {
    let pay::Reply::BankLine(view) = settled.value.clone() else { return Err(Problem::internal()) };
    Ok(Told::ok(settled.with((*view).into())))
}

/// Why a match is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undoing {
    /// Up to 120 characters.
    #[schema(example = "the wrong shop")]
    reason: String,
}

/// Takes back what a line was found to be
#[utoipa::path(
    post, path = "/v1/bank-lines/{line}/undo", tag = "operator",
    params(Once, ("line" = u32, Path, description = "The line's number")),
    request_body = Undoing,
    responses(
        (status = 200, body = BankLine),
        (status = "default", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn undo_line(
    caller: Caller,
    PathId(line): PathId<String>,
    asked: Posted<Undoing>,
) -> Result<Told<BankLine>, Problem> {
    let (line, reason) = (number(&line)?, asked.body.reason);
    line_told(caller.pay(asked.fingerprint, UndoBankLine { line, reason }).await?)
}
