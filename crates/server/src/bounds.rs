//! How much the edge takes from callers, and how long it waits for them.

use std::time::Duration;

/// A bucket of requests: it holds `burst` of them and is filled with `per_s` a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second in the long run; 0 for without a bound.
    pub per_s: u32,
    /// Requests at once.
    pub burst: u32,
}

/// What bounds callers. The default is what fits one machine.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The most connections at a time.
    pub connections: usize,
    /// The most event streams at a time, of all callers and of one key.
    pub streams: usize,
    /// See [`Self::streams`].
    pub streams_per_key: usize,
    /// How fast the holder of a key may ask.
    pub per_key: Rate,
    /// The same for an operator's key, whose batches and scripts are the cell's own work.
    pub per_operator_key: Rate,
    /// How fast an address may ask that shows no key, or none that opens.
    pub per_address: Rate,
    /// Whether a proxy stands before this server and says in `X-Forwarded-For` who asks.
    pub forwarded_for: bool,
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
            streams: 1_000,
            streams_per_key: 100,
            per_key: Rate { per_s: 200, burst: 400 },
            per_operator_key: Rate { per_s: 0, burst: 1 },
            per_address: Rate { per_s: 100, burst: 500 },
            forwarded_for: false,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            stalled: Duration::from_secs(15),
            farewell: Duration::from_secs(10),
        }
    }
}
