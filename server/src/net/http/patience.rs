//! Bodies must come: a request that trickles in holds a connection, a handler and what it has gathered.
//!
//! Slow lines are welcome: what counts is the average since the body began, after a time in which nothing needs to come.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

/// How long nothing needs to come, in seconds: a phone between two networks.
const GRACE_SECS: u64 = 20;

/// What must come on average after that, in bytes a second: less than the worst mobile network brings.
const BYTES_PER_SEC: u64 = 1024;

/// A body with a deadline that moves as it comes.
struct Patient {
    body: BodyDataStream,
    begun: Instant,
    came: u64,
    deadline: Pin<Box<Sleep>>,
}

impl Stream for Patient {
    type Item = Result<axum::body::Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.body).poll_next(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.came += bytes.len() as u64;
                let earned = Duration::from_millis(self.came.saturating_mul(1000) / BYTES_PER_SEC);
                let deadline = self.begun + Duration::from_secs(GRACE_SECS) + earned;
                self.deadline.as_mut().reset(deadline);
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(other) => Poll::Ready(other.map(|item| item.map_err(Into::into))),
            Poll::Pending => match self.deadline.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Some(Err("the body does not come".into()))),
                Poll::Pending => Poll::Pending,
            },
        }
    }
}

/// Gives the body of a request its deadline. Requests without a body cost nothing.
pub(super) async fn with_bodies_that_come(request: Request, next: Next) -> Response {
    use axum::body::HttpBody as _;
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    next.run(request.map(patient)).await
}

fn patient(body: Body) -> Body {
    let begun = Instant::now();
    let deadline = Box::pin(tokio::time::sleep(Duration::from_secs(GRACE_SECS)));
    Body::from_stream(Patient { body: body.into_data_stream(), begun, came: 0, deadline })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    type Part = Result<Vec<u8>, Infallible>;

    /// A body of so many parts of so many bytes, one every so many seconds; never ends.
    fn trickle(bytes: usize, every_secs: u64, parts: usize) -> Body {
        Body::from_stream(futures_util::stream::unfold(0, move |done| async move {
            if done == parts {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_secs(every_secs)).await;
            Some((Part::Ok(vec![0; bytes]), done + 1))
        }))
    }

    async fn secs_until_refused(body: Body) -> u64 {
        let begun = Instant::now();
        assert!(axum::body::to_bytes(patient(body), usize::MAX).await.is_err());
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_ends_and_a_slow_line_does_not() {
        assert_eq!(secs_until_refused(trickle(1, 5, 1000)).await, 20);
        // 2 KiB a second for ten minutes, then nothing: it ends when the average falls below.
        assert_eq!(secs_until_refused(trickle(2048, 1, 600)).await, 1220);
    }
}
