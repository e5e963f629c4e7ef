//! How much the server owes a client, so that one which does not read its answers cannot make it grow without end.
//!
//! Owed are requests that are not answered and answers that are not written, in bytes. Far more than a client that reads
//! ever lets gather may be owed before reading its messages is paused; a client that then goes on reading is served
//! as before. Pausing alone could wait for ever on a client that writes and does not read, so a client that takes nothing
//! at all for a while with so much owed is given up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

/// How many bytes may be owed before no further message is read.
const LIMIT: usize = 64 * 1024 * 1024;

/// What a request counts while it is worked on, in the order of magnitude of what it takes.
const REQUEST: usize = 2 * 1024;

/// How long a client that owes us its reading may take nothing.
const STALLED: Duration = Duration::from_secs(60);

/// What is owed.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    bytes: AtomicUsize,
    less: Notify,
}

impl Backlog {
    /// A request has come in.
    pub(super) fn request(backlog: &Arc<Self>) -> Owed {
        backlog.bytes.fetch_add(REQUEST, Ordering::Relaxed);
        Owed { backlog: Arc::clone(backlog), bytes: REQUEST }
    }

    /// Waits until another message may be read. False when the client takes nothing.
    pub(super) async fn has_room(&self) -> bool {
        loop {
            let less = self.less.notified();
            if self.bytes.load(Ordering::Relaxed) <= LIMIT {
                return true;
            }
            // Being woken between the look and the wait is not lost: `notify_one` leaves a permit.
            if tokio::time::timeout(STALLED, less).await.is_err() {
                return false;
            }
        }
    }
}

/// A part of what is owed, until it is dropped.
#[derive(Debug)]
pub(super) struct Owed {
    backlog: Arc<Backlog>,
    bytes: usize,
}

impl Owed {
    /// The request has become an answer of this length.
    pub(super) fn becomes(mut self, bytes: usize) -> Self {
        self.backlog.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.backlog.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
        self
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.backlog.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.backlog.less.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_late_is_waited_for() {
        let backlog = Arc::<Backlog>::default();
        let owed: Vec<_> = (0..3).map(|_| Backlog::request(&backlog).becomes(LIMIT + 1)).collect();
        let waiting = tokio::spawn({
            let backlog = Arc::clone(&backlog);
            async move { backlog.has_room().await }
        });
        for owed in owed {
            tokio::time::sleep(STALLED - Duration::from_secs(1)).await;
            assert!(!waiting.is_finished());
            drop(owed);
        }
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up() {
        let backlog = Arc::<Backlog>::default();
        assert!(backlog.has_room().await);
        let _owed = Backlog::request(&backlog).becomes(LIMIT + 1);
        assert!(!backlog.has_room().await);
    }
}
