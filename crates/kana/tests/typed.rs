//! Names as people type them, and what a bank is sent.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use kana::{Charset, Kana, Why, read};

fn party(typed: &str) -> String {
    read(typed, Charset::Party).unwrap_or_else(|refused| panic!("{typed}: {refused}")).to_string()
}

fn refused(typed: &str, charset: Charset) -> Vec<(usize, String, Why)> {
    let refused = read(typed, charset).expect_err(typed);
    refused.problems.into_iter().map(|problem| (problem.at, problem.found, problem.why)).collect()
}

#[test]
fn names_of_people() {
    for (typed, written) in [
        ("ヤマボシ　ソバ", "ﾔﾏﾎﾞｼ ｿﾊﾞ"),
        ("  やまぼし   そば ", "ﾔﾏﾎﾞｼ ｿﾊﾞ"),
        ("ﾔﾏﾎﾞｼ ｿﾊﾞ", "ﾔﾏﾎﾞｼ ｿﾊﾞ"),
        ("きょうと しょういち", "ｷﾖｳﾄ ｼﾖｳｲﾁ"),
        ("ローソン", "ﾛ-ｿﾝ"),
        ("ヱビス", "ｴﾋﾞｽ"),
        ("ヲカモト", "ｵｶﾓﾄ"),
        ("ヴァイオリン", "ｳﾞｱｲｵﾘﾝ"),
        ("いすゞ", "ｲｽｽﾞ"),
        ("ｙａｍａｂｏｓｈｉ　２", "YAMABOSHI 2"),
        ("Cafe A.B-C", "CAFE A.B-C"),
    ] {
        assert_eq!(party(typed), written, "{typed}");
    }
}

#[test]
fn names_of_companies() {
    // The four of the table are those that banks give as examples: before, after, inside.
    for (typed, written) in [
        ("株式会社ケイヨウギンコウ", "ｶ)ｹｲﾖｳｷﾞﾝｺｳ"),
        ("ケイヨウギンコウ株式会社", "ｹｲﾖｳｷﾞﾝｺｳ(ｶ"),
        ("ケイヨウギンコウ株式会社チバシテン", "ｹｲﾖｳｷﾞﾝｺｳ(ｶ)ﾁﾊﾞｼﾃﾝ"),
        ("（株）ロウドウショウジ", "ｶ)ﾛｳﾄﾞｳｼﾖｳｼﾞ"),
        ("ロウドウショウジ㈱", "ﾛｳﾄﾞｳｼﾖｳｼﾞ(ｶ"),
        ("㍿ヤマボシ", "ｶ)ﾔﾏﾎﾞｼ"),
        ("かぶしきがいしゃ　やまぼし", "ｶ)ﾔﾏﾎﾞｼ"),
        ("カブシキカイシャヤマボシ", "ｶ)ﾔﾏﾎﾞｼ"),
        ("カ）ヤマボシ", "ｶ)ﾔﾏﾎﾞｼ"),
        ("カ) ヤマボシ", "ｶ)ﾔﾏﾎﾞｼ"),
        ("(カ)ヤマボシ", "ｶ)ﾔﾏﾎﾞｼ"),
        ("ヤマボシ（カ", "ﾔﾏﾎﾞｼ(ｶ"),
        ("ヤマボシ（カ）", "ﾔﾏﾎﾞｼ(ｶ"),
        ("ヤマボシ (カ) タカヤマ", "ﾔﾏﾎﾞｼ(ｶ)ﾀｶﾔﾏ"),
        ("ユ）ソバヤ", "ﾕ)ｿﾊﾞﾔ"),
        ("合同会社ヒダ", "ﾄﾞ)ﾋﾀﾞ"),
        ("ド）ヒダ", "ﾄﾞ)ﾋﾀﾞ"),
        ("特定非営利活動法人ヒダ", "ﾄｸﾋ)ﾋﾀﾞ"),
        ("ＮＰＯ法人ヒダ", "ﾄｸﾋ)ﾋﾀﾞ"),
        ("一般社団法人ヒダカンコウ", "ｼﾔ)ﾋﾀﾞｶﾝｺｳ"),
        ("医療法人社団ヒダ", "ｲ)ﾋﾀﾞ"),
        ("ヒダ連合会", "ﾋﾀﾞﾚﾝ"),
        ("株式会社ヒダ営業所", "ｶ)ﾋﾀﾞ(ｴｲ"),
        // The kana of a legal form inside another word is no legal form.
        ("カンコウシカ", "ｶﾝｺｳｼｶ"),
        ("ミカ) ヤマ", "ﾐｶ) ﾔﾏ"),
    ] {
        assert_eq!(party(typed), written, "{typed}");
    }
}

