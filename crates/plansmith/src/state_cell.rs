//! The locks of the program.
//!
//! A value that several threads change is in a [`StateCell`]. It is entered with a closure, so no guard leaves this module
//! and none lives longer than its author thinks. One cell is never entered while another one is: a build with debug
//! assertions panics where that happens, so a deadlock is found by the first test that comes past and not by the one
//! in which two threads meet. `clippy.toml` forbids other locks in this crate.

#![expect(clippy::disallowed_types, reason = "the one place where locks are made")]

use std::sync::{Mutex, PoisonError};

/// A value behind a mutex.
#[derive(Debug, Default)]
pub(crate) struct StateCell<T> {
    value: Mutex<T>,
}

impl<T> StateCell<T> {
    /// Returns a cell with a value.
    pub(crate) const fn new(value: T) -> Self {
        Self { value: Mutex::new(value) }
    }

    /// Calls `work` with the value, which nobody else reads or changes meanwhile. `work` copies values out and in: it
    /// neither analyzes a text nor touches the disk, and it enters no cell.
    ///
    /// # Panics
    /// With debug assertions, when this thread is in the closure of a cell already. Without them, entering the same cell
    /// twice waits forever.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let _entry = entry::Entry::new(std::any::type_name::<T>());
        // A panic elsewhere cannot leave the value half changed: every change is one assignment or one edit.
        work(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns a copy of the value.
    pub(crate) fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(|value| value.clone())
    }

    /// Returns the value and leaves the default one.
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
        /// The type of the value whose cell this thread is in.
        static ENTERED: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// A thread's stay in a cell.
    pub(super) struct Entry;

    impl Entry {
        pub(super) fn new(name: &'static str) -> Self {
            if let Some(outer) = ENTERED.get() {
                panic!(
                    "the cell of `{name}` is entered inside the closure of `{outer}`, which can wait forever; \
                     return what is needed from the first closure and enter the second cell after it"
                );
            }
            ENTERED.set(Some(name));
            Self
        }
    }

    impl Drop for Entry {
        fn drop(&mut self) {
            ENTERED.set(None);
        }
    }
}

#[cfg(not(debug_assertions))]
mod entry {
    /// Nothing.
    pub(super) struct Entry;

    impl Entry {
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
    fn entering_inside_a_closure_panics_and_names_the_remedy() {
        let (first, second) = (StateCell::new(1_u8), StateCell::new("x"));
        for said in [
            catch_panic(|| first.with(|_| first.get())).unwrap_err(),
            catch_panic(|| first.with(|_| second.get().len())).unwrap_err(),
        ] {
            assert!(said.contains("inside the closure of `u8`") && said.contains("after it"), "{said}");
        }
        // The panic has left nothing behind.
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
