//! What is wrong with a file, where, and what to do.

use std::fmt;

use crate::amount::AmountError;
use crate::text::TextError;
use crate::xml::{MAX_BYTES, MAX_DEPTH, MAX_TEXT};

/// Why a file is refused: `entry 3, at byte 1812, Document/…/Ntry/Amt: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How many bytes were read when it was found.
    pub at: u64,
    /// Names of the elements around it, from the outermost, with `/` between.
    pub path: String,
    /// The entry or transfer that it is in, counted from 1; zero if in none.
    pub entry: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a file. Each text ends with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes could not be read at all.
    #[error("the file can't be read: {0}; try again")]
    Io(String),
    /// Nothing in it.
    #[error("the file is empty: ask the bank for it again")]
    Empty,
    /// Tags that do not fit one another, or no XML.
    #[error("it is no well-formed XML ({0}): use the file that the bank made, unopened")]
    NotXml(String),
    /// It ends inside of an element.
    #[error("the file was cut off: ask for it again")]
    CutOff,
    /// UTF-16, Shift_JIS, or a declaration of another encoding.
    #[error("it is in {0}, and such files are UTF-8: have the bank make it so")]
    Encoding(String),
    /// A DOCTYPE.
    #[error("it declares a document type, which no bank's file has: it was not read")]
    DocumentType,
    /// An entity that XML itself does not define.
    #[error("it uses the entity '{0}', which no bank's file has: it was not read")]
    Entity(String),
    /// More than one document, one after another, as ZEDI joins them.
    #[error("another document follows the first: split the file, and send each by itself")]
    SecondDocument,
    /// Elements in elements without end.
    #[error("elements stand more than {MAX_DEPTH} deep, which no bank's file has: it was not read")]
    TooDeep,
    /// A tag or text without end.
    #[error("a tag or text has more than {MAX_TEXT} bytes, which no bank's file has")]
    TooLongText,
    /// The whole file.
    #[error("the file has more than {} GB: have the bank split it", MAX_BYTES >> 30)]
    TooLongFile,
    /// More details of one entry than are kept at once.
    #[error("one entry has more than {0} details: have the bank give an entry for each")]
    TooManyDetails(usize),
    /// Text between elements.
    #[error("text stands between elements: '{0}'")]
    Mixed(String),
    /// Another message.
    #[error("it is '{0}', and {1} is needed: choose the file of that kind")]
    OtherMessage(String, &'static str),
    /// A mandatory element is not there.
    #[error("there is no {0}: ask for the file again")]
    Missing(&'static str),
    /// An element that stands there once too often.
    #[error("there is more than one of it: ask for the file again")]
    Twice,
    /// An amount.
    #[error("'{0}' is no amount: {1}")]
    Amount(String, AmountError),
    /// A currency.
    #[error("'{0}' is no currency of ISO 4217")]
    Currency(String),
    /// Another currency than the account's or the rest of the file.
    #[error("it is in {0} and the rest is in {1}: split the file")]
    CurrencyDiffers(String, String),
    /// A text.
    #[error("'{0}' does not fit: {1}")]
    Text(String, TextError),
    /// A date.
    #[error("'{0}' is no date")]
    Date(String),
    /// A word that means nothing there.
    #[error("'{0}' is none of {1}")]
    Word(String, &'static str),
    /// A number of transfers.
    #[error("it says {written} transfers and there are {counted}: ask for the file again")]
    Count {
        /// What it says.
        written: String,
        /// What was counted.
        counted: u64,
    },
    /// A sum.
    #[error("it says {written} and the transfers add up to {summed}: do not use this file")]
    Sum {
        /// What it says.
        written: String,
        /// What they add up to.
        summed: String,
    },
    /// The entries of a statement are not the difference of its balances.
    #[error(
        "the balance is {closing} at its end, and {computed} by its entries: lines are missing, ask \
         for the statement again"
    )]
    Balance {
        /// What it says, in minor units.
        closing: i128,
        /// The opening balance with all booked entries, in minor units.
        computed: i128,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.entry > 0 {
            write!(f, "entry {}, ", self.entry)?;
        }
        write!(f, "at byte {}", self.at)?;
        if !self.path.is_empty() {
            write!(f, ", {}", self.path)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for Fault {}
