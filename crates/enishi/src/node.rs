//! The cells of one process with all that stands around them: vaults, views, relays.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use cell::{CellInfo, Channel, Handle, Outcome, Relay, SnapshotConfig, SystemClock};
use economy::{Answer, Query};
use journal::file::{FileJournal, Identity, Options};
use link::keys::{KeyFolder, Keys};
use link::{Corridor, End, Who, Wire};
use partner::{Couriers, Partners};
use server::setup::{Founder, Side, Terms, code_terms};
use vault::Vault;
use views::{Follower, Views};

use crate::config::{self, Config};

/// One cell and what stands beside it.
pub struct Place {
    /// The running cell.
    pub handle: Handle,
    /// Personal data of its parties.
    pub vault: Arc<Vault>,
    /// Its lists.
    pub views: Views,
    /// What keeps the lists up to date.
    pub follower: Arc<Follower>,
    /// Its lines in the configuration.
    pub config: config::Cell,
}

/// The cells of one process.
pub struct Node {
    /// In the order of the configuration.
    pub places: Vec<Place>,
    /// On which its cells answer.
    pub runtime: tokio::runtime::Handle,
    /// The ends of the bridge to cells of other processes.
    pub corridor: Corridor,
    /// The partners of each cell.
    pub partners: Vec<Arc<Partners>>,
    relays: Vec<Relay>,
    couriers: Vec<Couriers>,
}

impl Node {
    /// Opens every cell of a configuration; [`Self::connect`] joins them.
    pub fn open(config: &Config, runtime: &tokio::runtime::Handle) -> Result<Self> {
        let mut places = Vec::new();
        for cell in &config.cells {
            let folder = config.data.join(&cell.name);
            let place = open_place(&folder, cell, config.accepts_clock_jumps, runtime)
                .with_context(|| format!("the cell '{}' does not start", cell.name))?;
            places.push(place);
        }
        let corridor = ends(config, config.cells.iter().map(of_cell));
        let partners = places.iter().map(|place: &Place| {
            let name = &place.config.name;
            let folder = config.data.join(name);
            let keys = Arc::new(Keys::over(KeyFolder::new(&folder, name)));
            let (handle, clock) = (place.handle.clone(), Arc::new(SystemClock));
            Arc::new(Partners::of(handle, keys, clock, Some(&folder)))
        });
        let partners = partners.collect();
        let (relays, couriers) = (Vec::new(), Vec::new());
        Ok(Self { places, runtime: runtime.clone(), corridor, partners, relays, couriers })
    }

    /// The cell of a name.
    pub fn place(&self, name: &str) -> Result<&Place> {
        let found = self.places.iter().find(|place| place.config.name == name);
        found.with_context(|| format!("this process runs no cell '{name}'"))
    }

    /// Starts a relay each way for every link between two cells of this process, and one for every
    /// link to a neighbour of another: its own process sends the other way.
    pub fn connect(&mut self) -> Result<()> {
        self.relays.clear();
        self.couriers.clear();
        for partners in &self.partners {
            self.couriers.push(Couriers::start(Arc::clone(partners))?);
        }
        for from in &self.places {
            for (number, link) in links(&from.handle)?.into_iter().enumerate() {
                if let Some(end) = self.corridor.between(from.config.number, link.link.peer) {
                    let wire = Box::new(Wire::over(Arc::clone(end)));
                    self.relays.push(Relay::start(from.handle.clone(), number as u8, wire)?);
                    continue;
                }
                let peer = self.places.iter().find(|to| to.config.number == link.link.peer);
                let Some(to) = peer else { continue };
                let back = links(&to.handle)?;
                let number_there =
                    back.iter().position(|there| there.link.peer == from.config.number);
                let Some(there) = number_there else { continue };
                let channel = Box::new(Channel::new(to.handle.clone(), there as u8));
                self.relays.push(Relay::start(from.handle.clone(), number as u8, channel)?);
            }
        }
        Ok(())
    }

    /// Opens what a configuration asks for and a cell does not have yet: books and links. A new cell
    /// is given its terms.
    pub fn furnish(&mut self, config: &Config, terms: &Terms) -> Result<()> {
        for place in &self.places {
            let founder = Founder::new(&place.handle);
            let currencies = place.config.currencies.iter().map(|code| config::currency(code));
            let currencies = currencies.collect::<Result<Vec<_>>>()?;
            self.runtime.block_on(founder.open_books(&currencies))?;
            if !place.has_history()? {
                let utc_offset_min = place.config.utc_offset_min;
                let rules = pay::Rules { utc_offset_min, ..pay::Rules::default() };
                self.runtime.block_on(founder.set_rules(rules))?;
                self.runtime.block_on(founder.set_terms(terms))?;
            }
        }
        let here = config.cells.iter().map(|cell| (cell.name.clone(), cell.number));
        let there = config.neighbours.iter().map(|cell| (cell.name.clone(), cell.number));
        let settlement = &terms.settlement;
        let terms = code_terms(here.chain(there));
        for place in &self.places {
            let founder = Founder::new(&place.handle);
            self.runtime.block_on(founder.set_code_terms(terms.clone()))?;
        }
        for link in &config.links {
            let currency = config::currency(&link.currency)?;
            let ends = [
                (&link.payer, Side::Payer, &link.seller),
                (&link.seller, Side::Seller, &link.payer),
            ];
            for (own, side, other) in ends {
                let Some(place) = self.places.iter().find(|place| place.config.name == *own) else {
                    continue;
                };
                let peer = info(config, other)?;
                let founder = Founder::new(&place.handle);
                self.runtime.block_on(founder.open_end(&peer, side, currency))?;
                let number = place.link_to(&peer)?;
                let offset = u16::try_from(place.config.utc_offset_min).unwrap_or(0);
                let how = (offset, link.warn_below);
                let settled = founder.settle_link(number, side, settlement, how);
                self.runtime.block_on(settled)?;
                if link.warn_below > 0 {
                    self.runtime.block_on(founder.warn_below(number, link.warn_below))?;
                }
            }
        }
        Ok(())
    }

