//! How much the edge takes from callers, and how long it waits for them.

use std::time::Duration;

/// What bounds callers. The default is what fits one machine.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The most connections at a time.
    pub connections: usize,
    /// How long the head of a request may take; a connection without a request ends after as long.
    pub head: Duration,
    /// How long a body may take to come, beside a second for each 64 KB of it.
    pub body: Duration,
    /// How long a client may take none of what is written to it.
    pub stalled: Duration,
    /// How long what is being answered may go on when the edge stops.
    pub farewell: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 4_096,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            stalled: Duration::from_secs(15),
            farewell: Duration::from_secs(10),
        }
    }
}
