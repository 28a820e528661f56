//! A wire between two processes that writes down every byte, and what the bytes say.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use minicbor::Decoder;
use minicbor::data::Type;

/// What went over one connection: asked, and answered.
#[derive(Clone, Debug, Default)]
pub struct Talk {
    pub asked: Vec<u8>,
    pub answered: Vec<u8>,
}

type Talks = Arc<Mutex<Vec<Talk>>>;

/// A port that leads to another, and remembers.
pub struct Recorder {
    pub port: u16,
    talks: Talks,
}

impl Recorder {
    /// Leads to `to`, which need not listen yet.
    pub fn to(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let talks = Talks::default();
        let into = Arc::clone(&talks);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                // Nobody is there: the caller sees its connection end.
                let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let at = {
                    let mut talks = into.lock().unwrap_or_else(PoisonError::into_inner);
                    talks.push(Talk::default());
                    talks.len() - 1
                };
                carry(&near, &far, &into, move |talks| &mut talks[at].asked);
                carry(&far, &near, &into, move |talks| &mut talks[at].answered);
            }
        });
        Self { port, talks }
    }

    /// All that crossed so far.
    pub fn talks(&self) -> Vec<Talk> {
        self.talks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn carry(
    from: &TcpStream,
    to: &TcpStream,
    talks: &Talks,
    place: impl Fn(&mut Vec<Talk>) -> &mut Vec<u8> + Send + 'static,
) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let talks = Arc::clone(talks);
    thread::spawn(move || {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let mut all = talks.lock().unwrap_or_else(PoisonError::into_inner);
            place(&mut all).extend_from_slice(&bytes[..count]);
            drop(all);
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        // Either side may have closed before.
        let _closed = to.shutdown(Shutdown::Write);
    });
}

/// One request or answer, taken apart.
#[derive(Clone, Debug)]
pub struct Part {
    /// `POST /corridor/v1/look HTTP/1.1`, or `HTTP/1.1 200 OK`.
    pub first: String,
    /// Names in small letters, and values.
    pub head: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The requests or answers of one side of a talk, whole ones only.
pub fn parts(mut bytes: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap().to_owned();
        let head: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = head.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
        assert!(head.iter().all(|(name, _)| name != "transfer-encoding"), "{first}");
        let rest = &bytes[end + 4..];
        // The other side was killed in the middle of it.
        let Some(body) = rest.get(..length) else { break };
        parts.push(Part { first, head, body: body.to_vec() });
        bytes = &rest[length..];
    }
    parts
}

/// A value that stands at the end of a way through a body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leaf {
    Number(u64),
    Flag,
    Text(String),
    Bytes(Vec<u8>),
}

impl Leaf {
    /// What kind of value it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "number",
            Self::Flag => "flag",
            Self::Text(_) => "text",
            Self::Bytes(bytes) => match bytes.len() {
                14 => "reference",
                16 => "id",
                32 => "hash",
                _ => "bytes",
            },
        }
    }
}

/// Every value of a body with its way: `1.*.4.0` is the first field of the fifth field of any row of
/// the second. A message says by its first field which fields it has, so that stands in the way.
pub fn leaves(body: &[u8], rows: Option<&str>, message: Option<&str>) -> Vec<(String, Leaf)> {
    let mut decoder = Decoder::new(body);
    let mut found = Vec::new();
    walk(&mut decoder, "", rows, message, &mut found);
    assert_eq!(decoder.position(), body.len(), "something stands behind the fields");
    found
}

fn walk(
    d: &mut Decoder<'_>,
    way: &str,
    rows: Option<&str>,
    message: Option<&str>,
    found: &mut Vec<(String, Leaf)>,
) {
    let leaf = match d.datatype().unwrap() {
        Type::Array => {
            let count = d.array().unwrap().unwrap();
            let mut kind = String::new();
            for at in 0..count {
                let step = if rows == Some(way) { "*".to_owned() } else { at.to_string() };
                let dot = if way.is_empty() { "" } else { "." };
                walk(d, &format!("{way}{dot}{kind}{step}"), rows, message, found);
                if message == Some(way) && at == 0 {
                    let Some((_, Leaf::Number(number))) = found.last() else {
                        panic!("a message begins with its kind")
                    };
                    kind = format!("kind {number}.");
                }
            }
            return;
        }
        Type::Null => return d.null().unwrap(),
        Type::Bool => d.bool().map(|_| Leaf::Flag).unwrap(),
        Type::String => Leaf::Text(d.str().unwrap().to_owned()),
        Type::Bytes => Leaf::Bytes(d.bytes().unwrap().to_vec()),
        _ => Leaf::Number(d.u64().unwrap()),
    };
    found.push((way.to_owned(), leaf));
}
