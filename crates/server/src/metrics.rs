//! Figures for Prometheus, written by hand: a few counters need no crate.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::edge::Edge;
use crate::foresight::Level;

/// What was asked: method, route and status.
type Row = (String, String, u16);

/// Requests by route and status. Routes are those of the table, so that the number of rows is
/// bounded.
#[derive(Debug, Default)]
pub struct HttpMetrics {
    rows: Mutex<BTreeMap<Row, (u64, u64)>>,
    connections: Arc<AtomicU64>,
    turned_away: AtomicU64,
    slowed: [AtomicU64; 2],
    prefunds: Mutex<BTreeMap<(String, u8), Level>>,
}

/// By what a caller was told that it asks too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slowed {
    /// By its key.
    Key,
    /// By its address, without a key.
    Address,
}

/// An open connection; counts as such while it lives.
#[derive(Debug)]
pub struct OpenConnection(Arc<AtomicU64>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl HttpMetrics {
    /// Keeps how urgent a top-up of a link is; the level before, if it was another.
    pub fn prefund(&self, cell: &str, link: u8, level: Level) -> Option<Option<Level>> {
        let mut levels = self.prefunds.lock().ok()?;
        let before = levels.insert((cell.to_owned(), link), level);
        (before != Some(level)).then_some(before)
    }

    /// How urgent a top-up of a link is, as far as it was looked at.
    pub fn prefund_level(&self, cell: &str, link: u8) -> Option<Level> {
        self.prefunds.lock().ok()?.get(&(cell.to_owned(), link)).copied()
    }

    /// Counts a connection for as long as what is returned lives.
    pub fn opened(&self) -> OpenConnection {
        self.connections.fetch_add(1, Relaxed);
        OpenConnection(Arc::clone(&self.connections))
    }

    /// Counts a request that came too soon.
    pub fn slowed(&self, by: Slowed) {
        self.slowed[by as usize].fetch_add(1, Relaxed);
    }

    /// Counts a connection for which there was no room.
    pub fn turned_away(&self) {
        self.turned_away.fetch_add(1, Relaxed);
    }

    /// Counts a request and how long it took.
    pub fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut rows = self.rows.lock().expect("no holder of this lock panics");
        let row = rows.entry((method.to_owned(), route.to_owned(), status)).or_default();
        row.0 += 1;
        row.1 += took.as_micros() as u64;
    }
}

/// All figures in Prometheus' text format.
pub fn exposition(edge: &Edge) -> String {
    let mut out = String::new();
    requests(edge, &mut out);
    let http = edge.metrics();
    head(&mut out, "enishi_http_connections", "gauge", "Open connections.");
    line(&mut out, "enishi_http_connections", "", http.connections.load(Relaxed));
    let name = "enishi_http_connections_turned_away_total";
    head(&mut out, name, "counter", "Connections for which there was no room.");
    line(&mut out, name, "", http.turned_away.load(Relaxed));
    let name = "enishi_http_rate_limited_total";
    head(&mut out, name, "counter", "Requests that came too soon after one another.");
    for (by, label) in [(Slowed::Key, "key"), (Slowed::Address, "address")] {
        line(
            &mut out,
            name,
            &format!("{{by=\"{label}\"}}"),
            http.slowed[by as usize].load(Relaxed),
        );
    }
    let streams = edge.streams().open();
    head(&mut out, "enishi_event_streams", "gauge", "Open event streams.");
    line(&mut out, "enishi_event_streams", "", streams as u64);
    cells(edge, &mut out);
    corridor(edge, &mut out);
    prefunds(edge, &mut out);
    outside(edge, &mut out);
    out
}

/// How long what cells hold with others lasts.
fn prefunds(edge: &Edge, out: &mut String) {
    let Ok(levels) = edge.metrics().prefunds.lock() else { return };
    if levels.is_empty() {
        return;
    }
    let name = "enishi_prefund_level";
    head(out, name, "gauge", "How urgent a top-up is: 0 calm, 1 watch, 2 act, 3 empty.");
    for ((cell, link), level) in levels.iter() {
        line(out, name, &format!("{{cell=\"{cell}\",link=\"{link}\"}}"), *level as u64);
    }
}

