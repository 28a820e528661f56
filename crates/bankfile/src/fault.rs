//! What is wrong with a file, where, and what to do.

use std::fmt;

use kana::NotKana;

use crate::framing::MAX_BYTES;
use crate::layout::{Field, LENGTH, RecordKind};
use crate::model::BatchError;

/// No more than so many faults of one file are listed.
pub const MAX_FAULTS: usize = 1_000;

/// One thing that is wrong: `record 3, bytes 81 to 90, amount (振込金額): …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1; zero if it is about the whole file.
    pub record: usize,
    /// The field, if it is about one.
    pub place: Option<Place>,
    /// What is wrong there.
    pub problem: Problem,
}

/// A field of a record. Bytes count from 1, as banks print them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub field: Field,
    /// Its first byte.
    pub first: usize,
    /// Its last byte.
    pub last: usize,
}

/// What can be wrong with a file. Each text ends with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing in it.
    #[error("the file is empty: ask for it again")]
    Empty,
    /// Longer than [`MAX_BYTES`].
    #[error("the file is longer than {} MB: send it in parts", MAX_BYTES / 1024 / 1024)]
    TooLong,
    /// It was stored as UTF-8 on its way.
    #[error("the file was stored again as UTF-8: use the one that was made, unopened")]
    Utf8,
    /// It says that it is EBCDIC, or begins as such a file does.
    #[error("the file is in EBCDIC, which is not read: have it made in JIS (code 0)")]
    Ebcdic,
    /// More than [`MAX_FAULTS`]; the others are not listed.
    #[error("there are more faults than the {MAX_FAULTS} listed: mend these first")]
    TooManyFaults,

    /// A record of another length than 120.
    #[error("it has {0} bytes instead of 120: {length_hint}", length_hint = length_hint(*.0))]
    Length(usize),
    /// Of a file whose length fits no number of records, the rest can't be told apart.
    #[error(
        "from here on the records can't be told apart: bytes are missing or too many before it"
    )]
    Lost,
    /// The first byte is not 1, 2, 8 or 9.
    #[error("it begins with {shown} instead of 1, 2, 8 or 9: this is no record of such a file", shown = shown(*.0))]
    NoSuchRecord(u8),

    /// A transfer or a trailer with no header before it.
    #[error("there is no header before it: the beginning of the file is missing, ask for it again")]
    NoHeader,
    /// A header or the end where a trailer should stand.
    #[error(
        "the batch that begins with record {header} has no trailer before this: records are missing, ask for the file again"
    )]
    NoTrailer {
        /// The record of the batch's header.
        header: usize,
    },
    /// No end record.
    #[error("there is no end record: the file was cut off, ask for it again")]
    NoEnd,
    /// A record after the end record.
    #[error("it stands after the end record: two files were joined, send them one by one")]
    AfterEnd,
    /// Not a batch, of which everything was read.
    #[error(transparent)]
    NotABatch(BatchError),
    /// An end record and no batch.
    #[error("the file has no batch: there is nothing to pay, do not send it")]
    NoBatches,

    /// Another kind of file.
    #[error("'{0}' is not 21 (総合振込): {type_hint}", type_hint = type_hint(.0))]
    FileType(String),
    /// Something else than digits in a field of digits.
    #[error("'{0}' is not a number with leading zeros: have the file made anew")]
    NotDigits(String),
    /// A digit that means nothing.
    #[error("'{found}' is none of {allowed}: have the file made anew")]
    NotACode {
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// A day that no year has.
    #[error("'{0}' is not a month and a day: have the file made anew")]
    NotADay(String),
    /// An amount of zero.
    #[error("nothing is paid: leave this transfer out")]
    Zero,
    /// A name with a character that may not stand there.
    #[error("'{found}': {problem}; write it in the characters of its bank")]
    NotKana {
        /// The field as far as it can be shown.
        found: String,
        /// What is wrong with it.
        problem: NotKana,
    },
    /// An empty field where a name is needed.
    #[error("nothing stands there: a name is needed")]
    NoName,

    /// The trailer's number of transfers is another.
    #[error(
        "it says {written} transfers and there are {counted}: records are missing or too many, ask for the file again"
    )]
    Count {
        /// What the trailer says.
        written: u64,
        /// What was counted.
        counted: u64,
    },
    /// The trailer's total is another.
    #[error(
        "it says {written} yen and the transfers add up to {summed}: do not send this file, ask for it again"
    )]
    Total {
        /// What the trailer says, in yen.
        written: u64,
        /// What the transfers add up to, in yen.
        summed: u64,
    },

    /// Notice: a field of digits was left blank, and was read as zero.
    #[error("left blank and read as zero; some banks want zeros")]
    Blank,
    /// Notice: something stands where nothing should.
    #[error("'{0}' stands where there should be spaces, and was not read")]
    Filler(String),
    /// Notice: not all records end in the same way.
    #[error("records end in different ways: an editor may have changed the file")]
    MixedSeparators,
    /// Notice: an empty line.
    #[error("there is an empty line before this record, which was not read")]
    BlankLine,
    /// Notice: more than one line end, or more after the mark of the end.
    #[error("there are empty lines at the end, which were not read")]
    BlankEnd,
}

fn length_hint(found: usize) -> &'static str {
    if found < LENGTH {
        "an editor may have cut its spaces off; use the file that was made, unopened"
    } else {
        "a line end is missing, or bytes are too many; use the file that was made, unopened"
    }
}

fn type_hint(found: &str) -> &'static str {
    match found {
        "11" | "12" | "71" | "72" => "this is a file of salaries, send it as such",
        "91" => "this is a file of direct debits, send it as such",
        _ => "this is another kind of file",
    }
}

/// A byte for people: a printable character, or its number.
fn shown(byte: u8) -> String {
    match kana_char(byte) {
        Some(c) => format!("'{c}'"),
        None => format!("{byte:#04X}"),
    }
}

/// Bytes as text, as far as JIS X 0201 has characters for them.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| kana_char(*byte).unwrap_or('\u{fffd}')).collect()
}

fn kana_char(byte: u8) -> Option<char> {
    match byte {
        0x20..=0x7E => Some(char::from(byte)),
        0xA1..=0xDF => char::from_u32(0xFF61 + u32::from(byte) - 0xA1),
        _ => None,
    }
}

impl Place {
    pub(crate) fn of(kind: RecordKind, field: Field) -> Self {
        let slot = kind.slot(field);
        Self { field, first: slot.at + 1, last: slot.at + slot.length }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.record > 0 {
            write!(f, "record {}", self.record)?;
            match self.place {
                Some(Place { field, first, last }) if first == last => {
                    write!(f, ", byte {first}, {field}")?;
                }
                Some(Place { field, first, last }) => {
                    write!(f, ", bytes {first} to {last}, {field}")?;
                }
                None => {}
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for Fault {}
