//! How bytes of a stream travel: over TCP or TLS as they come, over WebSocket as frames (RFC 7395).

use std::io;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use crate::net::line::Meter;
use crate::net::socket;

/// A way for the bytes of one stream.
pub(crate) trait Channel: Send {
    /// Waits for bytes or one frame and hands them over. False: the other side is gone. Dropping the future loses nothing.
    fn read(
        &mut self,
        receive: impl FnMut(&[u8]) + Send,
    ) -> impl Future<Output = io::Result<bool>> + Send;
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
    async fn read(&mut self, receive: impl FnMut(&[u8]) + Send) -> io::Result<bool> {
        Ok(socket::read(&mut self.0, receive).await? > 0)
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
    async fn read(&mut self, mut receive: impl FnMut(&[u8]) + Send) -> io::Result<bool> {
        loop {
            let next = self.0.next().await;
            self.1.taken();
            match next {
                None | Some(Ok(Message::Close(_))) => return Ok(false),
                Some(Err(error)) => return Err(io::Error::other(error)),
                // RFC 7395 §3.2: XMPP travels in text frames; the reader refuses what is no text.
                Some(Ok(Message::Text(text))) => {
                    receive(text.as_bytes());
                    return Ok(true);
                }
                Some(Ok(Message::Binary(_))) => {
                    receive(b"\0");
                    return Ok(true);
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
