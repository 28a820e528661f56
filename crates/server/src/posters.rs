//! What is printed for a store: the cards of its poster, whose wallets can read them, and lists of
//! places as a shop types them.

use economy::{Answer, Query};
use kernel::Currency;
use pay::command::PlaceWords;
use pay::{LookView, Place, PostersView, StoreNumber};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::partner::partners_of;
use crate::api::pay::looking::static_code;
use crate::api::values::Text;
use crate::cells::Site;
use crate::edge::Edge;
use crate::problem::Problem;
use crate::web::poster::language;
use crate::web::text::Lang;
use crate::web::view::{Amount, Card, CardPlace, Foreign, Unit};

/// By what a wallet can pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkBy {
    /// It is a wallet of the store's own cell.
    Own,
    /// It is a wallet of a cell, or of a company, that a link leads to.
    Link,
    /// The store has an id in its network, which stands on the code.
    Network,
}

/// Wallets that can read the store's code and pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mark {
    /// What they are called on the poster.
    #[schema(example = "JPQR")]
    pub name: String,
    /// By what they can pay.
    pub by: MarkBy,
    /// What they hold, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub currency: Option<Text<Currency>>,
}

/// Our own name on posters.
const OWN: &str = "Enishi";

/// Whose wallets can read a store's code: those of its cell, those of cells that a link leads to over
/// which payments can come, and those of networks whose ids stand on it. What is not set up is not
/// named.
///
/// # Errors
/// The cell does not answer.
pub async fn marks(
    edge: &Edge,
    site: &Site,
    posters: &PostersView,
    currency: Currency,
) -> Result<Vec<Mark>, Problem> {
    let Answer::Links(links) = site.ask(Query::Links).await?.value else {
        return Err(Problem::internal());
    };
    let partners = partners_of(edge, site);
    if let Some(partners) = partners {
        partners.refresh().await;
    }
    let mut marks =
        vec![Mark { name: OWN.to_owned(), by: MarkBy::Own, currency: Some(Text(currency)) }];
    for view in links {
        let pays = view.nostro.is_some_and(|(.., code)| code == currency.code());
        if !pays || view.link.frozen.is_some() {
            continue;
        }
        // Suspended partners pay nothing new; the others are known by what their wallets are called.
        let partner = partners.and_then(|known| known.numbered(view.link.peer));
        let agreed = partner.map(|partner| partner.agreed());
        if agreed.as_ref().is_some_and(|agreed| agreed.suspended) {
            continue;
        }
        let held = match edge.cells().numbered(view.link.peer) {
            Some(peer) => held_in(peer, currency).await,
            None => None,
        };
        let name = agreed.map_or(view.link.name, |agreed| agreed.wallet.clone());
        marks.push(Mark { name, by: MarkBy::Link, currency: held.map(Text) });
    }
    let networks = posters.acceptance.iter().flat_map(|known| &known.networks);
    marks.extend(networks.map(|network| Mark {
        name: network.name().to_owned(),
        by: MarkBy::Network,
        currency: None,
    }));
    Ok(marks)
}

