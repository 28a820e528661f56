//! Legal forms and their abbreviations: a bank's books say `ｶ)ﾔﾏﾎﾞｼ`, not `ｶﾌﾞｼｷｶﾞｲｼﾔﾔﾏﾎﾞｼ`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::fold::{Folded, fold};

/// A word for a kind of company or office, and what a bank writes for it.
struct Word {
    /// As it is written, in kanji.
    kanji: &'static str,
    /// How it is read; a reading alone is abbreviated too. Empty where that is left as typed.
    reading: &'static str,
    /// What people put into brackets, `(株)`; empty if nothing is settled.
    bracketed: &'static str,
    /// What a bank writes.
    short: &'static str,
    /// Whether the short form stands in brackets.
    in_brackets: bool,
}

/// A legal form (法人略語) or an office (営業所略語): in brackets.
const fn form(
    kanji: &'static str,
    reading: &'static str,
    bracketed: &'static str,
    short: &'static str,
) -> Word {
    Word { kanji, reading, bracketed, short, in_brackets: true }
}

/// A kind of business (事業略語): no brackets. Written in kana it fits and is left as typed.
const fn business(kanji: &'static str, short: &'static str) -> Word {
    Word { kanji, reading: "", bracketed: "", short, in_brackets: false }
}

/// The abbreviations of the Japanese Bankers Association, as banks publish them.
const WORDS: [Word; 52] = [
    form("株式会社", "カブシキガイシャ", "株", "ｶ"),
    form("株式会社", "カブシキカイシャ", "", "ｶ"),
    form("有限会社", "ユウゲンガイシャ", "有", "ﾕ"),
    form("有限会社", "ユウゲンカイシャ", "", "ﾕ"),
    form("合名会社", "ゴウメイガイシャ", "名", "ﾒ"),
    form("合資会社", "ゴウシガイシャ", "資", "ｼ"),
    form("合同会社", "ゴウドウガイシャ", "同", "ﾄﾞ"),
    form("相互会社", "ソウゴガイシャ", "相", "ｿ"),
    form("医療法人社団", "イリョウホウジンシャダン", "", "ｲ"),
    form("医療法人財団", "イリョウホウジンザイダン", "", "ｲ"),
    form("社会医療法人", "シャカイイリョウホウジン", "", "ｲ"),
    form("医療法人", "イリョウホウジン", "医", "ｲ"),
    form("一般財団法人", "イッパンザイダンホウジン", "一財", "ｻﾞｲ"),
    form("公益財団法人", "コウエキザイダンホウジン", "公財", "ｻﾞｲ"),
    form("財団法人", "ザイダンホウジン", "財", "ｻﾞｲ"),
    form("一般社団法人", "イッパンシャダンホウジン", "一社", "ｼﾔ"),
    form("公益社団法人", "コウエキシャダンホウジン", "公社", "ｼﾔ"),
    form("社団法人", "シャダンホウジン", "社", "ｼﾔ"),
    form("宗教法人", "シュウキョウホウジン", "宗", "ｼﾕｳ"),
    form("学校法人", "ガッコウホウジン", "学", "ｶﾞｸ"),
    form("社会福祉法人", "シャカイフクシホウジン", "福", "ﾌｸ"),
    form("更生保護法人", "コウセイホゴホウジン", "", "ﾎｺﾞ"),
    form("特定非営利活動法人", "トクテイヒエイリカツドウホウジン", "特非", "ﾄｸﾋ"),
    form("NPO法人", "", "", "ﾄｸﾋ"),
    form("地方独立行政法人", "チホウドクリツギョウセイホウジン", "", "ﾁﾄﾞｸ"),
    form("独立行政法人", "ドクリツギョウセイホウジン", "独", "ﾄﾞｸ"),
    form("弁護士法人", "ベンゴシホウジン", "", "ﾍﾞﾝ"),
    form("司法書士法人", "シホウショシホウジン", "", "ｼﾎｳ"),
    form("行政書士法人", "ギョウセイショシホウジン", "", "ｷﾞﾖ"),
    form("税理士法人", "ゼイリシホウジン", "", "ｾﾞｲ"),
    form("社会保険労務士法人", "シャカイホケンロウムシホウジン", "", "ﾛｳﾑ"),
    form("国立大学法人", "コクリツダイガクホウジン", "", "ﾀﾞｲ"),
    form("公立大学法人", "コウリツダイガクホウジン", "", "ﾀﾞｲ"),
    form("農事組合法人", "ノウジクミアイホウジン", "", "ﾉｳ"),
    form("管理組合法人", "カンリクミアイホウジン", "", "ｶﾝﾘ"),
    form("営業所", "", "", "ｴｲ"),
    form("出張所", "", "", "ｼﾕﾂ"),
    business("連合会", "ﾚﾝ"),
    business("共済組合", "ｷﾖｳｻｲ"),
    business("協同組合", "ｷﾖｳｸﾐ"),
    business("生命保険", "ｾｲﾒｲ"),
    business("海上火災保険", "ｶｲｼﾞﾖｳ"),
    business("火災海上保険", "ｶｻｲ"),
    business("国民健康保険団体連合会", "ｺｸﾎﾚﾝ"),
    business("国民健康保険組合", "ｺｸﾎ"),
    business("健康保険組合", "ｹﾝﾎﾟ"),
    business("社会保険診療報酬支払基金", "ｼﾔﾎ"),
    business("厚生年金基金", "ｺｳﾈﾝ"),
    business("労働組合", "ﾛｳｸﾐ"),
    business("農業協同組合連合会", "ﾉｳｷﾖｳﾚﾝ"),
    business("漁業協同組合連合会", "ｷﾞﾖﾚﾝ"),
    business("社会福祉協議会", "ｼﾔｷﾖｳ"),
];

