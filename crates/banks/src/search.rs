//! From the beginning of a name, as people type it, to banks and branches.

use kana::{Charset, Kana};

use crate::roma;
use crate::{Bank, Branch, Directory};

/// Words that the directory shortens: as people write them, and what it has instead. What it leaves
/// out altogether is so only at the end.
const WORDS: [(&str, &str); 8] = [
    ("信用農業協同組合連合会", "信連"),
    ("信用金庫", "信金"),
    ("信用組合", "信組"),
    ("農業協同組合", "農協"),
    ("漁業協同組合", "漁協"),
    ("労働金庫", "労金"),
    ("信託銀行", "信託"),
    ("銀行", ""),
];
const BRANCH_WORDS: [(&str, &str); 1] = [("支店", "")];

/// The same in kana.
const KANA_WORDS: [(&str, &str); 7] = [
    ("ｼﾝﾖｳｷﾝｺ", "ｼﾝｷﾝ"),
    ("ｼﾝﾖｳｸﾐｱｲ", "ｼﾝｸﾐ"),
    ("ﾉｳｷﾞﾖｳｷﾖｳﾄﾞｳｸﾐｱｲ", "ﾉｳｷﾖｳ"),
    ("ｷﾞﾖｷﾞﾖｳｷﾖｳﾄﾞｳｸﾐｱｲ", "ｷﾞﾖｷﾖｳ"),
    ("ﾛｳﾄﾞｳｷﾝｺ", "ﾛｳｷﾝ"),
    ("ｼﾝﾀｸｷﾞﾝｺｳ", "ｼﾝﾀｸ"),
    ("ｷﾞﾝｺｳ", ""),
];
const BRANCH_KANA_WORDS: [(&str, &str); 1] = [("ｼﾃﾝ", "")];

/// The same in the form of [`roma`].
const ROMA_WORDS: [(&str, &str); 7] = [
    ("sinyokinko", "sinkin"),
    ("sinyokumiai", "sinkumi"),
    ("nogyokyodokumiai", "nokyo"),
    ("gyogyokyodokumiai", "gyokyo"),
    ("rodokinko", "rokin"),
    ("ginko", ""),
    ("bank", ""),
];
const BRANCH_ROMA_WORDS: [(&str, &str); 2] = [("siten", ""), ("branty", "")];

impl Directory {
    /// The banks whose name begins as `typed` does: in kanji, in kana of any kind, in Latin letters,
    /// or by the digits of the code. The directory's own short words and the full ones are the same:
    /// 京都信用金庫 is 京都信金. A name that is the same stands first, then they come by code, `most`
    /// at most.
    pub fn search(&self, typed: &str, most: usize) -> Vec<&Bank> {
        let query = Query::new(typed, &WORDS, &KANA_WORDS, &ROMA_WORDS);
        query.pick(&self.banks, most, |bank| Entry {
            code: bank.code.to_string(),
            name: &bank.name,
            kana: &bank.kana,
        })
    }
}

impl Bank {
    /// The branches whose name begins as `typed` does, in the same ways as for a bank.
    pub fn search(&self, typed: &str, most: usize) -> Vec<&Branch> {
        let query = Query::new(typed, &BRANCH_WORDS, &BRANCH_KANA_WORDS, &BRANCH_ROMA_WORDS);
        query.pick(&self.branches, most, |branch| Entry {
            code: branch.code.to_string(),
            name: &branch.name,
            kana: &branch.kana,
        })
    }
}

/// What a query is held against.
struct Entry<'a> {
    code: String,
    name: &'a str,
    kana: &'a Kana,
}

/// What was typed, in each of the ways in which it may be meant; each may be of several forms.
struct Query {
    digits: Option<String>,
    names: Vec<String>,
    kana: Vec<String>,
    roma: Vec<String>,
}

/// How well an entry fits, the better the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Same,
    Begins,
}

type Words = [(&'static str, &'static str)];

