//! The grammar alone: tag, length in characters, value; and the check value.

use super::error::{Error, LengthProblem, Place};

/// Most characters of a whole code.
pub const MAX_CHARACTERS: usize = 512;
/// Most characters of one value: what two digits can tell.
pub(super) const MAX_VALUE: usize = 99;
/// Tag of the check value, the last field.
pub(super) const CRC_TAG: u8 = 63;

/// A field as it stands, its value not looked at.
#[derive(Clone, Copy)]
pub(super) struct Raw<'a> {
    pub tag: u8,
    pub value: &'a str,
    /// The tag's first character; the value begins four later.
    pub place: Place,
}

impl Raw<'_> {
    /// The first character of the value, counted from 1.
    pub fn value_at(&self) -> usize {
        self.place.at() + 4
    }
}

/// Splits `text`, the value of `parent` (or the whole code) that begins at character `at`.
pub(super) fn split(text: &str, parent: Place, at: usize) -> Result<Vec<Raw<'_>>, Error> {
    let mut found = Vec::new();
    let mut seen = [false; 100];
    let (mut rest, mut at) = (text, at);
    while !rest.is_empty() {
        if parent.path().is_empty() && seen[usize::from(CRC_TAG)] {
            return Err(Error::DataAfterCrc { at });
        }
        let (raw, behind) = first(rest, parent, at)?;
        if core::mem::replace(&mut seen[usize::from(raw.tag)], true) {
            return Err(Error::DuplicateTag { place: raw.place });
        }
        at = raw.value_at() + raw.value.chars().count();
        rest = behind;
        found.push(raw);
    }
    Ok(found)
}

/// The field at the head of `rest`, and what is behind it.
fn first(rest: &str, parent: Place, at: usize) -> Result<(Raw<'_>, &str), Error> {
    let (tag, rest) = two_digits(rest).ok_or(Error::BadTag { place: parent.with_at(at) })?;
    let place = parent.child(tag, at);
    let bad_length = |problem| Error::BadLength { place, problem };
    let (length, rest) = two_digits(rest).ok_or(bad_length(LengthProblem::NotDigits))?;
    let declared = usize::from(length);
    if declared == 0 {
        return Err(bad_length(LengthProblem::Zero));
    }
    let Some(end) = byte_after(rest, declared) else {
        let left = rest.chars().count();
        return Err(bad_length(LengthProblem::Beyond { declared, left }));
    };
    let (value, behind) = rest.split_at(end);
    Ok((Raw { tag, value, place }, behind))
}

fn two_digits(text: &str) -> Option<(u8, &str)> {
    let &[tens, ones, ..] = text.as_bytes() else { return None };
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| ((tens - b'0') * 10 + (ones - b'0'), &text[2..]))
}

/// The byte at which `count` characters have passed; `None` when there are fewer.
fn byte_after(text: &str, count: usize) -> Option<usize> {
    let mut ends = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    ends.nth(count)
}

/// Appends a field. `parent` names it in the error when its value has no or too many characters.
pub(super) fn push(out: &mut String, parent: Place, tag: u8, value: &str) -> Result<(), Error> {
    let found = value.chars().count();
    if !(1..=MAX_VALUE).contains(&found) {
        let problem = LengthProblem::Outside { found, shortest: 1, longest: MAX_VALUE };
        return Err(Error::BadLength { place: parent.child(tag, 0), problem });
    }
    out.push_str(&format!("{tag:02}{found:02}{value}"));
    Ok(())
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, initial 0xFFFF, nothing reflected, nothing xored.
#[must_use]
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            let shifted = crc << 1;
            if crc & 0x8000 == 0 { shifted } else { shifted ^ 0x1021 }
        })
    })
}
