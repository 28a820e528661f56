//! Taking a camt.053 apart, one entry at a time.

use std::io::BufRead;

use calendar::Date;
use kernel::{Currency, Money};

use crate::fault::{Fault, Problem};
use crate::party::AccountId;
use crate::statement::{Balance, BankCode, Detail, Entry, Item, ReturnReason, StatementHead};
use crate::text::Text;
use crate::xml::{Step, Xml, shown};

/// The most details of one entry. Our files have at most 4,000 transfers.
pub const MAX_DETAILS: usize = 20_000;

const STATEMENT: &str = "Document/BkToCstmrStmt/Stmt";

/// The parts of a file, in its order; after an error there are no more.
pub struct Statements<R> {
    xml: Xml<R>,
    head: PartialHead,
    balance: PartialBalance,
    /// The head was given; the sum of booked entries since.
    given: Option<StatementHead>,
    sum: i128,
    entry: Option<PartialEntry>,
    /// An item that waits because another came with it.
    next: Option<Item>,
    statements: u64,
    is_done: bool,
}

#[derive(Default)]
struct PartialHead {
    id: Option<Text<35>>,
    account: Option<AccountId>,
    currency: Option<Currency>,
    opening: Option<(Money, Balance)>,
    closing: Option<(Money, Balance)>,
}

#[derive(Default)]
struct PartialBalance {
    code: Option<String>,
    amount: Option<Money>,
    is_credit: Option<bool>,
    day: Option<Date>,
}

#[derive(Default)]
struct PartialEntry {
    number: Option<Text<35>>,
    reference: Option<Text<35>>,
    amount: Option<Money>,
    is_credit: Option<bool>,
    is_reversal: bool,
    status: Option<bool>,
    booked_on: Option<Date>,
    value_on: Option<Date>,
    code: BankCode,
    details: Vec<Detail>,
    info: Option<Text<500>>,
}

impl<R: BufRead> Statements<R> {
    /// A reader of a file: anything before its statements was judged.
    ///
    /// # Errors
    /// It is no camt.053.
    pub fn open(source: R) -> Result<Self, Fault> {
        let mut xml = Xml::new(source);
        xml.step()?;
        let name = xml.namespace();
        let version = name.strip_prefix("urn:iso:std:iso:20022:tech:xsd:camt.053.001.");
        let is_known = version.is_some_and(|version| {
            version.len() == 2 && version.parse().is_ok_and(|number: u8| (2..=14).contains(&number))
        });
        if !is_known || xml.path() != "Document" {
            let found = if name.is_empty() { xml.path() } else { name };
            let needed = "camt.053.001.02 to .14";
            return Err(xml.fault(Problem::OtherMessage(shown(found), needed)));
        }
        Ok(Self {
            xml,
            head: PartialHead::default(),
            balance: PartialBalance::default(),
            given: None,
            sum: 0,
            entry: None,
            next: None,
            statements: 0,
            is_done: false,
        })
    }

    fn read(&mut self) -> Result<Option<Item>, Fault> {
        if let Some(item) = self.next.take() {
            return Ok(Some(item));
        }
        while let Some(step) = self.xml.step()? {
            if let Some(item) = self.take(step)? {
                return Ok(Some(item));
            }
        }
        match self.statements {
            0 => Err(self.xml.fault(Problem::Missing("BkToCstmrStmt/Stmt"))),
            _ => Ok(None),
        }
    }

    fn take(&mut self, step: Step) -> Result<Option<Item>, Fault> {
        let Some(path) = self.xml.path().strip_prefix(STATEMENT) else { return Ok(None) };
        match (step, path) {
            (Step::Open, "") => {
                self.head = PartialHead::default();
                (self.given, self.sum, self.xml.entry) = (None, 0, 0);
                self.statements += 1;
            }
            (Step::Open, "/Bal") => self.balance = PartialBalance::default(),
            (Step::Close, "/Bal") => self.balance_ended()?,
            (Step::Open, "/Ntry") => {
                self.xml.entry += 1;
                self.entry = Some(PartialEntry::default());
                if self.given.is_none() {
                    return self.head_ended().map(|head| Some(Item::Begin(head)));
                }
            }
            (Step::Open, "/Ntry/NtryDtls/TxDtls") => {
                let details = self.entry.as_mut().map(|entry| &mut entry.details);
                if let Some(details) = details {
                    if details.len() == MAX_DETAILS {
                        return Err(self.xml.fault(Problem::TooManyDetails(MAX_DETAILS)));
                    }
                    details.push(Detail::default());
                }
            }
            (Step::Close, "/Ntry") => return self.entry_ended().map(Some),
            (Step::Close | Step::Leaf, "") => return self.statement_ended().map(Some),
            (Step::Leaf, _) => self.leaf()?,
            (Step::Open | Step::Close, _) => {}
        }
        Ok(None)
    }