impl Query {
    fn new(typed: &str, words: &Words, kana_words: &Words, roma_words: &Words) -> Self {
        // Names have a few dozen characters; what is longer is no name.
        let typed: String = typed.trim().chars().take(100).collect();
        let name = folded_name(&typed);
        let kana = kana::read(&typed, Charset::Office).ok().map(|kana| kana.to_string());
        let kana = kana.map(|kana| kana.replace(' ', "")).filter(|kana| !kana.is_empty());
        let is_code = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        Self {
            digits: is_code.then(|| name.clone()),
            names: forms_of(&name, words),
            kana: kana.map(|kana| forms_of(&kana, kana_words)).unwrap_or_default(),
            roma: roma::of_typed(&typed)
                .map(|form| forms_of(&form, roma_words))
                .unwrap_or_default(),
        }
    }

    fn pick<'a, T>(
        &self,
        all: &'a [T],
        most: usize,
        entry_of: impl Fn(&'a T) -> Entry<'a>,
    ) -> Vec<&'a T> {
        let mut found: Vec<(Fit, &T)> =
            all.iter().filter_map(|one| Some((self.fit(&entry_of(one))?, one))).collect();
        found.sort_by_key(|(fit, _)| *fit);
        found.into_iter().take(most).map(|(_, one)| one).collect()
    }

    fn fit(&self, entry: &Entry<'_>) -> Option<Fit> {
        let by_code = self.digits.iter().filter_map(|digits| fit(&entry.code, digits)).min();
        let by_name = best(&self.names, || folded_name(entry.name));
        let by_kana = best(&self.kana, || entry.kana.to_string().replace(' ', ""));
        let by_roma = best(&self.roma, || roma::of_kana(entry.kana));
        [by_code, by_name, by_kana, by_roma].into_iter().flatten().min()
    }
}

fn best(forms: &[String], name: impl FnOnce() -> String) -> Option<Fit> {
    if forms.is_empty() {
        return None;
    }
    let name = name();
    forms.iter().filter_map(|form| fit(&name, form)).min()
}

fn fit(name: &str, form: &str) -> Option<Fit> {
    if name == form { Some(Fit::Same) } else { name.starts_with(form).then_some(Fit::Begins) }
}

/// What was typed, and the same as the directory shortens it. While a word is being typed (信用金),
/// as much of it counts as both ways of writing have in common (信).
fn forms_of(typed: &str, words: &Words) -> Vec<String> {
    if typed.is_empty() {
        return Vec::new();
    }
    let mut forms = vec![typed.to_owned()];
    for (long, short) in words {
        let shortened = match typed.strip_suffix(long) {
            Some(rest) => format!("{rest}{short}"),
            None if !short.is_empty() && typed.contains(long) => typed.replace(long, short),
            None => match without_beginning_of(typed, long) {
                Some(rest) => format!("{rest}{}", common_beginning(long, short)),
                None => continue,
            },
        };
        if !shortened.is_empty() && !forms.contains(&shortened) {
            forms.push(shortened);
        }
    }
    forms
}

/// The rest, if `typed` ends with two characters or more of the beginning of `word`.
fn without_beginning_of<'a>(typed: &'a str, word: &str) -> Option<&'a str> {
    let ends = word.char_indices().skip(2).map(|(at, _)| at);
    ends.filter_map(|end| typed.strip_suffix(&word[..end])).min_by_key(|rest| rest.len())
}

fn common_beginning<'a>(one: &'a str, other: &str) -> &'a str {
    let end = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    &one[..end.map_or(one.len().min(other.len()), |((at, _), _)| at)]
}

/// A name in kanji with what people type differently made one: width, small letters, spaces, the
/// two sizes of ケ, hyphens and long vowels.
fn folded_name(name: &str) -> String {
    let fold = |c: char| match c {
        '！'..='～' => {
            char::from_u32(u32::from(c) - 0xFEE0).map_or(c, |c| c.to_ascii_uppercase())
        }
        'ヶ' => 'ケ',
        'ー' | '‐' | '−' => '-',
        _ => c.to_ascii_uppercase(),
    };
    name.chars().filter(|c| !c.is_whitespace()).map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shortened_as_the_directory_does() {
        for (typed, forms) in [
            ("京都信用金庫", &["京都信用金庫", "京都信金"][..]),
            ("京都信用金", &["京都信用金", "京都信"]),
            ("みずほ銀行", &["みずほ銀行", "みずほ"]),
            ("銀行", &["銀行"]),
            ("京都", &["京都"]),
            ("", &[]),
        ] {
            assert_eq!(forms_of(typed, &WORDS), forms, "{typed}");
        }
    }
}
