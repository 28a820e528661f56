//! Names as Japanese banks write them: one byte a character, capital katakana of half width.
//!
//! A person types the name of an account as a phone offers it: `株式会社やまぼしそば`, `ヤマボシ　ソバ`,
//! `ﾔﾏﾎﾞｼ`, `yamaboshi`. A bank's file takes about ninety characters of JIS X 0201 and compares
//! them with the name in its books. [`read`] turns the one into the other, or says which of the typed
//! characters can't be written, where they stand, and what to do. [`Kana`] is a text that can.
//!
//! ```
//! use kana::Charset;
//!
//! let name = kana::read("株式会社やまぼしショップ", Charset::Party).unwrap();
//! assert_eq!(name.to_string(), "ｶ)ﾔﾏﾎﾞｼｼﾖﾂﾌﾟ");
//! assert_eq!(name.len(), 12);
//!
//! let refused = kana::read("山星ソバ", Charset::Party).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "characters 1 to 2, '山星': kanji can't be sent to a bank; write how it is read, in kana"
//! );
//! ```
//!
//! Sources: the characters are those of the Japanese Bankers Association's 使用文字一覧 (appendix 1
//! to its record formats), read strictly where its revisions differ: no `ｦ` but in EDI information,
//! no small kana, no long vowel mark. The abbreviations of companies are its 法人略語, 営業所略語
//! and 事業略語 as banks publish them. What is a judgement of ours says so where it stands.
//!
//! **Invariants**
//! - A [`Kana`] has only bytes of its [`Charset`], no space at either end, and no voicing mark but
//!   after a kana that can carry it.
//! - Nothing is dropped, guessed or cut by [`read`]: each typed character is written, or reported
//!   with its place. A kanji is never given a reading; the words for legal forms are, because theirs
//!   is settled.
//! - [`Kana::cut_to`] never parts a kana from its voicing mark.
//! - Reading what was written changes nothing: `read(kana.to_string())` is `kana`.
//!
//! **Absent**: knows no file and no field; how long a name may be is said by whoever writes it.
//! No dictionary of readings, no payroll names, no Unicode tables beyond what a name needs.

mod charset;
mod company;
mod fold;
mod problem;
mod read;
mod text;

pub use charset::Charset;
pub use problem::{Problem, Unwritable, Why};
pub use read::{MAX_CHARS, read};
pub use text::{Kana, NotKana};
