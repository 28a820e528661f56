//! What holds for every text.

use kana::{Charset, Kana, read};
use proptest::prelude::*;

fn charsets() -> impl Strategy<Value = Charset> {
    prop_oneof![Just(Charset::Office), Just(Charset::Party), Just(Charset::Edi)]
}

/// Texts that are mostly names, with everything else in between.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ぁ-ゖァ-ヺー]{1,4}",
        3 => "[ｦ-ﾟ]{1,4}",
        2 => "[ -~]{1,3}",
        1 => "[Ａ-ｚ０-９（）．　]{1,3}",
        1 => Just("株式会社".to_owned()),
        1 => Just("(株)".to_owned()),
        1 => Just("カ)".to_owned()),
        1 => Just("(カ".to_owned()),
        1 => Just("かぶしきがいしゃ".to_owned()),
        1 => Just("連合会".to_owned()),
        1 => "[\u{3099}\u{309A}゛゜ゝゞヽヾ]",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn reading_never_panics_and_places_are_true(text in texts(), charset in charsets()) {
        match read(&text, charset) {
            Ok(kana) => prop_assert_eq!(Kana::try_new(kana.bytes(), charset), Ok(kana)),
            Err(refused) => {
                prop_assert!(!refused.problems.is_empty());
                for problem in refused.problems {
                    let there: String = text
                        .chars()
                        .skip(problem.at - 1)
                        .take(problem.found.chars().count())
                        .collect();
                    prop_assert_eq!(there, problem.found);
                }
            }
        }
    }

    #[test]
    fn reading_what_was_written_changes_nothing(text in texts(), charset in charsets()) {
        if let Ok(kana) = read(&text, charset) {
            prop_assert_eq!(read(&kana.to_string(), charset), Ok(kana.clone()), "half width");
            prop_assert_eq!(read(&kana.wide(), charset), Ok(kana), "full width");
        }
    }

    #[test]
    fn a_cut_fits_and_stays_a_name(text in texts(), most in 0_usize..60) {
        if let Ok(kana) = read(&text, Charset::Party) {
            let cut = kana.cut_to(most);
            prop_assert!(cut.len() <= most);
            prop_assert!(kana.bytes().starts_with(cut.bytes()));
            prop_assert_eq!(Kana::try_new(cut.bytes(), Charset::Party), Ok(cut.clone()));
            if kana.len() <= most {
                prop_assert_eq!(cut, kana);
            } else {
                // Never more than the mark's kana and the spaces before it are lost.
                let lost = &kana.bytes()[cut.len()..most];
                prop_assert!(lost.iter().skip_while(|byte| **byte == b' ').count() <= 1);
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>(), charset in charsets()) {
        let _ = read(&text, charset).map_err(|refused| refused.to_string());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>(), charset in charsets()) {
        if let Ok(kana) = Kana::try_new(&bytes, charset) {
            prop_assert_eq!(kana.bytes(), &bytes[..]);
            let _ = (kana.wide(), kana.to_string());
        }
    }
}
