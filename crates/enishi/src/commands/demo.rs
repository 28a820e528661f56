//! `enishi demo`: both cells, the sample market, the first page, and visitors.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cli::Demo;
use crate::commands::visitors::Visitors;
use crate::config::Config;
use crate::forgetter::Forgetter;
use crate::nights::Nights;
use crate::node::Node;
use crate::signer::Signer;
use crate::sweeper::Sweeper;
use crate::{folder, lan, market_setup, outside, service, windows};

/// Runs until it is stopped.
pub fn run(options: &Demo) -> Result<ExitCode> {
    service::log_to_stderr(options.quiet);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    // First the port: a second demo must not touch the folder of the first.
    let (listener, network) = if options.lan {
        let network = lan::address()?;
        (runtime.block_on(server::listen_to_network(options.port))?, Some(network))
    } else {
        (runtime.block_on(server::listen(wanted))?, None)
    };
    let port = listener.local_addr()?.port();
    let address = format!("http://localhost:{port}");
    if options.fresh {
        folder::delete(&options.data)?;
    }
    let data = folder::open(&options.data)?;
    let config = Config::demo(&data, wanted);
    let mut node = Node::open(&config, runtime.handle())?;
    node.furnish(&config, &server::setup::Terms::of_demo())?;
    node.connect()?;
    let demo = market_setup::open(&node, &data)?;
    market_setup::write_env(&demo, &data, &address)?;
    let edge = runtime.block_on(service::edge(&node, &config, outside::Made::new()))?;
    let pages = runtime.block_on(windows::demo(&node, &config, &demo, &edge, &address))?;
    println!("{address}");
    if !options.quiet {
        println!("Rates: European Central Bank, {}. Stop with Ctrl-C.", newest_rates());
    }
    if let Some(network) = network {
        let visitor = demo.visitors.first().context("a demo has a visitor")?;
        let network = SocketAddr::new(network, port);
        let path = format!("/w/{}", visitor.code);
        println!("{}", lan::invitation(&format!("http://{network}"), &path)?);
    }
    let nights = Nights::start(&edge, &config)?;
    let keepers = (nights, Forgetter::start(&node)?, Sweeper::start(&node)?);
    let signer = Signer::start(&node, &data, &edge)?;
    let visitors = if options.no_visitors { None } else { Some(Visitors::start(&demo, &address)?) };
    let router = server::app(edge.clone(), pages);
    runtime.block_on(server::serve(listener, &edge, router, service::stopped()));
    drop((visitors, keepers, signer));
    node.stop();
    // Streams that are still open end with the process, not with their readers' patience.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

fn newest_rates() -> String {
    market::rates::shipped().latest().date.to_string()
}

/// Starts a demo without visitors in a process of its own and adds what it takes while idle.
pub fn measure_idle(report: &mut Value) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["demo", "--port", "0", "--quiet", "--no-visitors", "--data"])
        .arg(folder.path().join("data"))
        .stdout(Stdio::piped())
        .spawn()
        .context("the demo does not start")?;
    let measured = measure(&mut child);
    // The folder is thrown away with it.
    child.kill()?;
    child.wait()?;
    let (resident, percent) = measured?;
    report["rss_idle_bytes"] = json!(resident);
    report["cpu_idle_percent"] = json!(percent);
    Ok(())
}

fn measure(child: &mut std::process::Child) -> Result<(u64, f64)> {
    let out = child.stdout.take().context("the demo has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    if !line.starts_with("http") {
        bail!("the demo did not come up");
    }
    std::thread::sleep(Duration::from_secs(3));
    let stat = |what: &str| std::fs::read_to_string(format!("/proc/{}/{what}", child.id()));
    let ticks = || -> Result<u64> {
        let text = stat("stat")?;
        let fields = text.rsplit(')').next().unwrap_or_default();
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
        Ok(next() + next())
    };
    let before = ticks()?;
    let window = Duration::from_secs(10);
    std::thread::sleep(window);
    let used = ticks()? - before;
    // A tick is a hundredth of a second on Linux.
    let percent = used as f64 / 100.0 / window.as_secs_f64() * 100.0;
    let resident = stat("status")?
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|kib| kib.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0);
    Ok((resident * 1_024, percent))
}
