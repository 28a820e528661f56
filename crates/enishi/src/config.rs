//! The configuration file: ports, paths and sizes. What `decide` reads (rates, fees, limits)
//! enters by commands and never stands here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::bounds;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen; without TLS only on this machine.
    pub listen: SocketAddr,
    /// Folder of the data; relative to the file.
    pub data: PathBuf,
    /// The origin under which browsers know it, such as `https://pay.example`: passkeys are for its
    /// host. Without it there are none, but on this machine as `http://localhost`.
    #[serde(default)]
    pub public_origin: Option<String>,
    /// Reference rates older than this many days are refused at the start; 0 takes any.
    #[serde(default = "four")]
    pub rates_max_age_days: u32,
    /// What callers may take.
    #[serde(default)]
    pub bounds: bounds::Config,
    /// Whether a wall clock that jumped is accepted without an operator: the demo's own way,
    /// never a file's.
    #[serde(skip)]
    pub accepts_clock_jumps: bool,
    /// The cells that this process runs.
    #[serde(rename = "cell")]
    pub cells: Vec<Cell>,
    /// The cells of other processes that those have a link to.
    #[serde(rename = "neighbour", default)]
    pub neighbours: Vec<Neighbour>,
    /// The links between them.
    #[serde(rename = "link", default)]
    pub links: Vec<Link>,
    /// Wallets of other companies that pay in them.
    #[serde(rename = "connector", default)]
    pub connectors: Vec<Connector>,
    /// The folder of the file: other paths in it are relative to it.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A wallet of another company.
#[derive(Clone, Debug, Deserialize)]
pub struct Connector {
    /// The cell whose shops are paid.
    pub cell: String,
    /// How it is called: in addresses, in books.
    pub name: String,
    /// The kind of wallet.
    pub kind: String,
    /// The rest is of its kind, which refuses what it does not know.
    #[serde(flatten)]
    pub words: toml::Table,
}

/// A weekend and a holiday.
const fn four() -> u32 {
    4
}

/// One cell.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Its number, part of every id it hands out; never changes.
    pub number: u16,
    /// Its name, as codes carry it; never changes.
    pub name: String,
    /// The country on its shops' codes: `JP`.
    pub country: String,
    /// The language of its shops' names: `JA`.
    pub language: String,
    /// Currencies it keeps books in, its own first.
    pub currencies: Vec<String>,
    /// Whether shops may sign up by themselves; when left out they may in a cell of Japan, whose
    /// banks the sign-up knows.
    #[serde(default)]
    pub sign_up: Option<bool>,
    /// Minutes that its day is ahead of UTC.
    #[serde(default)]
    pub utc_offset_min: u32,
    /// From where its shops are paid; without it no bank files are made.
    pub bank: Option<Bank>,
}

/// The account from which a cell's bank pays shops, and who is said to pay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// The number by which the bank knows the operator: up to ten digits.
    pub code: String,
    /// Who pays, as payees see it; kana, or what can be written in it.
    pub name: String,
    /// The bank's code.
    pub bank: String,
    /// The branch's code.
    pub branch: String,
    /// The kind of the account.
    pub kind: BankAccountKind,
    /// Its number, up to seven digits.
    pub account: String,
}

/// The kind of the account that pays.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankAccountKind {
    /// 普通預金.
    Ordinary,
    /// 当座預金.
    Current,
}

/// A cell of another process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// Its number, as in its own file.
    pub number: u16,
    /// Its name, as in its own file.
    pub name: String,
    /// Where its server, or the proxy before it, is reached: `http://10.0.0.2:8080`.
    pub url: String,
}

/// A link on which one cell pays the other from a prefund.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The cell whose wallets pay.
    pub payer: String,
    /// The cell whose merchants are paid; it keeps the nostro.
    pub seller: String,
    /// The nostro's currency.
    pub currency: String,
    /// Below this many minor units the operator is warned.
    #[serde(default)]
    pub warn_below: u64,
}

impl Cell {
    fn knows_its_banks(&self) -> bool {
        self.country == "JP" && self.currencies.first().is_some_and(|own| own == "JPY")
    }

