//! A text that a bank's file can carry.

use std::fmt;

use crate::Charset;
use crate::charset::{HALF_VOICED, VOICED, byte_of, carries, char_of};

/// A text of JIS X 0201 with the characters of one [`Charset`]; may be empty. Its [`Display`] is of
/// half width (`ﾔﾏﾎﾞｼ`), [`Kana::wide`] is for people to read (`ヤマボシ`).
///
/// [`Display`]: fmt::Display
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kana {
    charset: Charset,
    bytes: Vec<u8>,
}

/// Why bytes are no [`Kana`]. Places count from 1, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKana {
    /// A byte that the field's character set lacks.
    #[error("byte {at} is {byte:#04X}{}, which this field may not have", shown(*byte))]
    Byte {
        /// Its place.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// `ﾞ` or `ﾟ` that follows nothing that could carry it: a name was cut here.
    #[error("byte {at} is a voicing mark with no kana to belong to: the name was cut")]
    LoneMark {
        /// Its place.
        at: usize,
    },
    /// It begins or ends with a space.
    #[error("it begins or ends with a space")]
    Spaces,
}

impl Kana {
    /// Checks bytes that are written already, as in a file that was received.
    ///
    /// # Errors
    /// At the first byte that breaks an invariant of this type.
    pub fn try_new(bytes: &[u8], charset: Charset) -> Result<Self, NotKana> {
        let mut before = b' ';
        for (at, byte) in bytes.iter().copied().enumerate() {
            let at = at + 1;
            if !charset.contains(byte) {
                return Err(NotKana::Byte { at, byte });
            }
            if !carries(before, byte) {
                return Err(NotKana::LoneMark { at });
            }
            before = byte;
        }
        if bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ') {
            return Err(NotKana::Spaces);
        }
        Ok(Self { charset, bytes: bytes.to_vec() })
    }

    /// A text of no characters.
    pub const fn empty(charset: Charset) -> Self {
        Self { charset, bytes: Vec::new() }
    }

    /// The characters it keeps to.
    pub const fn charset(&self) -> Charset {
        self.charset
    }

    /// One byte a character, as a file has them; a voicing mark is one of its own.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes, which is how many characters a bank counts.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The beginning of it, of `most` bytes or fewer: a voicing mark stays with its kana, and a
    /// space at the new end goes.
    pub fn cut_to(&self, most: usize) -> Self {
        let Some(next) = self.bytes.get(most) else { return self.clone() };
        let mut end = most;
        if matches!(*next, VOICED | HALF_VOICED) {
            end = end.saturating_sub(1);
        }
        while end > 0 && self.bytes[end - 1] == b' ' {
            end -= 1;
        }
        Self { charset: self.charset, bytes: self.bytes[..end].to_vec() }
    }

    /// In full-width characters, a kana and its mark as one: `ヤマボシ`. For people to read.
    pub fn wide(&self) -> String {
        let mut wide = String::with_capacity(self.bytes.len() * 3);
        let mut bytes = self.bytes.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let mark = bytes.next_if(|next| matches!(*next, VOICED | HALF_VOICED));
            wide.push(wide_of(byte, mark));
        }
        wide
    }
}

/// The full-width katakana in the order of JIS X 0201, `0xA6` to `0xDD`.
const WIDE: [char; 56] = [
    'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー', 'ア', 'イ', 'ウ', 'エ', 'オ',
    'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ',
    'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ',
    'ヨ', 'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ', 'ン',
];

fn wide_of(byte: u8, mark: Option<u8>) -> char {
    match byte {
        b' ' => '\u{3000}',
        0x21..=0x7E => char::from_u32(u32::from(byte) + 0xFEE0).unwrap_or('\u{fffd}'),
        0xA2 => '「',
        0xA3 => '」',
        0xA6..=0xDD => {
            let plain = WIDE[usize::from(byte - 0xA6)];
            // In Unicode a voiced kana follows its plain one, and the half-voiced comes after that.
            let step = match (mark, plain) {
                (Some(VOICED), 'ウ') => return 'ヴ',
                (Some(VOICED), _) => 1,
                (Some(_), _) => 2,
                (None, _) => 0,
            };
            char::from_u32(u32::from(plain) + step).unwrap_or(plain)
        }
        _ => char_of(byte).unwrap_or('\u{fffd}'),
    }
}

