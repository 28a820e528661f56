//! Numbers that fit their field.

use std::fmt;
use std::str::FromStr;

/// Not a number for a field: other characters than digits, or too many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number of at most {digits} digits is needed{}", not_zero(*least))]
pub struct NotANumber {
    /// How many digits there is room for.
    pub digits: usize,
    /// The least that it may be.
    pub least: u64,
}

fn not_zero(least: u64) -> String {
    if least == 0 { String::new() } else { format!(", {least} or more") }
}

/// A number of a fixed width; its [`Display`](fmt::Display) has leading zeros where its field has.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $digits:literal, least $least:literal, $format:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// How many digits its field has.
            pub const DIGITS: usize = $digits;
            /// The least value.
            pub const MIN: Self = Self($least);
            /// The greatest value.
            pub const MAX: Self = Self(10_u64.pow($digits) - 1);

            /// `None` outside of [`Self::MIN`] and [`Self::MAX`].
            pub const fn try_new(number: u64) -> Option<Self> {
                if number >= Self::MIN.0 && number <= Self::MAX.0 { Some(Self(number)) } else { None }
            }

            /// The number.
            pub const fn number(self) -> u64 {
                self.0
            }
        }

        /// Reads digits, also of full width and with spaces around; leading zeros may be left out.
        impl FromStr for $name {
            type Err = NotANumber;

            fn from_str(text: &str) -> Result<Self, NotANumber> {
                let number = number_of(text, Self::DIGITS).and_then(Self::try_new);
                number.ok_or(NotANumber { digits: Self::DIGITS, least: Self::MIN.0 })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $format, self.0)
            }
        }
    };
}

number!(
    /// The number of an account within its branch (口座番号): seven digits.
    AccountNumber, 7, least 0, "{:07}"
);
number!(
    /// The number by which the bank knows the company that pays (委託者コード): ten digits.
    OriginatorCode, 10, least 0, "{:010}"
);
number!(
    /// A number that the payer gives the payee (顧客コード); zero if none.
    CustomerCode, 10, least 0, "{:010}"
);
number!(
    /// The clearing house of the payee's bank (手形交換所番号), of no use any more; zero.
    ClearingHouse, 4, least 0, "{:04}"
);
number!(
    /// What is paid (振込金額), in whole yen: never zero, less than ten thousand million.
    Amount, 10, least 1, "{}"
);

fn number_of(text: &str, digits: usize) -> Option<u64> {
    let text = text.trim();
    if !(1..=digits).contains(&text.chars().count()) {
        return None;
    }
    text.chars().try_fold(0, |number, c| {
        let digit = match c {
            '０'..='９' => u32::from(c) - u32::from('０'),
            _ => c.to_digit(10)?,
        };
        Some(number * 10 + u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_field() {
        assert_eq!("123".parse::<AccountNumber>().unwrap().to_string(), "0000123");
        assert_eq!(" １２３４５６７ ".parse::<AccountNumber>().unwrap().number(), 1_234_567);
        for text in ["", "12345678", "12a", "-1", "1 2", "１２３４５６７８"] {
            assert!(text.parse::<AccountNumber>().is_err(), "{text}");
        }
        assert_eq!(AccountNumber::try_new(10_000_000), None);
        assert_eq!(Amount::try_new(0), None);
        assert_eq!(Amount::try_new(10_000_000_000), None);
        assert_eq!(Amount::MAX.number(), 9_999_999_999);
        assert_eq!(Amount::try_new(19_107).unwrap().to_string(), "19107");
        assert_eq!(
            "0".parse::<Amount>().unwrap_err().to_string(),
            "a number of at most 10 digits is needed, 1 or more"
        );
        assert_eq!(OriginatorCode::MAX.to_string().len(), OriginatorCode::DIGITS);
    }
}
