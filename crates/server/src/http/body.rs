//! A body that must keep coming.

use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// The slowest that a body may come, in bytes a second, once its first patience is used up.
const SLOWEST: u32 = 64 << 10;

/// The body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// The same body, which fails with [`TooSlow`] when it takes longer than `patience` beside the
/// time that its bytes are worth.
pub fn in_time(body: Body, patience: Duration) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let coming = (body.into_data_stream(), Instant::now() + patience);
    Body::from_stream(stream::unfold(Some(coming), |coming| async {
        let (mut data, mut until) = coming?;
        match timeout_at(until, data.next()).await {
            Ok(Some(Ok(bytes))) => {
                until += worth(&bytes);
                Some((Ok::<_, BoxError>(bytes), Some((data, until))))
            }
            Ok(Some(Err(error))) => Some((Err(error.into()), None)),
            Ok(None) => None,
            Err(_) => Some((Err(TooSlow.into()), None)),
        }
    }))
}

fn worth(bytes: &Bytes) -> Duration {
    let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Duration::from_secs(1) * bytes / SLOWEST
}

/// Whether a body failed because it came too slowly.
pub fn was_too_slow(error: &axum::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<TooSlow>() {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);

    /// So many pieces of a size, each after a pause.
    fn dripping(pieces: usize, size: usize, pause: Duration) -> Body {
        Body::from_stream(stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, BoxError>(vec![b'x'; size])
        }))
    }

    #[tokio::test]
    async fn a_body_that_drips_is_cut_and_one_that_comes_is_not() {
        let pause = Duration::from_millis(50);
        let drips = in_time(dripping(20, 1, pause), PATIENCE);
        let began = Instant::now();
        let cut = to_bytes(drips, 1_000).await.unwrap_err();
        assert!(was_too_slow(&cut), "{cut}");
        assert!(began.elapsed() >= PATIENCE && began.elapsed() < PATIENCE * 3);
        // As long, but each piece is worth a second.
        let comes = in_time(dripping(20, SLOWEST as usize, pause), PATIENCE);
        assert_eq!(to_bytes(comes, 1 << 30).await.unwrap().len(), 20 << 16);
        let whole = in_time(Body::from("all at once"), PATIENCE);
        assert_eq!(to_bytes(whole, 1_000).await.unwrap(), "all at once");
        let much = in_time(Body::from("all at once"), PATIENCE);
        assert!(!was_too_slow(&to_bytes(much, 3).await.unwrap_err()));
    }
}
