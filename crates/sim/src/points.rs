//! Every step between two durable actions of a cell and of a relay, as a place to die at.
//!
//! ```text
//! come up ▸ take in ▸ decide ▸ tick ▸ hand over ▸ │durable│ ▸ tell one ▸ tell all
//!                      copy ▸ end the copy ▸ keep the snapshot
//! relay: ask ▸ hear ▸ greet ▸ read ▸ hand over ▸ │durable there│ ▸ hear of a part ▸ hear of all
//! ```

use crate::world::World;

/// A step that was just taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A process has replayed and claimed its journal, and taken nothing in.
    CameUp,
    /// Something waits in its queue.
    TookIn,
    /// A command is decided.
    Decided,
    /// What has run out is ended.
    Ticked,
    /// A group is with the journal's thread.
    HandedOver,
    /// It is durable, and the journal's thread has not said so.
    Written,
    /// It is said to be durable, and nobody was told what rests on it.
    Acknowledged,
    /// Some of those who wait were told.
    ToldSome,
    /// All were told.
    ToldAll,
    /// A part of a snapshot is copied.
    Copied,
    /// A snapshot is whole, and not kept yet.
    CopiedAll,
    /// A snapshot is kept.
    KeptSnapshot,
    /// A relay has asked where the receiver stands.
    RelayAsked,
    /// It has heard.
    RelayHeard,
    /// It has shown its witness.
    RelayGreeted,
    /// It has read messages.
    RelayRead,
    /// It has handed them over.
    RelayHandedOver,
    /// The receiver has handled some of them.
    RelayHeardOfSome,
    /// The receiver has handled them all.
    RelayHeardOfAll,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::CameUp,
        Self::TookIn,
        Self::Decided,
        Self::Ticked,
        Self::HandedOver,
        Self::Written,
        Self::Acknowledged,
        Self::ToldSome,
        Self::ToldAll,
        Self::Copied,
        Self::CopiedAll,
        Self::KeptSnapshot,
        Self::RelayAsked,
        Self::RelayHeard,
        Self::RelayGreeted,
        Self::RelayRead,
        Self::RelayHandedOver,
        Self::RelayHeardOfSome,
        Self::RelayHeardOfAll,
    ];

    /// How a death there is counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CameUp => "dead: came up",
            Self::TookIn => "dead: took in",
            Self::Decided => "dead: decided",
            Self::Ticked => "dead: ticked",
            Self::HandedOver => "dead: handed over",
            Self::Written => "dead: written",
            Self::Acknowledged => "dead: acknowledged",
            Self::ToldSome => "dead: told some",
            Self::ToldAll => "dead: told all",
            Self::Copied => "dead: copied",
            Self::CopiedAll => "dead: copied all",
            Self::KeptSnapshot => "dead: kept a snapshot",
            Self::RelayAsked => "dead: relay asked",
            Self::RelayHeard => "dead: relay heard",
            Self::RelayGreeted => "dead: relay greeted",
            Self::RelayRead => "dead: relay read",
            Self::RelayHandedOver => "dead: relay handed over",
            Self::RelayHeardOfSome => "dead: relay heard of some",
            Self::RelayHeardOfAll => "dead: relay heard of all",
        }
    }

    const fn is_of_relay(self) -> bool {
        self as u8 >= Self::RelayAsked as u8
    }
}

/// One death, at a step that is counted from the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// After so many steps; never after 0.
    pub after: u64,
    /// Whether all goes down with it, as when one process runs both cells and their relays.
    pub of_all: bool,
}

/// Where a run dies, and how far it is.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// Steps so far.
    pub passed: u64,
    /// At which of them.
    pub death: Option<Death>,
    /// At the next step of this kind of this cell or relay.
    pub armed: Option<(Point, usize)>,
    /// What has died, and is not buried.
    pub dead: Option<(Point, usize, bool)>,
}

impl World {
    /// A step was taken. Whether its cell or relay dies there: then nothing more of it happens.
    pub fn dies(&mut self, point: Point, at: usize) -> bool {
        let points = &mut self.points;
        points.passed += 1;
        if points.dead.is_some() {
            return false;
        }
        let counted = points.death.filter(|death| death.after == points.passed);
        let armed = points.armed == Some((point, at)) && !self.calm;
        if counted.is_none() && !armed {
            return false;
        }
        if armed {
            points.armed = None;
        }
        points.dead = Some((point, at, counted.is_some_and(|death| death.of_all)));
        self.rare.hit(point.name());
        true
    }

    /// Whether somebody died in what is happening.
    pub fn is_dead(&self) -> bool {
        self.points.dead.is_some()
    }

    /// Takes away what died, and lets it come up again.
    pub fn bury(&mut self) {
        let Some((point, at, all)) = self.points.dead.take() else { return };
        let pause = self.rng.process.log(1_000, 3_000_000);
        for cell in 0..2 {
            if all || (cell == at && !point.is_of_relay()) {
                self.kill(cell);
                self.start_in(cell, pause);
            }
            if all || (cell == at && point.is_of_relay()) {
                self.restart_relay(cell, pause);
            }
        }
    }
}
