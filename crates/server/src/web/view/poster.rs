//! Posters to print, and the shop's page of them.

use super::{Amount, Chrome, Foreign, Lang, Problem};

/// On what paper posters are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// One to a page of A5.
    #[default]
    A5,
    /// One to a page of A4.
    A4,
    /// Two to a page of A4, each to be folded into a tent of A6 with a code on both sides.
    Tent,
    /// Four of A6 to a page of A4, with marks to cut at.
    Sheet,
}

impl Format {
    /// Every format, in the order of its choice.
    pub const ALL: [Self; 4] = [Self::A5, Self::A4, Self::Tent, Self::Sheet];

    /// Its word in addresses, messages and the sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::A5 => "a5",
            Self::A4 => "a4",
            Self::Tent => "tent",
            Self::Sheet => "sheet",
        }
    }

    /// The format of a word; A5 for any other.
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|format| format.word() == word).unwrap_or_default()
    }

    /// How many cards stand on one sheet of paper.
    pub const fn on_paper(self) -> usize {
        match self {
            Self::A5 | Self::A4 => 1,
            Self::Tent => 2,
            Self::Sheet => 4,
        }
    }
}

/// Posters to print, with the page around them.
#[derive(Clone, Debug)]
pub struct PosterPage {
    /// The language of the page around them; a poster itself has three.
    pub lang: Lang,
    /// The path of the store's posters.
    pub path: String,
    /// Which of them, as the address says it: empty for the store's own, `all`, or a place's number.
    pub which: String,
    /// On what paper.
    pub format: Format,
    /// The cards.
    pub cards: Vec<Card>,
    /// Whether the store takes payments.
    pub open: bool,
    /// Whether it has places with codes of their own.
    pub places: bool,
    /// Where the places go on that have no room on this page, counted from 0.
    pub next: Option<usize>,
    /// Which money the wallets hold that can pay, in three languages.
    pub wallets: [(Lang, String); 3],
}

/// One poster.
#[derive(Clone, Debug)]
pub struct Card {
    /// The shop's own name, and its language.
    pub name: Foreign,
    /// The name in Latin letters.
    pub latin_name: Option<String>,
    /// Its city.
    pub city: String,
    /// The picture of its code, an SVG.
    pub code: String,
    /// Its number, in groups; its id where it has none.
    pub number: String,
    /// The place at which it hangs; none for the store's own.
    pub place: Option<CardPlace>,
    /// What the wallets are called that can read it.
    pub badges: Vec<String>,
}

/// The place of a poster.
#[derive(Clone, Debug)]
pub struct CardPlace {
    /// What the shop calls it.
    pub label: String,
    /// What is due there; the payer types it if none.
    pub amount: Option<Amount>,
    /// What the shop's books call it.
    pub reference: Option<String>,
}

/// Ids of other networks that hold from a moment on.
#[derive(Clone, Debug)]
pub struct NextIds {
    /// From when.
    pub from: i64,
    /// The name of each network, and the id as it is written.
    pub ids: Vec<(String, String)>,
    /// The contract they come from.
    pub source: String,
    /// What the wallets are called that can read the code then.
    pub badges: Vec<String>,
    /// The picture of the code as it is then, an SVG; empty where it can't be written.
    pub code: String,
}

/// The form of ids of other networks, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct IdsTyped {
    /// JPQR's four levels.
    pub jpqr: [String; 4],
    /// The store's postal code.
    pub postal: String,
    /// Other networks, a line each.
    pub others: String,
    /// The contract.
    pub source: String,
    /// From which day; now when empty.
    pub from: String,
}

/// The shop's page of what hangs in its store.
#[derive(Clone, Debug)]
pub struct PostersPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// Path of the till.
    pub base: String,
    /// Path of the store's posters.
    pub poster: String,
    /// What the wallets are called that can read its code.
    pub badges: Vec<String>,
    /// Ids of other networks: the name, and the id as it is written; and from when, where they do
    /// not hold yet, as a sentence has it.
    pub ids: Vec<(String, String)>,
    /// The contract they come from.
    pub source: Option<String>,
    /// What holds next: from when, its ids and contract, and what a poster says and shows then.
    pub next: Option<NextIds>,
    /// Whether who looks may set ids.
    pub may_set: bool,
    /// What stands in the form of ids: what holds last, or what was typed.
    pub ids_typed: IdsTyped,
    /// Why the form of ids did nothing, in which line of it, and what of it in English.
    pub ids_problem: Option<(Problem, Option<usize>)>,
    /// The places, with their numbers.
    pub places: Vec<(u16, CardPlace)>,
    /// The key of its forms.
    pub key: String,
    /// What was typed, when it could not be read.
    pub typed: String,
    /// Now.
    pub now: i64,
    /// The shop's clock.
    pub zone: super::Zone,
    /// How many places were set, or withdrawn, just now.
    pub done: Option<&'static str>,
    /// Why the form did nothing, and in which line.
    pub problem: Option<(Problem, Option<usize>)>,
}
