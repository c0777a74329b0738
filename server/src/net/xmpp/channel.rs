//! How bytes of a stream travel: over TCP or TLS as they come, over WebSocket as frames (RFC 7395).

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tungstenite::Error as Fault;

use crate::net::line::{Meter, TooMuch};
use crate::net::socket;

/// What came of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// Bytes or a frame, handed over.
    Something,
    /// A frame that is larger than any may be. Nothing more can be read, but the other side can still be told.
    TooMuch,
    /// The other side is gone.
    End,
}

/// A way for the bytes of one stream.
pub(crate) trait Channel: Send {
    /// Waits for bytes or one frame and hands them over. Dropping the future loses nothing.
    fn read(
        &mut self,
        receive: impl FnMut(&[u8]) + Send,
    ) -> impl Future<Output = io::Result<Came>> + Send;
    /// Sends bytes or one frame.
    fn write(&mut self, bytes: Vec<u8>) -> impl Future<Output = io::Result<()>> + Send;
    /// A stranger's frame may hold less than a member's. Bytes are bounded by the stream itself.
    fn trust(&mut self, _is_member: bool) {}
    /// Ends it.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

/// Bytes over anything that reads and writes.
#[derive(Debug)]
pub(crate) struct Bytes<S>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Channel for Bytes<S> {
    async fn read(&mut self, receive: impl FnMut(&[u8]) + Send) -> io::Result<Came> {
        let count = socket::read(&mut self.0, receive).await?;
        Ok(if count > 0 { Came::Something } else { Came::End })
    }

    async fn write(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        socket::write(&mut self.0, bytes).await
    }

    async fn close(&mut self) {
        let _ = self.0.shutdown().await; // the other side may have been faster
    }
}

/// Frames over a WebSocket, and what counts the bytes of those that are not whole yet.
#[derive(Debug)]
pub(crate) struct Frames(pub(crate) WebSocket, pub(crate) Arc<Meter>);

/// What may come of a frame before it is whole: the largest stanza of a stranger, its masking, and what was read along.
const STRANGERS_FRAME: usize = 16 * 1024;

impl Channel for Frames {
    async fn read(&mut self, mut receive: impl FnMut(&[u8]) + Send) -> io::Result<Came> {
        loop {
            let next = self.0.next().await;
            self.1.taken();
            match next {
                None | Some(Ok(Message::Close(_))) => return Ok(Came::End),
                Some(Err(error)) if is_too_much(&error) => return Ok(Came::TooMuch),
                Some(Err(error)) => return Err(io::Error::other(error)),
                // RFC 7395 §3.2: XMPP travels in text frames; the reader refuses what is no text.
                Some(Ok(Message::Text(text))) => {
                    receive(text.as_bytes());
                    return Ok(Came::Something);
                }
                Some(Ok(Message::Binary(_))) => {
                    receive(b"\0");
                    return Ok(Came::Something);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            }
        }
    }

    fn trust(&mut self, is_member: bool) {
        self.1.allow(if is_member { usize::MAX } else { STRANGERS_FRAME });
    }

    async fn write(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        self.0.send(Message::Text(text.into())).await.map_err(io::Error::other)
    }

    async fn close(&mut self) {
        let _ = self.0.close().await; // the other side may have been faster
    }
}

/// Whether a frame is larger than any may be, or than a stranger's before it is whole.
fn is_too_much(error: &axum::Error) -> bool {
    match error.source().and_then(|cause| cause.downcast_ref()) {
        Some(Fault::Capacity(_)) => true,
        Some(Fault::Io(broken)) => match broken.get_ref() {
            Some(cause) => cause.is::<TooMuch>(),
            None => false,
        },
        _ => false,
    }
}
