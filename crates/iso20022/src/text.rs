//! Texts of limited length.

use std::fmt;

/// A text of 1 to `N` characters, as `Max35Text` and its like: no control characters, no spaces at
/// its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize>(String);

/// Why a text does not fit its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// More characters than the element takes.
    #[error("it has {length} characters, and {most} are the most")]
    TooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
    /// A control character, or a space at an end.
    #[error("it has a control character, or a space at its beginning or end")]
    NotPlain,
}

impl<const N: usize> Text<N> {
    /// A text, if it fits.
    ///
    /// # Errors
    /// Why it does not.
    pub fn try_new(text: &str) -> Result<Self, TextError> {
        let length = text.chars().count();
        if length == 0 {
            return Err(TextError::Empty);
        }
        if length > N {
            return Err(TextError::TooLong { length, most: N });
        }
        // U+FFFE and U+FFFF are no characters of XML.
        let unfit = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
        if text.trim() != text || text.chars().any(unfit) {
            return Err(TextError::NotPlain);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const N: usize> AsRef<str> for Text<N> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
