//! Our own code: 20 digits.

use core::fmt;

use kernel::Timestamp;

/// Digits of a code.
pub const DIGITS: usize = 20;
/// Handles are below this: eight digits.
pub const HANDLES: u32 = 100_000_000;
/// Truncated MACs are below this: seven digits.
pub const MACS: u32 = 10_000_000;
/// How long a step is, in seconds.
pub const STEP_S: u64 = 30;
/// A code is taken so many steps before and after its own.
pub const WINDOW: u64 = 2;

/// Steps that a slot tells apart: as many as are taken at a time.
const STEPS: u64 = 2 * WINDOW + 1;
/// What a MAC begins over, so that it is one of nothing else.
const PURPOSE: &[u8; 8] = b"enishi 1";

/// What a cell is shown: a code without what leads to the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeCode {
    /// The number of an enrolled phone.
    pub handle: u32,
    /// Which step, and which code of it: [`slot`].
    pub slot: u8,
    /// The truncated MAC under the phone's key.
    pub mac: u32,
}

impl OneTimeCode {
    /// The 16 digits as a number, as they cross the corridor.
    pub const fn number(self) -> u64 {
        (self.handle as u64 * 10 + self.slot as u64) * MACS as u64 + self.mac as u64
    }

    /// The code of a number; none of one with more digits.
    pub const fn of_number(number: u64) -> Option<Self> {
        let (front, mac) = (number / MACS as u64, (number % MACS as u64) as u32);
        let (handle, slot) = (front / 10, (front % 10) as u8);
        match handle < HANDLES as u64 {
            true => Some(Self { handle: handle as u32, slot, mac }),
            false => None,
        }
    }
}

/// One code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayCode {
    /// Three digits that stand for the cell.
    pub prefix: u16,
    /// What the cell is shown.
    pub code: OneTimeCode,
}

/// Why a text is no code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeProblem {
    /// Not 20 digits.
    #[error("a code has {DIGITS} digits")]
    Form,
    /// A digit was read or typed wrong.
    #[error("the check digit does not fit: a digit is wrong")]
    CheckDigit,
}

impl PayCode {
    /// Reads 20 digits, and nothing between them.
    ///
    /// # Errors
    /// [`CodeProblem`].
    pub fn parse(text: &str) -> Result<Self, CodeProblem> {
        let is_code = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_code {
            return Err(CodeProblem::Form);
        }
        let (body, check) = text.split_at(DIGITS - 1);
        if check.as_bytes()[0] != check_digit(body) {
            return Err(CodeProblem::CheckDigit);
        }
        let number = |part: &str| part.parse::<u32>().map_err(|_| CodeProblem::Form);
        let prefix = number(&body[..3])? as u16;
        let (handle, slot, mac) =
            (number(&body[3..11])?, number(&body[11..12])? as u8, number(&body[12..])?);
        Ok(Self { prefix, code: OneTimeCode { handle, slot, mac } })
    }

    /// The digits in groups of four, as they are read aloud and typed.
    pub fn groups(&self) -> String {
        let digits = self.to_string();
        let groups = digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group));
        groups.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for PayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OneTimeCode { handle, slot, mac } = self.code;
        let body = format!(
            "{:03}{:08}{}{:07}",
            self.prefix % 1_000,
            handle % HANDLES,
            slot % 10,
            mac % MACS
        );
        write!(f, "{body}{}", char::from(check_digit(&body)))
    }
}

