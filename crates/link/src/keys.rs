//! The folder `keys` of a cell: its own Ed25519 keys, and the public keys of its neighbours.
//!
//! ```text
//! keys/current.key            signs now
//! keys/next.key               made by a rotation, signs once it is made current
//! keys/trusted/cn/cn-….pub    a neighbour's, believed
//! keys/revoked/cn/cn-….pub    a neighbour's, not any more
//! ```
//!
//! Files are replaced whole; a running server looks at them anew each second.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use tracing::warn;
use zeroize::{Zeroize, Zeroizing};

/// How long a look at the folder counts.
const YOUNG: Duration = Duration::from_secs(1);

/// A cell's public key as operators hand it over: `epk_<cell>_<64 hexadecimal digits>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    cell: String,
    key: VerifyingKey,
}

/// A text that is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a public key of a cell; one looks like epk_<cell>_<64 hexadecimal digits>")]
pub struct NotAKey;

/// Why a key was not made, read or moved; one sentence with what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system said no.
    #[error("{path} can't be used: {source}")]
    Io {
        /// Where.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Others can read a secret.
    #[error(
        "{0} can be read by others than its owner; make the key anew, or `chmod 600` it if nobody has"
    )]
    Readable(String),
    /// Something else stands in the file.
    #[error(
        "{0} holds no key; put it back from a copy, or make another with `enishi corridor rotate`"
    )]
    Damaged(String),
    /// There is none yet.
    #[error("the cell '{0}' has no key yet; make it with `enishi corridor key --cell {0}`")]
    None(String),
    /// There is nothing to make current.
    #[error(
        "there is no next key; make one with `enishi corridor rotate --cell {0}` and let the neighbours trust it first"
    )]
    NoNext(String),
    /// The key is another cell's.
    #[error(
        "the key is of the cell '{found}', not of '{expected}'; ask that neighbour for its own"
    )]
    OtherCell {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// It was believed once.
    #[error(
        "the key {0} was distrusted before and is not trusted again; the neighbour must rotate to another"
    )]
    Revoked(String),
    /// It is not known.
    #[error("no key {0} of that neighbour is trusted; `enishi corridor status` lists them")]
    Unknown(String),
}

impl PublicKey {
    /// The public half of a key.
    pub fn of(cell: &str, key: &SigningKey) -> Self {
        Self { cell: cell.to_owned(), key: key.verifying_key() }
    }

    /// A key of a cell.
    pub fn from_parts(cell: &str, key: VerifyingKey) -> Self {
        Self { cell: cell.to_owned(), key }
    }

    /// Whose it is.
    pub fn cell(&self) -> &str {
        &self.cell
    }

    /// What it verifies with.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The name that signatures call it by: the cell and 64 bits of the key's SHA-256.
    pub fn id(&self) -> String {
        format!("{}-{}", self.cell, hex(&Sha256::digest(self.key.as_bytes())[..8]))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epk_{}_{}", self.cell, hex(self.key.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (cell, digits) = text
            .trim()
            .strip_prefix("epk_")
            .and_then(|rest| rest.split_once('_'))
            .ok_or(NotAKey)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if cell.is_empty() || cell.len() > 6 || !cell.chars().all(plain) {
            return Err(NotAKey);
        }
        let key = VerifyingKey::from_bytes(&unhex(digits).ok_or(NotAKey)?).map_err(|_| NotAKey)?;
        if key.is_weak() {
            return Err(NotAKey);
        }
        Ok(Self { cell: cell.to_owned(), key })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Option<[u8; 32]> {
    let digits = digits.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The neighbours' keys: by the neighbour's name, then by the key's name.
pub type Known = BTreeMap<String, BTreeMap<String, PublicKey>>;

/// What stands in the folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// Signs.
    pub current: Option<SigningKey>,
    /// Will sign.
    pub next: Option<SigningKey>,
    /// Believed.
    pub trusted: Known,
    /// Not any more.
    pub revoked: Known,
}

/// The folder of one cell.
#[derive(Clone, Debug)]
pub struct KeyFolder {
    path: PathBuf,
    cell: String,
}

impl KeyFolder {
    /// The folder `keys` below a cell's own.
    pub fn new(of_cell: &Path, cell: &str) -> Self {
        Self { path: of_cell.join("keys"), cell: cell.to_owned() }
    }

    /// The secret key in one file, for who has no cell; made now if the file is not there.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn in_file(path: &Path, name: &str) -> Result<SigningKey, KeyError> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = Self { path: parent.unwrap_or(Path::new(".")).into(), cell: name.to_owned() };
        let file = file_name(path);
        match folder.secret(&file)? {
            Some(key) => Ok(key),
            None => folder.make(&file),
        }
    }

    /// Everything in it; nothing when it is not there.
    ///
    /// # Errors
    /// [`KeyError`] for what can't be read or is no key.
    pub fn read(&self) -> Result<Listing, KeyError> {
        Ok(Listing {
            current: self.secret("current.key")?,
            next: self.secret("next.key")?,
            trusted: self.known("trusted")?,
            revoked: self.known("revoked")?,
        })
    }

    /// The cell's public key; made now if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn own(&self) -> Result<PublicKey, KeyError> {
        let key = match self.secret("current.key")? {
            Some(key) => key,
            None => self.make("current.key")?,
        };
        Ok(PublicKey::of(&self.cell, &key))
    }

