//! Which bytes of JIS X 0201 may stand in which kind of field.

/// A kind of field. Each has its own characters: 全銀協 付録1 使用文字一覧, 注1 to 注3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charset {
    /// Names of banks and branches (店舗名): capitals, digits, kana, space, and `-` alone.
    Office,
    /// Names of people and companies (口座名, 受取人名, 委託者名): also `( ) .`.
    Party,
    /// EDI information (EDI情報): also `ｦ ｢ ｣ \ /`. Some banks take fewer of them.
    Edi,
}

/// `ﾞ`, the mark that turns か into が.
pub(crate) const VOICED: u8 = 0xDE;
/// `ﾟ`, the mark that turns は into ぱ.
pub(crate) const HALF_VOICED: u8 = 0xDF;

impl Charset {
    /// Whether a byte of JIS X 0201 may stand in such a field. Small kana (`0xA7` to `0xAF`), the
    /// long vowel mark (`0xB0`), small letters and the comma may in none.
    pub const fn contains(self, byte: u8) -> bool {
        let is_common =
            matches!(byte, b' ' | b'-' | b'0'..=b'9' | b'A'..=b'Z' | 0xB1..=HALF_VOICED);
        match self {
            Self::Office => is_common,
            Self::Party => is_common || matches!(byte, b'(' | b')' | b'.'),
            Self::Edi => {
                is_common || matches!(byte, b'(' | b')' | b'.' | b'/' | b'\\' | 0xA2 | 0xA3 | 0xA6)
            }
        }
    }
}

/// Whether `mark` may follow `before`: `ﾞ` the rows か さ た は and `ｳ`, `ﾟ` the row は.
pub(crate) const fn carries(before: u8, mark: u8) -> bool {
    match mark {
        VOICED => matches!(before, 0xB3 | 0xB6..=0xC4 | 0xCA..=0xCE),
        HALF_VOICED => matches!(before, 0xCA..=0xCE),
        _ => true,
    }
}

/// The byte of a half-width character; `None` if JIS X 0201 has none.
pub(crate) fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ 0x20..=0x7E => u8::try_from(code).ok(),
        code @ 0xFF61..=0xFF9F => u8::try_from(code - 0xFF61 + 0xA1).ok(),
        _ => None,
    }
}

/// The half-width character of a byte; what JIS X 0201 leaves empty is `None`. Its `0x5C` is the
/// sign of the yen on paper and a backslash in every program: here a backslash.
pub(crate) fn char_of(byte: u8) -> Option<char> {
    match byte {
        0x20..=0x7E => Some(char::from(byte)),
        0xA1..=0xDF => char::from_u32(0xFF61 + u32::from(byte) - 0xA1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(charset: Charset) -> String {
        (0..=255).filter(|byte| charset.contains(*byte)).filter_map(char_of).collect()
    }

    #[test]
    fn each_kind_of_field_has_the_characters_of_the_table() {
        let kana = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ";
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        assert_eq!(allowed(Charset::Office), format!(" -0123456789{letters}{kana}"));
        assert_eq!(allowed(Charset::Party), format!(" ()-.0123456789{letters}{kana}"));
        assert_eq!(allowed(Charset::Edi), format!(" ()-./0123456789{letters}\\｢｣ｦ{kana}"));
    }

    #[test]
    fn bytes_and_characters_agree() {
        for byte in 0..=255 {
            if let Some(c) = char_of(byte) {
                assert_eq!(byte_of(c), Some(byte));
            }
        }
        assert_eq!(byte_of('ｶ'), Some(0xB6));
        assert_eq!(byte_of('ﾞ'), Some(0xDE));
        assert_eq!(byte_of('カ'), None);
        assert_eq!(char_of(0x7F), None);
        assert_eq!(char_of(0x80), None);
        assert_eq!(char_of(0xE0), None);
    }

    #[test]
    fn marks_follow_the_kana_that_can_carry_them() {
        let bearers = |mark| -> String {
            (0xB1..=0xDD).filter(|kana| carries(*kana, mark)).filter_map(char_of).collect()
        };
        assert_eq!(bearers(VOICED), "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ");
        assert_eq!(bearers(HALF_VOICED), "ﾊﾋﾌﾍﾎ");
        assert!(!carries(b'A', VOICED) && !carries(VOICED, VOICED) && carries(b'A', b'B'));
    }
}
