//! Latin spellings: `Kyoto`, `kyouto`, `kiyouto` and キヨウト are one name.
//!
//! A directory has capital kana alone, from which `きょ` and `きよ` can't be told apart, nor `っ` and
//! `つ`. So both the kana and what was typed are brought to one form in which such differences, the
//! long vowels, and those between the systems of romanization are gone.

use kana::Kana;

const VOWELS: [char; 5] = ['a', 'i', 'u', 'e', 'o'];

/// The rows of the kana from `ｱ` (`0xB1`) on: their consonant and its vowels.
const ROWS: [(&str, &str); 9] = [
    ("", "aiueo"),
    ("k", "aiueo"),
    ("s", "aiueo"),
    ("t", "aiueo"),
    ("n", "aiueo"),
    ("h", "aiueo"),
    ("m", "aiueo"),
    ("y", "auo"),
    ("r", "aiueo"),
];

/// The form of a name in kana.
pub(crate) fn of_kana(kana: &Kana) -> String {
    let mut spelt = String::with_capacity(kana.len() * 2);
    let mut bytes = kana.bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let mark = bytes.next_if(|next| matches!(*next, 0xDE | 0xDF));
        match byte {
            0xB1..=0xDB => {
                let (consonant, vowel) = syllable(usize::from(byte - 0xB1));
                spelt.push_str(match (mark, consonant) {
                    (Some(0xDE), "k") => "g",
                    (Some(0xDE), "s") => "z",
                    (Some(0xDE), "t") => "d",
                    (Some(0xDE), "h") => "b",
                    (Some(0xDE), "") => "v",
                    (Some(0xDF), "h") => "p",
                    _ => consonant,
                });
                spelt.push(vowel);
            }
            0xDC => spelt.push_str("wa"),
            0xDD => spelt.push('n'),
            _ => spelt.extend(char::from(byte).to_lowercase().filter(char::is_ascii_alphanumeric)),
        }
    }
    folded(&spelt)
}

/// The form of what was typed, or of its beginning; `None` if there is no Latin letter in it.
pub(crate) fn of_typed(text: &str) -> Option<String> {
    let letters: String = text.chars().filter_map(plain_letter).collect();
    let is_latin = text.chars().all(|c| {
        plain_letter(c).is_some() || matches!(c, '-' | '\'' | '’' | '.') || c.is_whitespace()
    });
    if !is_latin || !letters.contains(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut folded = folded(&letters);
    // Someone is still typing `sh`, `ch`, `ts` or `fu`: of these only the first sound is certain.
    for (end, certain) in [("y", ""), ("ts", "t"), ("c", "t"), ("f", "h")] {
        if let Some(rest) = folded.strip_suffix(end) {
            folded = format!("{rest}{certain}");
        }
    }
    Some(folded)
}

fn syllable(mut at: usize) -> (&'static str, char) {
    for (consonant, vowels) in ROWS {
        match vowels.chars().nth(at) {
            Some(vowel) => return (consonant, vowel),
            None => at -= vowels.len(),
        }
    }
    ("", 'a')
}

/// A small Latin letter or digit without accent or width.
fn plain_letter(c: char) -> Option<char> {
    let narrow = match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0)?,
        'ā' | 'Ā' | 'â' | 'Â' => 'a',
        'ī' | 'Ī' | 'î' | 'Î' => 'i',
        'ū' | 'Ū' | 'û' | 'Û' => 'u',
        'ē' | 'Ē' | 'ê' | 'Ê' => 'e',
        'ō' | 'Ō' | 'ô' | 'Ô' => 'o',
        other => other,
    };
    narrow.is_ascii_alphanumeric().then(|| narrow.to_ascii_lowercase())
}