    /// The key that follows; made now if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn next(&self) -> Result<PublicKey, KeyError> {
        if self.secret("current.key")?.is_none() {
            return Err(KeyError::None(self.cell.clone()));
        }
        let key = match self.secret("next.key")? {
            Some(key) => key,
            None => self.make("next.key")?,
        };
        Ok(PublicKey::of(&self.cell, &key))
    }

    /// Signs with the next key from now on; the one before it is gone.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn activate(&self) -> Result<PublicKey, KeyError> {
        let next = self.secret("next.key")?.ok_or_else(|| KeyError::NoNext(self.cell.clone()))?;
        let (from, to) = (self.path.join("next.key"), self.path.join("current.key"));
        fs::rename(&from, &to).map_err(|source| io_at(&from, source))?;
        sync(&self.path)?;
        Ok(PublicKey::of(&self.cell, &next))
    }

    /// Believes a neighbour's key from now on. Whether it was not believed before.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn trust(&self, neighbour: &str, key: &PublicKey) -> Result<bool, KeyError> {
        if key.cell() != neighbour {
            let (found, expected) = (key.cell().to_owned(), neighbour.to_owned());
            return Err(KeyError::OtherCell { found, expected });
        }
        let id = key.id();
        let has = |known: Known| known.get(neighbour).is_some_and(|keys| keys.contains_key(&id));
        if has(self.known("revoked")?) {
            return Err(KeyError::Revoked(id));
        }
        if has(self.known("trusted")?) {
            return Ok(false);
        }
        let folder = self.path.join("trusted").join(neighbour);
        make_folder(&folder)?;
        write_whole(&folder, &format!("{id}.pub"), format!("{key}\n").as_bytes())?;
        Ok(true)
    }

    /// Believes a neighbour's key no more: by its name or its text.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn distrust(&self, neighbour: &str, key: &str) -> Result<String, KeyError> {
        let id = key.parse::<PublicKey>().map_or_else(|_| key.trim().to_owned(), |key| key.id());
        let trusted = self.known("trusted")?;
        if !trusted.get(neighbour).is_some_and(|keys| keys.contains_key(&id)) {
            return Err(KeyError::Unknown(id));
        }
        let (from, to) = (self.path.join("trusted"), self.path.join("revoked"));
        let (from, to) = (from.join(neighbour), to.join(neighbour));
        make_folder(&to)?;
        let file = format!("{id}.pub");
        fs::rename(from.join(&file), to.join(&file)).map_err(|source| io_at(&from, source))?;
        sync(&from)?;
        sync(&to)?;
        Ok(id)
    }

    fn make(&self, name: &str) -> Result<SigningKey, KeyError> {
        make_folder(&self.path)?;
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut()).expect("the operating system gives random numbers");
        let key = SigningKey::from_bytes(&secret);
        let mut text = format!("esk_{}_{}\n", self.cell, hex(secret.as_ref()));
        let written = write_whole(&self.path, name, text.as_bytes());
        text.zeroize();
        written.map(|()| key)
    }

    fn secret(&self, name: &str) -> Result<Option<SigningKey>, KeyError> {
        let path = self.path.join(name);
        let meta = match fs::metadata(&path) {
            Ok(meta) => meta,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io_at(&path, source)),
        };
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(KeyError::Readable(path.display().to_string()));
        }
        let text = fs::read_to_string(&path).map_err(|source| io_at(&path, source))?;
        let text = Zeroizing::new(text);
        let begin = format!("esk_{}_", self.cell);
        let secret = text.trim_end().strip_prefix(&begin).and_then(unhex).map(Zeroizing::new);
        let secret = secret.ok_or_else(|| KeyError::Damaged(path.display().to_string()))?;
        Ok(Some(SigningKey::from_bytes(&secret)))
    }

    fn known(&self, kind: &str) -> Result<Known, KeyError> {
        let mut known = Known::new();
        for neighbour in entries(&self.path.join(kind))? {
            let name = file_name(&neighbour);
            let mut keys = BTreeMap::new();
            for path in entries(&neighbour)? {
                if path.extension().is_none_or(|kind| kind != "pub") {
                    continue;
                }
                let text = fs::read_to_string(&path).map_err(|source| io_at(&path, source))?;
                let key: Result<PublicKey, _> = text.parse();
                let key = key.ok().filter(|key| key.cell() == name);
                let key = key.ok_or_else(|| KeyError::Damaged(path.display().to_string()))?;
                keys.insert(key.id(), key);
            }
            known.insert(name, keys);
        }
        Ok(known)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io_at(folder, source)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths.collect::<Result<_, _>>().map_err(|source| io_at(folder, source))
}

