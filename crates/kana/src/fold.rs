//! What a person types, one character at a time, as capitals of half width.

use crate::text::narrow;

/// A character of half width, or what could not be made one, and where it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) c: char,
    /// Counted from 1, in the characters of what was typed.
    pub(crate) at: usize,
}

/// Folds a whole text. Width, hiragana, small letters, small kana and the long vowel mark are of no
/// meaning to a bank and go: `ゃ` is `ﾔ`, `ー` is `-`, `ａ` is `A`. The old kana ヰ and ヱ, which half
/// width lacks, are `ｲ` and `ｴ`; that banks write ヱビス as ｴﾋﾞｽ is our judgement. One typed
/// character may become two (ガ), and the signs ㈱ and ㍿ become the words that they stand for.
pub(crate) fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len());
    for (at, c) in (1..).zip(text.chars()) {
        fold_one(c, at, &mut folded);
    }
    folded
}

fn fold_one(c: char, at: usize, folded: &mut Vec<Folded>) {
    let mut push = |c| folded.push(Folded { c, at });
    match c {
        '\u{3099}' | '\u{309B}' | 'ﾞ' => push('ﾞ'),
        '\u{309A}' | '\u{309C}' | 'ﾟ' => push('ﾟ'),
        'ー' | 'ｰ' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{FE63}' => push('-'),
        '「' => push('｢'),
        '」' => push('｣'),
        '\u{A5}' => push('\\'),
        '\u{FFE5}' => push('\\'),
        '\u{3231}' => "(株)".chars().for_each(push),
        '\u{3232}' => "(有)".chars().for_each(push),
        '\u{3233}' => "(社)".chars().for_each(push),
        '\u{3234}' => "(名)".chars().for_each(push),
        '\u{3236}' => "(財)".chars().for_each(push),
        '\u{323B}' => "(学)".chars().for_each(push),
        '\u{323E}' => "(資)".chars().for_each(push),
        '\u{337F}' => "株式会社".chars().for_each(push),
        'ゝ' | 'ヽ' => repeat(None, c, at, folded),
        'ゞ' | 'ヾ' => repeat(Some('ﾞ'), c, at, folded),
        'ぁ'..='ゖ' => fold_katakana(shifted(c, 0x60), at, folded),
        'ァ'..='ヺ' => fold_katakana(c, at, folded),
        'ｧ'..='ｯ' => push(enlarged_half(c)),
        '！'..='～' => push(shifted_down(c, 0xFEE0).to_ascii_uppercase()),
        _ if c.is_whitespace() => push(' '),
        _ => push(c.to_ascii_uppercase()),
    }
}

fn fold_katakana(c: char, at: usize, folded: &mut Vec<Folded>) {
    let large = match c {
        'ァ' | 'ィ' | 'ゥ' | 'ェ' | 'ォ' | 'ッ' | 'ャ' | 'ュ' | 'ョ' | 'ヮ' => {
            shifted(c, 1)
        }
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ヰ' => 'イ',
        'ヱ' => 'エ',
        other => other,
    };
    let (kana, mark) = narrow(large).unwrap_or((c, None));
    folded.push(Folded { c: kana, at });
    folded.extend(mark.map(|c| Folded { c, at }));
}

/// `ゝ` repeats the kana before it without its mark, `ゞ` with one: いすゞ is イスズ.
fn repeat(mark: Option<char>, typed: char, at: usize, folded: &mut Vec<Folded>) {
    let before = folded.iter().rev().find(|before| !matches!(before.c, 'ﾞ' | 'ﾟ'));
    match before {
        Some(before) if ('ｦ'..='ﾝ').contains(&before.c) => {
            let kana = before.c;
            folded.push(Folded { c: kana, at });
            folded.extend(mark.map(|c| Folded { c, at }));
        }
        _ => folded.push(Folded { c: typed, at }),
    }
}

/// `ｧ` to `ｯ` stand in another order than `ｱ` to `ﾝ`.
fn enlarged_half(c: char) -> char {
    match c {
        'ｧ'..='ｫ' => shifted(c, u32::from('ｱ') - u32::from('ｧ')),
        'ｬ'..='ｮ' => shifted(c, u32::from('ﾔ') - u32::from('ｬ')),
        _ => 'ﾂ',
    }
}

fn shifted(c: char, by: u32) -> char {
    char::from_u32(u32::from(c) + by).unwrap_or(c)
}

fn shifted_down(c: char, by: u32) -> char {
    char::from_u32(u32::from(c) - by).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(typed: &str) -> String {
        fold(typed).into_iter().map(|folded| folded.c).collect()
    }

    #[test]
    fn every_spelling_folds_to_one() {
        for typed in ["ガッキョク", "がっきょく", "ｶﾞｯｷｮｸ", "か\u{3099}っきょく", "カ゛ツキヨク"]
        {
            assert_eq!(text(typed), "ｶﾞﾂｷﾖｸ", "{typed}");
        }
        assert_eq!(text("ァィゥェォッャュョヮヵヶ"), "ｱｲｳｴｵﾂﾔﾕﾖﾜｶｹ");
        assert_eq!(text("ｧｨｩｪｫｬｭｮｯ"), "ｱｲｳｴｵﾔﾕﾖﾂ");
        assert_eq!(text("ゔぁヴ"), "ｳﾞｱｳﾞ");
        assert_eq!(text("ヰヱヲゐゑを"), "ｲｴｦｲｴｦ");
        assert_eq!(text("ー–−－ｰ‐―"), "-------");
        assert_eq!(text("Ａｂc１（）．"), "ABC1().");
        assert_eq!(text("\u{3000}\u{a0}\t"), "   ");
        assert_eq!(text("いすゞ、こゝろ、ヾ"), "ｲｽｽﾞ、ｺｺﾛ、ヾ");
        assert_eq!(text("ばゝ"), "ﾊﾞﾊ");
        assert_eq!(text("ヷ山é"), "ヷ山é");
        assert_eq!(text("㈱㈲㍿"), "(株)(有)株式会社");
    }

    #[test]
    fn what_becomes_two_characters_keeps_one_place() {
        let places: Vec<usize> = fold("アガ㈱").iter().map(|folded| folded.at).collect();
        assert_eq!(places, [1, 2, 2, 3, 3, 3]);
    }
}