/// The check digit of a run of digits, ISO/IEC 7064 MOD 11,10: it finds every wrong digit, and
/// nearly every two that changed places.
pub fn check_digit(body: &str) -> u8 {
    let product = body.bytes().fold(10_u8, |product, byte| {
        let sum = (product + byte.wrapping_sub(b'0') % 10) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    b'0' + (11 - product) % 10
}

/// The number of the step that a moment lies in.
pub fn step_of(now: Timestamp) -> u64 {
    now.seconds() / STEP_S
}

/// The digit that tells a step from those around it, and the first code of a step from the second
/// (`counter` 0 or 1).
pub fn slot(step: u64, counter: u8) -> u8 {
    (step % STEPS) as u8 + STEPS as u8 * (counter & 1)
}

/// What a code's slot stands for near a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The step, of those that are taken now.
    pub step: u64,
    /// The first code of the step or the second.
    pub counter: u8,
}

/// The step and counter that a slot stands for at a moment: of the steps that are taken there is
/// one for each slot. A code that is older has another MAC than it would need.
pub fn moment(slot: u8, now: Timestamp) -> Moment {
    let (digit, counter) = (u64::from(slot) % STEPS, (slot / STEPS as u8) & 1);
    let oldest = step_of(now).saturating_sub(WINDOW);
    let ahead = (digit + STEPS - oldest % STEPS) % STEPS;
    Moment { step: oldest + ahead, counter }
}

/// What the phone's key makes a MAC over (HMAC-SHA256): purpose, handle, step, counter.
pub fn mac_input(handle: u32, step: u64, counter: u8) -> [u8; 21] {
    let mut input = [0; 21];
    input[..8].copy_from_slice(PURPOSE);
    input[8..12].copy_from_slice(&handle.to_be_bytes());
    input[12..20].copy_from_slice(&step.to_be_bytes());
    input[20] = counter;
    input
}

/// Seven digits of a MAC: 31 bits from where its last four bits say (RFC 4226 §5.3, with the last
/// byte of SHA-256 as in RFC 6238).
pub fn truncate(mac: &[u8; 32]) -> u32 {
    let at = usize::from(mac[31] & 15);
    let word = [mac[at], mac[at + 1], mac[at + 2], mac[at + 3]];
    (u32::from_be_bytes(word) & 0x7fff_ffff) % MACS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        // Worked examples of ISO/IEC 7064 MOD 11,10 and of numbers that use it.
        for (body, check) in [("0794", b'5'), ("79462", b'3'), ("00200667308", b'5')] {
            assert_eq!(check_digit(body), check, "{body}");
        }
    }

    #[test]
    fn digits_are_read_as_they_were_written() {
        let code = OneTimeCode { handle: 4_815_162, slot: 7, mac: 42_117 };
        let text = PayCode { prefix: 471, code }.to_string();
        assert_eq!(&text[..19], "4710481516270042117");
        assert_eq!(PayCode::parse(&text), Ok(PayCode { prefix: 471, code }));
        assert_eq!(OneTimeCode::of_number(code.number()), Some(code));
        assert_eq!(OneTimeCode::of_number(10_u64.pow(16)), None);
        for unfit in ["", "1", &text[1..], &format!("{text}0"), "4710481516270042117x"] {
            assert_eq!(PayCode::parse(unfit), Err(CodeProblem::Form), "{unfit}");
        }
    }

    #[test]
    fn any_wrong_digit_is_found() {
        let code = OneTimeCode { handle: 99_000_001, slot: 9, mac: 9_999_999 };
        let text = PayCode { prefix: 472, code }.to_string();
        for at in 0..DIGITS {
            for digit in b'0'..=b'9' {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = digit;
                let other = String::from_utf8(bytes).unwrap();
                assert_eq!(PayCode::parse(&other).is_ok(), other == text, "{other}");
            }
        }
    }

    #[test]
    fn a_slot_stands_for_one_step_of_those_that_are_taken() {
        for second in [60, 61, 89, 1_700_000_000, 1_700_000_029] {
            let now = Timestamp::from_seconds(second);
            let here = step_of(now);
            for step in here.saturating_sub(2)..=here + 2 {
                for counter in [0, 1] {
                    assert_eq!(moment(slot(step, counter), now), Moment { step, counter });
                }
            }
        }
    }

    #[test]
    fn a_mac_is_cut_as_rfc_4226_shows() {
        // The example of RFC 4226 §5.4, its 20 bytes at the end of 32: 0x50ef7f19.
        let mut mac = [0; 32];
        let of_rfc =
            [0x1f, 0x86, 0x98, 0x69, 0x0e, 0x02, 0xca, 0x16, 0x61, 0x85, 0x50, 0xef, 0x7f, 0x19];
        mac[..14].copy_from_slice(&of_rfc);
        mac[31] = 0x5a;
        assert_eq!(truncate(&mac), 0x50ef_7f19 % MACS);
    }
}
