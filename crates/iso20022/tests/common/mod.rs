//! A night's transfers, and the statement that follows.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]
#![allow(dead_code, reason = "each test uses some of it")]

use iso20022::*;
use jiff::civil::{DateTime, date, datetime};
use kernel::{Currency, Money};

pub fn text<const N: usize>(text: &str) -> Text<N> {
    Text::try_new(text).unwrap()
}

pub fn noon() -> DateTime {
    datetime(2026, 11, 2, 12, 0, 0, 0)
}

fn agent(bank: &str, branch: &str, name: &str) -> Agent {
    Agent {
        bic: None,
        member: Some((text("JPZGN"), text(bank))),
        name: Some(text(name)),
        branch: Some(text(branch)),
    }
}

fn account(number: &str) -> Account {
    Account { id: AccountId::Other(text(number)), kind: Some(text("1")) }
}

pub fn transfer(id: &str, minor: u64, currency: Currency) -> Transfer {
    Transfer {
        id: text(id),
        amount: Money::new(minor, currency),
        agent: agent("2476", "002", "ﾋﾀﾞｼﾝｸﾐ"),
        creditor: Party { name: text("ｶ)ﾔﾏﾎﾞｼ <ｿﾊﾞ> & ｻｹ"), number: None },
        account: account("7654321"),
        remittance: Some(text("ENISHI")),
    }
}

pub fn initiation(version: InitiationVersion, transfers: Vec<Transfer>) -> Initiation {
    Initiation::try_new(
        version,
        text("E20261104-001"),
        noon(),
        Party { name: text("ｶ)ｴﾆｼ"), number: Some(text("1234567890")) },
        account("1234567"),
        agent("2476", "001", "ﾋﾀﾞｼﾝｸﾐ"),
        date(2026, 11, 4),
        transfers,
    )
    .unwrap()
}

pub fn head(opening: i128, closing: i128, currency: Currency) -> StatementHead {
    let day = date(2026, 11, 4);
    StatementHead {
        id: text("S20261104"),
        account: AccountId::Other(text("1234567")),
        currency,
        opening: Balance { minor: opening, day },
        closing: Balance { minor: closing, day },
    }
}

pub fn entry(ordinal: u64, minor: u64, is_credit: bool, details: Vec<Detail>) -> Entry {
    Entry {
        ordinal,
        amount: Money::new(minor, Currency::JPY),
        is_credit,
        is_reversal: false,
        is_booked: true,
        booked_on: Some(date(2026, 11, 4)),
        value_on: Some(date(2026, 11, 4)),
        reference: Some(text(&format!("R{ordinal}"))),
        code: BankCode {
            domain: Some(text("PMNT")),
            family: Some(text("ICDT")),
            part: Some(text(if is_credit { "RRTN" } else { "ESCT" })),
            own: None,
        },
        details,
        info: None,
    }
}

/// A file's debit, and one of its transfers that came back.
pub fn entries() -> Vec<Entry> {
    let paid = Detail { block: Some(text("E20261104-001")), ..Detail::default() };
    let returned = Detail {
        end_to_end: Some(text("E20261104-001-0002")),
        amount: Some(Money::new(12_300, Currency::JPY)),
        is_credit: Some(true),
        returned: Some(ReturnReason {
            code: Some(text("AC04")), info: Some(text("口座解約済"))
        }),
        name: Some(text("ｶ)ﾔﾏﾎﾞｼ")),
        remittance: Some(text("ｸﾐﾓﾄﾞｼ")),
        ..Detail::default()
    };
    vec![entry(1, 31_407, false, vec![paid]), entry(2, 12_300, true, vec![returned])]
}

pub fn statement(version: StatementVersion, head: &StatementHead, entries: &[Entry]) -> Vec<u8> {
    let mut writer = StatementWriter::begin(version, noon(), head, Vec::new()).unwrap();
    entries.iter().for_each(|entry| writer.entry(entry).unwrap());
    writer.finish().unwrap()
}

/// What a file of statements says, or the first fault as text.
pub fn read(bytes: &[u8]) -> Result<Vec<Item>, String> {
    let statements = Statements::open(bytes).map_err(|fault| fault.to_string())?;
    statements.collect::<Result<_, _>>().map_err(|fault| fault.to_string())
}