/// Wallets of other companies.
fn outside(edge: &Edge, out: &mut String) {
    let counters: Vec<_> = edge.outside().counters().collect();
    if counters.is_empty() {
        return;
    }
    let name = "enishi_connector_questions_total";
    head(out, name, "counter", "What other companies were asked, by what they said.");
    for (cell, counter) in &counters {
        for ((connector, question, said), count) in counter.asked() {
            let labels = format!(
                "{{cell=\"{cell}\",connector=\"{connector}\",question=\"{question}\",said=\"{said}\"}}"
            );
            line(out, name, &labels, count);
        }
    }
    let name = "enishi_connector_open";
    head(out, name, "gauge", "What waits for another company's word, by what it said last.");
    for (cell, counter) in &counters {
        for ((what, said), count) in counter.open() {
            let labels = format!("{{cell=\"{cell}\",what=\"{what}\",said=\"{said}\"}}");
            line(out, name, &labels, count);
        }
    }
    let name = "enishi_connector_oldest_seconds";
    head(out, name, "gauge", "For how long the oldest of them waits.");
    for (cell, counter) in &counters {
        line(out, name, &of_cell(cell), counter.oldest().map_or(0, |age| age.as_secs()));
    }
}

/// The bridge to cells of other processes.
fn corridor(edge: &Edge, out: &mut String) {
    let ends = edge.corridor().ends();
    if ends.is_empty() {
        return;
    }
    let rows: Vec<_> = ends
        .iter()
        .flat_map(|end| {
            let of = |way| {
                let (cell, peer) = (&end.own.name, &end.peer.name);
                format!("cell=\"{cell}\",neighbour=\"{peer}\",way=\"{way}\"")
            };
            [(of("asking"), end.status.asking()), (of("asked"), end.status.asked())]
        })
        .collect();
    let name = "enishi_corridor_requests_total";
    head(out, name, "counter", "Signed requests between processes.");
    for (labels, way) in &rows {
        line(out, name, &format!("{{{labels},came=\"done\"}}"), way.done);
        line(out, name, &format!("{{{labels},came=\"failed\"}}"), way.failed);
    }
    let name = "enishi_corridor_troubled";
    head(out, name, "gauge", "Whether the newest request between processes failed.");
    for (labels, way) in &rows {
        line(out, name, &format!("{{{labels}}}"), u64::from(way.trouble.is_some()));
    }
}

fn requests(edge: &Edge, out: &mut String) {
    let rows = edge.metrics().rows.lock().expect("no holder of this lock panics").clone();
    let labels = |(method, route, status): &Row| {
        format!("{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}")
    };
    head(out, "enishi_http_requests_total", "counter", "Requests answered.");
    for (row, (count, _)) in &rows {
        line(out, "enishi_http_requests_total", &labels(row), *count);
    }
    let name = "enishi_http_request_microseconds_total";
    head(out, name, "counter", "Time spent answering.");
    for (row, (_, micros)) in &rows {
        line(out, name, &labels(row), *micros);
    }
}

fn cells(edge: &Edge, out: &mut String) {
    let figures: &[(&str, &str, &str, Figure)] = &[
        ("groups_total", "counter", "Groups made durable.", |m| m.groups.load(Relaxed)),
        ("records_total", "counter", "Records made durable.", |m| m.records.load(Relaxed)),
        ("refused_total", "counter", "Requests the rules refused.", |m| m.refused.load(Relaxed)),
        ("rejected_total", "counter", "Requests not taken in.", |m| m.rejected.load(Relaxed)),
        ("recoveries_total", "counter", "Times the state came back.", |m| {
            m.recoveries.load(Relaxed)
        }),
        ("sync_microseconds", "gauge", "How long the newest group took to become durable.", |m| {
            m.sync_us.load(Relaxed)
        }),
        ("durable_position", "gauge", "Position of the newest durable group.", |m| {
            m.durable.load(Relaxed)
        }),
        ("snapshot_position", "gauge", "Position of the newest snapshot.", |m| {
            m.snapshot.load(Relaxed)
        }),
        ("queued_weight", "gauge", "Weight of what waits.", |m| m.queued.load(Relaxed)),
    ];
    for (name, kind, help, figure) in figures {
        let name = format!("enishi_cell_{name}");
        head(out, &name, kind, help);
        for site in edge.cells().all() {
            line(out, &name, &of_cell(site.name()), figure(site.handle.metrics()));
        }
    }
    head(out, "enishi_cell_ready", "gauge", "Whether the cell decides.");
    for site in edge.cells().all() {
        let ready = u64::from(site.handle.ready());
        line(out, "enishi_cell_ready", &of_cell(site.name()), ready);
    }
    let Some(lists) = edge.lists() else { return };
    let name = "enishi_views_lag_groups";
    head(out, name, "gauge", "Groups that the views have not taken in yet.");
    for site in edge.cells().all() {
        let lag = site.handle.durable().saturating_sub(lists.position(site.name()));
        line(out, name, &of_cell(site.name()), lag);
    }
}

type Figure = fn(&cell::Metrics) -> u64;

fn of_cell(name: &str) -> String {
    format!("{{cell=\"{name}\"}}")
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("a String takes everything");
}

fn line(out: &mut String, name: &str, labels: &str, value: u64) {
    writeln!(out, "{name}{labels} {value}").expect("a String takes everything");
}
