//! What the audit counted, and what does not agree.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use kernel::id::Party;
use kernel::{Currency, Id};

/// A place in a journal, as exact as it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The cell's name.
    pub cell: String,
    /// The group.
    pub position: Option<u64>,
    /// The record in it, from 0.
    pub record: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cell)?;
        if let Some(position) = self.position {
            write!(f, ", group {position}")?;
        }
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        Ok(())
    }
}

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// A stable word for its kind, such as `mirror_differs`.
    pub code: &'static str,
    /// What was found and what should be, in one sentence.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.place, self.what, self.code)
    }
}

/// Debits and credits of one currency over all accounts, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Of which currency.
    pub currency: Currency,
    /// Posted debits.
    pub debits: u128,
    /// Posted credits.
    pub credits: u128,
    /// Held debits.
    pub debits_pending: u128,
    /// Held credits.
    pub credits_pending: u128,
}

/// What was replayed of one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellReport {
    /// The cell's name.
    pub name: String,
    /// The cell's number, if it has handed out a reference.
    pub number: Option<u16>,
    /// The last group that was replayed.
    pub position: u64,
    /// The hash there.
    pub hash: [u8; 32],
    /// Whether everything up to the end was replayed.
    pub complete: bool,
    /// Groups.
    pub groups: u64,
    /// Groups of deposed writers that were passed over.
    pub voids: u64,
    /// Records.
    pub records: u64,
    /// Facts by their word, with the module before it.
    pub facts: BTreeMap<&'static str, u64>,
    /// Movements and transfers.
    pub transfers: u64,
    /// Accounts.
    pub accounts: u64,
    /// Holds still open.
    pub open_holds: u64,
    /// Legs of payers, open and closed, that are still kept.
    pub payer_legs: u64,
    /// Legs of sellers, open and closed, that are still kept.
    pub seller_legs: u64,
    /// Payments captured for stores of this cell.
    pub payments: u64,
    /// Refunds made by stores of this cell.
    pub refunds: u64,
    /// Wallets and merchants whose balance was compared with the facts.
    pub statements: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// API keys.
    pub keys: u64,
    /// Answers that are remembered under a key.
    pub answers: u64,
    /// Snapshots that were compared with what the journal gives.
    pub snapshots: u64,
    /// Files by which banks pay merchants.
    pub bank_files: u64,
    /// Those of them whose bytes were compared with what was sealed.
    pub bank_files_compared: u64,
    /// Debits and credits by currency.
    pub sums: Vec<Sum>,
    /// Parties that are being forgotten, then those that were, by number.
    pub leaving: Vec<Leaving>,
}

/// A party that asked to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Its number in the cell.
    pub number: u32,
    /// Under what the vault keeps who it is.
    pub id: Id<Party>,
    /// Whether the journal says that it was done; what is asked and not done is pending.
    pub forgotten: bool,
    /// Whether the vault still has its key; none when no vault was asked.
    pub key: Option<bool>,
}

/// Two cells at the ends of a corridor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkReport {
    /// The cell that mirrors what it holds with the other, where one does: the payer's.
    pub from: String,
    /// The other cell.
    pub to: String,
    /// Messages of `from` that both have seen.
    pub sent: u64,
    /// Messages of `to` that both have seen.
    pub answered: u64,
    /// Messages of either side that the other has not handled yet.
    pub under_way: u64,
    /// What `from` holds with `to`, as the keeper's book has it after its last message.
    pub nostro: Option<i128>,
    /// The same in the book of `from`.
    pub mirror: Option<i128>,
    /// The currency of both.
    pub currency: Option<Currency>,
    /// How often nostro and mirror were compared.
    pub compared: u64,
    /// Payments whose legs were compared.
    pub pairs: u64,
}

/// What the audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Each cell, by name.
    pub cells: Vec<CellReport>,
    /// Each corridor whose both ends were audited.
    pub links: Vec<LinkReport>,
    /// What does not agree, in the order found; at most [`Report::MOST`].
    pub differences: Vec<Difference>,
    /// How many more there were.
    pub more: u64,
}