/// What the wallets of a cell hold that pay into another currency, where it keeps one such book.
async fn held_in(peer: &Site, paid: Currency) -> Option<Currency> {
    let Answer::Books(books) = peer.ask(Query::Books).await.ok()?.value else { return None };
    let mut held: Vec<Currency> = books.iter().map(|book| book.account.currency).collect();
    held.retain(|currency| *currency != paid);
    held.sort_unstable();
    held.dedup();
    match held[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// The words under a poster, in the three languages: which money the wallets hold.
pub fn wallets_line(marks: &[Mark]) -> [(Lang, String); 3] {
    let mut codes: Vec<Currency> = Vec::new();
    for Text(currency) in marks.iter().rev().filter_map(|mark| mark.currency) {
        if !codes.contains(&currency) {
            codes.push(currency);
        }
    }
    [Lang::Zh, Lang::Ja, Lang::En].map(|lang| {
        let unit = |c: &Currency| Unit { code: c.code(), exponent: c.exponent() };
        let names: Vec<String> =
            codes.iter().map(|code| lang.unit_word(unit(code), "name")).collect();
        let names = names.join(&lang.t("poster-and"));
        (lang, lang.tf("poster-wallets", &[("names", &names)]))
    })
}

/// The badges of a poster: each name once.
pub fn badges(marks: &[Mark]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mark in marks {
        // A link whose wallets are told by their money says nothing more by its name.
        let told = mark.by == MarkBy::Link && mark.currency.is_some();
        if !told && !names.contains(&mark.name) {
            names.push(mark.name.clone());
        }
    }
    names
}

/// A card to print: the store's own code, or that of a place.
///
/// # Errors
/// The words do not fit a code.
pub fn card(
    site: &Site,
    view: &LookView,
    posters: &PostersView,
    place: Option<&Place>,
    badges: &[String],
) -> Result<Card, Problem> {
    let text = static_code(site, view, posters.acceptance.as_ref(), place)?;
    let number = StoreNumber::of(view.store.cell, view.store.number);
    let unit = Unit { code: view.currency.code(), exponent: view.currency.exponent() };
    Ok(Card {
        name: Foreign { text: view.name.clone(), lang: language(&site.language) },
        latin_name: view.latin_name.clone(),
        city: view.city.clone(),
        code: qr::svg(&text).map_err(|_| Problem::internal())?,
        number: number.map_or_else(|| view.store.to_string(), |number| number.to_string()),
        place: place.map(|place| CardPlace {
            label: place.label.clone(),
            amount: place
                .amount
                .map(|minor| Amount { minor: i64::try_from(minor).unwrap_or(i64::MAX), unit }),
            reference: place.reference.clone(),
        }),
        badges: badges.to_vec(),
    })
}

/// The labels of a range, as `1-12` or `1–12`; none when it is no range, or too long a one.
pub fn range(typed: &str) -> Option<std::ops::RangeInclusive<u32>> {
    let (from, to) = typed.trim().split_once(['-', '–', '〜', '~', '～'])?;
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let (from, to) = (number(from)?, number(to)?);
    let fits = from <= to && to <= 99_999 && to - from < Place::MOST as u32;
    fits.then_some(from..=to)
}

/// A row of a list of places that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongRow {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, as the code of its words.
    pub why: &'static str,
}

/// What label and reference of a place may have, in characters: as much as a code has room for.
const MOST_LABEL: usize = 25;

/// The line of `text` that a row of it begins on, counting from 1 and counting lines without
/// anything too, as people do.
fn line_of(text: &str, row: &::csv::StringRecord) -> usize {
    let read = row.position().map_or(0, ::csv::Position::byte);
    let rest = usize::try_from(read).ok().and_then(|at| text.get(at..)).unwrap_or_default();
    let begins = text.len() - rest.trim_start_matches(['\r', '\n']).len();
    1 + text[..begins].matches('\n').count()
}

/// Reads a list of places: a line each, of a label, and perhaps an amount and a reference, as
/// spreadsheets write them. A first line of column names is left out.
///
/// # Errors
/// The first line that can't be read.
pub fn rows(
    text: &str,
    read_amount: impl Fn(&str) -> Result<u64, &'static str>,
) -> Result<Vec<PlaceWords>, WrongRow> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator =
        if text.lines().next().is_some_and(|line| line.contains('\t')) { b'\t' } else { b',' };
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .trim(::csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut places = Vec::new();
    for (at, row) in reader.records().enumerate() {
        let row = row.map_err(|_| WrongRow { line: 1, why: "place_columns" })?;
        let wrong = |why| WrongRow { line: line_of(text, &row), why };
        let cell = |n: usize| row.get(n).map(str::trim).filter(|cell| !cell.is_empty());
        let Some(label) = cell(0) else { continue };
        if at == 0 && label.eq_ignore_ascii_case("label") {
            continue;
        }
        if row.len() > 3 {
            return Err(wrong("place_columns"));
        }
        let is_long = |cell: &str| cell.chars().count() > MOST_LABEL;
        if is_long(label) || cell(2).is_some_and(is_long) {
            return Err(wrong("place_long"));
        }
        let amount = cell(1).map(&read_amount).transpose().map_err(wrong)?;
        let reference = cell(2).map(str::to_owned);
        places.push(PlaceWords { label: label.to_owned(), amount, reference });
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Result<u64, &'static str> {
        text.replace(',', "").parse().map_err(|_| "amount_unfit")
    }

    #[test]
    fn a_range_is_two_numbers() {
        assert_eq!(range("1-12"), Some(1..=12));
        assert_eq!(range(" 3 – 3 "), Some(3..=3));
        for text in ["", "12", "12-1", "a-b", "1-501", "+1-2", "1-2-3", "99999-100000"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_is_read_as_spreadsheets_write_it() {
        let text = "\u{feff}label,amount,reference\r\n7,,\r\n入口,\"1,500\",大人\r\n\r\n";
        let read = rows(text, whole).unwrap();
        let labels: Vec<_> = read.iter().map(|row| (row.label.as_str(), row.amount)).collect();
        assert_eq!(labels, [("7", None), ("入口", Some(1500))]);
        assert_eq!(read[1].reference.as_deref(), Some("大人"));
        assert_eq!(rows("1\t500\n2\t600", whole).unwrap().len(), 2, "pasted from a table");
        assert_eq!(rows("1\n2,x", whole), Err(WrongRow { line: 2, why: "amount_unfit" }));
        assert_eq!(rows("1,2,3,4", whole), Err(WrongRow { line: 1, why: "place_columns" }));
        let long = format!("1\n\n{},5\n", "あ".repeat(26));
        assert_eq!(rows(&long, whole), Err(WrongRow { line: 3, why: "place_long" }));
        assert_eq!(rows(&long.replacen('あ', "", 1), whole).unwrap().len(), 2);
        assert_eq!(rows("", whole), Ok(Vec::new()));
    }
}
