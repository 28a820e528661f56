//! Figures and payments as files for spreadsheets.

use kernel::{Currency, Timestamp};
use views::{PaymentRow, SideOf, Sum};

use super::days;
use super::figures::{By, Compared, Of, time_of};
use crate::api::values::Moment;
pub use crate::http::csv::answer;
use crate::http::csv::{Table, amount, decimal, text};
use crate::problem::Problem;
use crate::web::places;
use crate::web::text::Lang;

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
        "place",
        "reference",
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
            text(row.place.as_ref().map_or("", |(label, _)| label)),
            text(row.place.as_ref().and_then(|(_, it)| it.as_deref()).unwrap_or("")),
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
