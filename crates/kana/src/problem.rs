//! What could not be written, where, and what to do about it.

use std::fmt;

/// A typed name that a bank could not be sent: everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    /// In the order of the text; never empty.
    pub problems: Vec<Problem>,
}

/// One thing that can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it begins, in the characters of what was typed, counted from 1.
    pub at: usize,
    /// The characters themselves, one or more in a row; empty if it is about the whole.
    pub found: String,
    /// Why not.
    pub why: Why,
}

/// Why something can't be written. The text of each says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// Kanji; its reading is known to the account's holder alone.
    #[error("kanji can't be sent to a bank; write how it is read, in kana")]
    Kanji,
    /// `・`, for which banks differ.
    #[error("a middle dot can't be sent; write a full stop or a space, as your passbook has it")]
    MiddleDot,
    /// A punctuation mark, a sign or a picture that this field lacks.
    #[error("this sign can't be sent to a bank; leave it out, or write it as your passbook does")]
    Sign,
    /// A letter of another script, or with an accent.
    #[error("this letter can't be sent; write A to Z without accents, or how it sounds in kana")]
    Letter,
    /// A control character or one of no width, such as a right-to-left override.
    #[error("there is an invisible character; delete it and type the name by hand")]
    Invisible,
    /// `ﾞ` or `ﾟ` that follows nothing that could carry it.
    #[error("no kana before this mark can carry it; write the whole kana again")]
    LoneMark,
    /// Nothing but spaces, or a legal form without a name.
    #[error("there is no name; write it as it stands in your passbook")]
    NoName,
    /// More characters than are looked at.
    #[error("that is too long for any name; write it as it stands in your passbook")]
    TooLong,
}

impl Why {
    /// What is wrong with a character that no field takes.
    pub(crate) fn of(c: char) -> Self {
        match c {
            '・' | '･' | '\u{B7}' | '\u{2022}' => Self::MiddleDot,
            '々' | '〆' | '〇' | '\u{2E80}'..='\u{2FDF}' | '\u{3400}'..='\u{4DBF}' => {
                Self::Kanji
            }
            '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' => Self::Kanji,
            '\u{20000}'..='\u{3FFFF}' => Self::Kanji,
            _ if c.is_control() || is_of_no_width(c) => Self::Invisible,
            _ if c.is_alphabetic() => Self::Letter,
            _ => Self::Sign,
        }
    }
}

/// Spaces of no width, joiners, marks of direction, selectors of variants, and byte order marks.
fn is_of_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}'
    ) || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{FFF9}'..='\u{FFFB}')
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = match self.why {
            Why::Invisible => self.found.escape_unicode().collect(),
            _ => self.found.clone(),
        };
        match self.found.chars().count() {
            0 => write!(f, "{}", self.why),
            1 => write!(f, "character {}, '{shown}': {}", self.at, self.why),
            many => {
                let last = self.at + many - 1;
                write!(f, "characters {} to {last}, '{shown}': {}", self.at, self.why)
            }
        }
    }
}

/// All problems, `; ` between them.
impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if at == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Unwritable {}
