//! A line to a browser that is not let wait for ever: whoever doesn't read loses it, and a WebSocket brings no more than it
//! may before its message is whole.
//!
//! Deadlines for requests that don't come stand in `http/serve.rs`, those for bodies in `http/patience.rs`.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a peer may refuse to take anything of what is written, in seconds.
pub const STALLED_SECS: u64 = 30;

/// How many bytes have come since somebody took what they made up, and how many may.
#[derive(Debug)]
pub struct Meter {
    unread: AtomicUsize,
    most: AtomicUsize,
}

impl Default for Meter {
    fn default() -> Self {
        Self { unread: AtomicUsize::new(0), most: AtomicUsize::new(usize::MAX) }
    }
}

impl Meter {
    /// So many may come from now on before something is taken.
    pub fn allow(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
        self.taken();
    }

    /// What came made up something whole.
    pub fn taken(&self) {
        self.unread.store(0, Ordering::Relaxed);
    }

    /// Counts what came; false: it is too much.
    fn came(&self, bytes: usize) -> bool {
        self.unread.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.most.load(Ordering::Relaxed)
    }
}

/// More came than may before a message is whole.
#[derive(Debug, Clone, Copy)]
pub struct TooMuch;

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more than may come before a message is whole")
    }
}

impl std::error::Error for TooMuch {}

/// The line itself.
#[derive(Debug)]
pub struct Line<S> {
    socket: S,
    meter: Arc<Meter>,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Line<S> {
    /// A new line.
    pub fn new(socket: S) -> Self {
        Self { socket, meter: Arc::default(), stalled: None }
    }

    /// What counts the bytes that come.
    pub fn meter(&self) -> Arc<Meter> {
        Arc::clone(&self.meter)
    }

    /// Whatever is written must be taken in the end.
    fn patiently<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = || Box::pin(tokio::time::sleep(Duration::from_secs(STALLED_SECS)));
        let stalled = self.stalled.get_or_insert_with(patience);
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        if self.meter.came(buffer.filled().len() - before) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::Error::other(TooMuch)))
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.patiently(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(context, slices);
        self.patiently(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        self.patiently(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.socket).poll_shutdown(context);
        self.patiently(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_loses_the_line() {
        let (here, _there) = tokio::io::duplex(16);
        let mut line = Line::new(here);
        let failed = line.write_all(&[b'x'; 64]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn more_than_may_come_is_refused_until_something_was_whole() {
        let (here, mut there) = tokio::io::duplex(64);
        let mut line = Line::new(here);
        let meter = line.meter();
        meter.allow(8);
        let mut space = [0; 6];
        there.write_all(b"wherefore art thou").await.unwrap();
        line.read_exact(&mut space).await.unwrap();
        meter.taken();
        line.read_exact(&mut space).await.unwrap();
        assert!(line.read_exact(&mut space).await.is_err());
    }
}
