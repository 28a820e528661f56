//! Who did what.

use economy::people::Duty;

use super::{Amount, Chrome, Zone};

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct TrailLine {
    /// When, in microseconds.
    pub at: i64,
    /// Who; none for the cell's own front desk.
    pub name: Option<String>,
    /// What they are there for.
    pub duty: Option<Duty>,
    /// What: the name of the command.
    pub command: String,
    /// What about.
    pub object: Option<String>,
    /// How much.
    pub amount: Option<Amount>,
    /// Whether it was signed with a passkey.
    pub signed: bool,
}

/// Something that was refused.
#[derive(Clone, Debug)]
pub struct TriedLine {
    /// When last, in microseconds.
    pub at: i64,
    /// How often.
    pub times: u32,
    /// Who.
    pub name: Option<String>,
    /// What they are there for.
    pub duty: Option<Duty>,
    /// What: the name of a command, or a path.
    pub what: String,
    /// Why not.
    pub code: &'static str,
}

/// The page.
#[derive(Clone, Debug)]
pub struct TrailPage {
    /// What stands around it.
    pub chrome: Chrome,
    /// The window.
    pub base: String,
    /// Whether it is a shop's, else an operator's.
    pub shop: bool,
    /// Whether whoever looks has a page to go back to.
    pub back: bool,
    /// Whether the newest lines are shown.
    pub newest: bool,
    /// What was refused lately, the newest first, and since when that is kept.
    pub refused: Vec<TriedLine>,
    /// See above.
    pub refused_since: i64,
    /// The newest first.
    pub lines: Vec<TrailLine>,
    /// Where the list goes on.
    pub next: Option<u64>,
    /// This moment, in microseconds.
    pub now: i64,
    /// The clock of the cell.
    pub zone: Zone,
}