/// The plain half-width kana of a full-width one, and its mark: ガ is `ｶ` and `ﾞ`. A small one stays
/// small; `None` for what has no half width.
pub(crate) fn narrow(c: char) -> Option<(char, Option<char>)> {
    let plain = |c: char| {
        let at = WIDE.iter().position(|wide| *wide == c)?;
        char_of(u8::try_from(at).ok()? + 0xA6)
    };
    if c == 'ヴ' {
        return Some(('ｳ', Some('ﾞ')));
    }
    if let Some(half) = plain(c) {
        return Some((half, None));
    }
    for (mark, step) in [('ﾞ', 1), ('ﾟ', 2)] {
        let before = char::from_u32(u32::from(c).checked_sub(step)?).and_then(plain);
        if let Some(half) = before
            && byte_of(half).zip(byte_of(mark)).is_some_and(|(kana, mark)| carries(kana, mark))
        {
            return Some((half, Some(mark)));
        }
    }
    None
}

fn shown(byte: u8) -> String {
    char_of(byte).map(|c| format!(" ('{c}')")).unwrap_or_default()
}

/// In half-width characters: `ﾔﾏﾎﾞｼ`.
impl fmt::Display for Kana {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.bytes.iter().filter_map(|byte| char_of(*byte)).collect();
        f.pad(&text)
    }
}

impl fmt::Debug for Kana {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({self})", self.charset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(text: &str) -> Kana {
        let bytes: Vec<u8> = text.chars().map(|c| byte_of(c).unwrap()).collect();
        Kana::try_new(&bytes, Charset::Party).unwrap()
    }

    #[test]
    fn a_cut_keeps_a_kana_and_its_mark_together() {
        let name = party("ｶﾞｸﾌﾞﾁ A");
        let cuts: Vec<String> = (0..=9).map(|most| name.cut_to(most).to_string()).collect();
        assert_eq!(cuts, ["", "", "ｶﾞ", "ｶﾞｸ", "ｶﾞｸ", "ｶﾞｸﾌﾞ", "ｶﾞｸﾌﾞﾁ", "ｶﾞｸﾌﾞﾁ", "ｶﾞｸﾌﾞﾁ A", "ｶﾞｸﾌﾞﾁ A"]);
    }

    #[test]
    fn people_read_full_width() {
        assert_eq!(party("ｶ)ﾔﾏﾎﾞｼ ﾊﾟﾝ-ｳﾞ.A1").wide(), "カ）ヤマボシ　パン－ヴ．Ａ１");
        let edi = Kana::try_new(&[0xA2, 0xA6, 0xA3, b'/', b'\\'], Charset::Edi).unwrap();
        assert_eq!(edi.wide(), "「ヲ」／＼");
        assert_eq!(edi.to_string(), "｢ｦ｣/\\");
    }

    #[test]
    fn narrowing_is_the_inverse_of_widening() {
        for byte in 0xB1..=0xDD {
            for mark in [None, Some(VOICED), Some(HALF_VOICED)] {
                if mark.is_some_and(|mark| !carries(byte, mark)) {
                    continue;
                }
                let wide = wide_of(byte, mark);
                let (half, half_mark) = narrow(wide).unwrap();
                assert_eq!((byte_of(half), half_mark.and_then(byte_of)), (Some(byte), mark));
            }
        }
        for other in ['ヷ', 'ヺ', 'A', '山', 'か', '\u{0}'] {
            assert_eq!(narrow(other), None, "{other}");
        }
    }

    #[test]
    fn bytes_that_are_no_name_are_refused_with_their_place() {
        let refused = |bytes: &[u8]| Kana::try_new(bytes, Charset::Party).unwrap_err();
        assert_eq!(refused(b"AB,"), NotKana::Byte { at: 3, byte: b',' });
        assert_eq!(refused(&[0xB1, 0xA7]), NotKana::Byte { at: 2, byte: 0xA7 });
        assert_eq!(refused(&[0xB1, 0xDE]), NotKana::LoneMark { at: 2 });
        assert_eq!(refused(&[0xDF]), NotKana::LoneMark { at: 1 });
        assert_eq!(refused(b" A"), NotKana::Spaces);
        assert_eq!(refused(b"A "), NotKana::Spaces);
        assert_eq!(
            refused(&[0xB0]).to_string(),
            "byte 1 is 0xB0 ('ｰ'), which this field may not have"
        );
    }
}