/// One form for all systems; the order of the steps matters.
fn folded(spelt: &str) -> String {
    let mut text = spelt.to_owned();
    for (from, to) in [
        ("cch", "tch"),
        ("shi", "si"),
        ("sh", "sy"),
        ("chi", "ti"),
        ("ch", "ty"),
        ("tsu", "tu"),
        ("ji", "zi"),
        ("j", "zy"),
        ("di", "zi"),
        ("du", "zu"),
        ("dzu", "zu"),
        ("fu", "hu"),
        ("fa", "hua"),
        ("fi", "hui"),
        ("fe", "hue"),
        ("fo", "huo"),
        ("wo", "o"),
        ("mb", "nb"),
        ("mp", "np"),
        ("mm", "nm"),
    ] {
        text = text.replace(from, to);
    }
    without_long_vowels(&with_one_small_y(&with_small_tu(&text)))
}

/// A doubled consonant is a small っ, which the kana have as ツ: `sapporo` is `satuporo`.
fn with_small_tu(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        let is_doubled = written.ends_with(c) && c.is_ascii_alphabetic() && !VOWELS.contains(&c);
        if is_doubled && c != 'n' {
            written.pop();
            written.push_str("tu");
        }
        if !(is_doubled && c == 'n') {
            written.push(c);
        }
    }
    written
}

/// `kiyo` is `kyo`: the kana do not tell.
fn with_one_small_y(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut written = String::with_capacity(text.len());
    for (at, c) in letters.iter().enumerate() {
        let is_swallowed = *c == 'i'
            && letters.get(at + 1) == Some(&'y')
            && at > 0
            && !VOWELS.contains(&letters[at - 1]);
        if !is_swallowed {
            written.push(*c);
        }
    }
    written
}

/// `ou`, `oo` and `uu` are one vowel, and so is any that is doubled.
fn without_long_vowels(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        let before = written.chars().next_back();
        let is_long = VOWELS.contains(&c) && (before == Some(c) || (before, c) == (Some('o'), 'u'));
        if !is_long {
            written.push(c);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use kana::Charset;

    fn kana(text: &str) -> String {
        of_kana(&kana::read(text, Charset::Office).unwrap())
    }

    #[test]
    fn spellings_of_one_name_are_one() {
        for (name, spellings) in [
            ("キヨウト", &["Kyoto", "Kyōto", "kyouto", "kiyouto", "ＫＹＯＴＯ", "Kyô-to"][..]),
            ("サツポロ", &["Sapporo", "satsuporo", "satuporo"]),
            ("シンバシ", &["Shimbashi", "Shinbashi", "sinbasi"]),
            ("チユウオウ", &["Chuo", "chuuou", "tyuuou"]),
            ("ジヨウヨウ", &["joyo", "jouyou", "zyouyou"]),
            ("フジ", &["fuji", "huzi"]),
            ("ニイガタ", &["Niigata"]),
            ("オオサカ", &["Osaka", "Oosaka"]),
            ("グンマ", &["Gunma", "Gumma"]),
            ("イツポン", &["ippon"]),
            ("マツチヤ", &["matcha", "maccha"]),
            ("アンナカ", &["Annaka"]),
            ("センタ-", &["senta", "sentaa"]),
            ("UFJ2", &["ufj2"]),
        ] {
            for typed in spellings {
                let typed_form = of_typed(typed).unwrap();
                assert!(kana(name).starts_with(&typed_form), "{typed}: {typed_form}, {name}");
            }
        }
    }

    #[test]
    fn each_beginning_of_a_spelling_is_the_beginning_of_the_name() {
        for (name, typed) in [
            ("キヨウトシンキン", "kyotoshinkin"),
            ("ツチウラ", "tsuchiura"),
            ("ナゴヤ", "nagoya"),
            ("シヨウワ", "showa"),
        ] {
            for end in 1..=typed.len() {
                let form = of_typed(&typed[..end]).unwrap();
                assert!(kana(name).starts_with(&form), "{}: {form}", &typed[..end]);
            }
        }
    }

    #[test]
    fn other_scripts_have_no_latin_form() {
        for typed in ["京都", "キヨウト", "", "123", "kyo都", "-"] {
            assert_eq!(of_typed(typed), None, "{typed}");
        }
    }
}
