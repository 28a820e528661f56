//! What can be wrong with a code: a stable name, and a sentence that says where and what to do.

use core::fmt;

use super::amount::AmountError;
use super::customer::CustomerCode;
use super::enishi::EnishiProblem;
use super::jpqr::JpqrProblem;
use super::tlv::{MAX_CHARACTERS, MAX_VALUE};

/// Why a text was refused, or could not be written. [`Error::code`] is for programs and message
/// files, `Display` for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Does not begin like a merchant-presented code and is no customer's code either.
    #[error(
        "this is not a payment code: one begins with 000201; scan the code that the shop shows"
    )]
    NotAPaymentCode,
    /// A code of a customer, made to be scanned by a till.
    #[error("this is {0}, which a customer shows to a till; scan the code that the shop shows")]
    CustomerPresented(CustomerCode),
    /// More than [`MAX_CHARACTERS`].
    #[error(
        "the code has {characters} characters, {MAX_CHARACTERS} are allowed; \
         shorten names or leave fields out"
    )]
    TooLong {
        /// Characters (not bytes) found.
        characters: usize,
    },
    /// A control character, or one that turns the direction of the text or is invisible.
    #[error("{place}: the invisible character U+{found:04X} does not belong in a code; remove it")]
    ControlCharacter {
        /// Where it stands.
        place: Place,
        /// Its Unicode scalar value.
        found: u32,
    },
    /// A field does not begin with two digits.
    #[error(
        "{place}: a field must begin here with its two-digit tag; \
         the code is cut or altered, scan it again"
    )]
    BadTag {
        /// Where the tag is expected.
        place: Place,
    },
    /// A length that is no number, points past the end, or is not allowed for the field.
    #[error("{place}: {problem}; the code is cut or altered, scan it again or have it made anew")]
    BadLength {
        /// The field.
        place: Place,
        /// What is wrong with its length.
        problem: LengthProblem,
    },
    /// The same tag twice on one level.
    #[error("{place}: this tag stands here a second time; one of the two must go")]
    DuplicateTag {
        /// The second one.
        place: Place,
    },
    /// Field 00 exists, but is not first.
    #[error("the code must begin with 000201 (tag 00); have it made anew")]
    FormatIndicatorNotFirst,
    /// Field 00 names another version than 01.
    #[error(
        "the code is of format version {found:?}, only version 01 is known; \
         update, or use another code"
    )]
    UnsupportedVersion {
        /// The value of tag 00.
        found: String,
    },
    /// Something follows the check value.
    #[error("character {at}: nothing may follow the check value (tag 63); remove the rest")]
    DataAfterCrc {
        /// First character too many, counted from 1.
        at: usize,
    },
    /// The check value does not belong to the text.
    #[error(
        "the check value is {found} but the text gives {computed:04X}: \
         the code is damaged or altered; scan it again or ask for a new one"
    )]
    WrongCrc {
        /// As it stands in the code.
        found: String,
        /// Over the text as it stands.
        computed: u16,
    },
    /// A field that every code must have.
    #[error("tag {tag} ({name}) is missing; have the code made anew")]
    MissingField {
        /// The tag, with its template's before it, as in `64-01`.
        tag: String,
        /// The field's name.
        name: &'static str,
    },
    /// A value outside of its field's set.
    #[error("{place}: {name} must be {expected}; have the code made anew")]
    BadValue {
        /// The field.
        place: Place,
        /// The field's name.
        name: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// Field 54 or 56 is no amount.
    #[error("{place}: {problem}")]
    BadAmount {
        /// The field.
        place: Place,
        /// What is wrong with it.
        #[source]
        problem: AmountError,
    },
    /// Fields 55, 56 and 57 do not fit together.
    #[error("{place}: {expected}; have the code made anew")]
    BadTip {
        /// The field that is wrong, or that calls for one that is missing.
        place: Place,
        /// What would be right.
        expected: &'static str,
    },
    /// While writing: a tag outside of the range of its list.
    #[error("tag {tag} cannot stand among {list}")]
    TagOutOfPlace {
        /// The tag given.
        tag: u8,
        /// The list it was given in, with its range.
        list: &'static str,
    },
    /// While writing: fields that do not fit into one template.
    #[error(
        "the fields of tag {tag} make {characters} characters, {MAX_VALUE} are allowed; \
         shorten them"
    )]
    TemplateTooLong {
        /// The template's tag.
        tag: u8,
        /// Characters needed.
        characters: usize,
    },
    /// Our own template is malformed.
    #[error("tag {tag} (enishi.pay): {problem}; have the code made anew")]
    Enishi {
        /// The tag of the template.
        tag: u8,
        /// What is wrong with it.
        #[source]
        problem: EnishiProblem,
    },
    /// The template of JPQR is there, but not all that JPQR asks for.
    #[error("the code does not follow JPQR: {problem}; have it made anew")]
    Jpqr {
        /// What is wrong.
        #[source]
        problem: JpqrProblem,
    },
    /// Judged where one pays, never while decoding.
    #[error("the code asks for currency {found:03}, this shop takes {expected:03}; do not pay it")]
    WrongCurrency {
        /// ISO 4217 number in the code.
        found: u16,
        /// ISO 4217 number that was expected.
        expected: u16,
    },
    /// The code claims another thing than its store registered: the sign of a swapped sticker.
    #[error(
        "the code says {claim} {claimed:?} but the shop is registered with {registered:?}; \
         do not pay, tell the shop"
    )]
    ClaimDiffers {
        /// Which claim, in the words of [`super::Field::name`].
        claim: &'static str,
        /// What the code says.
        claimed: String,
        /// What is registered, as a code would say it.
        registered: String,
    },
}