impl Report {
    /// The most differences that are told one by one.
    pub const MOST: usize = 1_000;

    /// Whether everything agrees.
    pub fn is_ok(&self) -> bool {
        self.differences.is_empty()
    }

    /// How many differences there are.
    pub fn difference_count(&self) -> u64 {
        self.differences.len() as u64 + self.more
    }

    /// Payments captured, in all cells.
    pub fn payments(&self) -> u64 {
        self.cells.iter().map(|cell| cell.payments).sum()
    }

    /// Asks the vault of a cell which of the parties that asked to be forgotten still have a key.
    /// One that was forgotten must not.
    pub fn ask_vault(&mut self, cell: &str, mut has_key: impl FnMut(Id<Party>) -> Option<bool>) {
        let known = self.cells.iter_mut().filter(|known| known.name == cell);
        let mut found = Vec::new();
        for party in known.flat_map(|known| &mut known.leaving) {
            party.key = has_key(party.id);
            if party.forgotten && party.key == Some(true) {
                found.push(party.number);
            }
        }
        for number in found {
            let place = Place { cell: cell.to_owned(), position: None, record: None };
            let what = format!("party {number} was forgotten, and the vault still has its key");
            self.add(place, "forgotten_party_opens", what);
        }
    }

    pub(crate) fn add(&mut self, place: Place, code: &'static str, what: impl Into<String>) {
        if self.differences.len() < Self::MOST {
            self.differences.push(Difference { place, code, what: what.into() });
        } else {
            self.more += 1;
        }
    }

    /// The report as one JSON object.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        let _infallible = self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) -> fmt::Result {
        write!(out, "{{\"ok\":{},\"cells\":[", self.is_ok())?;
        list(out, &self.cells, CellReport::write_json)?;
        out.push_str("],\"links\":[");
        list(out, &self.links, LinkReport::write_json)?;
        out.push_str("],\"differences\":[");
        list(out, &self.differences, |difference, out| {
            out.push_str("{\"cell\":");
            string(out, &difference.place.cell);
            write!(out, ",\"position\":{}", maybe(difference.place.position))?;
            write!(out, ",\"record\":{},\"code\":", maybe(difference.place.record))?;
            string(out, difference.code);
            out.push_str(",\"what\":");
            string(out, &difference.what);
            out.push('}');
            Ok(())
        })?;
        write!(out, "],\"difference_count\":{}}}", self.difference_count())
    }
}

impl CellReport {
    fn write_json(&self, out: &mut String) -> fmt::Result {
        out.push_str("{\"name\":");
        string(out, &self.name);
        write!(out, ",\"number\":{},\"position\":{}", maybe(self.number), self.position)?;
        out.push_str(",\"hash\":\"");
        for byte in self.hash {
            write!(out, "{byte:02x}")?;
        }
        write!(out, "\",\"complete\":{}", self.complete)?;
        for (name, count) in self.counts() {
            write!(out, ",\"{name}\":{count}")?;
        }
        out.push_str(",\"facts\":{");
        list(out, &self.facts, |(word, count), out| write!(out, "\"{word}\":{count}"))?;
        out.push_str("},\"sums\":[");
        list(out, &self.sums, |sum, out| {
            write!(
                out,
                "{{\"currency\":\"{}\",\"debits\":{},\"credits\":{},\"debits_pending\":{},\
                 \"credits_pending\":{}}}",
                sum.currency, sum.debits, sum.credits, sum.debits_pending, sum.credits_pending
            )
        })?;
        out.push_str("],\"pending\":[");
        list(out, self.pending(), |party, out| {
            write!(out, "{{\"party\":{},\"key\":{}}}", party.number, maybe(party.key))
        })?;
        out.push_str("]}");
        Ok(())
    }

    /// The parties that asked to be forgotten and are not yet.
    pub fn pending(&self) -> impl Iterator<Item = &Leaving> {
        self.leaving.iter().filter(|party| !party.forgotten)
    }