    fn leaf(&mut self) -> Result<(), Fault> {
        let xml = &self.xml;
        let path = &xml.path()[STATEMENT.len()..];
        if let (Some(entry), Some(path)) = (&mut self.entry, path.strip_prefix("/Ntry/")) {
            return entry.leaf(xml, path);
        }
        let head = &mut self.head;
        match path {
            "/Id" => xml.once(&mut head.id, xml.plain()?),
            "/Acct/Id/IBAN" => xml.once(&mut head.account, AccountId::Iban(xml.plain()?)),
            "/Acct/Id/Othr/Id" => xml.once(&mut head.account, AccountId::Other(xml.plain()?)),
            "/Acct/Ccy" => xml.once(&mut head.currency, xml.currency_text()?),
            "/Bal/Tp/CdOrPrtry/Cd" => xml.once(&mut self.balance.code, shown(xml.text())),
            "/Bal/Amt" => xml.once(&mut self.balance.amount, xml.money()?),
            "/Bal/CdtDbtInd" => xml.once(&mut self.balance.is_credit, credit(xml)?),
            "/Bal/Dt/Dt" | "/Bal/Dt/DtTm" => xml.once(&mut self.balance.day, xml.day()?),
            _ => Ok(()),
        }
    }

    fn balance_ended(&mut self) -> Result<(), Fault> {
        let PartialBalance { code, amount, is_credit, day } = std::mem::take(&mut self.balance);
        let xml = &self.xml;
        let slot = match code.as_deref() {
            // The opening one is the closing one of the day before (PRCD) where banks give that.
            Some("OPBD" | "PRCD") => &mut self.head.opening,
            Some("CLBD") => &mut self.head.closing,
            _ => return Ok(()),
        };
        let amount = xml.need(amount, "Bal/Amt")?;
        let minor = signed(amount, xml.need(is_credit, "Bal/CdtDbtInd")?);
        let day = xml.need(day, "Bal/Dt")?;
        xml.once(slot, (amount, Balance { minor, day }))
    }

    fn head_ended(&mut self) -> Result<StatementHead, Fault> {
        let PartialHead { id, account, currency, opening, closing } =
            std::mem::take(&mut self.head);
        let xml = &self.xml;
        let (opened, opening) = xml.need(opening, "balance at the beginning (OPBD)")?;
        let (closed, closing) = xml.need(closing, "balance at the end (CLBD)")?;
        let currency = currency.unwrap_or(opened.currency);
        for other in [opened.currency, closed.currency] {
            same(xml, other, currency)?;
        }
        let head = StatementHead {
            id: xml.need(id, "Stmt/Id")?,
            account: xml.need(account, "Stmt/Acct/Id")?,
            currency,
            opening,
            closing,
        };
        self.given = Some(head.clone());
        self.sum = head.opening.minor;
        Ok(head)
    }

    fn entry_ended(&mut self) -> Result<Item, Fault> {
        let xml = &self.xml;
        let entry = self.entry.take().unwrap_or_default().finish(xml)?;
        let head = self.given.as_ref();
        let currency = head.map_or(entry.amount.currency, |head| head.currency);
        same(xml, entry.amount.currency, currency)?;
        if entry.is_booked {
            self.sum += signed(entry.amount, entry.is_credit);
        }
        Ok(Item::Entry(Box::new(entry)))
    }

    fn statement_ended(&mut self) -> Result<Item, Fault> {
        let entries = self.xml.entry;
        let head = match self.given.take() {
            Some(head) => head,
            // It has no entry.
            None => {
                let head = self.head_ended()?;
                self.given = None;
                self.checked(&head)?;
                self.next = Some(Item::End { entries: 0 });
                return Ok(Item::Begin(head));
            }
        };
        self.checked(&head)?;
        Ok(Item::End { entries })
    }

    fn checked(&self, head: &StatementHead) -> Result<(), Fault> {
        match head.closing.minor == self.sum {
            true => Ok(()),
            false => {
                let (closing, computed) = (head.closing.minor, self.sum);
                Err(self.xml.fault(Problem::Balance { closing, computed }))
            }
        }
    }
}

