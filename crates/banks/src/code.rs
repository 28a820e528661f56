//! The codes of banks and branches (金融機関コード, 支店コード).

use std::fmt;
use std::str::FromStr;

/// Four digits: `2476` is Hida Credit Union.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankCode(u16);

/// Three digits, unique within a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchCode(u16);

/// Not a code: other characters than digits, or not as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code of {digits} digits is needed, such as {example}")]
pub struct NotACode {
    /// How many digits it must have.
    pub digits: usize,
    /// One that would do.
    pub example: &'static str,
}

impl BankCode {
    /// `None` above 9999.
    pub const fn try_new(number: u16) -> Option<Self> {
        if number <= 9_999 { Some(Self(number)) } else { None }
    }

    /// The number, 0 to 9999.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl BranchCode {
    /// `None` above 999.
    pub const fn try_new(number: u16) -> Option<Self> {
        if number <= 999 { Some(Self(number)) } else { None }
    }

    /// The number, 0 to 999.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// Reads exactly so many digits, also of full width and with spaces around, as people type them.
fn digits_of(text: &str, digits: usize) -> Option<u16> {
    let text = text.trim();
    if text.chars().count() != digits {
        return None;
    }
    text.chars().try_fold(0, |number, c| {
        let digit = match c {
            '０'..='９' => u32::from(c) - u32::from('０'),
            _ => c.to_digit(10)?,
        };
        Some(number * 10 + u16::try_from(digit).ok()?)
    })
}

impl FromStr for BankCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        digits_of(text, 4).map(Self).ok_or(NotACode { digits: 4, example: "2476" })
    }
}

impl FromStr for BranchCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        digits_of(text, 3).map(Self).ok_or(NotACode { digits: 3, example: "001" })
    }
}

impl fmt::Display for BankCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl fmt::Display for BranchCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_digits() {
        for (text, number) in [("2476", 2476), (" ２４７６ ", 2476), ("0001", 1), ("0000", 0)] {
            assert_eq!(text.parse::<BankCode>().map(BankCode::number), Ok(number), "{text}");
        }
        for text in ["", "247", "24761", "2 76", "+247", "24７x", "二四七六"] {
            assert!(text.parse::<BankCode>().is_err(), "{text}");
        }
        assert_eq!("1".parse::<BankCode>().unwrap_err().to_string(), NEEDED);
        assert_eq!("007".parse::<BranchCode>().unwrap().to_string(), "007");
        assert!("7".parse::<BranchCode>().is_err() && "1000".parse::<BranchCode>().is_err());
        assert_eq!(BankCode::try_new(10_000), None);
        assert_eq!(BranchCode::try_new(1_000), None);
        assert_eq!(BankCode::try_new(33).unwrap().to_string(), "0033");
    }

    const NEEDED: &str = "a code of 4 digits is needed, such as 2476";
}
