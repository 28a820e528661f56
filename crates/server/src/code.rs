//! The sign-in code: what a person types, or opens as a link, to reach their own pages.
//!
//! A code is an ordinary key of the journal written so that people can copy it from paper: its
//! hash is issued, ended and let expire by the same commands as an API key's. Who has lost one is
//! given another.

use std::fmt;
use std::str::FromStr;

use economy::people::KeyForm;
use economy::{ANY_SCOPE, IssueKey};
use kernel::id::Key as KeyKind;
use kernel::id::Party;
use kernel::{Id, Ref, Role};

use crate::cells::random;

/// The letters of a code: digits and capitals without I, L, O and U (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many letters a code has; five bits each.
const LENGTH: usize = 20;
/// How many stand together.
const GROUP: usize = 5;
/// The most characters of a text that is tried as a code.
const MOST: usize = 120;
/// Keeps the secret of a code apart from everything else that is hashed.
const CONTEXT: &str = "enishi 2026-11 sign-in code";
/// The same for codes that are derived.
const DERIVED: &str = "enishi 2026-11 sign-in code of a form";

/// A sign-in code: the cell's name and 100 random bits, `jp-ABCDE-FGHJK-MNPQR-STVWX`. It is shown
/// once, when it is made, and never printed by a log.
#[derive(Clone)]
pub struct Code {
    cell: String,
    letters: [u8; LENGTH],
}

/// A text that is not a sign-in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sign-in code; one looks like jp-ABCDE-FGHJK-MNPQR-STVWX")]
pub struct NotACode;

/// Why a code does not open anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// None was shown.
    Missing,
    /// No cell of this process knows it.
    Unknown,
    /// It was ended.
    Ended,
    /// Its time is over.
    Expired,
}

impl NoEntry {
    /// The word under which the pages say it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "sign_in_missing",
            Self::Unknown => "sign_in_unknown",
            Self::Ended => "sign_in_ended",
            Self::Expired => "sign_in_expired",
        }
    }
}

impl Code {
    /// A new code of a cell.
    pub fn generate(cell: &str) -> Self {
        let letters = random::<LENGTH>().map(|byte| LETTERS[usize::from(byte % 32)]);
        Self { cell: cell.to_owned(), letters }
    }

    /// The code that follows from secret parts, the same each time.
    pub fn derived(cell: &str, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(DERIVED);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut bytes = [0; LENGTH];
        hasher.finalize_xof().fill(&mut bytes);
        let letters = bytes.map(|byte| LETTERS[usize::from(byte % 32)]);
        Self { cell: cell.to_owned(), letters }
    }

    /// Whether it may be a code of the cell of this name; dashes in names do not count, as they
    /// do not when a code is typed.
    pub fn is_of(&self, cell: &str) -> bool {
        let plain = |text: &str| text.to_ascii_lowercase().replace('-', "");
        plain(&self.cell) == plain(cell)
    }

    /// What the journal keeps: BLAKE3 of the secret that is derived from the letters, as for an
    /// API key. At 100 random bits behind a rate limit a slow hash adds nothing.
    pub fn hash(&self) -> [u8; 32] {
        let secret = blake3::derive_key(CONTEXT, &self.letters);
        *blake3::hash(&secret).as_bytes()
    }

    /// The command that makes it valid for a party, until it is ended.
    pub fn issue(&self, id: Id<KeyKind>, party: Ref<Party>, role: Role) -> IssueKey {
        IssueKey {
            id,
            hash: self.hash(),
            party: party.number,
            role,
            expires: None,
            person: party.number,
            form: KeyForm::Code,
            scopes: ANY_SCOPE,
        }
    }

    /// The text, for its holder alone.
    pub fn reveal(&self) -> String {
        let mut text = self.cell.clone();
        for group in self.letters.chunks(GROUP) {
            text.push('-');
            text.extend(group.iter().map(|letter| char::from(*letter)));
        }
        text
    }
}

impl Code {
    /// Its last letters, by which its holder tells it from others: 75 bits stay unsaid.
    pub fn ending(&self) -> String {
        self.letters[LENGTH - GROUP..].iter().map(|letter| char::from(*letter)).collect()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-(secret)", self.cell)
    }
}