impl<R: BufRead> Iterator for Statements<R> {
    type Item = Result<Item, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let read = self.read();
        self.is_done = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

fn credit<R: BufRead>(xml: &Xml<R>) -> Result<bool, Fault> {
    match xml.text() {
        "CRDT" => Ok(true),
        "DBIT" => Ok(false),
        other => Err(xml.fault(Problem::Word(shown(other), "CRDT or DBIT"))),
    }
}

fn signed(amount: Money, is_credit: bool) -> i128 {
    let minor = i128::from(amount.minor);
    if is_credit { minor } else { -minor }
}

fn same<R: BufRead>(xml: &Xml<R>, one: Currency, other: Currency) -> Result<(), Fault> {
    match one == other {
        true => Ok(()),
        false => Err(xml.fault(Problem::CurrencyDiffers(one.to_string(), other.to_string()))),
    }
}

impl PartialEntry {
    fn leaf<R: BufRead>(&mut self, xml: &Xml<R>, path: &str) -> Result<(), Fault> {
        if let Some(path) = path.strip_prefix("NtryDtls/TxDtls/") {
            let detail = self.details.last_mut();
            return detail.map_or(Ok(()), |detail| detail_leaf(detail, xml, path));
        }
        match path {
            "NtryRef" => xml.once(&mut self.number, xml.plain()?),
            "AcctSvcrRef" => xml.once(&mut self.reference, xml.plain()?),
            "Amt" => xml.once(&mut self.amount, xml.money()?),
            "CdtDbtInd" => xml.once(&mut self.is_credit, credit(xml)?),
            "RvslInd" => {
                self.is_reversal = match xml.text() {
                    "true" | "1" => true,
                    "false" | "0" => false,
                    other => return Err(xml.fault(Problem::Word(shown(other), "true or false"))),
                };
                Ok(())
            }
            "Sts" | "Sts/Cd" => {
                let is_booked = match xml.text() {
                    "BOOK" => true,
                    "PDNG" | "INFO" | "FUTR" => false,
                    other => {
                        let words = "BOOK, PDNG, FUTR and INFO";
                        return Err(xml.fault(Problem::Word(shown(other), words)));
                    }
                };
                xml.once(&mut self.status, is_booked)
            }
            "BookgDt/Dt" | "BookgDt/DtTm" => xml.once(&mut self.booked_on, xml.day()?),
            "ValDt/Dt" | "ValDt/DtTm" => xml.once(&mut self.value_on, xml.day()?),
            "BkTxCd/Domn/Cd" => xml.once(&mut self.code.domain, xml.plain()?),
            "BkTxCd/Domn/Fmly/Cd" => xml.once(&mut self.code.family, xml.plain()?),
            "BkTxCd/Domn/Fmly/SubFmlyCd" => xml.once(&mut self.code.part, xml.plain()?),
            "BkTxCd/Prtry/Cd" => xml.once(&mut self.code.own, xml.plain()?),
            "AddtlNtryInf" if !xml.text().is_empty() => xml.once(&mut self.info, xml.cut()?),
            _ => Ok(()),
        }
    }

    fn finish<R: BufRead>(self, xml: &Xml<R>) -> Result<Entry, Fault> {
        Ok(Entry {
            ordinal: xml.entry,
            amount: xml.need(self.amount, "Ntry/Amt")?,
            is_credit: xml.need(self.is_credit, "Ntry/CdtDbtInd")?,
            is_reversal: self.is_reversal,
            is_booked: xml.need(self.status, "Ntry/Sts")?,
            booked_on: self.booked_on,
            value_on: self.value_on,
            reference: self.reference.or(self.number),
            code: self.code,
            details: self.details,
            info: self.info,
        })
    }
}

fn detail_leaf<R: BufRead>(detail: &mut Detail, xml: &Xml<R>, path: &str) -> Result<(), Fault> {
    match path {
        "Refs/MsgId" => xml.once(&mut detail.message, xml.plain()?),
        "Refs/PmtInfId" => xml.once(&mut detail.block, xml.plain()?),
        "Refs/AcctSvcrRef" => xml.once(&mut detail.reference, xml.plain()?),
        "Refs/EndToEndId" if xml.text() != "NOTPROVIDED" => {
            xml.once(&mut detail.end_to_end, xml.plain()?)
        }
        "Amt" | "AmtDtls/TxAmt/Amt" => {
            // Where both stand there they say the same; the first is the transfer's own.
            if detail.amount.is_none() {
                detail.amount = Some(xml.money()?);
            }
            Ok(())
        }
        "CdtDbtInd" => xml.once(&mut detail.is_credit, credit(xml)?),
        "RltdPties/Dbtr/Nm"
        | "RltdPties/Dbtr/Pty/Nm"
        | "RltdPties/Cdtr/Nm"
        | "RltdPties/Cdtr/Pty/Nm" => {
            detail.name = Some(xml.cut()?);
            Ok(())
        }
        "RmtInf/Ustrd" if detail.remittance.is_none() && !xml.text().is_empty() => {
            detail.remittance = Some(xml.cut()?);
            Ok(())
        }
        "RtrInf/Rsn/Cd" | "RtrInf/Rsn/Prtry" => {
            detail.returned.get_or_insert_with(ReturnReason::default).code = Some(xml.plain()?);
            Ok(())
        }
        "RtrInf/AddtlInf" if !xml.text().is_empty() => {
            let reason = detail.returned.get_or_insert_with(ReturnReason::default);
            if reason.info.is_none() {
                reason.info = Some(xml.cut()?);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
