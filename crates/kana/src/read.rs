//! From what a person types to what a bank can be sent.

use crate::charset::{byte_of, carries};
use crate::company::{Piece, pieces_of};
use crate::fold::{Folded, fold};
use crate::{Charset, Kana, Problem, Unwritable, Why};

/// More than any name: what is longer is refused unread.
pub const MAX_CHARS: usize = 400;

/// Reads a typed name: any width, hiragana or katakana, small or capital, composed or not.
///
/// Kana become capitals of half width with their marks apart, Latin letters capitals, the long
/// vowel mark and its many look-alikes `-`. Spaces at the ends go, several in a row are one. In a
/// [`Charset::Party`] the legal form of a company, in kanji, kana or brackets, becomes what banks
/// write: `ｶ)` before the name, `(ｶ)` inside, `(ｶ` after it. `ヲ` is `ｵ` where `ｦ` may not stand, as
/// account names are commonly kept; the association says only that `ｦ` is not allowed.
///
/// An office's name or EDI information may be empty; a party's may not.
///
/// # Errors
/// Everything that can't be written, with its place. The name as a whole is then not written.
pub fn read(text: &str, charset: Charset) -> Result<Kana, Unwritable> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(whole(Why::TooLong));
    }
    let folded = with_single_spaces(fold(text));
    let pieces = match charset {
        Charset::Party => pieces_of(&folded),
        Charset::Office | Charset::Edi => folded.into_iter().map(Piece::Char).collect(),
    };
    let has_name = pieces.iter().any(|piece| !matches!(piece, Piece::Form { .. }));
    if charset == Charset::Party && !has_name {
        return Err(whole(Why::NoName));
    }
    let mut writer = Writer::new(text, charset);
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Char(folded) => writer.character(*folded),
            Piece::Business { short, .. } => writer.short(short),
            Piece::Form { short, .. } => {
                if at != 0 {
                    writer.short("(");
                }
                writer.short(short);
                if at != last {
                    writer.short(")");
                }
            }
        }
    }
    writer.finish()
}

fn whole(why: Why) -> Unwritable {
    Unwritable { problems: vec![Problem { at: 1, found: String::new(), why }] }
}

/// No space at either end, one between words.
fn with_single_spaces(folded: Vec<Folded>) -> Vec<Folded> {
    let mut kept: Vec<Folded> = Vec::with_capacity(folded.len());
    for one in folded {
        let is_after_space = kept.last().is_none_or(|before| before.c == ' ');
        if one.c != ' ' || !is_after_space {
            kept.push(one);
        }
    }
    if kept.last().is_some_and(|last| last.c == ' ') {
        kept.pop();
    }
    kept
}

/// Collects bytes, and what can't be one.
struct Writer<'a> {
    typed: &'a str,
    charset: Charset,
    bytes: Vec<u8>,
    problems: Vec<Problem>,
}

impl<'a> Writer<'a> {
    const fn new(typed: &'a str, charset: Charset) -> Self {
        Self { typed, charset, bytes: Vec::new(), problems: Vec::new() }
    }

    /// Our own abbreviations, which are of characters that a party's name has.
    fn short(&mut self, text: &str) {
        self.bytes.extend(text.chars().filter_map(byte_of));
    }

    fn character(&mut self, folded: Folded) {
        let c = match (folded.c, self.charset) {
            ('ｦ', Charset::Office | Charset::Party) => 'ｵ',
            (c, _) => c,
        };
        let byte = byte_of(c).filter(|byte| self.charset.contains(*byte));
        let before = self.bytes.last().copied().unwrap_or(b' ');
        match byte {
            Some(byte) if carries(before, byte) => self.bytes.push(byte),
            Some(_) => self.problem(folded.at, Why::LoneMark),
            None => self.problem(folded.at, Why::of(c)),
        }
    }

    /// Notes what was typed at `at`; neighbours of one kind are one problem.
    fn problem(&mut self, at: usize, why: Why) {
        let found = self.typed.chars().nth(at - 1).map(String::from).unwrap_or_default();
        match self.problems.last_mut() {
            Some(last) if last.at + last.found.chars().count() > at => {}
            Some(last) if last.why == why && last.at + last.found.chars().count() == at => {
                last.found.push_str(&found);
            }
            _ => self.problems.push(Problem { at, found, why }),
        }
    }

    fn finish(self) -> Result<Kana, Unwritable> {
        if self.problems.is_empty() {
            let kana = Kana::try_new(&self.bytes, self.charset)
                .expect("what is written here has been checked byte by byte");
            Ok(kana)
        } else {
            Err(Unwritable { problems: self.problems })
        }
    }
}
