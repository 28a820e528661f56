//! How fast one caller may ask: a bucket of requests for each key, and for each address from
//! which requests come without one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use kernel::id::Key;
use kernel::{Id, Role};

use crate::bounds::{Bounds, Rate};
use crate::edge::Edge;
use crate::metrics::Slowed;
use crate::problem::Problem;
use crate::serve::Peer;

/// How many callers are told apart at a time; past it the newest share one bucket.
const MOST: usize = 100_000;
/// Between two looks for callers that may be forgotten.
const SWEEP: Duration = Duration::from_secs(1);

/// What strangers may open from one address, a minute and at once: a household, a tour's bus.
const OPENINGS: (NonZeroU32, NonZeroU32) =
    (NonZeroU32::new(6).expect("6 is not 0"), NonZeroU32::new(40).expect("40 is not 0"));

/// How often somebody may try to sign in from one address, a minute and at once: a till and its staff
/// behind one address, and nobody who guesses.
const SIGN_INS: (NonZeroU32, NonZeroU32) =
    (NonZeroU32::new(30).expect("30 is not 0"), NonZeroU32::new(60).expect("60 is not 0"));

/// One bucket for each caller.
struct Buckets {
    limiter: DefaultKeyedRateLimiter<u128>,
    rate: Rate,
    swept: Mutex<Option<Instant>>,
}

impl Buckets {
    fn of(rate: Rate) -> Option<Self> {
        let (per_s, burst) = (NonZeroU32::new(rate.per_s)?, NonZeroU32::new(rate.burst)?);
        let quota = Quota::per_second(per_s).allow_burst(burst);
        let limiter = RateLimiter::keyed(quota);
        Some(Self { limiter, rate, swept: Mutex::new(None) })
    }

    fn a_minute((rate, burst): (NonZeroU32, NonZeroU32)) -> Self {
        let quota = Quota::per_minute(rate).allow_burst(burst);
        let rate = Rate { per_s: 1, burst: burst.get() };
        Self { limiter: RateLimiter::keyed(quota), rate, swept: Mutex::new(None) }
    }

    /// Takes one request out of a caller's bucket, or says how long until there is one.
    fn take(&self, caller: u128) -> Result<(), Duration> {
        let caller = if self.has_room() { caller } else { u128::MAX };
        let taken = self.limiter.check_key(&caller);
        taken.map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// Forgets callers whose buckets are full again when there are many.
    fn has_room(&self) -> bool {
        if self.limiter.len() < MOST {
            return true;
        }
        let mut swept = self.swept.lock().expect("no holder of this lock panics");
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            self.limiter.retain_recent();
            *swept = Some(Instant::now());
        }
        self.limiter.len() < MOST
    }
}

/// How fast callers may ask.
pub struct Throttle {
    keys: Option<Buckets>,
    operators: Option<Buckets>,
    addresses: Option<Buckets>,
    openings: Option<Buckets>,
    sign_ins: Option<Buckets>,
    forwarded_for: bool,
}

impl Throttle {
    /// Full buckets of the sizes that the bounds say.
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            keys: Buckets::of(bounds.per_key),
            operators: Buckets::of(bounds.per_operator_key),
            addresses: Buckets::of(bounds.per_address),
            // Who bounds nothing does not bound this.
            openings: Buckets::of(bounds.per_address).map(|_| Buckets::a_minute(OPENINGS)),
            sign_ins: Buckets::of(bounds.per_address).map(|_| Buckets::a_minute(SIGN_INS)),
            forwarded_for: bounds.forwarded_for,
        }
    }

    fn key(&self, key: Id<Key>, role: Role) -> Result<(), (Duration, Rate)> {
        let buckets = if role == Role::Operator { &self.operators } else { &self.keys };
        taken(buckets, key.0)
    }

    fn address(&self, headers: &HeaderMap, peer: IpAddr) -> Result<(), (Duration, Rate)> {
        taken(&self.addresses, self.client(headers, peer))
    }

    fn opening(&self, headers: &HeaderMap, peer: IpAddr) -> Result<(), (Duration, Rate)> {
        taken(&self.openings, self.client(headers, peer))
    }

    fn sign_in(&self, headers: &HeaderMap, peer: IpAddr) -> Result<(), (Duration, Rate)> {
        taken(&self.sign_ins, self.client(headers, peer))
    }

    fn client(&self, headers: &HeaderMap, peer: IpAddr) -> u128 {
        let forwarded = self.forwarded_for.then(|| forwarded_for(headers)).flatten();
        network(forwarded.unwrap_or(peer))
    }
}