fn io_at(path: &Path, source: io::Error) -> KeyError {
    KeyError::Io { path: path.display().to_string(), source }
}

fn make_folder(path: &Path) -> Result<(), KeyError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(path).map_err(|source| io_at(path, source))
}

/// A file stands there whole or not at all, readable by its owner alone from its first byte.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), KeyError> {
    let (new, path) = (folder.join(format!(".{name}.new")), folder.join(name));
    let written = (|| {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)
    })();
    written.map_err(|source| io_at(&path, source))?;
    sync(folder)
}

fn sync(folder: &Path) -> Result<(), KeyError> {
    fs::File::open(folder).and_then(|it| it.sync_all()).map_err(|source| io_at(folder, source))
}

/// The folder as a running server sees it: not older than a second.
#[derive(Debug)]
pub struct Keys {
    folder: KeyFolder,
    looked: Mutex<Option<(Instant, Arc<Listing>)>>,
}

impl Keys {
    /// Over a folder, which may not be there yet.
    pub fn over(folder: KeyFolder) -> Self {
        Self { folder, looked: Mutex::new(None) }
    }

    /// The cell whose they are.
    pub fn cell(&self) -> &str {
        &self.folder.cell
    }

    /// The public half of the key that signs; made now if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn own(&self) -> Result<PublicKey, KeyError> {
        let own = self.folder.own();
        *self.looked.lock().expect("no holder of this lock panics") = None;
        own
    }

    /// What stands there. While it can't be read, what stood there before.
    pub fn now(&self) -> Arc<Listing> {
        let mut looked = self.looked.lock().expect("no holder of this lock panics");
        if let Some((at, listing)) = &*looked
            && at.elapsed() < YOUNG
        {
            return Arc::clone(listing);
        }
        let listing = match self.folder.read() {
            Ok(listing) => Arc::new(listing),
            Err(why) => {
                warn!(cell = self.folder.cell, %why, "the keys of the corridor can't be read");
                looked.take().map(|(_, before)| before).unwrap_or_default()
            }
        };
        *looked = Some((Instant::now(), Arc::clone(&listing)));
        listing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, KeyFolder) {
        let home = tempfile::tempdir().unwrap();
        let folder = KeyFolder::new(home.path(), "jp");
        (home, folder)
    }

    #[test]
    fn a_key_is_made_once_and_its_file_is_its_owners() {
        let (home, folder) = folder();
        let key = folder.own().unwrap();
        assert_eq!(folder.own().unwrap(), key);
        assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
        assert_eq!((key.cell(), key.id().len()), ("jp", 19));
        let path = home.path().join("keys/current.key");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(folder.own(), Err(KeyError::Readable(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "esk_cn_00").unwrap();
        assert!(matches!(folder.own(), Err(KeyError::Damaged(_))));
    }

    #[test]
    fn a_rotation_makes_one_and_activates_it_when_told() {
        let (_home, folder) = folder();
        assert!(matches!(folder.next(), Err(KeyError::None(_))));
        let first = folder.own().unwrap();
        assert!(matches!(folder.activate(), Err(KeyError::NoNext(_))));
        let next = folder.next().unwrap();
        assert_eq!(folder.next().unwrap(), next);
        assert_eq!(folder.own().unwrap(), first);
        assert_eq!(folder.activate().unwrap(), next);
        assert_eq!(folder.own().unwrap(), next);
        assert!(folder.read().unwrap().next.is_none());
    }

    #[test]
    fn a_neighbours_key_is_believed_until_it_is_not() {
        let (home, folder) = folder();
        let cn = KeyFolder::new(&home.path().join("there"), "cn").own().unwrap();
        assert!(matches!(folder.trust("kr", &cn), Err(KeyError::OtherCell { .. })));
        assert!(folder.trust("cn", &cn).unwrap());
        assert!(!folder.trust("cn", &cn).unwrap());
        let keys = Keys::over(folder.clone());
        assert!(keys.now().trusted["cn"].contains_key(&cn.id()));
        assert!(matches!(folder.distrust("cn", "cn-0"), Err(KeyError::Unknown(_))));
        assert_eq!(folder.distrust("cn", &cn.to_string()).unwrap(), cn.id());
        assert!(matches!(folder.trust("cn", &cn), Err(KeyError::Revoked(_))));
        // A running server sees it within a second.
        std::thread::sleep(YOUNG);
        let now = keys.now();
        assert!(now.trusted["cn"].is_empty() && now.revoked["cn"].contains_key(&cn.id()));
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let zeros = "0".repeat(64);
        for text in ["", "epk_", "epk_cn_", "epk_cn_00", &format!("epk_cn_{zeros}"), "ek_cn_1_2"] {
            assert_eq!(text.parse::<PublicKey>(), Err(NotAKey), "{text}");
        }
    }
}
