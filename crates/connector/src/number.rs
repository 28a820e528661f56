//! Our numbers for what another company is asked, derived from our own ids: whoever finds one in
//! the other company's lists finds the payment here.

use std::fmt;
use std::str::FromStr;

use kernel::Id;
use kernel::id::{Payment, Refund};

/// One attempt to be paid: the payment's 26 characters, and from the second attempt on its number.
/// At most 32 characters of digits, capitals and `-`, as WeChat Pay and others demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderNumber {
    /// Of which payment.
    pub payment: Id<Payment>,
    /// Which attempt, from 1.
    pub attempt: u16,
}

/// One refund: its 26 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefundNumber(pub Id<Refund>);

/// A text that is no number of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number that was made here")]
pub struct NotANumber;

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.payment.bare())?;
        if self.attempt == 1 { Ok(()) } else { write!(f, "-{}", self.attempt) }
    }
}

impl FromStr for OrderNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (bare, attempt) = match text.split_once('-') {
            None => (text, 1),
            Some((bare, attempt)) => (bare, attempt.parse().map_err(|_| NotANumber)?),
        };
        let payment = format!("pay_{bare}").parse().map_err(|_| NotANumber)?;
        let number = Self { payment, attempt };
        // One text for each number: no leading zeros, no `-1`, no small letters.
        if number.to_string() == text { Ok(number) } else { Err(NotANumber) }
    }
}

impl fmt::Display for RefundNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.bare())
    }
}

impl FromStr for RefundNumber {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let number = Self(format!("ref_{text}").parse().map_err(|_| NotANumber)?);
        if number.to_string() == text { Ok(number) } else { Err(NotANumber) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_written() {
        let payment = Id::new(0x0198_7654_3210_7abc_8def_0123_4567_89ab);
        for attempt in [1, 2, 10, u16::MAX] {
            let number = OrderNumber { payment, attempt };
            let text = number.to_string();
            assert!(text.len() <= 32, "{text}");
            assert_eq!(text.parse(), Ok(number));
        }
        let refund = RefundNumber(Id::new(7));
        assert_eq!(refund.to_string().parse(), Ok(refund));
    }

    #[test]
    fn a_number_has_one_text() {
        let text = OrderNumber { payment: Id::new(7), attempt: 2 }.to_string();
        let bare = text.strip_suffix("-2").unwrap();
        for other in [format!("{bare}-02"), format!("{bare}-1"), format!("{bare}-"), String::new()]
        {
            assert_eq!(other.parse::<OrderNumber>(), Err(NotANumber), "{other}");
        }
        let text = OrderNumber { payment: Id::new(0xabcd << 60), attempt: 1 }.to_string();
        assert_eq!(text.to_lowercase().parse::<OrderNumber>(), Err(NotANumber), "{text}");
    }
}