fn taken(buckets: &Option<Buckets>, caller: u128) -> Result<(), (Duration, Rate)> {
    let Some(buckets) = buckets else { return Ok(()) };
    buckets.take(caller).map_err(|wait| (wait, buckets.rate))
}

/// The address that the proxy before this server saw: the last one, which no client can make up.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    let with_port = || Some(last.parse::<SocketAddr>().ok()?.ip());
    last.parse().ok().or_else(with_port)
}

/// What one client is taken to hold: an address, or a whole /64 of IPv6.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) & !u128::from(u64::MAX),
    }
}

/// Lets a holder of a key ask, or says when it may again.
///
/// # Errors
/// `rate_limited`.
pub fn by_key(edge: &Edge, key: Id<Key>, role: Role) -> Result<(), Problem> {
    let slowed = edge.throttle().key(key, role);
    slowed.map_err(|(wait, rate)| limited(edge, Slowed::Key, wait, rate, "this key"))
}

/// The same for who shows no key, or none that opens.
///
/// # Errors
/// `rate_limited`.
pub fn by_address(
    edge: &Edge,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), Problem> {
    let slowed = edge.throttle().address(headers, peer_of(extensions));
    let who = "an address without a key";
    slowed.map_err(|(wait, rate)| limited(edge, Slowed::Address, wait, rate, who))
}

/// Lets a stranger open a wallet or sign up, which makes entries that stay, or says when it may.
///
/// # Errors
/// `rate_limited`.
pub fn openings(edge: &Edge, headers: &HeaderMap, extensions: &Extensions) -> Result<(), Problem> {
    let slowed = edge.throttle().opening(headers, peer_of(extensions));
    slowed.map_err(|(wait, _)| {
        edge.metrics().slowed(Slowed::Address);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail = "Nothing was done: too many were opened from this address; wait a minute.";
        let mut problem = Problem::new("rate_limited", detail);
        problem.retry_after_s = Some(seconds);
        problem
    })
}

/// Lets somebody try to sign in, or says when they may again.
///
/// # Errors
/// `rate_limited`.
pub fn sign_ins(edge: &Edge, headers: &HeaderMap, extensions: &Extensions) -> Result<(), Problem> {
    let slowed = edge.throttle().sign_in(headers, peer_of(extensions));
    slowed.map_err(|(wait, _)| {
        edge.metrics().slowed(Slowed::Address);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail =
            "Nothing was done: too many tried to sign in from this address; wait a minute.";
        let mut problem = Problem::new("rate_limited", detail);
        problem.retry_after_s = Some(seconds);
        problem
    })
}

fn peer_of(extensions: &Extensions) -> IpAddr {
    let peer = extensions.get::<Peer>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip())
}

