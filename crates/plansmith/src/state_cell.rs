//! Locks.
//!
//! Values shared by threads are in a [`StateCell`]. It is accessed with a closure, so guards cannot leave this module
//! or live longer than expected. A cell must not be accessed while another cell is being accessed. With debug
//! assertions, such an access panics, so every test that reaches it detects the possible deadlock, not only a test in
//! which two threads block each other. `clippy.toml` forbids other locks in this crate.

#![expect(clippy::disallowed_types, reason = "the only place where locks are created")]

use std::sync::{Mutex, PoisonError};

/// A value protected by a mutex.
#[derive(Debug, Default)]
pub(crate) struct StateCell<T> {
    value: Mutex<T>,
}

impl<T> StateCell<T> {
    /// Returns a cell with a value.
    pub(crate) const fn new(value: T) -> Self {
        Self { value: Mutex::new(value) }
    }

    /// Calls `work` with exclusive access to the value. `work` only copies values: it must not analyze a text, access the disk
    /// or access a cell.
    ///
    /// # Panics
    /// With debug assertions, if this thread is already in the closure of a cell. Without them, accessing the same cell in its
    /// own closure blocks forever.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let _entry = entry::ReentryCheck::new(std::any::type_name::<T>());
        // A poisoned value is still consistent, because every change is one assignment or one edit.
        work(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns a copy of the value.
    pub(crate) fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(|value| value.clone())
    }

    /// Replaces the value with the default, and returns the previous one.
    pub(crate) fn take(&self) -> T
    where
        T: Default,
    {
        self.with(std::mem::take)
    }
}

#[cfg(debug_assertions)]
mod entry {
    use std::cell::Cell;

    thread_local! {
        /// Type of the value whose cell this thread is accessing.
        static ENTERED: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// Records that a thread is accessing a cell, to detect nested accesses.
    pub(super) struct ReentryCheck;

    impl ReentryCheck {
        pub(super) fn new(name: &'static str) -> Self {
            if let Some(outer) = ENTERED.get() {
                panic!(
                    "nested access to the cell of `{name}` in the closure of `{outer}`; \
                     return the values first, then access the second cell"
                );
            }
            ENTERED.set(Some(name));
            Self
        }
    }

    impl Drop for ReentryCheck {
        fn drop(&mut self) {
            ENTERED.set(None);
        }
    }
}

#[cfg(not(debug_assertions))]
mod entry {
    /// Does nothing without debug assertions.
    pub(super) struct ReentryCheck;

    impl ReentryCheck {
        pub(super) fn new(_: &'static str) -> Self {
            Self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panics::catch_panic;

    #[test]
    fn a_closure_sees_and_changes_the_value() {
        let cell = StateCell::new(vec![1]);
        cell.with(|value| value.push(2));
        assert_eq!(cell.get(), [1, 2]);
        assert_eq!((cell.take(), cell.get()), (vec![1, 2], vec![]));
    }

    #[cfg(debug_assertions)]
    #[test]
    fn nested_accesses_panic_with_a_solution() {
        let (first, second) = (StateCell::new(1_u8), StateCell::new("x"));
        for message in [
            catch_panic(|| first.with(|_| first.get())).unwrap_err(),
            catch_panic(|| first.with(|_| second.get().len())).unwrap_err(),
        ] {
            assert!(
                message.contains("in the closure of `u8`") && message.contains("return the values first"),
                "{message}"
            );
        }
        // The cells are usable after the panic.
        assert_eq!(first.get(), 1);
        first.with(|value| *value = 2);
        assert_eq!(first.get(), 2);
    }

    #[test]
    fn a_panic_in_a_closure_does_not_lock_the_value() {
        let cell = StateCell::new(1);
        assert!(catch_panic(|| cell.with(|_| panic!("a panic for a test"))).is_err());
        assert_eq!(cell.get(), 1);
    }
}
