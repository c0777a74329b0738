//! Reading and writing without holding buffers while a connection idles (thousands of them do).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::ready;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// How much is read at once.
const CHUNK: usize = 8 * 1024;

/// Waits for bytes, hands them to `receive`, and says how many they were; 0 means the other side has closed.
///
/// The buffer lives on the stack for the moment of reading only. Dropping the future loses nothing.
pub async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    mut receive: impl FnMut(&[u8]),
) -> io::Result<usize> {
    poll_fn(|context| {
        // Not cleared: this is asked far more often than something has come.
        let mut space = [MaybeUninit::uninit(); CHUNK];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
        receive(buffer.filled());
        std::task::Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}

/// Writes everything and gives the buffer's memory back.
pub async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: Vec<u8>) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    stream.write_all(&bytes).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_come_through_and_the_end_is_seen() {
        let (mut here, mut there) = tokio::io::duplex(64);
        write(&mut here, b"Wherefore art thou?".to_vec()).await.unwrap();
        drop(here);
        let mut heard = Vec::new();
        while read(&mut there, |bytes| heard.extend_from_slice(bytes)).await.unwrap() > 0 {}
        assert_eq!(heard, b"Wherefore art thou?");
    }
}
