//! Taking a pain.001 apart.

use std::io::BufRead;

use calendar::Date;
use jiff::civil::DateTime;
use kernel::Money;

use crate::amount::amount_text;
use crate::fault::{Fault, Problem};
use crate::initiation::{Head, Initiation, InitiationError, InitiationVersion, Transfer};
use crate::party::{Account, AccountId, Agent, Party};
use crate::text::Text;
use crate::xml::{Step, Xml, shown};

/// The file that bytes say. One block of one account and day is read, as [`Initiation`] has it.
///
/// # Errors
/// The first fault.
pub fn read_initiation(bytes: impl BufRead) -> Result<Initiation, Fault> {
    let mut xml = Xml::new(bytes);
    let mut read = Read::default();
    while let Some(step) = xml.step()? {
        read.take(&mut xml, step)?;
    }
    read.finish(&xml)
}

/// What was read so far.
#[derive(Default)]
struct Read {
    version: Option<InitiationVersion>,
    id: Option<Text<35>>,
    created: Option<DateTime>,
    counts: Vec<String>,
    sums: Vec<String>,
    day: Option<Date>,
    debtor: Side,
    blocks: u32,
    transfer: Partial,
    transfers: Vec<Transfer>,
}

/// A party with its bank and account.
#[derive(Default)]
struct Side {
    name: Option<Text<140>>,
    number: Option<Text<35>>,
    account: Option<AccountId>,
    kind: Option<Text<35>>,
    bic: Option<Text<11>>,
    system: Option<Text<5>>,
    member: Option<Text<35>>,
    bank: Option<Text<140>>,
    branch: Option<Text<35>>,
}

#[derive(Default)]
struct Partial {
    id: Option<Text<35>>,
    amount: Option<Money>,
    payee: Side,
    remittance: Option<Text<140>>,
}

const INITIATION: &str = "Document/CstmrCdtTrfInitn/";

impl Read {
    fn take<R: BufRead>(&mut self, xml: &mut Xml<R>, step: Step) -> Result<(), Fault> {
        if step == Step::Open && xml.path() == "Document" {
            self.version = Some(version_of(xml)?);
            return Ok(());
        }
        let is = |path: &str| xml.path().strip_prefix(INITIATION) == Some(path);
        match step {
            Step::Open if is("PmtInf") => {
                self.blocks += 1;
                match self.blocks {
                    1 => Ok(()),
                    _ => Err(xml.fault(Problem::Twice)),
                }
            }
            Step::Open if is("PmtInf/CdtTrfTxInf") => {
                xml.entry += 1;
                self.transfer = Partial::default();
                Ok(())
            }
            Step::Close if is("PmtInf/CdtTrfTxInf") => {
                let transfer = std::mem::take(&mut self.transfer).finish(xml)?;
                self.transfers.push(transfer);
                Ok(())
            }
            Step::Leaf => self.leaf(xml),
            Step::Open | Step::Close => Ok(()),
        }
    }

    fn leaf<R: BufRead>(&mut self, xml: &Xml<R>) -> Result<(), Fault> {
        let Some(path) = xml.path().strip_prefix(INITIATION) else { return Ok(()) };
        if let Some(path) = path.strip_prefix("PmtInf/CdtTrfTxInf/") {
            return self.transfer.leaf(xml, path);
        }
        match path {
            "GrpHdr/MsgId" => xml.once(&mut self.id, xml.plain()?),
            "GrpHdr/CreDtTm" => {
                let text = xml.text();
                let moment = text.get(..19).and_then(|text| text.parse::<DateTime>().ok());
                let moment = moment.ok_or_else(|| xml.fault(Problem::Date(shown(text))))?;
                xml.once(&mut self.created, moment)
            }
            "GrpHdr/NbOfTxs" | "PmtInf/NbOfTxs" => {
                self.counts.push(shown(xml.text()));
                Ok(())
            }
            "GrpHdr/CtrlSum" | "PmtInf/CtrlSum" => {
                self.sums.push(shown(xml.text()));
                Ok(())
            }
            "PmtInf/PmtMtd" if xml.text() != "TRF" => {
                Err(xml.fault(Problem::Word(shown(xml.text()), "TRF")))
            }
            "PmtInf/ReqdExctnDt" | "PmtInf/ReqdExctnDt/Dt" | "PmtInf/ReqdExctnDt/DtTm" => {
                xml.once(&mut self.day, xml.day()?)
            }
            "PmtInf/Dbtr/Nm" => xml.once(&mut self.debtor.name, xml.plain()?),
            "PmtInf/Dbtr/Id/OrgId/Othr/Id" => xml.once(&mut self.debtor.number, xml.plain()?),
            _ => match path.strip_prefix("PmtInf/").and_then(|path| path.split_once('/')) {
                Some(("DbtrAcct", rest)) => self.debtor.account(xml, rest),
                Some(("DbtrAgt", rest)) => self.debtor.agent(xml, rest),
                _ => Ok(()),
            },
        }
    }

