//! What a client asked for and what it was promised, written down as it happens: the intent is on
//! the disk before it is sent, the reply as soon as it came.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use e2e::api::{Api, Reply};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Something asked for, as it is sent: sent again, it is the same request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// The API key.
    pub key: String,
    /// The address.
    pub path: String,
    /// The idempotency key; also its name in the diary.
    pub once: String,
    /// The body.
    pub body: Value,
}

impl Intent {
    /// Sends it.
    pub fn send(&self, api: &Api) -> anyhow::Result<Reply> {
        api.post(&self.key, &self.path, &self.once, &self.body)
    }
}

/// A reply as it was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Promise {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// The cell and position it rests on.
    pub position: Option<(String, u64)>,
}

impl Promise {
    /// Whether something was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it says for certain what became of the intent.
    pub fn is_certain(&self) -> bool {
        self.status < 500
    }
}

impl From<Reply> for Promise {
    fn from(reply: Reply) -> Self {
        Self { status: reply.status, body: reply.body, position: reply.position }
    }
}

/// One client's diary.
pub struct Diary {
    file: File,
}

impl Diary {
    /// Begins one.
    pub fn begin(path: &Path) -> Self {
        Self { file: File::create_new(path).unwrap() }
    }

    /// Writes the intent down, sends it, writes the reply down. An error is a reply that did not
    /// come: nobody knows.
    pub fn ask(&mut self, api: &Api, intent: &Intent) -> anyhow::Result<Promise> {
        self.write(&json!({ "intent": intent }));
        let promise = Promise::from(intent.send(api)?);
        self.write(&json!({ "once": intent.once, "promise": promise }));
        Ok(promise)
    }

    fn write(&mut self, line: &Value) {
        let mut text = line.to_string();
        text.push('\n');
        self.file.write_all(text.as_bytes()).unwrap();
        self.file.sync_data().unwrap();
    }
}

/// Reads a diary: each intent with what was promised, in the order they were asked.
pub fn read(path: &Path) -> Vec<(Intent, Option<Promise>)> {
    let text = fs::read_to_string(path).unwrap();
    let mut all: Vec<(Intent, Option<Promise>)> = Vec::new();
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(intent) = line.get_mut("intent") {
            all.push((serde_json::from_value(intent.take()).unwrap(), None));
        } else {
            let (intent, promise) = all.last_mut().unwrap();
            assert_eq!(line["once"], intent.once, "one after the other");
            *promise = serde_json::from_value(line["promise"].take()).unwrap();
        }
    }
    all
}
