//! A published number, digit by digit.

use std::fmt;
use std::str::FromStr;

/// An exact decimal: `digits × 10^-scale`. `136.00` and `136` are kept apart: it is what was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The digits without the point.
    pub digits: u64,
    /// How many of them stand behind the point, at most 17.
    pub scale: u8,
}

/// The text is not digits with at most one point among them, 18 digits in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a number such as 175.68, with at most 18 digits")]
pub struct NotADecimal;

impl FromStr for Decimal {
    type Err = NotADecimal;

    /// Takes `175.68` and `7`; no sign, no exponent, no separators, no digits but `0`–`9`.
    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let (whole, part) = match text.split_once('.') {
            Some((_, "")) => return Err(NotADecimal),
            Some(split) => split,
            None => (text, ""),
        };
        let is_plain = whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
        if whole.is_empty() || !is_plain || whole.len() + part.len() > 18 {
            return Err(NotADecimal);
        }
        let digits = format!("{whole}{part}").parse().map_err(|_| NotADecimal)?;
        Ok(Self { digits, scale: u8::try_from(part.len()).map_err(|_| NotADecimal)? })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, part) = digits.split_at(digits.len() - scale);
        f.write_str(whole)?;
        if part.is_empty() { Ok(()) } else { write!(f, ".{part}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_printed_as_it_was_read() {
        for text in ["175.68", "7", "0.83380", "136.00", "0.5", "0", "123456789012345678"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        assert_eq!("7.4326".parse(), Ok(Decimal { digits: 74_326, scale: 4 }));
    }

    #[test]
    fn nothing_else_is_a_number() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "1.2.3",
            "-1",
            "+1",
            "1e3",
            "1,2",
            " 1",
            "1 ",
            "0x1",
            "NaN",
            "N/A",
            "１",
            "1234567890123456789",
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotADecimal), "{text}");
        }
    }
}