    fn finish<R: BufRead>(self, xml: &Xml<R>) -> Result<Initiation, Fault> {
        let version = xml.need(self.version, "Document")?;
        let id = xml.need(self.id, "GrpHdr/MsgId")?;
        let created = xml.need(self.created, "GrpHdr/CreDtTm")?;
        if self.counts.is_empty() {
            return Err(xml.fault(Problem::Missing("GrpHdr/NbOfTxs")));
        }
        let counted = self.transfers.len() as u64;
        let differs = |written: &&String| written.parse() != Ok(counted);
        if let Some(written) = self.counts.iter().find(differs) {
            let written = written.clone();
            return Err(xml.fault(Problem::Count { written, counted }));
        }
        let day = xml.need(self.day, "PmtInf/ReqdExctnDt")?;
        let (debtor, account, agent) = self.debtor.finish(xml, "PmtInf/Dbtr/Nm")?;
        let head = Head { version, id, created, debtor, account, agent, day };
        let file = Initiation::of(head, self.transfers).map_err(|why| {
            xml.fault(match why {
                InitiationError::CurrenciesDiffer(one, other) => {
                    Problem::CurrencyDiffers(other.to_string(), one.to_string())
                }
                InitiationError::NoTransfers => Problem::Missing("PmtInf/CdtTrfTxInf"),
                other => Problem::NotXml(other.to_string()),
            })
        })?;
        let summed = file.total();
        let differs =
            |written: &&String| crate::amount::parse_amount(written, summed.currency) != Ok(summed);
        if let Some(written) = self.sums.iter().find(differs) {
            let (written, summed) = (written.clone(), amount_text(summed));
            return Err(xml.fault(Problem::Sum { written, summed }));
        }
        Ok(file)
    }
}

fn version_of<R: BufRead>(xml: &Xml<R>) -> Result<InitiationVersion, Fault> {
    let known = [InitiationVersion::V03, InitiationVersion::V09];
    let found = known.into_iter().find(|version| version.namespace() == xml.namespace());
    found.ok_or_else(|| {
        let needed = "pain.001.001.03 or pain.001.001.09";
        xml.fault(Problem::OtherMessage(shown(xml.namespace()), needed))
    })
}

impl Partial {
    fn leaf<R: BufRead>(&mut self, xml: &Xml<R>, path: &str) -> Result<(), Fault> {
        match path {
            "PmtId/EndToEndId" => xml.once(&mut self.id, xml.plain()?),
            "Amt/InstdAmt" => xml.once(&mut self.amount, xml.money()?),
            "Cdtr/Nm" => xml.once(&mut self.payee.name, xml.plain()?),
            "Cdtr/Id/OrgId/Othr/Id" => xml.once(&mut self.payee.number, xml.plain()?),
            "RmtInf/Ustrd" => xml.once(&mut self.remittance, xml.plain()?),
            _ => match path.split_once('/') {
                Some(("CdtrAcct", rest)) => self.payee.account(xml, rest),
                Some(("CdtrAgt", rest)) => self.payee.agent(xml, rest),
                _ => Ok(()),
            },
        }
    }

    fn finish<R: BufRead>(self, xml: &Xml<R>) -> Result<Transfer, Fault> {
        let id = xml.need(self.id, "PmtId/EndToEndId")?;
        let amount = xml.need(self.amount, "Amt/InstdAmt")?;
        let (creditor, account, agent) = self.payee.finish(xml, "Cdtr/Nm")?;
        Ok(Transfer { id, amount, agent, creditor, account, remittance: self.remittance })
    }
}

impl Side {
    fn account<R: BufRead>(&mut self, xml: &Xml<R>, path: &str) -> Result<(), Fault> {
        match path {
            "Id/IBAN" => xml.once(&mut self.account, AccountId::Iban(xml.plain()?)),
            "Id/Othr/Id" => xml.once(&mut self.account, AccountId::Other(xml.plain()?)),
            "Tp/Prtry" | "Tp/Cd" => xml.once(&mut self.kind, xml.plain()?),
            _ => Ok(()),
        }
    }

    fn agent<R: BufRead>(&mut self, xml: &Xml<R>, path: &str) -> Result<(), Fault> {
        match path {
            "FinInstnId/BIC" | "FinInstnId/BICFI" => xml.once(&mut self.bic, xml.plain()?),
            "FinInstnId/ClrSysMmbId/ClrSysId/Cd" => xml.once(&mut self.system, xml.plain()?),
            "FinInstnId/ClrSysMmbId/MmbId" => xml.once(&mut self.member, xml.plain()?),
            "FinInstnId/Nm" => xml.once(&mut self.bank, xml.plain()?),
            "BrnchId/Id" => xml.once(&mut self.branch, xml.plain()?),
            _ => Ok(()),
        }
    }

    fn finish<R: BufRead>(
        self,
        xml: &Xml<R>,
        name: &'static str,
    ) -> Result<(Party, Account, Agent), Fault> {
        let party = Party { name: xml.need(self.name, name)?, number: self.number };
        let id = xml.need(self.account, "account (Id/Othr/Id or Id/IBAN)")?;
        let member = match (self.system, self.member) {
            (Some(system), Some(member)) => Some((system, member)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(xml.fault(Problem::Missing("ClrSysMmbId with system and number")));
            }
        };
        let agent = Agent { bic: self.bic, member, name: self.bank, branch: self.branch };
        Ok((party, Account { id, kind: self.kind }, agent))
    }
}
