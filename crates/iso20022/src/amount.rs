//! Amounts between a file's decimals and minor units.

use kernel::{Currency, Money};

/// The most digits of an amount (`totalDigits` of the schemas).
const MAX_DIGITS: usize = 18;
/// The most digits behind its point (`fractionDigits`).
const MAX_DECIMALS: usize = 5;

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one point.
    #[error("it is not a number of digits with at most one point")]
    NotANumber,
    /// More than 18 digits, or 5 behind the point.
    #[error("it has more than 18 digits, or more than 5 behind the point")]
    TooLong,
    /// Half a yen, a tenth of a fen.
    #[error("{currency} has {decimals} decimals, and it has more")]
    TooFine {
        /// Whose amount.
        currency: Currency,
        /// How many it has.
        decimals: u8,
    },
    /// More than 64 bits hold.
    #[error("it is too large")]
    TooLarge,
}

/// The amount that a file's decimals say, in minor units. Zeros at its end are taken: `3200.00`
/// yen are 3,200.
///
/// # Errors
/// If it is none of this currency.
pub fn parse_amount(text: &str, currency: Currency) -> Result<Money, AmountError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || text.ends_with('.') {
        return Err(AmountError::NotANumber);
    }
    if whole.len() + fraction.len() > MAX_DIGITS || fraction.len() > MAX_DECIMALS {
        return Err(AmountError::TooLong);
    }
    let decimals = currency.exponent();
    let kept = fraction.trim_end_matches('0');
    if kept.len() > usize::from(decimals) {
        return Err(AmountError::TooFine { currency, decimals });
    }
    let missing = usize::from(decimals) - kept.len();
    let digits = whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', missing));
    let minor = digits
        .into_iter()
        .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    Ok(Money::new(minor.ok_or(AmountError::TooLarge)?, currency))
}

/// An amount as files write it: yen without decimals, others with all of theirs.
pub fn amount_text(money: Money) -> String {
    let decimals = usize::from(money.currency.exponent());
    let digits = format!("{:0width$}", money.minor, width = decimals + 1);
    match decimals {
        0 => digits,
        _ => {
            let (whole, fraction) = digits.split_at(digits.len() - decimals);
            format!("{whole}.{fraction}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_those_of_the_currency() {
        let minor = |text, currency| parse_amount(text, currency).map(|money| money.minor);
        assert_eq!(minor("3200", Currency::JPY), Ok(3200));
        assert_eq!(minor("3200.00", Currency::JPY), Ok(3200));
        assert_eq!(minor("135.38", Currency::CNY), Ok(13_538));
        assert_eq!(minor("135.3", Currency::CNY), Ok(13_530));
        assert_eq!(minor("0", Currency::CNY), Ok(0));
        let too_fine = |currency, decimals| Err(AmountError::TooFine { currency, decimals });
        assert_eq!(minor("3200.5", Currency::JPY), too_fine(Currency::JPY, 0));
        assert_eq!(minor("1.001", Currency::CNY), too_fine(Currency::CNY, 2));
        for text in ["", ".", "1.", ".5", "-1", "+1", "1,000", "1e3", " 1", "１", "1.2.3"] {
            assert_eq!(minor(text, Currency::CNY), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(minor("1234567890123456789", Currency::JPY), Err(AmountError::TooLong));
        assert_eq!(minor("1.000000", Currency::CNY), Err(AmountError::TooLong));
        assert_eq!(minor("999999999999999999", Currency::CNY), Err(AmountError::TooLarge));
        assert_eq!(minor("999999999999999999", Currency::JPY), Ok(999_999_999_999_999_999));
    }

    #[test]
    fn what_is_written_is_read() {
        for (minor, currency, text) in [
            (0, Currency::JPY, "0"),
            (19_107, Currency::JPY, "19107"),
            (5, Currency::CNY, "0.05"),
            (13_538, Currency::CNY, "135.38"),
        ] {
            let money = Money::new(minor, currency);
            assert_eq!(amount_text(money), text);
            assert_eq!(parse_amount(text, currency), Ok(money));
        }
    }
}