/// Reads what people type: small letters, full-width letters, spaces, other dashes or none, and
/// the letters that are taken for digits. The last twenty letters are the code, what stands before
/// them is the cell.
impl FromStr for Code {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        if text.chars().count() > MOST {
            return Err(NotACode);
        }
        let typed: Vec<char> = text.chars().map(narrow).filter(|c| !is_gap(*c)).collect();
        let cell_length = typed.len().checked_sub(LENGTH).filter(|length| *length > 0);
        let (cell, rest) = typed.split_at(cell_length.ok_or(NotACode)?);
        let mut letters = [0; LENGTH];
        for (letter, typed) in letters.iter_mut().zip(rest) {
            *letter = letter_of(*typed).ok_or(NotACode)?;
        }
        if !cell.iter().all(char::is_ascii_alphanumeric) {
            return Err(NotACode);
        }
        let cell = cell.iter().map(char::to_ascii_lowercase).collect();
        Ok(Self { cell, letters })
    }
}

/// A full-width character as its usual one: keyboards of Japan and China write both.
fn narrow(of: char) -> char {
    match of {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(of as u32 - 0xfee0).unwrap_or(of),
        other => other,
    }
}

/// What people put between groups.
fn is_gap(of: char) -> bool {
    let dash = matches!(of, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}');
    of.is_whitespace() || dash
}

fn letter_of(typed: char) -> Option<u8> {
    let letter = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let letter = u8::try_from(letter).ok()?;
    LETTERS.contains(&letter).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPED: &str = "jp-0123A-BCDEF-GHJKM-NPQRS";

    fn read(text: &str) -> Option<String> {
        text.parse::<Code>().ok().map(|code| code.reveal())
    }

    #[test]
    fn a_code_reads_back_and_hides_itself() {
        for _ in 0..500 {
            let code = Code::generate("jp");
            let text = code.reveal();
            assert_eq!(text.len(), "jp-ABCDE-FGHJK-MNPQR-STVWX".len());
            assert_eq!(read(&text).as_deref(), Some(text.as_str()));
            let again: Code = text.parse().unwrap();
            assert_eq!(again.hash(), code.hash());
            assert_eq!(format!("{code:?} {again:?}"), "jp-(secret) jp-(secret)");
        }
    }

    #[test]
    fn every_letter_is_drawn_and_no_two_codes_are_one() {
        let codes: Vec<Code> = (0..500).map(|_| Code::generate("jp")).collect();
        for letter in LETTERS {
            assert!(codes.iter().any(|code| code.letters.contains(letter)), "{letter}");
        }
        let hashes: std::collections::BTreeSet<_> = codes.iter().map(Code::hash).collect();
        assert_eq!(hashes.len(), codes.len());
    }

    #[test]
    fn what_people_type_for_a_code_is_that_code() {
        for same in [
            TYPED,
            "JP-0123A-BCDEF-GHJKM-NPQRS",
            "jp 0123a bcdef ghjkm npqrs",
            "jp0123abcdefghjkmnpqrs",
            "  jp-o i23a\tbcdef-ghjkm-npqrs\n",
            "jp-OL23A-BCDEF-GHJKM-NPQRS",
            "ｊｐ－０１２３ａ　ＢＣＤＥＦー GHJKM–NPQRS",
        ] {
            assert_eq!(read(same).as_deref(), Some(TYPED), "{same:?}");
        }
        let dashed: Code = "j-p1-0123A-BCDEF-GHJKM-NPQRS".parse().unwrap();
        assert!(dashed.is_of("jp1") && dashed.is_of("j-p1") && !dashed.is_of("jp"));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for not in [
            "",
            "jp",
            "0123A-BCDEF-GHJKM-NPQRS",
            "jp-0123U-BCDEF-GHJKM-NPQRS",
            "jp-0123A-BCDEF-GHJKM-NPQR!",
            "jp!-0123A-BCDEF-GHJKM-NPQRS",
            "日本-0123A-BCDEF-GHJKM-NPQRS",
            "jp-0123A-BCDEF-GHJKM-NPQRé",
        ] {
            assert_eq!(not.parse::<Code>().unwrap_err(), NotACode, "{not:?}");
        }
        // Of one that lacks a letter its cell's name is taken for one: no cell is called so.
        assert!(!"jp-0123A-BCDEF-GHJKM-NPQR".parse::<Code>().unwrap().is_of("jp"));
        let long = format!("{}{TYPED}", "-".repeat(MOST));
        assert!(long.parse::<Code>().is_err());
    }

    #[test]
    fn the_same_parts_make_the_same_code_and_others_another() {
        let of = |parts: &[&str]| Code::derived("jp", parts).reveal();
        assert_eq!(of(&["a", "bc"]), of(&["a", "bc"]));
        assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
        assert_eq!(read(&of(&["a"])), Some(of(&["a"])));
    }

    #[test]
    fn one_letter_makes_another_hash() {
        let code: Code = TYPED.parse().unwrap();
        let other: Code = TYPED.replace("NPQRS", "NPQRT").parse().unwrap();
        assert_ne!(code.hash(), other.hash());
    }
}
