//! The statement of a day that both cells sign: the bytes that are signed, the document that
//! carries them, and its verification without any cell.
//!
//! What is signed is a text, one fact a line in a fixed order, so that a person can read what a
//! signature covers. The document is JSON with the same facts, both public keys and both signatures.

use std::fmt::Write as _;

use corridor::{Day, DaySignature, Sums, Witness};
pub use ed25519_dalek::SigningKey;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::PublicKey;

/// The first line of what is signed, and the document's format.
const FORMAT: &str = "enishi settlement statement 1";

/// A day of a nostro as both cells agreed about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name of the cell that keeps the nostro.
    pub keeper: String,
    /// The name of the cell whose money it is.
    pub other: String,
    /// What it is in, by ISO 4217.
    pub currency: String,
    /// The day.
    pub day: Day,
    /// What the other cell had seen of the keeper's journal when it agreed.
    pub seen: Witness,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It can't be read.
    #[error("this is no settlement statement: {0}")]
    Unreadable(String),
    /// Another format, or another version.
    #[error("the format is '{0}'; this program reads '{FORMAT}'")]
    Format(String),
    /// The sums do not add up.
    #[error(
        "{opening} + {topped_up} topped up + {refunded} refunded − {captured} captured is not {closing}"
    )]
    Sums {
        /// Before.
        opening: u64,
        /// Put in.
        topped_up: u64,
        /// Given back.
        refunded: u64,
        /// Taken.
        captured: u64,
        /// After.
        closing: u64,
    },
    /// The messages that it says it covers are none.
    #[error("it ends at an earlier message than it begins")]
    Messages,
    /// A side has not signed.
    #[error("'{0}' has not signed it")]
    Unsigned(String),
    /// A key is of another cell, or none.
    #[error("the key of '{0}' is no public key of that cell")]
    Key(String),
    /// A signature is not that of the key over these facts.
    #[error("the signature of '{0}' is not that of its key over what stands here")]
    Signature(String),
}

impl Statement {
    /// What both cells sign.
    pub fn text(&self) -> String {
        let Self { keeper, other, currency, day, seen } = self;
        let Day { number, date, part, opening, sums, closing, closed, .. } = day;
        let (year, month, of_month) = (date / 10_000, date / 100 % 100, date % 100);
        let mut text = format!("{FORMAT}\n");
        let mut line = |name: &str, value: &dyn std::fmt::Display| {
            writeln!(text, "{name}: {value}").expect("memory takes whatever is written");
        };
        line("keeper", keeper);
        line("other", other);
        line("currency", currency);
        line("number", number);
        line("date", &format_args!("{year:04}-{month:02}-{of_month:02}"));
        line("part", part);
        line("messages of keeper", &range(day.sent_after, day.sent_through));
        line("messages of other", &range(day.received_after, day.received_through));
        line("opening", opening);
        line("topped up", &format_args!("{} in {}", sums.topped_up, sums.top_ups));
        line("captured", &format_args!("{} in {}", sums.captured, sums.captures));
        line("refunded", &format_args!("{} in {}", sums.refunded, sums.refunds));
        line("closing", closing);
        line("closed", &format_args!("{} microseconds since 1970", closed.0));
        line("journal of other", &witness(&day.seen));
        line("journal of keeper", &witness(seen));
        text
    }

    /// A cell's signature under it.
    pub fn sign(&self, key: &SigningKey) -> DaySignature {
        let signature = key.sign(self.text().as_bytes()).to_bytes();
        DaySignature { key: key.verifying_key().to_bytes(), signature }
    }

    /// Whether a signature is that of its key over this statement.
    pub fn is_signed(&self, by: &DaySignature) -> bool {
        let signature = Signature::from_bytes(&by.signature);
        VerifyingKey::from_bytes(&by.key)
            .is_ok_and(|key| key.verify_strict(self.text().as_bytes(), &signature).is_ok())
    }

    /// The document, with what each side signed so far.
    pub fn document(
        &self,
        keeper: Option<&DaySignature>,
        other: Option<&DaySignature>,
    ) -> Document {
        let sides = [(&self.keeper, keeper), (&self.other, other)];
        let signatures = sides.into_iter().filter_map(|(cell, signed)| {
            let signed = signed?;
            let key = VerifyingKey::from_bytes(&signed.key).ok()?;
            Some(Signed {
                cell: cell.clone(),
                key: PublicKey::from_parts(cell, key).to_string(),
                signature: hex(&signed.signature),
            })
        });
        let Day { number, date, part, opening, sums, closing, closed, .. } = self.day;
        let messages = |after, through| Messages { after, through };
        let journal = |seen: &Witness| Journal { position: seen.position, hash: hex(&seen.hash) };
        Document {
            format: FORMAT.to_owned(),
            keeper: self.keeper.clone(),
            other: self.other.clone(),
            currency: self.currency.clone(),
            number,
            date,
            part,
            messages_of_keeper: messages(self.day.sent_after, self.day.sent_through),
            messages_of_other: messages(self.day.received_after, self.day.received_through),
            opening,
            topped_up: sums.topped_up,
            top_ups: sums.top_ups,
            captured: sums.captured,
            captures: sums.captures,
            refunded: sums.refunded,
            refunds: sums.refunds,
            closing,
            closed_us: closed.0,
            journal_of_other: journal(&self.day.seen),
            journal_of_keeper: journal(&self.seen),
            signatures: signatures.collect(),
        }
    }
}

