//! `enishi report`: figures over months as one file that needs nothing else.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use journal::file::{FileJournal, Identity, OpenError, Options, ReadOnly, Verify};
use server::insight::{Provenance, Simulated, Sources, Wanted, gather};
use server::web::text::Lang;
use views::Views;

use crate::cli::Report;
use crate::config::{self, Config};
use crate::windows::own_currency;

/// Reads the lists, brings them up to the journals where no server does, and writes the file.
pub fn run(options: &Report) -> Result<ExitCode> {
    let config = match &options.config {
        Some(file) => Config::read(file)?,
        None => Config::demo(&options.data, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
    };
    let sources = sources(&config, options.config.is_none())?;
    let wanted = Wanted { first: options.from, last: options.to, ..Wanted::default() };
    let (shown, wrong) = gather(&sources, &wanted)?;
    if let Some(wrong) = wrong {
        bail!("these months can't be told: {}", wrong.sentence());
    }
    let lang = Lang::parse(&options.lang).context("a language of the three")?;
    let today = jiff::Timestamp::now().to_zoned(TimeZone::system()).date();
    let report = server::web::insight::report(lang, &shown, today).into_string();
    if options.out.as_os_str() == "-" {
        std::io::stdout().write_all(report.as_bytes())?;
    } else {
        let path = &options.out;
        std::fs::write(path, report)
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(config: &Config, demo: bool) -> Result<Sources> {
    let simulated = Simulated::read(&config.data).context("simulated.json can't be read")?;
    let provenance = match simulated {
        Some(simulated) => Provenance::Simulated(simulated),
        None if demo => Provenance::Demo,
        None => Provenance::Own,
    };
    let (mut shops, mut visitors, mut wallets) = (None, None, Vec::new());
    for cell in &config.cells {
        let currency = own_currency(&cell.currencies)?;
        wallets.push((cell.name.clone(), currency));
        let side = match config.links.iter().any(|link| link.payer == cell.name) {
            true => &mut visitors,
            false => &mut shops,
        };
        if side.is_none() {
            *side = Some((lists(&config.data, cell)?, currency));
        }
    }
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let now = kernel::Timestamp(u64::try_from(wall.as_micros())?);
    Ok(Sources { shops, visitors, wallets, provenance, now })
}

/// A cell's lists, as new as its journal: a server that runs keeps them so by itself.
fn lists(data: &Path, cell: &config::Cell) -> Result<Views> {
    let folder = data.join(&cell.name);
    let journal = folder.join("journal");
    let told = || format!("the cell '{}' in {} can't be read", cell.name, data.display());
    let mut reader = ReadOnly::open(&journal, Verify::Chain).with_context(told)?.reader();
    let views = Views::open(&folder.join("views.db"), &cell.name)?;
    if views.position() >= reader.head()?.position {
        return Ok(views);
    }
    let identity = Identity::read(&journal).with_context(told)?;
    match FileJournal::open(&journal, &identity, Options::default()) {
        // The lock is held meanwhile: no server begins to follow beside us.
        Ok(held) => {
            views.catch_up(reader.as_mut())?;
            drop(held);
        }
        Err(OpenError::Locked { .. }) => {}
        Err(why) => return Err(why).with_context(told),
    }
    Ok(views)
}