/// Lets who asks for a page through, or says when it may again.
pub async fn pages(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    match by_address(&edge, request.headers(), request.extensions()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn limited(edge: &Edge, slowed: Slowed, wait: Duration, rate: Rate, who: &str) -> Problem {
    edge.metrics().slowed(slowed);
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
    let mut problem = Problem::new(
        "rate_limited",
        format!(
            "Nothing was done: {who} may ask {} times a second, and {} times at once; wait as \
             Retry-After says, then send the same request more slowly.",
            rate.per_s, rate.burst
        ),
    );
    problem.retry_after_s = Some(seconds);
    problem
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    fn throttle(rate: Rate) -> Throttle {
        Throttle::new(&Bounds { per_key: rate, per_address: rate, ..Bounds::default() })
    }

    const FEW: Rate = Rate { per_s: 1, burst: 3 };

    #[test]
    fn each_key_has_its_own_bucket_and_operators_none_by_default() {
        let throttle = throttle(FEW);
        let (one, other) = (Id::new(1), Id::new(2));
        for _ in 0..3 {
            throttle.key(one, Role::Merchant).unwrap();
        }
        let (wait, rate) = throttle.key(one, Role::Merchant).unwrap_err();
        assert!(wait > Duration::from_millis(500) && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(rate, FEW);
        throttle.key(other, Role::Traveller).unwrap();
        for _ in 0..10_000 {
            throttle.key(one, Role::Operator).unwrap();
        }
        let none = self::throttle(Rate { per_s: 0, burst: 1 });
        for _ in 0..10_000 {
            none.key(one, Role::Merchant).unwrap();
        }
    }

    #[test]
    fn what_strangers_may_open_is_bounded_unless_nothing_is() {
        let (headers, peer) = (HeaderMap::new(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let throttle = throttle(FEW);
        for _ in 0..40 {
            throttle.opening(&headers, peer).unwrap();
        }
        let (wait, _) = throttle.opening(&headers, peer).unwrap_err();
        assert!(wait > Duration::from_secs(5) && wait <= Duration::from_secs(10), "{wait:?}");
        throttle.opening(&headers, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))).unwrap();
        let none = self::throttle(Rate { per_s: 0, burst: 1 });
        for _ in 0..1_000 {
            none.opening(&headers, peer).unwrap();
        }
    }

    #[test]
    fn a_bucket_fills_again() {
        let throttle = throttle(Rate { per_s: 50, burst: 1 });
        throttle.key(Id::new(1), Role::Merchant).unwrap();
        let (wait, _) = throttle.key(Id::new(1), Role::Merchant).unwrap_err();
        std::thread::sleep(wait);
        throttle.key(Id::new(1), Role::Merchant).unwrap();
    }

    #[test]
    fn a_client_is_an_address_or_a_64th_of_ipv6() {
        let same = |one: &str, other: &str| {
            network(one.parse().unwrap()) == network(other.parse().unwrap())
        };
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }

    #[test]
    fn only_what_the_proxy_itself_has_seen_is_believed() {
        let read = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            forwarded_for(&headers).map(|address| address.to_string())
        };
        assert_eq!(read(&["203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(read(&["10.0.0.1, 203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(read(&["10.0.0.1", "203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(read(&["203.0.113.7:4711"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(read(&["[2001:db8::1]:4711"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(read(&["unknown"]), None);
        assert_eq!(read(&[]), None);
        // Unless it is said that a proxy stands before, nobody can choose an address.
        let mut headers = HeaderMap::new();
        let (peer, throttle) = (IpAddr::V4(Ipv4Addr::LOCALHOST), throttle(FEW));
        for last in 1..=3 {
            headers.insert("x-forwarded-for", format!("203.0.113.{last}").parse().unwrap());
            throttle.address(&headers, peer).unwrap();
        }
        assert!(throttle.address(&headers, peer).is_err());
    }

    #[test]
    fn strangers_without_end_take_no_memory_without_end() {
        let throttle = throttle(Rate { per_s: 1, burst: 1 });
        let headers = HeaderMap::new();
        let from = |number: u64| {
            let network = u128::from(number) << 64 | 0x2001 << 112;
            throttle.address(&headers, IpAddr::V6(Ipv6Addr::from(network)))
        };
        let mut slowed = 0;
        for number in 0..(MOST as u64 + 1_000) {
            slowed += u32::from(from(number).is_err());
        }
        assert!(throttle.addresses.unwrap().limiter.len() <= MOST + 1);
        // Beyond the bound they share a bucket.
        assert!(slowed > 0);
    }
}
