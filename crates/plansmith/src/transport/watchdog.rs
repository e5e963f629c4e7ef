//! Detects handlers that hang, in builds with debug assertions: if a message is handled for too long, the watchdog
//! prints its method and aborts the program. Time in which a handler waits for the client or for changes, or in which
//! the program is suspended, is not included.
//!
//! The watchdog is a thread, because a handler that waits for a lock may block all threads of the runtime.

/// Awaits an external event in a handler, such as a response of the client.
pub async fn waiting<F: Future>(event: F) -> F::Output {
    #[cfg(debug_assertions)]
    let _pause = debug::Pause::new();
    event.await
}

/// Awaits the handler of a message while the watchdog measures it. `method` is the method of the message.
pub(super) async fn watched<F: Future>(method: String, handler: F) -> F::Output {
    #[cfg(debug_assertions)]
    {
        debug::watched(method, handler).await
    }
    #[cfg(not(debug_assertions))]
    {
        drop(method);
        handler.await
    }
}

#[cfg(debug_assertions)]
mod debug {
    use std::{
        collections::BTreeMap,
        sync::{
            Once,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };

    use crate::state_cell::StateCell;

    /// Maximum time for handling a message, in seconds.
    const MAX_SECONDS: u32 = 10;

    /// Environment variable with another maximum, for tests with pathological documents: builds with debug assertions are
    /// many times slower.
    const SECONDS: &str = "PLANSMITH_TEST_WATCHDOG_SECONDS";

    static MESSAGES: StateCell<BTreeMap<u64, Message>> = StateCell::new(BTreeMap::new());
    static THREAD: Once = Once::new();
    static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

    tokio::task_local! {
        /// The message that a task handles.
        static CURRENT: u64;
    }

    /// A message that is being handled.
    struct Message {
        method: String,
        seconds: u32,
        /// Number of external events that its handler awaits.
        pauses: u32,
    }

    /// Removes its entry of [`MESSAGES`] when dropped.
    struct WatchedMessage(u64);

    impl Drop for WatchedMessage {
        fn drop(&mut self) {
            MESSAGES.with(|messages| drop(messages.remove(&self.0)));
        }
    }

    /// Marks the handler of the current task as waiting for an external event while this value exists.
    pub(super) struct Pause(Option<u64>);

    impl Pause {
        pub(super) fn new() -> Self {
            let number = CURRENT.try_with(|number| *number).ok();
            count(number, |message| message.pauses += 1);
            Self(number)
        }
    }

    impl Drop for Pause {
        fn drop(&mut self) {
            count(self.0, |message| message.pauses -= 1);
        }
    }

    fn count(number: Option<u64>, change: impl FnOnce(&mut Message)) {
        MESSAGES.with(|messages| number.and_then(|number| messages.get_mut(&number)).map(change));
    }

    pub(super) async fn watched<F: Future>(method: String, handler: F) -> F::Output {
        THREAD.call_once(|| drop(std::thread::spawn(watch)));
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        MESSAGES.with(|messages| messages.insert(number, Message { method, seconds: 0, pauses: 0 }));
        let _watched = WatchedMessage(number);
        CURRENT.scope(number, handler).await
    }

    fn watch() {
        let max_seconds =
            std::env::var(SECONDS).ok().and_then(|text| text.parse().ok()).unwrap_or(MAX_SECONDS);
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let late = MESSAGES.with(|messages| {
                let busy = messages.values_mut().filter(|message| message.pauses == 0);
                busy.map(|message| {
                    message.seconds += 1;
                    (message.seconds > max_seconds).then(|| message.method.clone())
                })
                .fold(None, |late, found| late.or(found))
            });
            if let Some(method) = late {
                eprintln!("plansmith: handler of `{method}` did not complete within {max_seconds} s");
                std::process::abort();
            }
        }
    }
}
