//! Standard input and output on separate threads.
//!
//! tokio's handles use the pool for blocking work. While all threads of that pool compute responses, tokio would not
//! read any message, including cancellations.

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

/// Maximum number of bytes that are read ahead, or queued for the writing thread.
const MAX_BUFFERED_BYTES: usize = 64 * 1024;

/// Returns standard input. Must be called within a runtime.
///
/// # Errors
/// Returns an error if the thread cannot be created.
pub fn stdin() -> io::Result<impl AsyncRead + Unpin> {
    let (ours, mut theirs) = duplex(MAX_BUFFERED_BYTES);
    let runtime = Handle::current();
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let mut input = io::stdin().lock();
        let mut chunk = vec![0; MAX_BUFFERED_BYTES];
        loop {
            match input.read(&mut chunk) {
                Ok(0) => return,
                Ok(length) => {
                    // The other end is closed: the server shuts down.
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

/// Returns standard output. Must be called within a runtime.
///
/// # Errors
/// Returns an error if the thread cannot be created.
pub fn stdout() -> io::Result<impl AsyncWrite + Unpin + Send> {
    let (ours, mut theirs) = duplex(MAX_BUFFERED_BYTES);
    let runtime = Handle::current();
    thread::Builder::new().name("stdout".to_owned()).spawn(move || {
        let mut output = io::stdout().lock();
        let mut chunk = vec![0; MAX_BUFFERED_BYTES];
        // Dropping `theirs` makes writes to the other end fail and completes its shutdown.
        while let Ok(length @ 1..) = runtime.block_on(theirs.read(&mut chunk)) {
            if let Err(error) = output.write_all(&chunk[..length]).and_then(|()| output.flush()) {
                tracing::warn!(%error, "cannot write to standard output");
                return;
            }
        }
    })?;
    Ok(Output(ours))
}

/// The server's end of the pipe to the writing thread.
struct Output(DuplexStream);

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    /// Completes when the thread has written all bytes. The thread never writes to the pipe, so a read completes when the
    /// thread ends.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_shutdown(cx))?;
        Pin::new(&mut self.0).poll_read(cx, &mut ReadBuf::new(&mut [0]))
    }
}