/// A part of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A character.
    Char(Folded),
    /// The short form of a legal form, whose brackets depend on where in the name it stands.
    Form { short: &'static str, at: usize },
    /// The short form of a kind of business.
    Business { short: &'static str, at: usize },
}

/// A spelling, folded, and the word that it is.
struct Spelling {
    folded: Vec<char>,
    word: &'static Word,
}

/// All spellings.
struct Spellings {
    /// Those that count anywhere in a name, by their first character, the longest first.
    anywhere: BTreeMap<char, Vec<Spelling>>,
    /// `ｶ)`, as a bank itself writes it before a name.
    before: Vec<Spelling>,
    /// `(ｶ`, as a bank itself writes it after a name.
    after: Vec<Spelling>,
}

static SPELLINGS: LazyLock<Spellings> = LazyLock::new(|| {
    let spelling = |text: &str, word| {
        let folded = fold(text).into_iter().map(|folded| folded.c).collect();
        Spelling { folded, word }
    };
    let (mut all, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for word in &WORDS {
        all.push(spelling(word.kanji, word));
        if !word.reading.is_empty() {
            all.push(spelling(word.reading, word));
        }
        if !word.bracketed.is_empty() {
            all.push(spelling(&format!("({})", word.bracketed), word));
        }
        if word.in_brackets {
            all.push(spelling(&format!("({})", word.short), word));
            before.push(spelling(&format!("{})", word.short), word));
            after.push(spelling(&format!("({}", word.short), word));
        }
    }
    all.sort_by_key(|spelling| std::cmp::Reverse(spelling.folded.len()));
    let mut anywhere: BTreeMap<char, Vec<Spelling>> = BTreeMap::new();
    for spelling in all {
        anywhere.entry(spelling.folded[0]).or_default().push(spelling);
    }
    Spellings { anywhere, before, after }
});

/// Finds the words of a folded name, which has no space at either end.
pub(crate) fn pieces_of(name: &[Folded]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.first() {
        let is_first = rest.len() == name.len();
        match form_at(rest, is_first) {
            Some((word, length)) => {
                let (short, at) = (word.short, first.at);
                pieces.push(if word.in_brackets {
                    Piece::Form { short, at }
                } else {
                    Piece::Business { short, at }
                });
                rest = &rest[length..];
            }
            None => {
                pieces.push(Piece::Char(*first));
                rest = &rest[1..];
            }
        }
    }
    without_spaces_at_forms(pieces)
}

/// The word that `rest` begins with, and how many characters of it.
fn form_at(rest: &[Folded], is_first: bool) -> Option<(&'static Word, usize)> {
    let begins_with = |spelling: &&Spelling| {
        rest.len() >= spelling.folded.len()
            && rest.iter().zip(&spelling.folded).all(|(folded, wanted)| folded.c == *wanted)
    };
    let Spellings { anywhere, before, after } = &*SPELLINGS;
    let first = rest.first()?.c;
    let whole = anywhere.get(&first).and_then(|some| some.iter().find(begins_with));
    let found =
        whole.or_else(|| before.iter().filter(|_| is_first).find(begins_with)).or_else(|| {
            let is_rest = |spelling: &&Spelling| spelling.folded.len() == rest.len();
            after.iter().filter(is_rest).find(begins_with)
        })?;
    Some((found.word, found.folded.len()))
}

/// Between a legal form and the name there is no space.
fn without_spaces_at_forms(pieces: Vec<Piece>) -> Vec<Piece> {
    let is_space = |piece: &Piece| matches!(piece, Piece::Char(folded) if folded.c == ' ');
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let follows_form = matches!(kept.last(), Some(Piece::Form { .. }));
        if is_space(&piece) && follows_form {
            continue;
        }
        if matches!(piece, Piece::Form { .. }) {
            while kept.last().is_some_and(is_space) {
                kept.pop();
            }
        }
        kept.push(piece);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::{Charset, byte_of};

    #[test]
    fn every_abbreviation_can_be_written_to_a_bank() {
        for word in &WORDS {
            assert!(!word.kanji.is_empty() && !word.short.is_empty());
            for c in word.short.chars() {
                let byte = byte_of(c).unwrap();
                assert!(Charset::Office.contains(byte), "{}", word.short);
            }
        }
    }

    #[test]
    fn no_spelling_means_two_things() {
        for some in SPELLINGS.anywhere.values() {
            for (at, spelling) in some.iter().enumerate() {
                for other in some[at + 1..].iter().filter(|other| other.folded == spelling.folded) {
                    assert_eq!(spelling.word.short, other.word.short, "{:?}", spelling.folded);
                }
            }
        }
    }
}
