//! What each side wrote: the ledger lines of a payment in the two books.

use maud::{Markup, html};

use super::format::number;
use super::icon::Icon;
use super::parts::{empty, link};
use super::text::Lang;
use super::view::{Account, Books, LedgerLine, LedgerTable, LineNote, Unit};

/// The fragment `#books`.
pub fn books(lang: Lang, of: &Books) -> Markup {
    let written = !of.from_tables.is_empty() || !of.to_tables.is_empty();
    let (title, lead) = match (written, of.refund) {
        (false, _) => ("books-before", None),
        (true, false) => ("books-after", Some("books-lead")),
        (true, true) => ("books-after", Some("books-lead-refund")),
    };
    html! {
        section #books .stack aria-labelledby="books-title" data-src=(link(lang, &of.src))
            data-on="requested captured posted voided taken booked" {
            div.section-head {
                h2 #books-title { (lang.t(title)) }
                @if let Some(lead) = lead { p.quiet { (lang.t(lead)) } }
            }
            div.cols.cols-2 {
                (book(lang, of, "shore-from", of.from, &of.from_tables))
                (book(lang, of, "shore-to", of.to, &of.to_tables))
            }
        }
    }
}

fn book(lang: Lang, of: &Books, shore: &str, unit: Unit, tables: &[LedgerTable]) -> Markup {
    let name = lang.unit_word(unit, "book");
    if tables.is_empty() {
        return empty(Icon::List, &name, &lang.t("books-empty"));
    }
    html! {
        div class={ "card " (shore) } {
            @for (i, table) in tables.iter().enumerate() {
                @if i > 0 { div.gap {} }
                (ledger(lang, of.payment.as_deref(), &name, unit, table))
            }
        }
    }
}

/// One table of a book. It adds its columns up itself and says whether they are equal.
fn ledger(
    lang: Lang,
    payment: Option<&str>,
    book: &str,
    home: Unit,
    table: &LedgerTable,
) -> Markup {
    let unit = table.unit;
    let sign = lang.unit_sign(unit);
    let heading = |key: &str| lang.tf(key, &[("unit", &sign)]);
    let (debits, credits) = sums(&table.lines);
    let record = format!("{} {}", table.record.cell, lang.count(table.record.position));
    html! {
        table.ledger {
            caption {
                @if unit == home {
                    (book)
                } @else {
                    (lang.tf("books-other-unit", &[("unit", &lang.unit_word(unit, "name"))]))
                }
                small {
                    (lang.tf(
                        "books-record",
                        &[("payment", payment.unwrap_or("")), ("record", &record)],
                    ))
                }
            }
            thead {
                tr {
                    th scope="col" { (lang.t("books-account")) }
                    th.num scope="col" { (heading("books-debit")) }
                    th.num scope="col" { (heading("books-credit")) }
                }
            }
            tbody { @for line in &table.lines { (row(lang, line, unit)) } }
            tfoot {
                tr {
                    td { (lang.t("books-sum")) " " (verdict(lang, debits == credits)) }
                    td.num { (number(debits, unit.exponent)) }
                    td.num { (number(credits, unit.exponent)) }
                }
            }
        }
    }
}

/// Both columns added up, in a type that the sum of a record's 64-bit lines can't overflow.
pub(super) fn sums(lines: &[LedgerLine]) -> (i128, i128) {
    lines.iter().fold((0, 0), |(debits, credits), line| {
        (debits + i128::from(line.debit), credits + i128::from(line.credit))
    })
}

/// *equal* in word and tick, or *differs* with the triangle.
pub(super) fn verdict(lang: Lang, equal: bool) -> Markup {
    html! {
        @if equal {
            span.eq { (Icon::Check.draw()) (lang.t("books-equal")) }
        } @else {
            span.unequal { (Icon::Warn.draw()) (lang.t("books-differ")) }
        }
    }
}

fn row(lang: Lang, line: &LedgerLine, unit: Unit) -> Markup {
    let cell = |minor: i64| match minor {
        0 => String::new(),
        minor => number(i128::from(minor), unit.exponent),
    };
    html! {
        tr {
            td {
                (account(lang, &line.account))
                @if let Some(note) = line.note { small { (note_words(lang, note)) } }
            }
            td.num { (cell(line.debit)) }
            td.num { (cell(line.credit)) }
        }
    }
}

/// The words for an account.
pub(super) fn account(lang: Lang, account: &Account) -> String {
    match account {
        Account::Wallet(holder) => {
            let name = holder.clone().unwrap_or_else(|| lang.t("person-forgotten"));
            lang.tf("account-wallet", &[("name", &name)])
        }
        Account::Merchant(name) => name.clone(),
        Account::Exchange(unit) => {
            lang.tf("account-exchange", &[("unit", &lang.unit_word(*unit, "name"))])
        }
        Account::Spread => lang.t("account-spread"),
        Account::Fee => lang.t("account-fee"),
        Account::Nostro => lang.t("account-nostro"),
        Account::NostroMirror => lang.t("account-nostro-mirror"),
        Account::Bank => lang.t("account-bank"),
        Account::Payout => lang.t("account-payout"),
        Account::Suspense => lang.t("account-suspense"),
        Account::CreditLine => lang.t("account-credit-line"),
        Account::Receivable => lang.t("account-receivable"),
        Account::Connector(name) => lang.tf("account-connector", &[("name", name)]),
    }
}

fn note_words(lang: Lang, note: LineNote) -> String {
    match note {
        LineNote::MidRate => lang.t("line-mid"),
        LineNote::Share(bp) => lang.percent(bp),
        LineNote::ShopFee(bp) => lang.tf("line-shop-fee", &[("share", &lang.percent(bp))]),
        LineNote::Prefunded => lang.t("line-prefunded"),
        LineNote::Refund => lang.t("line-refund"),
    }
}
