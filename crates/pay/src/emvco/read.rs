//! From text to values.

use super::amount::Amount;
use super::code::{
    Account, AdditionalData, Entry, Initiation, LocalText, MerchantCode, Template, Tip,
};
use super::error::{Error, Place};
use super::fields::{Field, fields, find, require};
use super::table::rule;

/// ISO 4217 number of the yen.
const YEN: u16 = 392;

/// Reads a code. It judges form only: any currency, any scheme, the check value in either case.
///
/// # Errors
/// The first [`Error`] found: grammar, then check value, then each field by itself, then what is
/// missing, then what fields ask of each other.
pub fn decode(text: &str) -> Result<MerchantCode, Error> {
    let root = fields(text)?;
    let version = require(&root, &[0])?;
    if version != "01" {
        return Err(Error::UnsupportedVersion { found: version });
    }
    let currency = number(&require(&root, &[53])?);
    Ok(MerchantCode {
        initiation: find(&root, 1).map(initiation).transpose()?,
        accounts: accounts(&root)?,
        category: number(&require(&root, &[52])?),
        currency,
        amount: find(&root, 54).map(|field| amount(field, currency)).transpose()?,
        tip: tip(&root, currency)?,
        country: require(&root, &[58])?,
        name: require(&root, &[59])?,
        city: require(&root, &[60])?,
        postal: text_of(&root, 61),
        additional: find(&root, 62).map(additional).transpose()?.unwrap_or_default(),
        local: find(&root, 64).map(local).transpose()?,
        reserved: entries(&root, |tag| matches!(tag, 65..=79)),
        templates: templates(&root, |tag| tag >= 80)?,
    })
}

fn initiation(field: &Field) -> Result<Initiation, Error> {
    match field.value.as_str() {
        "11" => Ok(Initiation::Static),
        "12" => Ok(Initiation::Dynamic),
        _ => Err(bad_value(field, "11 (static) or 12 (dynamic)")),
    }
}

fn accounts(root: &[Field]) -> Result<Vec<Account>, Error> {
    let accounts: Vec<_> = root
        .iter()
        .filter_map(|field| match field.tag {
            2..=25 => Some(Ok(Account::Number(entry(field)))),
            26..=51 => Some(template(field).map(Account::Scheme)),
            _ => None,
        })
        .collect::<Result<_, _>>()?;
    if accounts.is_empty() {
        return Err(Error::MissingField { tag: "02 to 51".to_owned(), name: "merchant_account" });
    }
    Ok(accounts)
}

fn amount(field: &Field, currency: u16) -> Result<Amount, Error> {
    let amount = Amount::parse(&field.value);
    // Decimals are a matter of form for the yen alone: there the guidelines forbid them. For any
    // other currency `Amount::to_minor` tells, where one pays.
    let amount = amount.and_then(|amount| match currency {
        YEN => amount.to_minor(0).map(|_| amount),
        _ => Ok(amount),
    });
    amount.map_err(|problem| Error::BadAmount { place: field.place, problem })
}

fn tip(root: &[Field], currency: u16) -> Result<Option<Tip>, Error> {
    let (indicator, fixed, percent) = (find(root, 55), find(root, 56), find(root, 57));
    let bad = |place, expected| Err(Error::BadTip { place, expected });
    let tip = match indicator.map(|field| (field.place, field.value.as_str(), fixed, percent)) {
        None => None,
        Some((_, "01", ..)) => Some(Tip::Ask),
        Some((_, "02", Some(fixed), _)) => Some(Tip::Fixed(amount(fixed, currency)?)),
        Some((_, "03", _, Some(percent))) => Some(self::percent(percent)?),
        Some((place, "02", ..)) => return bad(place, "tip 02 needs a fixed amount in tag 56"),
        Some((place, "03", ..)) => return bad(place, "tip 03 needs a percentage in tag 57"),
        Some((place, ..)) => return bad(place, "the tip indicator must be 01, 02 or 03"),
    };
    match (tip, fixed, percent) {
        (Some(Tip::Fixed(_)), _, None) | (Some(Tip::Percent { .. }), None, _) => Ok(tip),
        (_, None, None) => Ok(tip),
        (Some(Tip::Fixed(_)), _, Some(field)) | (_, None, Some(field)) => {
            bad(field.place, "tag 57 stands only with tip 03 in tag 55")
        }
        (_, Some(field), _) => bad(field.place, "tag 56 stands only with tip 02 in tag 55"),
    }
}

fn percent(field: &Field) -> Result<Tip, Error> {
    let hundredths = Amount::parse(&field.value).and_then(|percent| percent.to_minor(2));
    match hundredths.map(u16::try_from) {
        Ok(Ok(hundredths @ 1..=9999)) => Ok(Tip::Percent { hundredths }),
        _ => Err(Error::BadTip {
            place: field.place,
            expected: "the percentage must lie between 00.01 and 99.99",
        }),
    }
}

fn additional(field: &Field) -> Result<AdditionalData, Error> {
    let inner = &field.fields;
    if let Some(request) = find(inner, 9) {
        let known = request.value.chars().all(|letter| matches!(letter, 'A' | 'M' | 'E'));
        let once = |letter| request.value.matches(letter).count() <= 1;
        if !known || !['A', 'M', 'E'].into_iter().all(once) {
            return Err(bad_value(request, "letters out of A, M and E, each once"));
        }
    }
    Ok(AdditionalData {
        bill_number: text_of(inner, 1),
        mobile_number: text_of(inner, 2),
        store_label: text_of(inner, 3),
        loyalty_number: text_of(inner, 4),
        reference_label: text_of(inner, 5),
        customer_label: text_of(inner, 6),
        terminal_label: text_of(inner, 7),
        purpose: text_of(inner, 8),
        consumer_data_request: text_of(inner, 9),
        tax_id: text_of(inner, 10),
        channel: text_of(inner, 11),
        reserved: entries(inner, |tag| matches!(tag, 0 | 12..=49)),
        templates: templates(inner, |tag| tag >= 50)?,
    })
}

fn local(field: &Field) -> Result<LocalText, Error> {
    let inner = &field.fields;
    Ok(LocalText {
        language: require(inner, &[64, 0])?,
        name: require(inner, &[64, 1])?,
        city: text_of(inner, 2),
        reserved: entries(inner, |tag| tag >= 3),
    })
}

fn template(field: &Field) -> Result<Template, Error> {
    let path: Vec<u8> = field.place.path().iter().copied().chain([0]).collect();
    let scheme = require(&field.fields, &path)?;
    Ok(Template { tag: field.tag, scheme, entries: entries(&field.fields, |tag| tag > 0) })
}

fn templates(fields: &[Field], wanted: fn(u8) -> bool) -> Result<Vec<Template>, Error> {
    fields.iter().filter(|field| wanted(field.tag)).map(template).collect()
}

fn entries(fields: &[Field], wanted: fn(u8) -> bool) -> Vec<Entry> {
    fields.iter().filter(|field| wanted(field.tag)).map(entry).collect()
}

fn entry(field: &Field) -> Entry {
    Entry { tag: field.tag, value: field.value.clone() }
}

fn text_of(fields: &[Field], tag: u8) -> Option<String> {
    find(fields, tag).map(|field| field.value.clone())
}

/// The number in a field that the table lets consist of at most four digits.
fn number(digits: &str) -> u16 {
    digits.parse().expect("the table allows digits only, four at most")
}

fn bad_value(field: &Field, expected: &'static str) -> Error {
    let place: Place = field.place;
    Error::BadValue { place, name: rule(place.path()).name, expected }
}
