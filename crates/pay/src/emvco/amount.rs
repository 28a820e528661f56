//! The exact decimal of fields 54 and 56, and its way from and to minor units.

use core::fmt;

/// Most characters of an amount in a code.
const MAX_TEXT: usize = 13;

/// A positive amount as a code writes it: digits and the number of decimals among them.
///
/// `23.72` and `23.720` are different texts and different values here, `023.72` is read as
/// `23.72` and `98.` as `98`. The currency stands in another field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    digits: u64,
    decimals: u8,
}

/// Why a text or a number of minor units is no amount of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Anything but digits with at most one point after the first of them.
    #[error("an amount is digits with at most one point, like 3200 or 23.72; correct it")]
    NotDecimal,
    /// Zero, in any spelling.
    #[error("an amount of zero cannot be asked for; leave it out and the payer types it")]
    IsZero,
    /// Longer than a code allows.
    #[error("an amount has at most {MAX_TEXT} characters; split the payment")]
    TooLong,
    /// More decimals than the currency has.
    #[error(
        "the amount has {found} decimals, its currency has {allowed}; \
         write it without the excess decimals"
    )]
    HasDecimals {
        /// Decimals found.
        found: u8,
        /// Decimals that the currency has.
        allowed: u8,
    },
}

impl AmountError {
    /// The stable name of this case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AmountError::NotDecimal => "bad_amount",
            AmountError::IsZero => "amount_is_zero",
            AmountError::TooLong => "amount_too_long",
            AmountError::HasDecimals { .. } => "amount_has_decimals",
        }
    }
}

impl Amount {
    /// Reads the text of a field.
    ///
    /// # Errors
    /// [`AmountError`], all but `HasDecimals`: a text alone has no currency.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        if text.len() > MAX_TEXT {
            return Err(AmountError::TooLong);
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
            return Err(AmountError::NotDecimal);
        }
        let digits = whole.bytes().chain(decimals.bytes());
        let digits = digits.fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0'));
        if digits == 0 {
            return Err(AmountError::IsZero);
        }
        let decimals = u8::try_from(decimals.len()).expect("at most 13 characters");
        Ok(Amount { digits, decimals })
    }

    /// `minor` units of a currency with `exponent` decimals (yen 0, yuan 2), all decimals written.
    ///
    /// # Errors
    /// `IsZero`, and `TooLong` past 13 characters.
    pub fn from_minor(minor: u64, exponent: u8) -> Result<Self, AmountError> {
        if minor == 0 {
            return Err(AmountError::IsZero);
        }
        let amount = Amount { digits: minor, decimals: exponent };
        // Compared before formatting, so that an absurd exponent costs nothing.
        if usize::from(exponent) > MAX_TEXT || amount.to_string().len() > MAX_TEXT {
            return Err(AmountError::TooLong);
        }
        Ok(amount)
    }

    /// Minor units of a currency with `exponent` decimals.
    ///
    /// # Errors
    /// `HasDecimals` when the text has more decimals than the currency, be they zeros;
    /// `TooLong` when an absurd exponent leaves the range.
    pub fn to_minor(self, exponent: u8) -> Result<u64, AmountError> {
        let Some(missing) = exponent.checked_sub(self.decimals) else {
            return Err(AmountError::HasDecimals { found: self.decimals, allowed: exponent });
        };
        10u64
            .checked_pow(u32::from(missing))
            .and_then(|factor| self.digits.checked_mul(factor))
            .ok_or(AmountError::TooLong)
    }

    /// How many digits stand after the point.
    #[must_use]
    pub fn decimals(self) -> u8 {
        self.decimals
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.decimals == 0 {
            return write!(f, "{}", self.digits);
        }
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0width$}", self.digits, width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        write!(f, "{whole}.{fraction}")
    }
}
