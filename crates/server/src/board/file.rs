//! Rows as a file for spreadsheets: RFC 4180, UTF-8 with the mark by which Excel knows it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::{Currency, Timestamp};
use views::{PaymentRow, SideOf, Sum};

use super::days;
use super::figures::{By, Compared, Of, time_of};
use crate::api::values::Moment;
use crate::problem::Problem;
use crate::web::format::number;
use crate::web::places;
use crate::web::text::Lang;

/// Without it, Excel in Japan and China reads the file in the character set of its system.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A table under way.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new(header: &[&str]) -> Result<Self, Problem> {
        let end = csv::Terminator::CRLF;
        let mut table = Self(csv::WriterBuilder::new().terminator(end).from_writer(MARK.to_vec()));
        table.row(header.iter().map(|&name| name.to_owned()))?;
        Ok(table)
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), Problem> {
        self.0.write_record(cells).map_err(|_| Problem::internal())
    }

    fn bytes(self) -> Result<Vec<u8>, Problem> {
        self.0.into_inner().map_err(|_| Problem::internal())
    }
}

/// A text that no spreadsheet takes for a formula: what begins like one gets an apostrophe, which
/// spreadsheets show as text.
fn text(of: &str) -> String {
    let formula = of.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{of}") } else { of.to_owned() }
}

/// Minor units as a decimal number without groups: `135.38`, `-1000`.
fn decimal(minor: i64, currency: Currency) -> String {
    number(i128::from(minor), currency.exponent()).replace(',', "").replace('−', "-")
}

fn amount(minor: u64, currency: Currency) -> String {
    decimal(i64::try_from(minor).unwrap_or(i64::MAX), currency)
}

fn sums(sum: &Sum, currency: Currency) -> [String; 6] {
    let money = |minor| decimal(minor, currency);
    [
        sum.payments.to_string(),
        money(sum.captured),
        sum.refunds.to_string(),
        money(sum.refunded),
        money(sum.net()),
        money(sum.fee),
    ]
}

/// What people call a group.
pub fn name(lang: Lang, of: &Of) -> String {
    match of {
        Of::Prefecture(code) => places::name(lang, *code).unwrap_or("").to_owned(),
        Of::Category(category) => lang.t(places::category_key(category.mcc())),
        Of::Hour(hour) => format!("{hour:02}:00"),
        Of::Wallet(_) | Of::Day(_) => of.key(),
    }
}

/// Figures as a file; its header's words are those of the API, its names are in a language.
///
/// # Errors
/// None that a caller can cause.
pub fn figures(lang: Lang, of: &Compared, by: By) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "from",
        "to",
        "until",
        "by",
        "of",
        "name",
        "currency",
        "payments",
        "captured",
        "refunds",
        "refunded",
        "net",
        "fees",
        "week_before_payments",
        "week_before_captured",
        "week_before_refunds",
        "week_before_refunded",
        "week_before_net",
        "week_before_fees",
    ])?;
    let (from, to) = (days::written(of.days.0).to_string(), days::written(of.days.1).to_string());
    let until = of.until.map(time_of).unwrap_or_default();
    for pair in &of.pairs {
        for line in pair.lines(by) {
            let head = [
                from.clone(),
                to.clone(),
                until.clone(),
                by.word().to_owned(),
                text(&line.of.key()),
                text(&name(lang, &line.of)),
                pair.currency.code().to_owned(),
            ];
            let (now, before) = (sums(&line.now, pair.currency), sums(&line.before, pair.currency));
            table.row(head.into_iter().chain(now).chain(before))?;
        }
    }
    table.bytes()
}

/// Payments as a file.
///
/// # Errors
/// None that a caller can cause.
pub fn payments(lang: Lang, rows: &[PaymentRow]) -> Result<Vec<u8>, Problem> {
    let mut table = Table::new(&[
        "payment",
        "side",
        "status",
        "declined",
        "began",
        "captured_at",
        "store",
        "shop",
        "prefecture",
        "category",
        "currency",
        "amount",
        "captured",
        "refunded",
        "fee",
        "other_cell",
        "wallet_currency",
        "paid",
        "returned",
    ])?;
    for row in rows {
        let money = |minor| amount(minor, row.currency);
        let moment = |at: Timestamp| Moment(at).to_string();
        let price = row.price.as_ref();
        let of_price = |minor: u64| price.map_or(String::new(), |p| amount(minor, p.currency));
        table.row([
            row.id.to_string(),
            side(row.side).to_owned(),
            row.status.word().to_owned(),
            row.declined.clone().unwrap_or_default(),
            moment(row.began()),
            row.times.captured.map(moment).unwrap_or_default(),
            row.store.to_string(),
            text(row.store_name.as_deref().unwrap_or("")),
            row.prefecture.and_then(|code| places::name(lang, code)).unwrap_or("").to_owned(),
            row.category.map_or("", pay::Category::word).to_owned(),
            row.currency.code().to_owned(),
            money(row.amount),
            money(row.captured),
            money(row.refunded),
            row.merchant_fee
                .map(|fee| money(fee.saturating_sub(row.fee_refunded)))
                .unwrap_or_default(),
            text(row.peer.as_deref().unwrap_or("")),
            price.map_or("", |price| price.currency.code()).to_owned(),
            price.map_or(String::new(), |price| of_price(price.paid)),
            price.map_or(String::new(), |price| of_price(price.returned)),
        ])?;
    }
    table.bytes()
}

/// The word of a side.
pub const fn side(of: SideOf) -> &'static str {
    match of {
        SideOf::Payer => "payer",
        SideOf::Seller => "seller",
        SideOf::Both => "both",
    }
}

/// The answer that a browser saves under a name of ASCII letters.
pub fn answer(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_a_formula_and_a_number_is_plain() {
        for (given, kept) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t=1"),
            ("そば 山法師", "そば 山法師"),
            ("", ""),
        ] {
            assert_eq!(text(given), kept);
        }
        assert_eq!(decimal(-1_234_567, Currency::JPY), "-1234567");
        assert_eq!(decimal(-13_606, Currency::CNY), "-136.06");
        assert_eq!(amount(13_538, Currency::CNY), "135.38");
    }

    #[test]
    fn rows_are_quoted_as_rfc_4180_says() {
        let mut table = Table::new(&["a", "b"]).unwrap();
        table.row(["one \"two\"".to_owned(), "three,\nfour".to_owned()]).unwrap();
        let bytes = table.bytes().unwrap();
        let expected = "\u{feff}a,b\r\n\"one \"\"two\"\"\",\"three,\nfour\"\r\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
