//! What every module of the economy has in common.

use std::fmt;

use crate::Timestamp;

/// The role a party acts in. Numbers are stored: they never change.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(index_only)]
pub enum Role {
    /// The cell itself: ticks and messages of the corridor.
    #[n(0)]
    Cell,
    /// A person with a wallet.
    #[n(1)]
    Traveller,
    /// A business that is paid.
    #[n(2)]
    Merchant,
    /// Who runs the cell.
    #[n(3)]
    Operator,
    /// Another company whose users pay here.
    #[n(4)]
    Partner,
    /// Who lets rooms.
    #[n(5)]
    Host,
    /// A person who acts for another party, as its member.
    #[n(6)]
    Staff,
}

/// Who asked for a command: a party's number in its cell, the role it acts in, and the person who
/// acts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// The party's number; 0 is the cell itself.
    pub party: u32,
    /// The role it acts in.
    pub role: Role,
    /// The party's number of the person who acts: the party itself, or one of its staff. What
    /// needs two people needs two of these.
    pub person: u32,
}

impl Actor {
    /// The cell itself.
    pub const CELL: Self = Self::of(0, Role::Cell);

    /// A party that acts by itself.
    pub const fn of(party: u32, role: Role) -> Self {
        Self { party, role, person: party }
    }

    /// The same, done by one of its staff.
    pub const fn by(self, person: u32) -> Self {
        Self { person, ..self }
    }
}

/// What whoever keeps the keys found of a one-time code that a command shows. The cell that decides
/// has no keys: like time, this comes in from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeCheck {
    /// The command shows none, or nobody looked.
    #[default]
    Unchecked,
    /// It is the code of its phone at its step.
    Holds,
    /// It is the code of its phone at some other time of the last or next minutes.
    OtherTime,
    /// It is no code of that phone.
    Wrong,
}

/// What a decision knows beside the state: all of it comes in from outside and is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The time of the group that the decision stands in.
    pub now: Timestamp,
    /// Who asked.
    pub actor: Actor,
    /// The number of the cell that decides.
    pub cell: u16,
    /// What was found of the code that the command shows.
    pub code: CodeCheck,
}

impl Context {
    /// The context of a command that shows no code.
    pub const fn new(now: Timestamp, actor: Actor, cell: u16) -> Self {
        Self { now, actor, cell, code: CodeCheck::Unchecked }
    }
}

/// An answer that says no. A value, not a failure: flat, stable, with a sentence.
pub trait Refuse: fmt::Display + fmt::Debug {
    /// A stable word such as `insufficient_funds`; part of the API.
    fn code(&self) -> &'static str;

    /// Whether the same command may succeed later without anybody changing it.
    fn is_transient(&self) -> bool;
}

/// A broken invariant or a stored byte that can't be read. It drops the cell's state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub &'static str);

/// One module: a part of the state with its own facts. What its `decide` reads of the layers
/// below differs from module to module; this is what the economy asks of every one.
pub trait Module {
    /// The module's number in stored records; it never changes.
    const KIND: u8;
    /// Its facts.
    type Event: Clone + fmt::Debug;

    /// Applies a fact. Total: what could fail was judged before the fact was written.
    fn evolve(&mut self, now: Timestamp, event: &Self::Event);

    /// Writes `type, version, payload` of a fact behind what `out` holds.
    fn encode(event: &Self::Event, out: &mut Vec<u8>);

    /// Reads what `encode` wrote in any version ever written.
    fn decode(stored: &[u8]) -> Result<Self::Event, Fault>;

    /// The earliest moment at which something of this module falls due.
    fn next_deadline(&self) -> Option<Timestamp>;
}
