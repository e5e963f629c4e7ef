//! Finds a handler that hangs, in builds with debug assertions: a message that the server is busy with for too long ends
//! the program and names its method. Seconds in which a handler waits for the client or for news do not count, nor do
//! those in which the program does not run.
//!
//! It is a thread, since a handler that waits for a lock may keep all threads of the runtime waiting.

/// Awaits something that is not in the server's hands, such as an answer of the client, in a handler.
pub async fn waiting<F: Future>(event: F) -> F::Output {
    #[cfg(debug_assertions)]
    let _pause = debug::Pause::new();
    event.await
}

/// Awaits a handler of a message with this method.
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

    /// How long the server may be busy with a message, in seconds.
    const MAX_SECONDS: u32 = 10;

    static MESSAGES: StateCell<BTreeMap<u64, Message>> = StateCell::new(BTreeMap::new());
    static THREAD: Once = Once::new();
    static LAST: AtomicU64 = AtomicU64::new(0);

    tokio::task_local! {
        /// The message that a task handles.
        static CURRENT: u64;
    }

    /// A message that is being handled.
    struct Message {
        method: String,
        seconds: u32,
        /// How many times its handler waits for something that is not in the server's hands.
        pauses: u32,
    }

    /// An entry of [`MESSAGES`] while it lives.
    struct Watched(u64);

    impl Drop for Watched {
        fn drop(&mut self) {
            MESSAGES.with(|messages| drop(messages.remove(&self.0)));
        }
    }

    /// The handler of the current task waits while this lives.
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
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        MESSAGES.with(|messages| messages.insert(number, Message { method, seconds: 0, pauses: 0 }));
        let _watched = Watched(number);
        CURRENT.scope(number, handler).await
    }

    fn watch() {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let late = MESSAGES.with(|messages| {
                let busy = messages.values_mut().filter(|message| message.pauses == 0);
                busy.map(|message| {
                    message.seconds += 1;
                    (message.seconds > MAX_SECONDS).then(|| message.method.clone())
                })
                .fold(None, |late, found| late.or(found))
            });
            if let Some(method) = late {
                eprintln!(
                    "plansmith: `{method}` is not answered after {MAX_SECONDS} s, so its handler hangs or is far too slow"
                );
                std::process::abort();
            }
        }
    }
}
