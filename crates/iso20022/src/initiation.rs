//! pain.001: the file by which a company has its bank pay others.

use calendar::Date;
use jiff::civil::DateTime;
use kernel::{Currency, Money};

use crate::amount::amount_text;
use crate::party::{Account, Agent, Party};
use crate::text::Text;
use crate::write::Out;

/// Which version of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiationVersion {
    /// pain.001.001.03, as ZEDI takes it.
    V03,
    /// pain.001.001.09.
    V09,
}

/// One file: what one account pays on one day. Never empty, one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initiation {
    version: InitiationVersion,
    id: Text<35>,
    created: DateTime,
    debtor: Party,
    account: Account,
    agent: Agent,
    day: Date,
    transfers: Vec<Transfer>,
    total: Money,
}

/// One payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The name of this transfer, which the banks carry to the payee and back (`EndToEndId`).
    pub id: Text<35>,
    /// What is paid.
    pub amount: Money,
    /// The payee's bank.
    pub agent: Agent,
    /// The payee.
    pub creditor: Party,
    /// The payee's account.
    pub account: Account,
    /// What the payee is told.
    pub remittance: Option<Text<140>>,
}

/// Why transfers make no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitiationError {
    /// None at all.
    #[error("a file needs a transfer: with nothing to pay there is no file to send")]
    NoTransfers,
    /// Two currencies.
    #[error("a file pays in one currency, and this would in {0} and {1}: make two")]
    CurrenciesDiffer(Currency, Currency),
    /// A transfer of nothing.
    #[error("transfer {0} pays nothing: leave it out")]
    Zero(usize),
    /// More than can be added up.
    #[error("the transfers add up to more than a file can say: split it")]
    TooMuch,
    /// Two of one name.
    #[error("two transfers are named {0}: give each its own name")]
    SameId(String),
}

/// All that a file says besides its transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub version: InitiationVersion,
    pub id: Text<35>,
    pub created: DateTime,
    pub debtor: Party,
    pub account: Account,
    pub agent: Agent,
    pub day: Date,
}

impl Initiation {
    /// Joins transfers to a file: `id` names it, `created` is when, `debtor` pays from `account` at
    /// `agent` on `day`.
    ///
    /// # Errors
    /// If they make no file.
    #[expect(clippy::too_many_arguments, reason = "each is a mandatory element of the message")]
    pub fn try_new(
        version: InitiationVersion,
        id: Text<35>,
        created: DateTime,
        debtor: Party,
        account: Account,
        agent: Agent,
        day: Date,
        transfers: Vec<Transfer>,
    ) -> Result<Self, InitiationError> {
        let head = Head { version, id, created, debtor, account, agent, day };
        Self::of(head, transfers)
    }

    pub(crate) fn of(head: Head, transfers: Vec<Transfer>) -> Result<Self, InitiationError> {
        let total = total_of(&transfers)?;
        let mut ids: Vec<&str> = transfers.iter().map(|transfer| transfer.id.as_str()).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(InitiationError::SameId(pair[0].to_owned()));
        }
        let Head { version, id, created, debtor, account, agent, day } = head;
        Ok(Self { version, id, created, debtor, account, agent, day, transfers, total })
    }

    /// Its name (`MsgId`).
    pub const fn id(&self) -> &Text<35> {
        &self.id
    }

    /// Which version of the message.
    pub const fn version(&self) -> InitiationVersion {
        self.version
    }

    /// Who pays.
    pub const fn debtor(&self) -> &Party {
        &self.debtor
    }

    /// From which account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// At which bank.
    pub const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// On which day the money is to move.
    pub const fn day(&self) -> Date {
        self.day
    }

    /// The transfers; never empty.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    /// What all of them pay.
    pub const fn total(&self) -> Money {
        self.total
    }
}

fn total_of(transfers: &[Transfer]) -> Result<Money, InitiationError> {
    let first = transfers.first().ok_or(InitiationError::NoTransfers)?;
    let currency = first.amount.currency;
    let mut total = 0_u64;
    for (at, Transfer { amount, .. }) in transfers.iter().enumerate() {
        if amount.currency != currency {
            return Err(InitiationError::CurrenciesDiffer(currency, amount.currency));
        }
        if amount.minor == 0 {
            return Err(InitiationError::Zero(at + 1));
        }
        total = total.checked_add(amount.minor).ok_or(InitiationError::TooMuch)?;
    }
    // `CtrlSum` has at most 18 digits.
    match total < 1_000_000_000_000_000_000 {
        true => Ok(Money::new(total, currency)),
        false => Err(InitiationError::TooMuch),
    }
}

impl InitiationVersion {
    /// The namespace of its documents.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V03 => "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03",
            Self::V09 => "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
        }
    }

    const fn bic(self) -> &'static str {
        match self {
            Self::V03 => "BIC",
            Self::V09 => "BICFI",
        }
    }
}

/// The bytes of a file.
pub fn write_initiation(file: &Initiation) -> Vec<u8> {
    let bic = file.version.bic();
    let count = file.transfers.len().to_string();
    let sum = amount_text(file.total);
    let mut out = Out::document(file.version.namespace());
    out.begin("CstmrCdtTrfInitn");
    out.within("GrpHdr", |out| {
        out.leaf("MsgId", &file.id);
        out.leaf("CreDtTm", file.created.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        out.leaf("NbOfTxs", &count);
        out.leaf("CtrlSum", &sum);
        out.within("InitgPty", |out| file.debtor.write(out));
    });
    out.begin("PmtInf");
    out.leaf("PmtInfId", &file.id);
    out.leaf("PmtMtd", "TRF");
    out.leaf("NbOfTxs", &count);
    out.leaf("CtrlSum", &sum);
    match file.version {
        InitiationVersion::V03 => out.leaf("ReqdExctnDt", file.day.to_string()),
        InitiationVersion::V09 => {
            out.within("ReqdExctnDt", |out| out.leaf("Dt", file.day.to_string()));
        }
    }
    out.within("Dbtr", |out| file.debtor.write(out));
    out.within("DbtrAcct", |out| file.account.write(out));
    out.within("DbtrAgt", |out| file.agent.write(out, bic));
    for transfer in &file.transfers {
        write_transfer(&mut out, transfer, bic);
    }
    out.finish().into_bytes()
}

fn write_transfer(out: &mut Out, transfer: &Transfer, bic: &'static str) {
    out.within("CdtTrfTxInf", |out| {
        out.within("PmtId", |out| out.leaf("EndToEndId", &transfer.id));
        out.within("Amt", |out| out.amount("InstdAmt", transfer.amount));
        out.within("CdtrAgt", |out| transfer.agent.write(out, bic));
        out.within("Cdtr", |out| transfer.creditor.write(out));
        out.within("CdtrAcct", |out| transfer.account.write(out));
        if let Some(text) = &transfer.remittance {
            out.within("RmtInf", |out| out.leaf("Ustrd", text));
        }
    });
}
