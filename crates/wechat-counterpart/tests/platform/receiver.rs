//! A shop's door for notifications.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came to the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Came {
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }
}

/// Answers each visitor with the next status of a list, and after its end with 204.
pub struct Receiver {
    pub url: String,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    pub fn start(statuses: &[u16]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let came = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&came);
        let mut statuses = Vec::from(statuses).into_iter();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let Some(one) = read(&mut BufReader::new(&stream)) else { continue };
                kept.lock().unwrap().push(one);
                let status = statuses.next().unwrap_or(204);
                let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
                let length = if status == 204 { "" } else { "content-length: 0\r\n" };
                let _sent = stream.write_all(format!("{head}{length}\r\n").as_bytes());
                let _shut = stream.shutdown(Shutdown::Write);
            }
        });
        Receiver { url, came }
    }

    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

fn read(stream: &mut impl BufRead) -> Option<Came> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line);
    }
    let pair = |line: &String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<(String, String)> = lines.iter().skip(1).filter_map(pair).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Came { headers, body })
}
