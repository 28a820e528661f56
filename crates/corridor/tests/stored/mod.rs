//! Stored bytes as they lie in journals: `golden/<name>-v<version>.hex`, shared by the tests of
//! several crates. Files are only ever added: a new version of a fact gets a new file and a new
//! row, and the old row then says what the old bytes are lifted to.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;

/// Set to write the files of new rows; a file that is there is never written again.
const WRITE: &str = "WRITE_GOLDEN";

/// One file: its name, what its bytes mean, and what is written for that today.
pub struct Row<T> {
    pub name: String,
    pub means: T,
    /// `None` when today's version of it is another file.
    pub written: Option<Vec<u8>>,
}

/// Bytes in lines of 16.
fn hex(bytes: &[u8]) -> String {
    bytes.chunks(16).fold(String::new(), |text, line| {
        let line: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        text + &line.join(" ") + "\n"
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |text| u8::from_str_radix(text, 16).expect("two digits for each byte");
    hex.split_whitespace().map(byte).collect()
}

/// The files of a crate's folder by name, without the ending.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|entry| entry.expect("the folder can be listed").path());
    paths
        .map(|path| {
            let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
            (name, bytes(&std::fs::read_to_string(path).expect("the file is text")))
        })
        .collect()
}

/// Compares each row with its file in a folder of the crate's tests, and the files with the rows.
pub fn check<T: PartialEq + Debug, E: Debug>(
    folder: &str,
    rows: Vec<Row<T>>,
    read: impl Fn(&[u8]) -> Result<T, E>,
) {
    let folder = Path::new("tests").join(folder);
    let mut golden = files(&folder);
    for Row { name, means, written } in rows {
        let stored = golden.remove(&name).unwrap_or_else(|| {
            let fresh = hex(written.as_deref().expect("an old version has its file"));
            assert!(std::env::var(WRITE).is_ok(), "{name}.hex is missing; set {WRITE}=1\n{fresh}");
            std::fs::write(folder.join(format!("{name}.hex")), &fresh).expect("it can be written");
            bytes(&fresh)
        });
        if let Some(written) = written {
            assert_eq!(hex(&written), hex(&stored), "{name} is written in another way");
        }
        let understood = read(&stored).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        assert_eq!(understood, means, "{name} is read in another way");
        for end in 0..stored.len() {
            assert!(read(&stored[..end]).is_err(), "{name} cut at {end}");
        }
    }
    assert!(golden.is_empty(), "files without a row: {:?}", golden.keys());
}

/// `SaleCaptured` as `sale_captured-v1`.
pub fn file_name(word: &str, version: u8) -> String {
    let mut name = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    format!("{name}-v{version}")
}
