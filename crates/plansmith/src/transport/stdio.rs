//! Standard input and output on threads of their own.
//!
//! tokio's own handles borrow threads of the pool for blocking work. When as many requests are being computed as that pool
//! has threads, nothing is read any more, not even the message that cancels one of them.

use std::{
    io::{self, Read, Write},
    pin::Pin,
    task::{Context, Poll, ready},
    thread,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex},
    runtime::Handle,
};

/// How much is read ahead, or waits for the thread that writes.
const ROOM: usize = 64 * 1024;

/// Standard input. To be called within a runtime.
///
/// # Errors
///
/// Fails when there can be no further thread.
pub fn stdin() -> io::Result<impl AsyncRead + Unpin> {
    let (ours, mut theirs) = duplex(ROOM);
    let runtime = Handle::current();
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut chunk = vec![0; ROOM];
        loop {
            match input.read(&mut chunk) {
                Ok(0) => return,
                Ok(length) => {
                    // Nobody reads our end any more: the server is leaving.
                    if runtime.block_on(theirs.write_all(&chunk[..length])).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot read standard input");
                    return;
                }
            }
        }
    })?;
    Ok(ours)
}

/// Standard output. To be called within a runtime.
///
/// # Errors
///
/// Fails when there can be no further thread.
pub fn stdout() -> io::Result<impl AsyncWrite + Unpin + Send> {
    let (ours, mut theirs) = duplex(ROOM);
    let runtime = Handle::current();
    thread::Builder::new().name("stdout".to_owned()).spawn(move || {
        let mut output = io::stdout().lock();
        let mut chunk = vec![0; ROOM];
        // When this ends, the other end is told: writing fails, and waiting for the shutdown ends.
        while let Ok(length @ 1..) = runtime.block_on(theirs.read(&mut chunk)) {
            if let Err(error) = output.write_all(&chunk[..length]).and_then(|()| output.flush()) {
                tracing::warn!(%error, "cannot write standard output");
                return;
            }
        }
    })?;
    Ok(Output(ours))
}

/// Our end of the pipe to the thread that writes.
struct Output(DuplexStream);

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    /// Done when the thread has written everything: it never writes to us, so reading ends when it does.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_shutdown(cx))?;
        Pin::new(&mut self.0).poll_read(cx, &mut ReadBuf::new(&mut [0]))
    }
}