    /// Stops relays, then cells; what was taken in is durable.
    pub fn stop(mut self) {
        self.relays.clear();
        self.couriers.clear();
        for place in &self.places {
            place.handle.stop();
        }
    }
}

impl Place {
    /// The number of this cell's link to another.
    pub fn link_to(&self, other: &CellInfo) -> Result<u8> {
        let found = links(&self.handle)?.iter().position(|link| link.link.peer == other.number);
        let at = found.with_context(|| {
            format!("the cell '{}' has no link to '{}'", self.config.name, other.name)
        })?;
        Ok(at as u8)
    }

    /// Whether anything but its books was ever done in the cell.
    pub fn has_history(&self) -> Result<bool> {
        Ok(!links(&self.handle)?.is_empty())
    }
}

fn open_place(
    folder: &Path,
    cell: &config::Cell,
    accept_clock_jumps: bool,
    runtime: &tokio::runtime::Handle,
) -> Result<Place> {
    let journal = folder.join("journal");
    std::fs::create_dir_all(&journal)
        .with_context(|| format!("the folder {} can't be made", journal.display()))?;
    let mut id = [0; 16];
    id[..2].copy_from_slice(&cell.number.to_be_bytes());
    let identity = Identity { name: cell.name.clone(), id };
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|why| anyhow::anyhow!("no random numbers: {why}"))?;
    let handle = cell::start(cell::Config {
        info: CellInfo { number: cell.number, name: cell.name.clone() },
        open: Box::new(move || {
            let journal = FileJournal::open_or_create(&journal, &identity, Options::default())?;
            Ok(Box::new(journal))
        }),
        clock: Arc::new(SystemClock),
        seed: u64::from_le_bytes(seed),
        accept_clock_jumps,
        codes: Some(crate::phone_keys::open(folder)?),
        on_fatal: Arc::new(|why| {
            eprintln!("enishi: a cell can't go on: {why}");
            std::process::exit(70);
        }),
        runtime: Some(runtime.clone()),
        snapshots: Some(SnapshotConfig::new(folder.join("snapshots"))),
    })?;
    let vault = Arc::new(Vault::open(folder, &cell.name)?);
    let views = Views::open(&folder.join("views.db"), &cell.name)?;
    let follower = Arc::new(views.follow(handle.feed())?);
    Ok(Place { handle, vault, views, follower, config: cell.clone() })
}

/// A cell of the file, here or elsewhere.
fn info(config: &Config, name: &str) -> Result<CellInfo> {
    let here = config.cells.iter().map(|cell| (&cell.name, cell.number));
    let there = config.neighbours.iter().map(|cell| (&cell.name, cell.number));
    let found = here.chain(there).find(|(known, _)| *known == name);
    let (name, number) = found.with_context(|| format!("there is no cell '{name}' in the file"))?;
    Ok(CellInfo { number, name: name.clone() })
}

fn of_cell(cell: &config::Cell) -> Who {
    Who { number: cell.number, name: cell.name.clone() }
}

/// The ends between these cells and all neighbours of the file that one of its links joins to them.
pub fn ends(config: &Config, cells: impl Iterator<Item = Who>) -> Corridor {
    let mut ends = Vec::new();
    for own in cells {
        let folder = KeyFolder::new(&config.data.join(&own.name), &own.name);
        let keys = Arc::new(Keys::over(folder));
        for neighbour in &config.neighbours {
            let joins = |link: &&config::Link| {
                let both = [&link.payer, &link.seller];
                both.contains(&&own.name) && both.contains(&&neighbour.name)
            };
            if config.links.iter().any(|link| joins(&link)) {
                let peer = Who { number: neighbour.number, name: neighbour.name.clone() };
                let (keys, clock) = (Arc::clone(&keys), Arc::new(SystemClock));
                ends.push(Arc::new(End::new(own.clone(), peer, &neighbour.url, keys, clock)));
            }
        }
    }
    Corridor::over(ends)
}

fn links(handle: &Handle) -> Result<Vec<economy::LinkView>> {
    match handle.ask_blocking(Query::Links) {
        Outcome::Answered { answer: Answer::Links(links), .. } => Ok(links),
        other => bail!("the cell '{}' does not answer: {other:?}", handle.info().name),
    }
}