impl Error {
    /// The stable name of this case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotAPaymentCode => "not_a_payment_code",
            Error::CustomerPresented(_) => "customer_presented_not_supported",
            Error::TooLong { .. } => "too_long",
            Error::ControlCharacter { .. } => "control_character",
            Error::BadTag { .. } => "bad_tag",
            Error::BadLength { .. } => "bad_length",
            Error::DuplicateTag { .. } => "duplicate_tag",
            Error::FormatIndicatorNotFirst => "format_indicator_not_first",
            Error::UnsupportedVersion { .. } => "unsupported_version",
            Error::DataAfterCrc { .. } => "data_after_crc",
            Error::WrongCrc { .. } => "wrong_crc",
            Error::MissingField { .. } => "missing_field",
            Error::BadValue { .. } => "bad_value",
            Error::BadAmount { problem, .. } => problem.code(),
            Error::BadTip { .. } => "bad_tip",
            Error::TagOutOfPlace { .. } => "tag_out_of_place",
            Error::TemplateTooLong { .. } => "template_too_long",
            Error::Enishi { .. } => "bad_enishi_template",
            Error::Jpqr { problem } => problem.code(),
            Error::WrongCurrency { .. } => "wrong_currency",
            Error::ClaimDiffers { .. } => "claim_differs",
        }
    }

    /// Where in the text, for the errors that have one place.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match self {
            Error::ControlCharacter { place, .. }
            | Error::BadTag { place }
            | Error::BadLength { place, .. }
            | Error::DuplicateTag { place }
            | Error::BadValue { place, .. }
            | Error::BadAmount { place, .. }
            | Error::BadTip { place, .. } => Some(*place),
            Error::DataAfterCrc { at } => Some(Place::root(*at)),
            _ => None,
        }
    }
}

/// What is wrong with a field's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LengthProblem {
    /// Two digits are missing after the tag.
    #[error("after the tag, two digits must tell the length")]
    NotDigits,
    /// The length 00.
    #[error("the length is 00, a field without a value must be left out")]
    Zero,
    /// The value ends before its length is reached.
    #[error("the length is {declared} but only {left} characters follow")]
    Beyond {
        /// Characters announced.
        declared: usize,
        /// Characters there.
        left: usize,
    },
    /// A length that this field may not have.
    #[error("the length is {found}, {shortest} to {longest} characters are allowed")]
    Outside {
        /// Characters found.
        found: usize,
        /// Fewest allowed.
        shortest: usize,
        /// Most allowed.
        longest: usize,
    },
}

/// A place in a code: the field's tag under those of its templates, and the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    path: [u8; Self::DEEPEST],
    depth: usize,
    at: usize,
}

impl Place {
    const DEEPEST: usize = 3;

    /// A character of the code outside of any field.
    pub(super) fn root(at: usize) -> Self {
        Place { path: [0; Self::DEEPEST], depth: 0, at }
    }

    /// The field `tag` inside this one.
    pub(super) fn child(mut self, tag: u8, at: usize) -> Self {
        debug_assert!(self.depth < Self::DEEPEST, "templates nest no deeper than the table says");
        self.path[self.depth] = tag;
        self.depth += 1;
        self.at = at;
        self
    }

    /// The same field, another character.
    pub(super) fn with_at(mut self, at: usize) -> Self {
        self.at = at;
        self
    }

    /// The tags from the outermost template to the field; empty outside of any field.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path[..self.depth]
    }

    /// The path as people write it: `54`, `62-03`.
    #[must_use]
    pub fn tag(&self) -> String {
        tag_text(self.path())
    }

    /// The first character concerned, counted from 1; 0 when the code is not written yet.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.depth, self.at) {
            (0, at) => write!(f, "character {at}"),
            (_, 0) => write!(f, "tag {}", self.tag()),
            (_, at) => write!(f, "tag {} at character {at}", self.tag()),
        }
    }
}

/// `[62, 3]` as `62-03`.
pub(super) fn tag_text(path: &[u8]) -> String {
    path.iter().map(|tag| format!("{tag:02}")).collect::<Vec<_>>().join("-")
}
