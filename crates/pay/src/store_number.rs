//! The number of a store that a person can type: it stands on the poster below the code, for a
//! phone whose camera fails.
//!
//! `2 0017 90` is cell 2, store 17, and two digits that tell a slip of the finger (ISO 7064,
//! MOD 97-10: every single wrong digit, and every two that changed places). A store's digits come
//! in groups of four, so that what stands before them is the cell.

use std::fmt;
use std::str::FromStr;

/// Digits of a group.
const GROUP: usize = 4;
/// The most characters of a text that may be a number, marks included.
const MOST: usize = 40;

/// A store by numbers alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreNumber {
    /// The store's cell.
    pub cell: u16,
    /// The store, in the order of opening.
    pub store: u32,
}

/// Why a text is no store number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It has other characters than digits and what parts them, or too few or many of them.
    #[error("a store number has 7 digits or more, as the poster shows them below the code")]
    Shape,
    /// Its last two digits do not fit the others.
    #[error("a digit of this store number is wrong; compare it with the poster")]
    Mistyped,
}

impl StoreNumber {
    /// The number of a store; none in a cell whose own number has more than four digits.
    pub const fn of(cell: u16, store: u32) -> Option<Self> {
        if cell == 0 || cell > 9_999 { None } else { Some(Self { cell, store }) }
    }

    /// Whether a text is meant as a store number, right or wrong: digits, and what parts them.
    pub fn is_meant(text: &str) -> bool {
        digits(text).is_some_and(|digits| !digits.is_empty())
    }

    /// The digits of cell and store, without the check.
    fn body(&self) -> String {
        let plain = self.store.to_string();
        let width = plain.len().div_ceil(GROUP) * GROUP;
        format!("{}{:0>width$}", self.cell, plain)
    }
}

/// What is left of a number modulo 97.
fn modulo(digits: impl Iterator<Item = u8>) -> u32 {
    digits.fold(0, |rest, digit| (rest * 10 + u32::from(digit)) % 97)
}

/// The digits of a text, in whatever width they were typed; none if it has anything else but
/// what people put between digits.
fn digits(text: &str) -> Option<Vec<u8>> {
    let mut found = Vec::new();
    for (at, c) in text.trim().chars().enumerate() {
        if at >= MOST {
            return None;
        }
        match c {
            '0'..='9' => found.push(c as u8 - b'0'),
            '０'..='９' => found.push((c as u32 - '０' as u32) as u8),
            ' ' | '\u{a0}' | '\u{3000}' | '-' | '.' | '・' | 'ー' | '－' | '‐' | '‑' | '–'
            | '−' => {}
            _ => return None,
        }
    }
    Some(found)
}

impl fmt::Display for StoreNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body();
        let (cell, store) = body.split_at(body.len() % GROUP);
        // A cell of four digits is a group of its own.
        let (cell, store) = if cell.is_empty() { body.split_at(GROUP) } else { (cell, store) };
        f.write_str(cell)?;
        for group in store.as_bytes().chunks(GROUP) {
            f.write_str(" ")?;
            group.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))?;
        }
        let rest = modulo(body.bytes().map(|digit| digit - b'0').chain([0, 0]));
        write!(f, " {:02}", 98 - rest)
    }
}

impl FromStr for StoreNumber {
    type Err = Unread;

    fn from_str(text: &str) -> Result<Self, Unread> {
        let digits = digits(text).ok_or(Unread::Shape)?;
        let body = digits.len().checked_sub(2).filter(|body| *body > GROUP).ok_or(Unread::Shape)?;
        if modulo(digits.iter().copied()) != 1 {
            return Err(Unread::Mistyped);
        }
        let cell = if body % GROUP == 0 { GROUP } else { body % GROUP };
        let value = |digits: &[u8]| {
            digits.iter().try_fold(0_u64, |value, digit| {
                value.checked_mul(10).map(|tens| tens + u64::from(*digit))
            })
        };
        let number = |digits: &[u8]| value(digits).ok_or(Unread::Shape);
        let store = u32::try_from(number(&digits[cell..body])?).map_err(|_| Unread::Shape)?;
        let cell = u16::try_from(number(&digits[..cell])?).map_err(|_| Unread::Shape)?;
        let known = Self::of(cell, store).ok_or(Unread::Shape)?;
        // One number has one way to be written.
        let same =
            known.body().bytes().map(|digit| digit - b'0').eq(digits[..body].iter().copied());
        if same { Ok(known) } else { Err(Unread::Shape) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_in_groups_and_read_however_they_are_typed() {
        let rows = [
            ((2, 17), "2 0017 90"),
            ((1, 0), "1 0000 71"),
            ((2, 9_999), "2 9999 20"),
            ((2, 10_000), "2 0001 0000 70"),
            ((12, 345), "12 0345 97"),
            ((9_999, u32::MAX), "9999 0042 9496 7295 57"),
        ];
        for ((cell, store), printed) in rows {
            let number = StoreNumber::of(cell, store).unwrap();
            assert_eq!(number.to_string(), printed);
            for typed in [
                printed.to_owned(),
                printed.replace(' ', ""),
                format!(" {} ", printed.replace(' ', "-")),
                printed.replace('0', "０").replace(' ', "\u{3000}"),
            ] {
                assert_eq!(typed.parse(), Ok(number), "{typed:?}");
                assert!(StoreNumber::is_meant(&typed));
            }
        }
        assert_eq!(StoreNumber::of(0, 1), None);
        assert_eq!(StoreNumber::of(10_000, 1), None);
    }

    #[test]
    fn every_wrong_digit_and_every_two_that_changed_places_are_told() {
        for store in [0, 17, 4_711, 123_456] {
            let digits = StoreNumber::of(2, store).unwrap().to_string().replace(' ', "");
            let digits: Vec<char> = digits.chars().collect();
            for at in 0..digits.len() {
                for other in '0'..='9' {
                    let mut typed = digits.clone();
                    typed[at] = other;
                    let same = typed == digits;
                    let typed = typed.into_iter().collect::<String>().parse::<StoreNumber>();
                    assert_eq!(typed.is_ok(), same, "digit {at} of store {store}");
                }
                if at > 0 && digits[at] != digits[at - 1] {
                    let mut typed = digits.clone();
                    typed.swap(at, at - 1);
                    let typed = typed.into_iter().collect::<String>().parse::<StoreNumber>();
                    assert_eq!(typed, Err(Unread::Mistyped), "digits {at} and before of {store}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_is_told_from_what_is_mistyped() {
        for text in ["", " ", "2", "2 0017", "２", "12345", "2 0017 4x", "00020101021126", "sto_1"]
        {
            let told = text.parse::<StoreNumber>();
            assert!(told.is_err(), "{text:?}: {told:?}");
        }
        assert_eq!("2 0017 4x".parse::<StoreNumber>(), Err(Unread::Shape));
        assert_eq!("2 0017 91".parse::<StoreNumber>(), Err(Unread::Mistyped));
        assert!(!StoreNumber::is_meant("sto_1"));
        assert!(!StoreNumber::is_meant(""));
        assert!(!StoreNumber::is_meant(&"1".repeat(41)));
        assert!("9".repeat(40).parse::<StoreNumber>().is_err());
    }
}