    /// How many parties were forgotten.
    pub fn forgotten_count(&self) -> u64 {
        self.leaving.iter().filter(|party| party.forgotten).count() as u64
    }

    /// What was counted, with the names of the JSON.
    pub fn counts(&self) -> [(&'static str, u64); 20] {
        [
            ("groups", self.groups),
            ("voids", self.voids),
            ("records", self.records),
            ("transfers", self.transfers),
            ("accounts", self.accounts),
            ("open_holds", self.open_holds),
            ("payer_legs", self.payer_legs),
            ("seller_legs", self.seller_legs),
            ("payments", self.payments),
            ("refunds", self.refunds),
            ("statements", self.statements),
            ("sent", self.sent),
            ("received", self.received),
            ("keys", self.keys),
            ("answers", self.answers),
            ("snapshots", self.snapshots),
            ("bank_files", self.bank_files),
            ("bank_files_compared", self.bank_files_compared),
            ("parties_forgotten", self.forgotten_count()),
            ("parties_to_forget", self.pending().count() as u64),
        ]
    }
}

impl LinkReport {
    fn write_json(&self, out: &mut String) -> fmt::Result {
        out.push_str("{\"from\":");
        string(out, &self.from);
        out.push_str(",\"to\":");
        string(out, &self.to);
        write!(out, ",\"sent\":{},\"answered\":{}", self.sent, self.answered)?;
        write!(out, ",\"under_way\":{},\"compared\":{}", self.under_way, self.compared)?;
        write!(out, ",\"pairs\":{},\"nostro\":{}", self.pairs, maybe(self.nostro))?;
        write!(out, ",\"mirror\":{},\"currency\":", maybe(self.mirror))?;
        match self.currency {
            Some(currency) => string(out, currency.code()),
            None => out.push_str("null"),
        }
        out.push('}');
        Ok(())
    }
}

fn list<I: IntoIterator>(
    out: &mut String,
    items: I,
    mut write: impl FnMut(I::Item, &mut String) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    Ok(())
}

fn maybe<T: fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _infallible = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for cell in &self.cells {
            write!(f, "cell {} up to group {}:", cell.name, cell.position)?;
            for (name, count) in cell.counts().iter().filter(|(_, count)| *count > 0) {
                write!(f, " {count} {},", name.replace('_', " "))?;
            }
            writeln!(f, " {}", if cell.complete { "complete" } else { "NOT COMPLETE" })?;
            for party in cell.pending() {
                let key = match party.key {
                    Some(true) => "its key is still there",
                    Some(false) => "its key is gone",
                    None => "its vault was not looked into",
                };
                writeln!(f, "  party {} asked to be forgotten: pending, {key}", party.number)?;
            }
            let unseen = |party: &&Leaving| party.forgotten && party.key.is_none();
            if cell.leaving.iter().any(|party| unseen(&party)) {
                writeln!(f, "  no vault was asked whether forgotten parties still have a key")?;
            }
            for sum in &cell.sums {
                writeln!(
                    f,
                    "  {}: debits {} = credits {}, held {} = {}",
                    sum.currency, sum.debits, sum.credits, sum.debits_pending, sum.credits_pending
                )?;
            }
        }
        for link in &self.links {
            writeln!(
                f,
                "corridor {} ↔ {}: {} messages there, {} back, {} under way, \
                 nostro and mirror compared {} times, {} payments in pairs",
                link.from,
                link.to,
                link.sent,
                link.answered,
                link.under_way,
                link.compared,
                link.pairs
            )?;
        }
        for difference in &self.differences {
            writeln!(f, "DIFFERENCE {difference}")?;
        }
        if self.more > 0 {
            writeln!(f, "… and {} more", self.more)?;
        }
        match self.difference_count() {
            0 => write!(f, "all books agree: {} payments, 0 differences", self.payments()),
            n => write!(f, "the books do not agree: {n} differences"),
        }
    }
}
