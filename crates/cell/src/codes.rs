//! The keys of phones that make one-time codes: whoever starts a cell gives it what can tell a good
//! code from another. No key is ever in a journal.

use std::collections::HashMap;
use std::sync::Mutex;

use hmac::{Hmac, KeyInit, Mac};
use kernel::CodeCheck;
use pay::CodeQuestion;
use pay::codes::{OneTimeCode, WINDOW, mac_input, slot, truncate};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a phone's key is derived from begins with this.
const PURPOSE: &[u8] = b"enishi phone 1";
/// So many derived keys are kept: deriving one costs as much as two codes.
const KEPT: usize = 1 << 16;
/// A code that is not good now is looked for so many windows before and after.
const WINDOWS: u64 = 4;

/// Makes and checks codes of phones.
pub trait Codes: Send + Sync {
    /// The key of a phone, by its handle and enrolment; the phone keeps it.
    fn key(&self, handle: u32, generation: u32) -> Zeroizing<[u8; 32]>;

    /// The code that a phone makes at a step; `counter` says which of the step's codes.
    fn code(&self, handle: u32, generation: u32, step: u64, counter: u8) -> OneTimeCode;

    /// Whether a code is the phone's at a step; `counter` says which of the step's codes.
    fn holds(&self, code: OneTimeCode, generation: u32, step: u64, counter: u8) -> bool;
}

/// What is to be said of a code; none of it tells whether its handle is anybody's, and it takes as
/// long for every code that is not good.
pub fn check(codes: &dyn Codes, asked: &CodeQuestion) -> CodeCheck {
    let CodeQuestion { code, generation, moment } = *asked;
    if codes.holds(code, generation, moment.step, moment.counter) {
        return CodeCheck::Holds;
    }
    // The same slot stands for every fifth step: some minutes before and after.
    let steps = (1..=WINDOWS).map(|windows| windows * (2 * WINDOW + 1));
    let others = steps.flat_map(|off| [moment.step.saturating_sub(off), moment.step + off]);
    let hits = others.filter(|step| codes.holds(code, generation, *step, moment.counter));
    if hits.count() > 0 { CodeCheck::OtherTime } else { CodeCheck::Wrong }
}

/// Keys derived from one secret.
pub struct PhoneKeys {
    root: Hmac<Sha256>,
    kept: Mutex<HashMap<(u32, u32), Hmac<Sha256>>>,
}

impl PhoneKeys {
    /// Keys of a secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { root: keyed(secret), kept: Mutex::default() }
    }

    /// A phone's key, ready to be used.
    fn ready(&self, handle: u32, generation: u32) -> Hmac<Sha256> {
        let mut kept = self.kept.lock().expect("no holder of this lock panics");
        if let Some(known) = kept.get(&(handle, generation)) {
            return known.clone();
        }
        let made = keyed(&self.key(handle, generation));
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert((handle, generation), made.clone());
        made
    }
}

impl Codes for PhoneKeys {
    fn key(&self, handle: u32, generation: u32) -> Zeroizing<[u8; 32]> {
        let mut mac = self.root.clone();
        mac.update(PURPOSE);
        mac.update(&handle.to_be_bytes());
        mac.update(&generation.to_be_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    fn code(&self, handle: u32, generation: u32, step: u64, counter: u8) -> OneTimeCode {
        let mut mac = self.ready(handle, generation);
        mac.update(&mac_input(handle, step, counter));
        let mac = truncate(&mac.finalize().into_bytes().into());
        OneTimeCode { handle, slot: slot(step, counter), mac }
    }

    fn holds(&self, code: OneTimeCode, generation: u32, step: u64, counter: u8) -> bool {
        // Whole words are compared: as fast whichever digits differ.
        self.code(code.handle, generation, step, counter).mac == code.mac
    }
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use pay::codes::{moment, step_of};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_793_581_200);

    /// The code that a phone makes, of its key alone.
    fn made(keys: &PhoneKeys, handle: u32, generation: u32, step: u64, counter: u8) -> OneTimeCode {
        let mut mac = keyed(&keys.key(handle, generation));
        mac.update(&mac_input(handle, step, counter));
        let mac = truncate(&mac.finalize().into_bytes().into());
        let code = OneTimeCode { handle, slot: slot(step, counter), mac };
        assert_eq!(keys.code(handle, generation, step, counter), code);
        code
    }

    fn asked(code: OneTimeCode, generation: u32) -> CodeQuestion {
        CodeQuestion { code, generation, moment: moment(code.slot, NOW) }
    }

    /// The vector by which `paycode.js` is tested, too: both sides make the same digits.
    #[test]
    fn the_digits_of_a_known_key() {
        let mut mac = keyed(&[9; 32]);
        mac.update(&mac_input(4_815_162, 59_786_040, 1));
        let mac = truncate(&mac.finalize().into_bytes().into());
        let code = OneTimeCode { handle: 4_815_162, slot: slot(59_786_040, 1), mac };
        let text = pay::codes::PayCode { prefix: 471, code }.to_string();
        assert_eq!(text, "47104815162513466833");
    }

    #[test]
    fn a_mac_is_that_of_rfc_4231() {
        // Test case 1: the key is 20 bytes, filled with zeros as HMAC does it.
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mut mac = keyed(&key);
        mac.update(b"Hi There");
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(bytes[..8], [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53]);
    }

    #[test]
    fn a_code_holds_at_its_time_for_its_phone_and_key() {
        let keys = PhoneKeys::new(&[7; 32]);
        let here = step_of(NOW);
        for counter in [0, 1] {
            for step in here - 2..=here + 2 {
                let code = made(&keys, 12_345_678, 3, step, counter);
                assert_eq!(check(&keys, &asked(code, 3)), CodeCheck::Holds);
                assert_eq!(check(&keys, &asked(code, 4)), CodeCheck::Wrong, "enrolled anew");
                let other = OneTimeCode { handle: 12_345_679, ..code };
                assert_eq!(check(&keys, &asked(other, 3)), CodeCheck::Wrong);
                let guessed = OneTimeCode { mac: (code.mac + 1) % 10_000_000, ..code };
                assert_eq!(check(&keys, &asked(guessed, 3)), CodeCheck::Wrong);
            }
            for off in [3_i64, 17, -3, -20] {
                let code = made(&keys, 12_345_678, 3, here.wrapping_add_signed(off), counter);
                assert_eq!(check(&keys, &asked(code, 3)), CodeCheck::OtherTime, "{off}");
            }
            let code = made(&keys, 12_345_678, 3, here - 30, counter);
            assert_eq!(check(&keys, &asked(code, 3)), CodeCheck::Wrong);
        }
        let others = PhoneKeys::new(&[8; 32]);
        let code = made(&others, 12_345_678, 3, here, 0);
        assert_eq!(check(&keys, &asked(code, 3)), CodeCheck::Wrong);
    }
}
