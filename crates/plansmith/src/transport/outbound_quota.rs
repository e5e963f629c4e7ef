//! Limits the memory for pending requests and unwritten responses, so that a client that does not read its responses cannot
//! exhaust it.
//!
//! Each pending request and each unwritten response reserves bytes of the quota. While more than the quota is
//! reserved, the server reads no messages. The quota is far larger than the data that accumulates for a client that
//! reads. A client that reads nothing for [`MAX_STALL`] while the quota is used up is disconnected, since the server
//! could wait for it forever.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;

/// Maximum number of reserved bytes at which further messages are read.
const MAX_RESERVED_BYTES: usize = 64 * 1024 * 1024;

/// Bytes that a pending request reserves: the order of magnitude of its memory.
const REQUEST_BYTES: usize = 2 * 1024;

/// Maximum time without reads by the client while the quota is exhausted.
const MAX_STALL: Duration = Duration::from_secs(60);

/// The bytes that are reserved.
#[derive(Debug, Default)]
pub(super) struct OutboundQuota {
    reserved: AtomicUsize,
    released: Notify,
}

impl OutboundQuota {
    /// Reserves bytes for a request.
    pub(super) fn reserve_request(quota: &Arc<Self>) -> Reservation {
        quota.reserved.fetch_add(REQUEST_BYTES, Ordering::Relaxed);
        Reservation { quota: Arc::clone(quota), bytes: REQUEST_BYTES }
    }

    /// Waits until another message may be read. Returns `false` if the client reads nothing for [`MAX_STALL`].
    pub(super) async fn has_capacity(&self) -> bool {
        loop {
            let released = self.released.notified();
            if self.reserved.load(Ordering::Relaxed) <= MAX_RESERVED_BYTES {
                return true;
            }
            // A notification between the check and the wait is not lost: `notify_one` leaves a permit.
            if tokio::time::timeout(MAX_STALL, released).await.is_err() {
                return false;
            }
        }
    }
}

/// Bytes that are reserved until this is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    quota: Arc<OutboundQuota>,
    bytes: usize,
}

impl Reservation {
    /// Changes the number of reserved bytes from the size of a request to the size of its response.
    pub(super) fn resize(mut self, bytes: usize) -> Self {
        self.quota.reserved.fetch_add(bytes, Ordering::Relaxed);
        self.quota.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
        self
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.quota.reserved.fetch_sub(self.bytes, Ordering::Relaxed);
        self.quota.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_late_stays_connected() {
        let quota = Arc::<OutboundQuota>::default();
        let reservations: Vec<_> =
            (0..3).map(|_| OutboundQuota::reserve_request(&quota).resize(MAX_RESERVED_BYTES + 1)).collect();
        let waiting = tokio::spawn({
            let quota = Arc::clone(&quota);
            async move { quota.has_capacity().await }
        });
        for reservation in reservations {
            tokio::time::sleep(MAX_STALL - Duration::from_secs(1)).await;
            assert!(!waiting.is_finished());
            drop(reservation);
        }
        assert!(waiting.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_is_disconnected() {
        let quota = Arc::<OutboundQuota>::default();
        assert!(quota.has_capacity().await);
        let _reservation = OutboundQuota::reserve_request(&quota).resize(MAX_RESERVED_BYTES + 1);
        assert!(!quota.has_capacity().await);
    }
}
