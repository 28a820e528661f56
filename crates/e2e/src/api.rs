//! A client of the API.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// The client: one address, any number of keys.
#[derive(Clone, Debug)]
pub struct Api {
    address: String,
    agent: ureq::Agent,
}

/// A reply.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Whether it says that it was given before.
    pub repeated: bool,
    /// The cell and the position that it rests on.
    pub position: Option<(String, u64)>,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Reply {
    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The stable word of a refusal, empty for what is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Api {
    /// A client of the server at `address`.
    pub fn new(address: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(15)))
            .http_status_as_error(false)
            .build();
        Self { address: address.to_owned(), agent: config.into() }
    }

    /// Asks.
    ///
    /// # Errors
    /// When no whole reply came.
    pub fn get(&self, key: &str, path: &str) -> Result<Reply> {
        let request = self.agent.get(format!("{}{path}", self.address));
        let response = request.header("Authorization", format!("Bearer {key}")).call();
        read(response.with_context(|| path.to_owned())?)
    }

    /// Has something done once: `once` is the idempotency key.
    ///
    /// # Errors
    /// When no whole reply came: whether it was done is unknown.
    pub fn post(&self, key: &str, path: &str, once: &str, body: &Value) -> Result<Reply> {
        let request = self.agent.post(format!("{}{path}", self.address));
        let response = request
            .header("Authorization", format!("Bearer {key}"))
            .header("Idempotency-Key", once)
            .header("Content-Type", "application/json")
            .send(body.to_string());
        read(response.with_context(|| path.to_owned())?)
    }

    /// The bytes of what is no JSON, a bank file for example.
    ///
    /// # Errors
    /// When they do not come.
    pub fn bytes(&self, key: &str, path: &str) -> Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{path}", self.address));
        let mut response = request.header("Authorization", format!("Bearer {key}")).call()?;
        anyhow::ensure!(response.status().is_success(), "{path}: {}", response.status());
        Ok(response.body_mut().read_to_vec()?)
    }

    /// The status and, where it leads elsewhere, the address of a page that is asked with a cookie.
    ///
    /// # Errors
    /// When no reply came.
    pub fn page_with(&self, path: &str, cookie: &str) -> Result<(u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        let response =
            agent.get(format!("{}{path}", self.address)).header("Cookie", cookie).call()?;
        let to = response.headers().get("location").and_then(|to| to.to_str().ok());
        Ok((response.status().as_u16(), to.unwrap_or_default().to_owned()))
    }

    /// The text of a page that needs no key.
    ///
    /// # Errors
    /// When it does not come.
    pub fn page(&self, path: &str) -> Result<String> {
        let mut response = self.agent.get(format!("{}{path}", self.address)).call()?;
        Ok(response.body_mut().read_to_string()?)
    }
}

fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Reply> {
    let text = response.body_mut().read_to_string()?;
    let position = response.headers().get("enishi-position").and_then(|it| it.to_str().ok());
    let position = position.and_then(|text| {
        let (cell, position) = text.split_once(':')?;
        Some((cell.to_owned(), position.parse().ok()?))
    });
    Ok(Reply {
        position,
        status: response.status().as_u16(),
        repeated: response.headers().contains_key("enishi-repeated"),
        body: serde_json::from_str(&text).unwrap_or(Value::Null),
    })
}