#[test]
fn what_cannot_be_written_is_told_with_its_place() {
    for (typed, charset, expected) in [
        ("山星 ソバ 屋", Charset::Party, vec![(1, "山星", Why::Kanji), (7, "屋", Why::Kanji)]),
        ("ソバ＆ウドン", Charset::Party, vec![(3, "＆", Why::Sign)]),
        ("ソバ・ウドン", Charset::Party, vec![(3, "・", Why::MiddleDot)]),
        ("ソバ、ウドン。", Charset::Party, vec![(3, "、", Why::Sign), (7, "。", Why::Sign)]),
        ("ソバ🍜", Charset::Party, vec![(3, "🍜", Why::Sign)]),
        ("café", Charset::Party, vec![(4, "é", Why::Letter)]),
        ("소바", Charset::Party, vec![(1, "소바", Why::Letter)]),
        ("ソバ\u{202E}ウドン", Charset::Party, vec![(3, "\u{202E}", Why::Invisible)]),
        ("ソ\u{0}バ", Charset::Party, vec![(2, "\u{0}", Why::Invisible)]),
        ("アﾞ", Charset::Party, vec![(2, "ﾞ", Why::LoneMark)]),
        ("゛ア", Charset::Party, vec![(1, "゛", Why::LoneMark)]),
        ("カ ゛", Charset::Party, vec![(3, "゛", Why::LoneMark)]),
        ("ラ゜", Charset::Party, vec![(2, "゜", Why::LoneMark)]),
        ("ヷ", Charset::Party, vec![(1, "ヷ", Why::Letter)]),
        ("ホンテン(2)", Charset::Office, vec![(5, "(", Why::Sign), (7, ")", Why::Sign)]),
        ("A,B", Charset::Edi, vec![(2, ",", Why::Sign)]),
        ("", Charset::Party, vec![(1, "", Why::NoName)]),
        ("　 ", Charset::Party, vec![(1, "", Why::NoName)]),
        ("株式会社", Charset::Party, vec![(1, "", Why::NoName)]),
    ] {
        let expected: Vec<(usize, String, Why)> =
            expected.into_iter().map(|(at, found, why)| (at, found.to_owned(), why)).collect();
        assert_eq!(refused(typed, charset), expected, "{typed}");
    }
    let long = "ア".repeat(kana::MAX_CHARS + 1);
    assert_eq!(refused(&long, Charset::Party), [(1, String::new(), Why::TooLong)]);
    assert_eq!(party(&long[..3 * kana::MAX_CHARS]).chars().count(), kana::MAX_CHARS);
}

#[test]
fn a_problem_says_what_to_do() {
    let said = |typed| read(typed, Charset::Party).unwrap_err().to_string();
    assert_eq!(
        said("ソバ・山星"),
        "character 3, '・': a middle dot can't be sent; write a full stop or a space, as your \
         passbook has it; characters 4 to 5, '山星': kanji can't be sent to a bank; write how it \
         is read, in kana"
    );
    assert!(said("ソ\u{202E}バ").starts_with("character 2, '\\u{202e}': there is an invisible"));
}

#[test]
fn each_kind_of_field_has_its_own_characters() {
    let written = |typed, charset: Charset| read(typed, charset).map(|kana| kana.to_string());
    assert_eq!(written("ヒダ「ヲ」/1\\", Charset::Edi).unwrap(), "ﾋﾀﾞ｢ｦ｣/1\\");
    assert_eq!(written("\u{a5}\u{ffe5}", Charset::Edi).unwrap(), "\\\\");
    assert_eq!(written("株式会社ヒダ", Charset::Edi).unwrap_err().problems[0].why, Why::Kanji);
    assert_eq!(written("ホンテン", Charset::Office).unwrap(), "ﾎﾝﾃﾝ");
    assert_eq!(written("", Charset::Office).unwrap(), "");
    assert_eq!(written("", Charset::Edi).unwrap(), "");
}

#[test]
fn a_name_of_sixty_kana_is_cut_between_kana_only() {
    let name = read(&"ガ".repeat(60), Charset::Party).unwrap();
    assert_eq!(name.len(), 120);
    for most in [30, 40, 15] {
        let cut = name.cut_to(most);
        assert_eq!(cut.len(), most / 2 * 2);
        assert_eq!(Kana::try_new(cut.bytes(), Charset::Party), Ok(cut));
    }
}
