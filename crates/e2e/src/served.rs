//! A running server that ends with its test.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::binary::enishi;

/// How long a start may take: it replays what is there.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pipe that is read to its end by a thread.
pub struct Collected {
    text: Arc<Mutex<String>>,
    thread: JoinHandle<()>,
}

impl Collected {
    /// What came so far.
    pub fn so_far(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When what came is not readable.
    pub fn finish(self) -> String {
        self.thread.join().expect("the reader does not panic");
        Arc::into_inner(self.text)
            .map(|text| text.into_inner().unwrap_or_else(PoisonError::into_inner))
            .unwrap_or_default()
    }
}

/// Reads a pipe to its end.
pub fn collect(mut pipe: impl Read + Send + 'static) -> Collected {
    let text = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&text);
    let thread = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut bytes) {
            let part = String::from_utf8_lossy(&bytes[..count]);
            into.lock().unwrap_or_else(PoisonError::into_inner).push_str(&part);
        }
    });
    Collected { text, thread }
}

/// A process of the binary that serves, or is about to.
pub struct Served {
    child: Child,
    address: String,
    lines: Receiver<String>,
    err: Option<Collected>,
}

impl Served {
    /// Starts the demo without visitors on a free port, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn demo(data: &Path) -> Self {
        Self::demo_with(data, &[])
    }

    /// The same with further options.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn demo_with(data: &Path, more: &[&str]) -> Self {
        let mut served = Self::begin_demo(data, more);
        served.await_address();
        served
    }

    /// Starts the demo and does not wait.
    ///
    /// # Panics
    /// When there is no such binary.
    pub fn begin_demo(data: &Path, more: &[&str]) -> Self {
        let folder = data.parent().expect("a data folder lies in a folder");
        let mut args: Vec<&OsStr> =
            ["demo", "--port", "0", "--no-visitors", "--data"].map(OsStr::new).to_vec();
        args.push(data.as_os_str());
        args.extend(more.iter().map(OsStr::new));
        Self::begin(folder, &args)
    }

    /// Starts the binary in `folder` and does not wait.
    ///
    /// # Panics
    /// When there is no such binary.
    pub fn begin(folder: &Path, args: &[impl AsRef<OsStr>]) -> Self {
        let mut child = Command::new(enishi())
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let err = collect(child.stderr.take().expect("it is piped"));
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            // Reads on when nobody listens any more: a full pipe would stop the server.
            for line in out.lines().map_while(Result::ok) {
                let _gone = send.send(line);
            }
        });
        Self { child, address: String::new(), lines, err: Some(err) }
    }

    /// Waits for the line with the address.
    ///
    /// # Panics
    /// When it does not come.
    pub fn await_address(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.address.is_empty() {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.starts_with("http://") => self.address = line,
                Ok(_) => {}
                Err(_) => panic!("it does not come up: {}", self.said()),
            }
        }
    }

    /// Waits for a line that begins so; what follows on it. None when it ended without one.
    ///
    /// # Panics
    /// When it says nothing for a minute.
    pub fn await_line(&self, start: &str) -> Option<String> {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(start) {
                        return Some(rest.to_owned());
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("it says nothing: {}", self.said()),
            }
        }
    }

    /// `http://localhost:PORT`, once it came up.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard error so far.
    pub fn said(&self) -> String {
        self.err.as_ref().map(Collected::so_far).unwrap_or_default()
    }

    /// Ends it as nothing expects it: `kill -9`. What it had said.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
        self.err.take().map(Collected::finish).unwrap_or_default()
    }

    /// Ends it as Ctrl-C does; how it ended, and what it had said.
    ///
    /// # Panics
    /// When it does not end in 20 seconds.
    pub fn stop(mut self) -> (ExitStatus, String) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::INT).expect("a child can be told");
        let until = Instant::now() + Duration::from_secs(20);
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            assert!(Instant::now() < until, "Ctrl-C does not end it: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        };
        (status, self.err.take().map(Collected::finish).unwrap_or_default())
    }

    /// Whether it has ended by itself.
    ///
    /// # Panics
    /// When the process is lost.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_some()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Both fail only for what has ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Asserts that a server's log tells of no error and no panic. A warning is not one: it says what
/// happened to it, a kill for example.
///
/// # Panics
/// When it does.
pub fn is_calm(said: &str) {
    let bad = ["\"level\":\"ERROR\"", "panicked", "can't go on"];
    assert!(!bad.iter().any(|sign| said.contains(sign)), "the server's log: {said}");
}

/// One person or shop of the demo, as `demo.json` has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// The end of its window's path.
    pub code: String,
    /// Its API key.
    pub key: String,
    /// Its wallet, of a person.
    pub wallet: String,
    /// Its merchant, of a shop.
    pub merchant: String,
    /// Its store, of a shop.
    pub store: String,
}

/// The demo's market, as `demo.json` has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Market {
    /// One for `cn`, one for `jp`.
    pub operators: Vec<Member>,
    /// People with a yuan wallet.
    pub visitors: Vec<Member>,
    /// People with a yen wallet.
    pub residents: Vec<Member>,
    /// Shops.
    pub shops: Vec<Member>,
}

impl Market {
    /// Reads it.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(data: &Path) -> Self {
        let bytes = fs::read(data.join("demo.json")).expect("a demo has a demo.json");
        serde_json::from_slice(&bytes).expect("demo.json holds the market")
    }
}
