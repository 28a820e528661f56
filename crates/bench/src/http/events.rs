//! The till that is watched: when it hears that a payment was captured.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::client::{Client, member};
use super::load::{Times, note};
use crate::world::BenchError;

/// Payments on their way to the watched till: when their payer said yes.
pub(super) type OnTheWay = Arc<Mutex<HashMap<String, Instant>>>;

/// Listens as a till does, and notes how long each payment took from the yes.
pub(super) async fn watch(
    address: SocketAddr,
    key: String,
    on_the_way: OnTheWay,
    green: Times,
) -> Result<(), BenchError> {
    let mut client = Client::connect(address).await?;
    client.listen("/v1/events", &key).await?;
    let mut rest = String::new();
    while let Some(bytes) = client.more().await? {
        rest.push_str(&String::from_utf8_lossy(bytes));
        while let Some(end) = rest.find("\n\n") {
            let event: String = rest.drain(..end + 2).collect();
            let captured = event.contains("event: payment.captured");
            let Some(payment) = member(&event, "payment").filter(|_| captured) else { continue };
            let said = on_the_way.lock().expect("no holder of this lock panics").remove(payment);
            if let Some(said) = said {
                note(&green, said.elapsed());
            }
        }
    }
    Ok(())
}
