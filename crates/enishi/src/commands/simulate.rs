//! `enishi simulate`: years of journals that a model wrote, to compute figures over time from.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::ToSpan;
use jiff::civil::Date;
use journal::file::{ReadOnly, Verify};
use serde_json::json;
use server::board::days;
use server::insight::Simulated;
use views::Views;
use years::{CELLS, Model, Options, Written};

use crate::cli::Simulate;
use crate::folder;

/// Writes the years, then the lists of both cells, and says what is in them.
pub fn run(options: &Simulate) -> Result<ExitCode> {
    let until = match options.until {
        Some(until) => until,
        None => newest_month()?,
    };
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    if until > today {
        bail!("{until} has not come yet: nobody could go on from there; name an earlier --until");
    }
    let until_day = days::of_date(until).with_context(|| format!("{until} is too early"))?;
    let model = Model::default();
    let (seed, years) = (options.seed, options.years);
    let asked = Options { seed, years, until: until_day, payments: options.payments, model };
    if CELLS.iter().any(|(cell, _)| options.data.join(cell).exists()) {
        let data = options.data.display();
        bail!("{data} has cells already; name a new folder with --data, or delete it yourself");
    }
    let data = folder::open(&options.data)?;
    let began = Instant::now();
    // First said, then written: what a stopped run leaves behind is known for what it is.
    say(&data, &asked, until, None)?;
    let written = write(&data, &asked, options.json)?;
    say(&data, &asked, until, Some(&written))?;
    let took = began.elapsed();
    for (cell, _) in CELLS {
        list(&data, cell)?;
    }
    tell(options, &written, took, began.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// The first day after the month of the newest rates that ship, so that the last month is whole
/// but for its days after them.
fn newest_month() -> Result<Date> {
    let newest = market::rates::shipped().latest().date;
    let date: Date = newest.to_string().parse()?;
    Ok(date.last_of_month().checked_add(1.day())?)
}

fn write(data: &Path, asked: &Options, quiet: bool) -> Result<Written> {
    let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(1) };
    let style = ProgressStyle::with_template("{bar:30} day {pos} of {len}, {eta} left")?;
    bar.set_style(style);
    let written = years::write(data, asked, |day, of| {
        bar.set_length(of.into());
        bar.set_position(day.into());
    });
    bar.finish_and_clear();
    Ok(written?)
}

fn say(data: &Path, asked: &Options, until: Date, written: Option<&Written>) -> Result<()> {
    let years = i16::try_from(asked.years).unwrap_or(i16::MAX);
    let from = written.map_or_else(
        || until.checked_sub(years.years()).map_or_else(|_| until.to_string(), |d| d.to_string()),
        |written| days::civil(written.from).to_string(),
    );
    let model = &asked.model;
    let said = Simulated {
        seed: asked.seed,
        from,
        until: until.to_string(),
        payments: written.map_or(0, |written| written.payments),
        more_trips_percent: model.more_trips_percent,
        dearer_percent: model.dearer_percent,
        trip_days: model.trip_days,
        purchases_a_day: model.purchases_a_day,
        opening_months: model.opening_months,
    };
    let path = Simulated::path(data);
    std::fs::write(&path, serde_json::to_vec_pretty(&said)?)
        .with_context(|| format!("{} can't be written", path.display()))
}

/// Builds a cell's lists, so that a server that opens the folder has them at once.
fn list(data: &Path, cell: &str) -> Result<()> {
    let folder = data.join(cell);
    let mut reader = ReadOnly::open(&folder.join("journal"), Verify::Chain)?.reader();
    Views::open(&folder.join("views.db"), cell)?.catch_up(reader.as_mut())?;
    Ok(())
}

fn tell(options: &Simulate, written: &Written, took: Duration, all: Duration) {
    let Written { payments, refunds, trips, visitors, shops, .. } = written;
    if options.json {
        let positions: serde_json::Map<_, _> = written
            .positions
            .iter()
            .map(|(cell, position)| ((*cell).to_owned(), json!(position)))
            .collect();
        let told = json!({
            "seed": options.seed,
            "payments": payments,
            "refunds": refunds,
            "trips": trips,
            "visitors": visitors,
            "shops": shops,
            "positions": positions,
            "seconds_written": took.as_secs_f64(),
            "seconds": all.as_secs_f64(),
        });
        println!("{told}");
        return;
    }
    println!(
        "{payments} payments and {refunds} refunds of {visitors} visitors on {trips} trips at \
         {shops} shops, drawn with seed {}: written in {:.0} s, listed in {:.0} s.",
        options.seed,
        took.as_secs_f64(),
        (all - took).as_secs_f64()
    );
    let data = options.data.display();
    println!("Look at it with `enishi demo --data {data}`, under Operator, Insight.");
}
