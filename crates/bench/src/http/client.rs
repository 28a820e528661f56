//! A connection that asks and is answered. It knows as much of HTTP/1.1 as this server sends:
//! what measures shares the cores with what is measured.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::BenchError;

/// A kept connection.
pub(super) struct Client {
    stream: TcpStream,
    out: Vec<u8>,
    read: Vec<u8>,
    /// Where the newest answer's head ends in `read`.
    head: usize,
}

/// Where the body of an answer begins and ends.
#[derive(Clone, Copy, Debug)]
struct Head {
    status: u16,
    body: usize,
    end: usize,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            out: Vec::with_capacity(1_024),
            read: Vec::with_capacity(8_192),
            head: 0,
        })
    }

    /// Asks, and returns the body of the answer.
    ///
    /// # Errors
    /// The server hung up, or answered with an error, whose body is told.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<(&str, &str)>,
    ) -> Result<&str, BenchError> {
        self.out.clear();
        for part in [method, " ", path, " HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer "] {
            self.out.extend_from_slice(part.as_bytes());
        }
        self.out.extend_from_slice(key.as_bytes());
        if let Some((once, json)) = body {
            let length = json.len().to_string();
            let parts = [
                "\r\nidempotency-key: ",
                once,
                "\r\ncontent-type: application/json\r\ncontent-length: ",
                &length,
                "\r\n\r\n",
                json,
            ];
            parts.iter().for_each(|part| self.out.extend_from_slice(part.as_bytes()));
        } else {
            self.out.extend_from_slice(b"\r\n\r\n");
        }
        self.stream.write_all(&self.out).await?;
        self.read.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(BenchError::NotDone("the server hung up".into()));
            }
            if let Some(head) = head(&self.read)
                && self.read.len() >= head.end
            {
                break head;
            }
        };
        self.head = head.body;
        let body = std::str::from_utf8(&self.read[head.body..head.end]).unwrap_or_default();
        if head.status >= 300 {
            return Err(BenchError::NotDone(format!("{method} {path}: {} {body}", head.status)));
        }
        Ok(body)
    }

    /// What the newest answer rests on: `<cell>:<position>`.
    pub fn position(&self) -> Option<String> {
        let head = std::str::from_utf8(&self.read[..self.head]).ok()?;
        header(head, "enishi-position").map(str::to_owned)
    }

    /// The bytes of a stream of events as they come; none at its end.
    pub async fn more(&mut self) -> Result<Option<&[u8]>, BenchError> {
        self.read.clear();
        let count = self.stream.read_buf(&mut self.read).await?;
        Ok((count > 0).then_some(&self.read[..]))
    }

    /// Asks for a stream of events.
    pub async fn listen(&mut self, path: &str, key: &str) -> Result<(), BenchError> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\r\n"
        );
        Ok(self.stream.write_all(head.as_bytes()).await?)
    }
}

fn head(read: &[u8]) -> Option<Head> {
    let blank = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&read[..blank]).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let length = header(text, "content-length").and_then(|length| length.parse().ok());
    let body = blank + 4;
    Some(Head { status, body, end: body + length.unwrap_or(0) })
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

/// The value of the first text member of a name in a JSON object that this server wrote.
pub(super) fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let key = format!("\"{name}\":\"");
    let at = json.find(&key)? + key.len();
    json[at..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_where_it_says() {
        let bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nx: y\r\n\r\n{}HTTP";
        let head = head(bytes).unwrap();
        assert_eq!((head.status, &bytes[head.body..head.end]), (201, &b"{}"[..]));
        assert!(super::head(b"HTTP/1.1 200 OK\r\n").is_none());
    }

    #[test]
    fn a_member_is_found() {
        assert_eq!(member(r#"{"id":"quo_1","payment":"pay_2"}"#, "payment"), Some("pay_2"));
        assert_eq!(member(r#"{"id":7}"#, "id"), None);
    }
}
