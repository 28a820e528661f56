//! Where the binary is, and one run of it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The path of the binary, of the profile that the calling test was built with. It is built first
/// when it is absent or older than its sources.
///
/// # Panics
/// When it can't be built.
pub fn enishi() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own file");
        // target/<profile>/deps/<test>
        let folder = test.ancestors().nth(2).expect("a test lies in a target folder").to_owned();
        let binary = folder.join("enishi");
        // One process builds, the others wait: the lock ends with the file.
        let lock = File::create(folder.join("enishi.e2e-lock")).expect("the target is writable");
        lock.lock().expect("a lock on a file of the target folder");
        if is_stale(&binary) {
            build(&folder);
        }
        binary
    })
}

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("the crate lies in <workspace>/crates/e2e")
}

fn is_stale(binary: &Path) -> bool {
    let Ok(built) = fs::metadata(binary).and_then(|it| it.modified()) else { return true };
    let root = workspace();
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| root.join(name));
    let folders = fs::read_dir(root.join("crates")).into_iter().flatten().flatten();
    // What only tests read does not make the binary another one.
    let parts = ["Cargo.toml", "src", "assets", "locales", "data"];
    let sources = folders
        .map(|folder| folder.path())
        .filter(|folder| !folder.ends_with("e2e"))
        .flat_map(|folder| parts.map(|part| folder.join(part)));
    manifests.into_iter().chain(sources).any(|path| is_newer(&path, built))
}

fn is_newer(path: &Path, built: SystemTime) -> bool {
    let Ok(meta) = fs::metadata(path) else { return false };
    if !meta.is_dir() {
        return meta.modified().is_ok_and(|changed| changed > built);
    }
    fs::read_dir(path).into_iter().flatten().flatten().any(|entry| is_newer(&entry.path(), built))
}

fn build(folder: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = folder.file_name().and_then(OsStr::to_str).unwrap_or("debug");
    let profile = if profile == "debug" { "dev" } else { profile };
    let target = folder.parent().expect("a profile lies in a target folder");
    let status = Command::new(cargo)
        // The whole workspace, so that its crates keep the features they were tested with.
        .args(["build", "--workspace", "--bin", "enishi", "--locked", "--quiet"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(workspace())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "enishi can't be built");
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

impl Ran {
    /// Asserts that it said no as every command says no: no success, one line of at most 400
    /// characters on standard error that holds `words`, no panic, no trace of the stack. The
    /// line, for more.
    ///
    /// # Panics
    /// When it did not.
    pub fn refuses(&self, words: &[&str]) -> &str {
        assert!(self.code.is_some_and(|code| code != 0), "no refusal: {self:#?}");
        self.is_clean();
        let lines: Vec<&str> = self.err.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 1, "not one line: {self:#?}");
        assert!(lines[0].chars().count() <= 400, "too long: {self:#?}");
        for word in words {
            assert!(lines[0].contains(word), "{word:?} is not in {:?}", lines[0]);
        }
        lines[0]
    }

    /// Asserts success, and that nothing was said on standard error. What it printed.
    ///
    /// # Panics
    /// When it did not succeed.
    pub fn succeeds(&self) -> &str {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self.is_clean();
        &self.out
    }

    /// Asserts that it did not panic, whatever it said.
    ///
    /// # Panics
    /// When it did.
    pub fn is_clean(&self) {
        for text in [&self.out, &self.err] {
            for sign in ["panicked", "RUST_BACKTRACE", "stack backtrace", "unwrap()"] {
                assert!(!text.contains(sign), "{sign:?} in {self:#?}");
            }
        }
        assert_ne!(self.code, Some(101), "a panic: {self:#?}");
    }
}

/// Runs the binary to its end in `folder`.
///
/// # Panics
/// When it does not start, or does not end in two minutes.
pub fn run<A: AsRef<OsStr>>(folder: &Path, args: &[A]) -> Ran {
    run_with(folder, args, b"")
}

/// The same with something on standard input.
///
/// # Panics
/// As [`run`].
pub fn run_with<A: AsRef<OsStr>>(folder: &Path, args: &[A], input: &[u8]) -> Ran {
    let mut command = Command::new(enishi());
    command.args(args).current_dir(folder);
    finish(command, input)
}

/// Runs any command to its end.
///
/// # Panics
/// As [`run`].
pub fn finish(mut command: Command, input: &[u8]) -> Ran {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    // One that reads nothing closes its end: then there is nobody to write to.
    let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
    let out = crate::served::collect(child.stdout.take().expect("it is piped"));
    let err = crate::served::collect(child.stderr.take().expect("it is piped"));
    let until = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            break status;
        }
        if Instant::now() > until {
            child.kill().expect("a child can be killed");
            child.wait().expect("a killed child ends");
            panic!("{command:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    writer.join().expect("the writer does not panic");
    Ran { code: status.code(), out: out.finish(), err: err.finish() }
}
