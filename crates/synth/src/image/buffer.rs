//! Memory of pictures that the next picture of the same thread takes over.
//!
//! A photo needs a dozen planes of millions of values. Fresh pages from the system cost more than writing them, so what is
//! dropped is kept for a while.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// Smaller buffers are left to the allocator, values.
const LEAST: usize = 1 << 14;
/// Memory that a thread keeps for each type, bytes: the planes of one photo of a few megapixels.
const KEPT: usize = 64 << 20;
/// Buffers that a thread keeps for each type, however large: those of the last photo, for the next one of its size.
const NEWEST: usize = 4;

/// Values of a picture, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer<T: Kept>(Vec<T>);

/// A type of values whose buffers are kept.
pub trait Kept: Copy + 'static {
    /// The buffers of this thread that nobody uses.
    fn spare() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>>;
}

macro_rules! kept {
    ($type:ty) => {
        impl Kept for $type {
            fn spare() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>> {
                thread_local!(static SPARE: RefCell<Vec<Vec<$type>>> = const { RefCell::new(Vec::new()) });
                &SPARE
            }
        }
    };
}
kept!(u16);
kept!([u16; 3]);
kept!(f32);
kept!([f32; 3]);

impl<T: Kept> Buffer<T> {
    /// `count` times the same value.
    pub fn filled(count: usize, value: T) -> Self {
        let mut values = Self::take(count).unwrap_or_default();
        values.clear();
        values.resize(count, value);
        Self(values)
    }

    /// `count` values that the caller will write, every one, before it reads any: they are what they were in a buffer that
    /// is taken over, else `value`.
    pub(crate) fn unset(count: usize, value: T) -> Self {
        let mut values = Self::take(count).unwrap_or_default();
        values.resize(count, value);
        Self(values)
    }

    /// The spare buffer that fits best, if any fits at all without wasting as much again.
    fn take(count: usize) -> Option<Vec<T>> {
        let fits = |spare: &Vec<T>| (count..=2 * count).contains(&spare.capacity());
        // A thread that ends has no spares any more.
        let spares = |spares: &RefCell<Vec<Vec<T>>>| {
            let mut spares = spares.borrow_mut();
            let best = spares.iter().enumerate().filter(|(_, spare)| fits(spare));
            let best = best.min_by_key(|(_, spare)| spare.capacity()).map(|(i, _)| i)?;
            Some(spares.swap_remove(best))
        };
        if count < LEAST { None } else { T::spare().try_with(spares).ok().flatten() }
    }
}

impl<T: Kept> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.0.capacity() < LEAST {
            return;
        }
        let values = core::mem::take(&mut self.0);
        // A thread that ends keeps nothing.
        let _ = T::spare().try_with(|spares| {
            let mut spares = spares.borrow_mut();
            spares.push(values);
            let size = |spares: &[Vec<T>]| spares.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>();
            while spares.len() > NEWEST && size(&spares) > KEPT {
                spares.remove(0);
            }
        });
    }
}

impl<T: Kept> From<Vec<T>> for Buffer<T> {
    fn from(values: Vec<T>) -> Self {
        Self(values)
    }
}

impl<T: Kept> Deref for Buffer<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Kept> DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<'a, T: Kept> IntoIterator for &'a Buffer<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, T: Kept> IntoIterator for &'a mut Buffer<T> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_taken_over_and_its_values_are_not() {
        let first = Buffer::filled(LEAST, 7.0f32);
        let at = first.as_ptr();
        drop(first);
        let wide = Buffer::filled(2 * LEAST, 2.0f32);
        let same = Buffer::filled(LEAST, 1.0f32);
        assert!(wide.as_ptr() != at && same.as_ptr() == at);
        assert!(same.iter().all(|v| *v == 1.0));
        drop(same);
        assert_eq!(Buffer::unset(LEAST + 1, 0.0f32).len(), LEAST + 1);
        assert_eq!(Buffer::unset(LEAST - 1, 0.0f32).len(), LEAST - 1);
    }
}
