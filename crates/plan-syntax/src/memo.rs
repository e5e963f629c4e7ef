//! Memoized values, which are stored with their inputs and recomputed when these change.
//!
//! A memoized function is a `fn` (it captures nothing) with one argument, so its value depends on the argument alone.
//! There are two kinds of arguments. One is an immutable value that owns its [`Memos`]: the content of a segment, a
//! structure, a version of a file. The other is a [`View`]: a part of such a value with its surroundings, which a key
//! identifies.

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

type StoredValue = Arc<dyn Any + Send + Sync>;

/// Number of values that [`Memos`] store before they allocate `more`. Most segments have fewer.
const BLOCK_VALUES: usize = 12;

/// Values that were computed from their owner, one per type. Reads take no lock.
#[derive(Default)]
pub struct Memos {
    /// Slots in insertion order.
    values: [OnceLock<StoredValue>; BLOCK_VALUES],
    more: OnceLock<Box<Self>>,
}

impl Memos {
    /// Returns the `T` of `owner`, computing it on first use. `owner` must be the value that these memos belong
    /// to. No lock is held while `compute` runs, so it may compute other values; of concurrent first uses, the
    /// first to finish determines the value.
    pub fn get<C: ?Sized, T: Any + Send + Sync>(&self, owner: &C, compute: fn(&C) -> T) -> &T {
        self.find().unwrap_or_else(|| self.store(Arc::new(compute(owner))))
    }

    /// Like [`Memos::get`], for values that are empty for most owners: these share `nothing`.
    pub fn get_or<C: ?Sized, T: Any + Send + Sync>(
        &self,
        nothing: &Arc<T>,
        owner: &C,
        compute: fn(&C) -> Option<T>,
    ) -> &T {
        let value = || compute(owner).map_or_else(|| Arc::clone(nothing), Arc::new);
        self.find().unwrap_or_else(|| self.store(value()))
    }

    /// Returns the `T` if it was computed.
    pub fn find<T: Any>(&self) -> Option<&T> {
        let mut block = self;
        loop {
            for slot in &block.values {
                if let Some(found) = slot.get()?.downcast_ref() {
                    return Some(found);
                }
            }
            block = block.more.get()?;
        }
    }

    /// Stores a value, unless a value of its type is already stored. Returns the stored value.
    pub fn store<T: Any + Send + Sync>(&self, value: Arc<T>) -> &T {
        let value: StoredValue = value;
        let mut block = self;
        loop {
            for slot in &block.values {
                if let Some(found) = slot.get_or_init(|| Arc::clone(&value)).downcast_ref() {
                    return found;
                }
            }
            block = block.more.get_or_init(Box::default);
        }
    }
}

impl fmt::Debug for Memos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memos").finish_non_exhaustive()
    }
}

/// A cached value that is valid while its key is unchanged. Stores only the value of the most recently used key.
#[derive(Debug)]
pub struct Memo<K, T>(Mutex<Option<(K, Arc<T>)>>);

impl<K, T> Default for Memo<K, T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K: PartialEq, T> Memo<K, T> {
    /// Returns the value of a key, computing it if the previous call had a different key. No lock is held during the
    /// computation.
    pub fn get(&self, key: K, compute: impl FnOnce() -> T) -> Arc<T> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = last.as_ref().filter(|(last, _)| *last == key).map(|(_, value)| Arc::clone(value));
        drop(last);
        found.unwrap_or_else(|| self.store(key, compute()))
    }

    /// Stores and returns the value of a key.
    pub fn store(&self, key: K, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, Arc::clone(&value)));
        value
    }
}

/// The argument of a memoized function: a part of a document with some of its context.
///
/// Its methods must return equal results whenever the memos and the key are equal, which a property test of each view
/// checks.
pub trait View: Sized {
    /// Identifies all data that the view provides in addition to the owner of the memos: the data itself, or a
    /// fingerprint.
    type ViewKey: PartialEq + Send + 'static;

    /// Returns the key. `None` if the data of the view has no key; its values are then not memoized.
    fn key(&self) -> Option<Self::ViewKey>;

    /// Returns the memos of the part.
    fn memos(&self) -> &Memos;

    /// Returns the `T` of this view, computing it if the stored value belongs to another key.
    fn memo<T: Any + Send + Sync>(&self, compute: fn(&Self) -> T) -> Arc<T> {
        let Some(key) = self.key() else { return Arc::new(compute(self)) };
        self.memos().get(&(), |()| Memo::default()).get(key, || compute(self))
    }

    /// Stores a value for the current key, which must equal the result of the memoized function. Replaces the stored
    /// value.
    fn replace<T: Any + Send + Sync>(&self, value: T) -> Arc<T> {
        let Some(key) = self.key() else { return Arc::new(value) };
        self.memos().get(&(), |()| Memo::default()).store(key, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number<const N: usize>(usize);

    fn number<const N: usize>(owner: &Memos) -> Number<N> {
        // Asks for another value of the same owner.
        Number(if N == 0 { 0 } else { owner.get(owner, |_| Number::<0>(1)).0 + N })
    }

    #[test]
    fn any_number_of_types_is_kept() {
        let memos = Memos::default();
        macro_rules! check {
            ($($n:literal)*) => {$(
                let first: *const Number<$n> = memos.get(&memos, number);
                assert!(std::ptr::eq(first, memos.get(&memos, |_| Number::<$n>(usize::MAX))));
            )*};
        }
        check!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30);
        assert_eq!(memos.find::<Number<30>>().map(|number| number.0), Some(31));
        assert!(memos.find::<Number<31>>().is_none());
    }

    #[test]
    fn another_key_makes_another_value() {
        let memo = Memo::default();
        assert_eq!(*memo.get(1, || "a"), "a");
        assert_eq!(*memo.get(1, || "b"), "a");
        assert_eq!(*memo.get(2, || "b"), "b");
        assert_eq!(*memo.get(1, || "c"), "c");
    }

    #[test]
    fn threads_agree_on_a_value() {
        let memos = Memos::default();
        let found = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| std::ptr::from_ref(memos.get(&(), |()| vec![0; 100])).addr()))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<Vec<_>>()
        });
        assert!(found.iter().all(|address| *address == found[0]));
    }
}