fn range(after: u64, through: u64) -> String {
    format!("behind {after} through {through}")
}

fn witness(seen: &Witness) -> String {
    format!("{} at {}", hex(&seen.hash), seen.position)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() == 2 * N)?;
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

/// A range of messages: behind one through another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The last one of the day before.
    pub after: u64,
    /// The last one of this day.
    pub through: u64,
}

/// A place of a journal and its hash there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The position.
    pub position: u64,
    /// The hash, in hexadecimal digits.
    pub hash: String,
}

/// One side's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Whose.
    pub cell: String,
    /// Its public key.
    pub key: String,
    /// Ed25519 over the statement's text, in hexadecimal digits.
    pub signature: String,
}

/// A statement as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the names are those of the statement's text
pub struct Document {
    pub format: String,
    pub keeper: String,
    pub other: String,
    pub currency: String,
    pub number: u32,
    pub date: u32,
    pub part: u8,
    pub messages_of_keeper: Messages,
    pub messages_of_other: Messages,
    pub opening: u64,
    pub topped_up: u64,
    pub top_ups: u64,
    pub captured: u64,
    pub captures: u64,
    pub refunded: u64,
    pub refunds: u64,
    pub closing: u64,
    pub closed_us: u64,
    pub journal_of_other: Journal,
    pub journal_of_keeper: Journal,
    pub signatures: Vec<Signed>,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Wrong::Unreadable`].
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        serde_json::from_slice(bytes).map_err(|why| Wrong::Unreadable(why.to_string()))
    }

    /// The statement in it.
    ///
    /// # Errors
    /// [`Wrong`] for another format, and for what is no hash.
    pub fn statement(&self) -> Result<Statement, Wrong> {
        if self.format != FORMAT {
            return Err(Wrong::Format(self.format.clone()));
        }
        let plain = |text: &String| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if ![&self.keeper, &self.other, &self.currency].into_iter().all(plain) {
            return Err(Wrong::Unreadable("a name is not one".to_owned()));
        }
        let journal = |of: &Journal| {
            let hash = unhex(&of.hash);
            let hash = hash.ok_or_else(|| Wrong::Unreadable("a hash is not one".to_owned()))?;
            Ok(Witness { position: of.position, hash })
        };
        let sums = Sums {
            captured: self.captured,
            captures: self.captures,
            refunded: self.refunded,
            refunds: self.refunds,
            topped_up: self.topped_up,
            top_ups: self.top_ups,
        };
        let day = Day {
            number: self.number,
            date: self.date,
            part: self.part,
            sent_after: self.messages_of_keeper.after,
            sent_through: self.messages_of_keeper.through,
            received_after: self.messages_of_other.after,
            received_through: self.messages_of_other.through,
            opening: self.opening,
            sums,
            closing: self.closing,
            closed: Timestamp(self.closed_us),
            seen: journal(&self.journal_of_other)?,
        };
        Ok(Statement {
            keeper: self.keeper.clone(),
            other: self.other.clone(),
            currency: self.currency.clone(),
            day,
            seen: journal(&self.journal_of_keeper)?,
        })
    }

    /// Checks sums and both signatures; gives both keys, the keeper's first.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<[PublicKey; 2], Wrong> {
        let statement = self.statement()?;
        let day = &statement.day;
        if day.sums.closing(day.opening) != Some(day.closing) {
            return Err(Wrong::Sums {
                opening: day.opening,
                topped_up: day.sums.topped_up,
                refunded: day.sums.refunded,
                captured: day.sums.captured,
                closing: day.closing,
            });
        }
        if day.sent_through < day.sent_after || day.received_through < day.received_after {
            return Err(Wrong::Messages);
        }
        let key = |cell: &String| {
            let signed = self.signatures.iter().find(|signed| signed.cell == *cell);
            let signed = signed.ok_or_else(|| Wrong::Unsigned(cell.clone()))?;
            let key: PublicKey = signed.key.parse().map_err(|_| Wrong::Key(cell.clone()))?;
            if key.cell() != cell {
                return Err(Wrong::Key(cell.clone()));
            }
            let wrong = || Wrong::Signature(cell.clone());
            let signature = unhex(&signed.signature).ok_or_else(wrong)?;
            let signature = DaySignature { key: key.key().to_bytes(), signature };
            if statement.is_signed(&signature) { Ok(key) } else { Err(wrong()) }
        };
        Ok([key(&self.keeper)?, key(&self.other)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        let sums =
            Sums { captured: 700, captures: 3, refunded: 100, refunds: 1, ..Sums::default() };
        let day = Day {
            number: 2,
            date: 20_261_102,
            part: 1,
            sent_after: 4,
            sent_through: 9,
            received_after: 3,
            received_through: 6,
            opening: 1_000,
            sums,
            closing: 400,
            closed: Timestamp(1_793_581_260_000_000),
            seen: Witness { position: 5, hash: [0xaa; 32] },
        };
        let seen = Witness { position: 8, hash: [0xbb; 32] };
        Statement {
            keeper: "jp".to_owned(),
            other: "cn".to_owned(),
            currency: "JPY".to_owned(),
            day,
            seen,
        }
    }

    fn keys() -> [SigningKey; 2] {
        [SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32])]
    }

    /// What is signed never changes under one format: old signatures would mean nothing.
    #[test]
    fn the_signed_text_never_changes() {
        let (a, b) = ("aa".repeat(32), "bb".repeat(32));
        let expected = format!(
            "enishi settlement statement 1\nkeeper: jp\nother: cn\ncurrency: JPY\nnumber: 2\n\
             date: 2026-11-02\npart: 1\nmessages of keeper: behind 4 through 9\n\
             messages of other: behind 3 through 6\nopening: 1000\ntopped up: 0 in 0\n\
             captured: 700 in 3\nrefunded: 100 in 1\nclosing: 400\n\
             closed: 1793581260000000 microseconds since 1970\njournal of other: {a} at 5\n\
             journal of keeper: {b} at 8\n"
        );
        assert_eq!(statement().text(), expected);
    }

    #[test]
    fn a_document_is_what_both_signed() {
        let (statement, [jp, cn]) = (statement(), keys());
        let (ours, theirs) = (statement.sign(&jp), statement.sign(&cn));
        let document = statement.document(Some(&ours), Some(&theirs));
        let bytes = serde_json::to_vec_pretty(&document).unwrap();
        let read = Document::read(&bytes).unwrap();
        assert_eq!(read.statement().as_ref(), Ok(&statement));
        let [keeper, other] = read.verify().unwrap();
        assert_eq!((keeper.cell(), other.cell()), ("jp", "cn"));
        let half = statement.document(Some(&ours), None);
        assert_eq!(half.verify(), Err(Wrong::Unsigned("cn".to_owned())));
    }

    /// Each field of the document is under the signatures, or is a signature.
    #[test]
    fn whatever_is_changed_is_seen() {
        let (statement, [jp, cn]) = (statement(), keys());
        let document = statement.document(Some(&statement.sign(&jp)), Some(&statement.sign(&cn)));
        let whole = serde_json::to_value(&document).unwrap();
        let mut changed = 0;
        let change = |value: &serde_json::Value| match value {
            serde_json::Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
            serde_json::Value::String(text) => match text.as_str() {
                "jp" => "kr".into(),
                "cn" => "tw".into(),
                text if text.len() == 64 => "cc".repeat(32).into(),
                text => format!("{text}x").into(),
            },
            other => panic!("{other}"),
        };
        for (name, value) in whole.as_object().unwrap() {
            let paths: Vec<String> = match value {
                serde_json::Value::Object(inner) => {
                    inner.keys().map(|inner| format!("/{name}/{inner}")).collect()
                }
                serde_json::Value::Array(list) => (0..list.len())
                    .flat_map(|at| {
                        ["cell", "key", "signature"].map(|it| format!("/{name}/{at}/{it}"))
                    })
                    .collect(),
                _ => vec![format!("/{name}")],
            };
            for path in paths {
                let mut other = whole.clone();
                let value = other.pointer_mut(&path).unwrap();
                *value = change(value);
                let told = Document::read(&serde_json::to_vec(&other).unwrap())
                    .and_then(|document| document.verify());
                assert!(told.is_err(), "{path}");
                changed += 1;
            }
        }
        assert_eq!(changed, 30);
        // Sums that do not add up are no statement, whoever signs them.
        let mut wrong = statement.clone();
        wrong.day.closing += 1;
        let document = wrong.document(Some(&wrong.sign(&jp)), Some(&wrong.sign(&cn)));
        assert!(matches!(document.verify(), Err(Wrong::Sums { .. })));
    }
}
