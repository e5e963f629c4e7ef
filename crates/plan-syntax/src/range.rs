//! Comparisons and shifts of ranges, for offsets in a document and in a segment.

use std::ops::{Add, Range, Sub};

/// Methods of ranges of offsets, in addition to `Range::contains`.
pub trait RangeExt<T>: Sized {
    /// Returns whether the ranges have an offset in common; the end of a range counts.
    fn touches(&self, other: &Self) -> bool;

    /// Returns whether the ranges have text in common.
    fn overlaps(&self, other: &Self) -> bool;

    /// Returns whether `other` is inside this range, up to and including its ends.
    fn encloses(&self, other: &Self) -> bool;

    /// Returns the range after its text moved from offset `from` to `to`.
    fn shifted(&self, from: T, to: T) -> Self;
}

impl<T: Copy + Ord + Add<Output = T> + Sub<Output = T>> RangeExt<T> for Range<T> {
    fn touches(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn encloses(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    fn shifted(&self, from: T, to: T) -> Self {
        self.start - from + to..self.end - from + to
    }
}
