//! The wallets of other companies that Enishi knows. Each is a folder here and a line in `KINDS`;
//! nothing else has to change when one is added (docs/adding-a-connector.md).
//!
//! **Invariants**
//! - What a connector is told in the configuration is read by its own folder and by nobody else; a
//!   word that it does not know is an error, never ignored.
//! - Each folder implements [`connector::Connector`], and its invariants are that trait's.
//!
//! **Absent**: payments as cells know them, the server, threads.

pub mod wechat;

use std::path::Path;
use std::sync::Arc;

use connector::Connector;
use kernel::Timestamp;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What every connector is made of.
pub struct Making<'a> {
    /// How the cell calls it.
    pub name: &'a str,
    /// Its own words of the configuration.
    pub table: toml::Table,
    /// The folder that paths in it are relative to.
    pub folder: &'a Path,
    /// Where the time comes from.
    pub clock: Clock,
}

type Make = fn(Making<'_>) -> Result<Arc<dyn Connector>, Unmade>;

/// Every kind of connector, by the word that the configuration has for it.
const KINDS: &[(&str, Make)] = &[("wechat", wechat::make)];

/// Why a connector was not made; a sentence with what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unmade(pub String);

/// Makes a connector of a kind.
///
/// # Errors
/// [`Unmade`].
pub fn make(kind: &str, making: Making<'_>) -> Result<Arc<dyn Connector>, Unmade> {
    let known = KINDS.iter().find(|(word, _)| *word == kind);
    let Some((_, make)) = known else {
        let words: Vec<_> = KINDS.iter().map(|(word, _)| *word).collect();
        let known = words.join(", ");
        return Err(Unmade(format!("no connector is of the kind '{kind}'; there are: {known}")));
    };
    make(making)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_is_told_which_there_are() {
        let clock: Clock = Arc::new(Timestamp::default);
        let (folder, table) = (Path::new("."), toml::Table::new());
        let making = Making { name: "x", table, folder, clock };
        let said = make("paypal", making).err().unwrap().to_string();
        assert!(said.contains("wechat"), "{said}");
    }
}