    /// Whether shops sign up here.
    pub fn signs_up(&self) -> bool {
        self.knows_its_banks() && self.sign_up.unwrap_or(true)
    }
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("{} can't be read; `enishi.sample.toml` is a start", path.display())
        })?;
        let mut config: Self = toml::from_str(&text)
            .with_context(|| format!("{} is not a configuration of Enishi", path.display()))?;
        if let Some(folder) = path.parent() {
            folder.clone_into(&mut config.folder);
        }
        if config.data.is_relative() {
            config.data = config.folder.join(&config.data);
        }
        config.check().with_context(|| format!("{}", path.display()))?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.cells.is_empty() {
            bail!("there must be at least one [[cell]]");
        }
        self.bounds.check()?;
        if let Some(origin) = &self.public_origin {
            server::passkeys::fits(origin).with_context(|| format!("public_origin '{origin}'"))?;
        }
        for (at, cell) in self.cells.iter().enumerate() {
            named_well(&cell.name)?;
            let twice = |other: &Cell| other.name == cell.name || other.number == cell.number;
            if self.cells[..at].iter().any(twice) {
                bail!("two cells share the name '{}' or the number {}", cell.name, cell.number);
            }
            for code in &cell.currencies {
                currency(code)?;
            }
            if cell.sign_up == Some(true) && !cell.knows_its_banks() {
                bail!(
                    "the cell '{}' can't sign shops up: only accounts of Japan's banks are known, \
                     in yen; leave sign_up out",
                    cell.name
                );
            }
            if let Some(bank) = &cell.bank {
                let told = || format!("[cell.bank] of the cell '{}'", cell.name);
                crate::nights::originator(bank).with_context(told)?;
            }
            if cell.currencies.is_empty() {
                bail!("the cell '{}' needs a currency", cell.name);
            }
        }
        for (at, neighbour) in self.neighbours.iter().enumerate() {
            let Neighbour { number, name, url } = neighbour;
            named_well(name)?;
            let here = self.cells.iter().map(|cell| (&cell.name, cell.number));
            let before = self.neighbours[..at].iter().map(|other| (&other.name, other.number));
            if here.chain(before).any(|(other, taken)| other == name || taken == *number) {
                bail!("two cells share the name '{name}' or the number {number}");
            }
            let place = url.strip_prefix("http://").map(|place| place.trim_end_matches('/'));
            if !place.is_some_and(|place| !place.is_empty() && !place.contains(['/', '?', '#'])) {
                bail!(
                    "the url '{url}' of the neighbour '{name}' must be http://host:port; let a \
                     tunnel or a proxy of this machine bring the TLS"
                );
            }
        }
        for link in &self.links {
            currency(&link.currency)?;
            let ours = |name: &str| self.cells.iter().any(|cell| cell.name == name);
            for name in [&link.payer, &link.seller] {
                if !ours(name) && self.neighbour(name).is_none() {
                    bail!("a link names the cell '{name}', which is not in the file");
                }
            }
            if !ours(&link.payer) && !ours(&link.seller) {
                bail!("no end of the link {} to {} is in this file", link.payer, link.seller);
            }
        }
        for (at, connector) in self.connectors.iter().enumerate() {
            let Connector { cell, name, .. } = connector;
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !(1..=16).contains(&name.len()) || !name.chars().all(plain) {
                bail!("the name '{name}' of a [[connector]] must be 1 to 16 of a-z, 0-9 and -");
            }
            if !self.cells.iter().any(|known| known.name == *cell) {
                bail!("[[connector]] '{name}' names the cell '{cell}', which is not in the file");
            }
            if self.connectors[..at].iter().any(|other| other.name == *name) {
                bail!("two connectors are called '{name}': each has its own address");
            }
        }
        Ok(())
    }

    /// The neighbour of a name.
    pub fn neighbour(&self, name: &str) -> Option<&Neighbour> {
        self.neighbours.iter().find(|neighbour| neighbour.name == name)
    }

    /// What the demo runs.
    pub fn demo(data: &Path, listen: SocketAddr) -> Self {
        let cell =
            |number, name: &str, country: &str, language: &str, own: &str, other: &[&str]| {
                let mut currencies = vec![own.to_owned()];
                currencies.extend(other.iter().map(|code| (*code).to_owned()));
                let utc_offset_min = if name == "jp" { 540 } else { 480 };
                // Hida Credit Union, with an invented account.
                let bank = (name == "jp").then(|| Bank {
                    code: "2476000001".into(),
                    name: "エニシ デモ".into(),
                    bank: "2476".into(),
                    branch: "001".into(),
                    kind: BankAccountKind::Ordinary,
                    account: "0000001".into(),
                });
                let (name, country, language) = (name.into(), country.into(), language.into());
                let sign_up = None;
                Cell { number, name, country, language, currencies, sign_up, utc_offset_min, bank }
            };
        Self {
            listen,
            data: data.to_owned(),
            public_origin: None,
            rates_max_age_days: 0,
            bounds: bounds::Config::default(),
            accepts_clock_jumps: true,
            cells: vec![
                cell(1, "cn", "CN", "ZH", "CNY", &["JPY"]),
                cell(2, "jp", "JP", "JA", "JPY", &[]),
            ],
            neighbours: Vec::new(),
            connectors: Vec::new(),
            folder: PathBuf::new(),
            links: vec![Link {
                payer: "cn".into(),
                seller: "jp".into(),
                currency: "JPY".into(),
                warn_below: 4_000_000,
            }],
        }
    }
}

fn named_well(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 6 || !name.chars().all(plain) {
        bail!("the cell name '{name}' must be 1 to 6 of a-z, 0-9 and -");
    }
    Ok(())
}

/// The currency of a code in the file.
pub fn currency(code: &str) -> Result<kernel::Currency> {
    code.parse().with_context(|| format!("'{code}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_says_what_holds_when_it_is_left_out() {
        let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../enishi.sample.toml");
        let config = Config::read(Path::new(sample)).unwrap();
        assert_eq!(config.bounds, bounds::Config::default());
        assert_eq!(config.rates_max_age_days, four());
    }
}
