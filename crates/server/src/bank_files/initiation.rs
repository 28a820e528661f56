//! The same file as a pain.001: made of the bytes that were sealed, so that it says what they say.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bankfile::{Office, Reference};
use iso20022::{
    Account, AccountId, Agent, Initiation, InitiationVersion, Party, Text, Transfer,
    write_initiation,
};
use kernel::Money;
use pay::BankFileView;

use super::tonight::date_of;
use crate::banking::{end_to_end, message_id};
use crate::problem::Problem;

/// The bytes of a sealed file as a pain.001, for a browser to keep.
///
/// # Errors
/// The bytes can't be read, or a name in them does not fit.
pub fn initiation(
    view: &BankFileView,
    zengin: &[u8],
    version: InitiationVersion,
) -> Result<Response, Problem> {
    let file = made(view, zengin, version).ok_or_else(Problem::internal)?;
    let number = match version {
        InitiationVersion::V03 => "03",
        InitiationVersion::V09 => "09",
    };
    let name = format!("{:08}-{:03}.pain.001.001.{number}.xml", view.day, view.number);
    let headers = [
        (CONTENT_TYPE, "application/xml".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, write_initiation(&file)).into_response())
}

/// None of this fails for a file of ours: whatever stands in it fits there too.
fn made(view: &BankFileView, zengin: &[u8], version: InitiationVersion) -> Option<Initiation> {
    let read = bankfile::read(zengin).ok()?;
    let batch = read.file.batches().first()?;
    let payer = batch.originator();
    let transfers = batch.transfers().iter().enumerate().map(|(place, it)| {
        Some(Transfer {
            id: end_to_end(view.file, place),
            amount: Money::new(it.amount.number(), view.currency),
            agent: agent(&it.office)?,
            creditor: Party { name: text(it.holder.kana())?, number: None },
            account: account(&it.account.to_string(), it.account_kind.digit())?,
            remittance: match &it.reference {
                Reference::Edi(told) => Some(text(told.kana())?),
                Reference::Codes(..) => None,
            },
        })
    });
    let sealed = jiff::Timestamp::from_microsecond(i64::try_from(view.sealed.0).ok()?).ok()?;
    Initiation::try_new(
        version,
        message_id(view.file),
        sealed.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        Party {
            name: text(payer.name.kana())?,
            number: Some(Text::try_new(&payer.code.to_string()).ok()?),
        },
        account(&payer.account.to_string(), payer.account_kind.digit())?,
        agent(&payer.office)?,
        date_of(view.day)?,
        transfers.collect::<Option<Vec<_>>>()?,
    )
    .ok()
}

fn text<const N: usize>(kana: &kana::Kana) -> Option<Text<N>> {
    Text::try_new(kana.to_string().trim()).ok()
}

fn agent(office: &Office) -> Option<Agent> {
    let name = office.bank_name.kana().to_string();
    Some(Agent {
        bic: None,
        member: Some((Text::try_new("JPZGN").ok()?, Text::try_new(&office.bank.to_string()).ok()?)),
        name: Text::try_new(name.trim()).ok(),
        branch: Some(Text::try_new(&office.branch.to_string()).ok()?),
    })
}

fn account(number: &str, kind: u8) -> Option<Account> {
    Some(Account {
        id: AccountId::Other(Text::try_new(number).ok()?),
        kind: Some(Text::try_new(&kind.to_string()).ok()?),
    })
}
