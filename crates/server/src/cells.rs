//! The cells of this process as the edge sees them.

use std::sync::{Arc, RwLock};

use cell::{Clock, Handle, SystemClock};
use economy::{Answer, Command, Query, Reply, Request};
use kernel::{Id, Timestamp};
use tokio::task::JoinHandle;
use vault::Vault;

use crate::auth::KeyRing;
use crate::outcome::{Settled, settled};
use crate::problem::Problem;
use crate::refused::RefusedList;
use crate::sign_up::accounts::Accounts;
use crate::stream::Stream;

/// What the edge is told of a cell when it starts.
pub struct SiteConfig {
    /// The running cell.
    pub handle: Handle,
    /// The country on its shops' codes, ISO 3166-1 alpha-2 in capitals.
    pub country: String,
    /// The language of its shops' own names on codes, ISO 639 alpha-2 in capitals.
    pub language: String,
    /// Where the personal data of its parties stand.
    pub vault: Option<Arc<Vault>>,
}

/// One cell with what the edge keeps beside it.
pub struct Site {
    /// The running cell.
    pub handle: Handle,
    /// See [`SiteConfig::country`].
    pub country: String,
    /// See [`SiteConfig::language`].
    pub language: String,
    /// See [`SiteConfig::vault`].
    pub vault: Option<Arc<Vault>>,
    /// Who may call.
    pub keys: KeyRing,
    /// What was made durable, decoded.
    pub stream: Stream,
    /// Which shops have the same bank account.
    pub accounts: Accounts,
    /// What people of businesses were refused lately.
    pub refused: RefusedList,
    cell: Arc<str>,
    /// The links that it is known to have; see [`Site::require_link`].
    links: RwLock<Vec<(u16, String)>>,
}

impl Site {
    /// The cell's name, as codes and keys carry it.
    pub fn name(&self) -> &str {
        &self.handle.info().name
    }

    /// A fresh id by the time that the cell goes by, so that it counts as fresh there also while
    /// the machine's clock is set wrong.
    pub fn fresh<K>(&self) -> Id<K> {
        Id::from_parts(self.handle.now(), u128::from_le_bytes(random()))
    }

    /// The same, shared.
    pub(crate) fn cell(&self) -> &Arc<str> {
        &self.cell
    }

    /// Asks the cell a question.
    ///
    /// # Errors
    /// The cell's refusal, or that it does not answer now.
    pub async fn ask(&self, query: Query) -> Result<Settled<Answer>, Problem> {
        settled::answer(self.name(), self.handle.ask(query).await)
    }

    /// Asks the cell for a command of somebody, and notes it if they may not have it.
    ///
    /// # Errors
    /// The refusal, or that the cell did not take it or can't say what became of it.
    pub async fn submit(&self, request: Request) -> Result<Settled<Reply>, Problem> {
        let (actor, kind) = (request.actor, request.command.kind());
        let settled = settled::reply(self.name(), self.handle.submit(request).await);
        settled.inspect_err(|problem| {
            let what = Command::name_of(kind).unwrap_or("Other");
            self.refused.note(now(), actor, what, problem);
        })
    }

    /// Whether this cell has a link to the cell of a number, by the name if one is given. A link
    /// that is opened stays, so the cell is asked only for one that was not seen before.
    ///
    /// # Errors
    /// That the cell does not answer now; with what the answer rests on, that there is no link.
    pub async fn require_link(&self, peer: u16, name: Option<&str>) -> Result<(), Problem> {
        let is_it = |(number, known): &(u16, String)| {
            *number == peer && name.is_none_or(|name| name == known)
        };
        if self.links.read().expect("no holder of this lock panics").iter().any(is_it) {
            return Ok(());
        }
        let answer = self.ask(Query::Links).await?;
        let Answer::Links(links) = &answer.value else { return Err(Problem::internal()) };
        let links = links.iter().map(|known| (known.link.peer, known.link.name.clone()));
        let links: Vec<_> = links.collect();
        let found = links.iter().any(is_it);
        *self.links.write().expect("no holder of this lock panics") = links;
        if found {
            return Ok(());
        }
        let refusal = economy::Refusal::from(pay::Refusal::LinkNotFound);
        Err(Problem::refused(&refusal).at(&answer.cell, answer.position))
    }
}

/// The cells of this process. Its followers end with it.
pub struct Cells {
    sites: Vec<Arc<Site>>,
    followers: Vec<JoinHandle<()>>,
}

impl Cells {
    /// Reads each cell's keys and begins to follow it. Returns when every cell has answered.
    ///
    /// # Errors
    /// When a cell does not answer within half a minute.
    pub async fn start(configs: Vec<SiteConfig>) -> Result<Self, Problem> {
        let mut cells = Self { sites: Vec::new(), followers: Vec::new() };
        for config in configs {
            let (keys, position) = KeyRing::load(&config.handle).await?;
            let site = Arc::new(Site {
                cell: config.handle.info().name.as_str().into(),
                handle: config.handle,
                country: config.country,
                language: config.language,
                vault: config.vault,
                keys,
                stream: Stream::new(position),
                accounts: Accounts::default(),
                refused: RefusedList::new(now()),
                links: RwLock::default(),
            });
            cells.followers.push(tokio::spawn(crate::stream::follow(Arc::clone(&site))));
            cells.sites.push(site);
        }
        Ok(cells)
    }

    /// All of them, in the order they were given.
    pub fn all(&self) -> &[Arc<Site>] {
        &self.sites
    }

    /// The cell of a name.
    pub fn named(&self, name: &str) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.name() == name)
    }

    /// The cell of a number.
    pub fn numbered(&self, number: u16) -> Option<&Arc<Site>> {
        self.sites.iter().find(|site| site.handle.info().number == number)
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        self.followers.iter().for_each(JoinHandle::abort);
    }
}

/// The edge's clock.
pub fn now() -> Timestamp {
    SystemClock.wall()
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// A fresh id: a UUIDv7 of this moment by the machine's clock. A repeat of a request makes another one, which its cell
/// ignores, as it answers what it answered first.
pub fn fresh<K>() -> Id<K> {
    Id::from_parts(now(), u128::from_le_bytes(random()))
}
