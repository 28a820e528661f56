//! A reader of server-sent events.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use serde_json::Value;
use tower::ServiceExt;

use super::App;

/// One event as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: String,
    pub name: String,
    pub data: Value,
}

/// A reader of `/v1/events`.
pub struct Events {
    body: BodyDataStream,
    text: String,
}

impl Events {
    pub async fn open(app: &App, key: &str, last: Option<&str>) -> Self {
        Self::at(&app.router, key, last).await
    }

    /// The same at another edge over the same cells.
    pub async fn at(router: &Router, key: &str, last: Option<&str>) -> Self {
        let mut request =
            Request::get("/v1/events").header("authorization", format!("Bearer {key}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event; none when the stream ends or nothing comes for five seconds.
    pub async fn next(&mut self) -> Option<Told> {
        self.within(Duration::from_secs(5)).await
    }

    /// Whatever comes until nothing comes for a third of a second.
    pub async fn drain(&mut self) -> Vec<Told> {
        let mut all = Vec::new();
        while let Some(told) = self.within(Duration::from_millis(333)).await {
            all.push(told);
        }
        all
    }

    /// Whether it ends within five seconds, told nothing more.
    pub async fn ends(mut self) -> bool {
        let end = async { while self.body.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(5), end).await.is_ok()
    }

    async fn within(&mut self, patience: Duration) -> Option<Told> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim().to_owned())
                };
                let told = field("id:").map(|id| Told {
                    id,
                    name: field("event:").unwrap(),
                    data: serde_json::from_str(&field("data:").unwrap()).unwrap(),
                });
                self.text = rest.to_owned();
                if told.is_some() {
                    return told;
                }
                continue;
            }
            let chunk = tokio::time::timeout(patience, self.body.next()).await.ok()?;
            self.text.push_str(std::str::from_utf8(&chunk?.unwrap()).unwrap());
        }
    }

    pub async fn take(&mut self, count: usize) -> Vec<Told> {
        let mut all = Vec::new();
        while all.len() < count {
            match self.next().await {
                Some(told) => all.push(told),
                None => panic!("only {all:#?} came"),
            }
        }
        all
    }
}

/// What they are called.
pub fn names(told: &[Told]) -> Vec<&str> {
    told.iter().map(|event| event.name.as_str()).collect()
}
