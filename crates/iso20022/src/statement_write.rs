//! Writing a statement: what a bank of our own gives in tests.

use std::io::{self, Write};

use jiff::civil::DateTime;
use kernel::Money;

use crate::statement::{Balance, BankCode, Detail, Entry, StatementHead, StatementVersion};
use crate::text::Text;
use crate::write::Out;

/// Writes one statement, entry by entry.
pub struct StatementWriter<W> {
    version: StatementVersion,
    into: W,
    out: Out,
}

impl<W: Write> StatementWriter<W> {
    /// Begins a file of one statement.
    ///
    /// # Errors
    /// The sink's.
    pub fn begin(
        version: StatementVersion,
        created: DateTime,
        head: &StatementHead,
        into: W,
    ) -> io::Result<Self> {
        let mut out = Out::document(version.namespace());
        let created = created.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        out.begin("BkToCstmrStmt");
        out.within("GrpHdr", |out| {
            out.leaf("MsgId", &head.id);
            out.leaf("CreDtTm", &created);
        });
        out.begin("Stmt");
        out.leaf("Id", &head.id);
        out.leaf("CreDtTm", &created);
        out.within("Acct", |out| {
            out.within("Id", |out| match &head.account {
                crate::AccountId::Iban(number) => out.leaf("IBAN", number),
                crate::AccountId::Other(number) => {
                    out.within("Othr", |out| out.leaf("Id", number));
                }
            });
            out.leaf("Ccy", head.currency.code());
        });
        for (code, balance) in [("OPBD", head.opening), ("CLBD", head.closing)] {
            let Balance { minor, day } = balance;
            let amount = u64::try_from(minor.unsigned_abs()).map_err(io::Error::other)?;
            out.within("Bal", |out| {
                out.within("Tp", |out| out.within("CdOrPrtry", |out| out.leaf("Cd", code)));
                out.amount("Amt", Money::new(amount, head.currency));
                out.leaf("CdtDbtInd", credit_word(minor >= 0));
                out.within("Dt", |out| out.leaf("Dt", day.to_string()));
            });
        }
        let mut writer = Self { version, into, out };
        writer.flush()?;
        Ok(writer)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The sink's.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        let (version, out) = (self.version, &mut self.out);
        out.begin("Ntry");
        out.amount("Amt", entry.amount);
        out.leaf("CdtDbtInd", credit_word(entry.is_credit));
        if entry.is_reversal {
            out.leaf("RvslInd", "true");
        }
        let status = if entry.is_booked { "BOOK" } else { "PDNG" };
        match version {
            StatementVersion::V02 => out.leaf("Sts", status),
            StatementVersion::V08 | StatementVersion::V09 => {
                out.within("Sts", |out| out.leaf("Cd", status));
            }
        }
        for (name, day) in [("BookgDt", entry.booked_on), ("ValDt", entry.value_on)] {
            if let Some(day) = day {
                out.within(name, |out| out.leaf("Dt", day.to_string()));
            }
        }
        out.maybe("AcctSvcrRef", entry.reference.as_ref());
        out.within("BkTxCd", |out| write_code(&entry.code, out));
        if !entry.details.is_empty() {
            out.within("NtryDtls", |out| {
                for detail in &entry.details {
                    out.within("TxDtls", |out| write_detail(version, entry, detail, out));
                }
            });
        }
        out.maybe("AddtlNtryInf", entry.info.as_ref());
        out.end();
        self.flush()
    }

    /// Ends the file, and gives what it was written into.
    ///
    /// # Errors
    /// The sink's.
    pub fn finish(mut self) -> io::Result<W> {
        self.into.write_all(self.out.finish().as_bytes())?;
        self.into.flush()?;
        Ok(self.into)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.into.write_all(self.out.take().as_bytes())
    }
}

const fn credit_word(is_credit: bool) -> &'static str {
    if is_credit { "CRDT" } else { "DBIT" }
}

fn write_code(code: &BankCode, out: &mut Out) {
    if let (Some(domain), Some(family), Some(part)) = (&code.domain, &code.family, &code.part) {
        out.within("Domn", |out| {
            out.leaf("Cd", domain);
            out.within("Fmly", |out| {
                out.leaf("Cd", family);
                out.leaf("SubFmlyCd", part);
            });
        });
    }
    if let Some(own) = &code.own {
        out.within("Prtry", |out| out.leaf("Cd", own));
    }
}

fn write_detail(version: StatementVersion, entry: &Entry, detail: &Detail, out: &mut Out) {
    let references = [&detail.message, &detail.reference, &detail.block, &detail.end_to_end];
    if references.iter().any(|reference| reference.is_some()) {
        out.within("Refs", |out| {
            for (name, text) in
                ["MsgId", "AcctSvcrRef", "PmtInfId", "EndToEndId"].into_iter().zip(references)
            {
                out.maybe(name, text.as_ref());
            }
        });
    }
    let is_credit = detail.is_credit.unwrap_or(entry.is_credit);
    match (version, detail.amount) {
        // The second version has the amount of a transfer deeper, and no direction of its own.
        (StatementVersion::V02, Some(amount)) => out.within("AmtDtls", |out| {
            out.within("TxAmt", |out| out.amount("Amt", amount));
        }),
        (StatementVersion::V08 | StatementVersion::V09, Some(amount)) => {
            out.amount("Amt", amount);
            out.leaf("CdtDbtInd", credit_word(is_credit));
        }
        (_, None) => {}
    }
    if let Some(name) = &detail.name {
        let side = if is_credit { "Dbtr" } else { "Cdtr" };
        out.within("RltdPties", |out| {
            out.within(side, |out| match version {
                StatementVersion::V02 => out.leaf("Nm", name),
                StatementVersion::V08 | StatementVersion::V09 => {
                    out.within("Pty", |out| out.leaf("Nm", name));
                }
            });
        });
    }
    if let Some(text) = &detail.remittance {
        out.within("RmtInf", |out| out.leaf("Ustrd", text));
    }
    if let Some(reason) = &detail.returned {
        out.within("RtrInf", |out| {
            if let Some(code) = &reason.code {
                let name = if is_iso_reason(code) { "Cd" } else { "Prtry" };
                out.within("Rsn", |out| out.leaf(name, code));
            }
            out.maybe("AddtlInf", reason.info.as_ref());
        });
    }
}

/// ISO's codes of reasons have at most four characters; what is longer is a bank's own.
fn is_iso_reason(code: &Text<35>) -> bool {
    code.as_str().len() <= 4
}
