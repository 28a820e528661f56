//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Commerce between two economies on one double-entry ledger.
#[derive(Debug, Parser)]
#[command(name = "enishi", version, about, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; the demo when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of the demo, when nothing else is said.
    #[command(flatten)]
    pub demo: Demo,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Both cells, a sample market and a page to try it on (the default)
    Demo(Demo),
    /// Serve the cells of a configuration file
    Serve(Serve),
    /// Make the folders, books, links and first operator's key of a configuration file
    Init(Init),
    /// Replay everything and check it: exit code 1 and the place on any difference
    Audit(Audit),
    /// Write or read an EMVCo payment code
    Qr(Qr),
    /// Reference rates
    Rates(Rates),
    /// The bridge to a cell of another process: keys, how it goes, reconciliation
    Corridor(Corridor),
    /// Statements of corridors' days: check one that both sides signed
    Settlement(Settlement),
    /// Other operators: whether a system speaks the partner protocol, and a sandbox to try it against
    Partner(Partner),
    /// Write figures over months into one file that needs nothing else
    Report(Report),
    /// Write years of journals that a model drew, to look at figures over time
    Simulate(Simulate),
    /// Measure this machine
    Bench(Bench),
}

/// Options of the demo.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Port to listen on, on this machine only unless --lan; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Folder of the data; made when absent
    #[arg(long, default_value = "data")]
    pub data: PathBuf,
    /// Let phones on this network in: listens on all addresses, without TLS, and draws a QR code
    /// that opens a wallet
    #[arg(long)]
    pub lan: bool,
    /// Delete the data folder first, if it is one of Enishi's
    #[arg(long)]
    pub fresh: bool,
    /// Print the address and errors only
    #[arg(long)]
    pub quiet: bool,
    /// No simulated visitors
    #[arg(long)]
    pub no_visitors: bool,
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// The configuration file; `enishi.sample.toml` explains each line
    #[arg(long, default_value = "enishi.toml")]
    pub config: PathBuf,
    /// Listen elsewhere than the file says
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// Options of `init`.
#[derive(Clone, Debug, Args)]
pub struct Init {
    /// The configuration file
    #[arg(long, default_value = "enishi.toml")]
    pub config: PathBuf,
    /// Print the operators' keys as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `audit`.
#[derive(Clone, Debug, Args)]
pub struct Audit {
    /// Folder of the data; give it once for each process whose cells are linked
    #[arg(long, default_value = "data")]
    pub data: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `report`.
#[derive(Clone, Debug, Args)]
pub struct Report {
    /// Folder of the demo's data, or of a simulation's
    #[arg(long, default_value = "data", conflicts_with = "config")]
    pub data: PathBuf,
    /// The configuration file of a server, in place of a demo's folder
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The file to write; `-` for standard output
    #[arg(long, default_value = "report.html")]
    pub out: PathBuf,
    /// The language: zh-CN, ja or en
    #[arg(long, default_value = "en", value_parser = ["zh-CN", "ja", "en"])]
    pub lang: String,
    /// The first month, as 2025-11; by default the newest twelve that have ended
    #[arg(long)]
    pub from: Option<views::Month>,
    /// The last month, as 2026-10
    #[arg(long)]
    pub to: Option<views::Month>,
}

/// Options of `simulate`.
#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// Folder of the data; a new one, or an empty one
    #[arg(long, default_value = "simulated")]
    pub data: PathBuf,
    /// From which everything is drawn: the same one gives the same journals
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many years
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub years: u32,
    /// About how many payments
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    pub payments: u64,
    /// The first day that is not simulated any more; by default the month's end after the newest
    /// rates that ship
    #[arg(long)]
    pub until: Option<jiff::civil::Date>,
    /// Print what was written as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `qr`.
#[derive(Clone, Debug, Args)]
pub struct Qr {
    /// Which way.
    #[command(subcommand)]
    pub way: QrWay,
}

/// The two ways.
#[derive(Clone, Debug, Subcommand)]
pub enum QrWay {
    /// Draw a text as a QR code, in the terminal or into a file
    Encode {
        /// The text; read from standard input when absent
        text: Option<String>,
        /// Write an .svg or .png instead of drawing in the terminal
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Read an EMVCo code (text, or a picture with --picture) and print what it says as JSON
    Decode {
        /// The text; read from standard input when absent
        text: Option<String>,
        /// A PNG or JPEG with the code in it
        #[arg(long, conflicts_with = "text")]
        picture: Option<PathBuf>,
    },
}

/// Options of `rates`.
#[derive(Clone, Debug, Args)]
pub struct Rates {
    /// What to do.
    #[command(subcommand)]
    pub what: RatesWhat,
}

/// What to do with rates.
#[derive(Clone, Debug, Subcommand)]
pub enum RatesWhat {
    /// Read the European Central Bank's CSV (eurofxref.csv or eurofxref-hist.csv) and publish
    /// its newest day to the cells of a configuration that is not being served; a running cell
    /// takes rates at POST /v1/rates
    Import {
        /// The file
        file: PathBuf,
        /// The configuration file
        #[arg(long, default_value = "enishi.toml")]
        config: PathBuf,
        /// Only check the file and print its newest day
        #[arg(long)]
        check: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Options of `settlement`.
#[derive(Clone, Debug, Args)]
pub struct Settlement {
    /// What to do.
    #[command(subcommand)]
    pub what: SettlementWhat,
}

/// What to do with statements.
#[derive(Clone, Debug, Subcommand)]
pub enum SettlementWhat {
    /// Check the sums and both signatures of a statement; needs no cell and no network
    Verify {
        /// The statement, as the operator's page or the API hands it out
        file: PathBuf,
        /// A public key that you trust, as `enishi corridor key` prints it; may be given for each side
        #[arg(long = "key")]
        keys: Vec<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Options of `corridor`.
#[derive(Clone, Debug, Args)]
pub struct Corridor {
    /// What to do.
    #[command(subcommand)]
    pub what: CorridorWhat,
}

/// What to do with the bridge. A running server notices changed keys within a second.
#[derive(Clone, Debug, Subcommand)]
pub enum CorridorWhat {
    /// Print the cell's public key, for the neighbours' operators; makes it when there is none
    Key {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
    },
    /// Believe a neighbour's public key from now on
    Trust {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
        /// The neighbour's name
        #[arg(long)]
        neighbour: String,
        /// Its public key, as `enishi corridor key` prints it there
        key: String,
    },
    /// Believe a neighbour's key no more
    Distrust {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
        /// The neighbour's name
        #[arg(long)]
        neighbour: String,
        /// The public key or its name
        key: String,
    },
    /// Make the key that follows, and sign with it once told to
    Rotate {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
        /// Sign with the key made before: its public half must be trusted by the neighbours first
        #[arg(long)]
        activate: bool,
    },
    /// List the keys, and ask each neighbour where it stands
    Status {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
    },
    /// Hold both ends of a link against each other; with --reopen open this end again
    Reconcile {
        /// Which cell.
        #[command(flatten)]
        of: OfCell,
        /// The neighbour's name
        #[arg(long)]
        neighbour: String,
        /// An operator's key of the cell
        #[arg(long, env = "ENISHI_KEY", hide_env_values = true)]
        key: String,
        /// The cell's running server; what the file says by default
        #[arg(long)]
        server: Option<String>,
        /// Open this end again: the other's journal is believed as it is today
        #[arg(long, requires = "note")]
        reopen: bool,
        /// What was found and agreed, 1 to 400 characters; it stands in the journal
        #[arg(long)]
        note: Option<String>,
    },
}

/// Options of `partner`.
#[derive(Clone, Debug, Args)]
pub struct Partner {
    /// What to do.
    #[command(subcommand)]
    pub what: PartnerWhat,
}

/// What to do with partners; `docs/partner-protocol.md` explains it.
#[derive(Clone, Debug, Subcommand)]
pub enum PartnerWhat {
    /// Print the public half of the key in a file; makes the key when the file is not there
    Key {
        /// The file
        file: PathBuf,
        /// Whose it is
        #[arg(long, default_value = "kit")]
        name: String,
    },
    /// Try every rule of the protocol against a system's sandbox: exit code 1 if one is not kept
    Check {
        /// Where the system is: scheme, host and whatever path it has
        url: String,
        /// The system's name
        #[arg(long)]
        name: String,
        /// The system's public key
        #[arg(long)]
        trust: String,
        /// The file with the key to sign with, whose public half the sandbox believes
        #[arg(long)]
        key: PathBuf,
        /// As whom to ask: the name that the sandbox knows
        #[arg(long = "as", default_value = "kit")]
        own: String,
        /// The number that the sandbox knows it by
        #[arg(long, default_value_t = 901)]
        number: u16,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Serve a sandbox with a store and a payer, on this machine only; its books are thrown away
    Sandbox {
        /// Port to listen on; 0 takes a free one
        #[arg(long, default_value_t = 8090)]
        port: u16,
        /// The public key of who may ask, as `enishi partner key` prints it
        #[arg(long)]
        trust: String,
    },
}

/// Which cell of which configuration.
#[derive(Clone, Debug, Args)]
pub struct OfCell {
    /// The configuration file
    #[arg(long, default_value = "enishi.toml")]
    pub config: PathBuf,
    /// The cell's name; may be left out when the file has one
    #[arg(long)]
    pub cell: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `bench`.
#[derive(Clone, Debug, Args)]
pub struct Bench {
    /// What to measure.
    #[command(subcommand)]
    pub what: BenchWhat,
}

/// What can be measured.
#[derive(Clone, Debug, Subcommand)]
pub enum BenchWhat {
    /// Two-account transfers in batches of 8,190, every group synced
    Ledger(BenchRun),
    /// Whole payments across the bridge, both journals synced
    Pay(BenchRun),
    /// Whole payments over HTTP, from this process to a server in another
    Http(BenchRun),
    /// A night's bank files, from what the shops have to sealed files on the disk
    Payout(BenchRun),
    /// A bank's statement of a night's transfers, from its bytes to lines that are matched
    Statement(BenchRun),
    /// The keys of requests, each to the caller it stands for
    Authorize(BenchRun),
    /// One-time codes of phones, checked as before a decision
    Codes(BenchRun),
    /// Requests of a partner, verified: signature, digest, clock, nonce, body and witness
    Partner(BenchRun),
    /// A start from the journal, without and with a snapshot
    Replay(BenchRun),
    /// Resident bytes of a wallet, a payment, a remembered answer; the idle demo
    Memory(BenchRun),
}

/// How much is measured.
#[derive(Clone, Debug, Args)]
pub struct BenchRun {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// How many transfers, payments, shops (payout, statement), keys asked (authorize), entries, or seconds a load (http); the
    /// published figures use the default
    #[arg(long)]
    pub count: Option<u64>,
    /// How often; the median is reported
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
}
