//! Memory of pictures that the next picture of the same thread takes over.
//!
//! A photo needs a dozen planes of millions of values. Fresh pages from the system cost more than writing them, so what is
//! dropped is kept for a while: of all types together no more than a photo of common size needs, the newest. Where photos are
//! larger, as much as one of them needs.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Smaller buffers are left to the allocator, values.
const LEAST: usize = 1 << 14;
/// Memory that a thread keeps, bytes: the layers and masks of one photo of two or three megapixels.
const KEPT: usize = 16 << 20;
/// Buffers whose sizes say how large photos are at present: those of two or three.
const RECENT: usize = 32;
/// The planes of a photo, as a multiple of the largest.
const PLANES: usize = 2;

/// Values of a picture, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer<T: Kept>(Vec<T>);

/// A type of values whose buffers are kept.
pub trait Kept: Copy + 'static {
    /// Those of its type among a thread's spare buffers.
    #[doc(hidden)]
    fn shelf(spares: &mut Spares) -> &mut Shelf<Self>;
}

/// The buffers of one type that nobody uses, the oldest first, each with the time it was put there.
#[derive(Debug)]
pub struct Shelf<T>(Vec<(u64, Vec<T>)>);

impl<T> Shelf<T> {
    /// When its oldest was put there.
    fn oldest(&self) -> u64 {
        self.0.first().map_or(u64::MAX, |(time, _)| *time)
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(_, values)| size_of::<T>() * values.capacity()).sum()
    }

    /// Frees its oldest if that is from this time.
    fn free(&mut self, time: u64) {
        if self.oldest() == time {
            self.0.remove(0);
        }
    }
}

macro_rules! kept {
    ($($name:ident: $type:ty),*) => {
        /// The buffers of a thread that nobody uses.
        #[derive(Debug)]
        pub struct Spares {
            time: u64,
            /// Bytes of the last buffers that were asked for, in turns.
            recent: [usize; RECENT],
            asked: usize,
            $($name: Shelf<$type>,)*
        }

        impl Spares {
            const fn new() -> Self {
                Self { time: 0, recent: [0; RECENT], asked: 0, $($name: Shelf(Vec::new()),)* }
            }

            /// Notes that a buffer of so many bytes is asked for.
            fn ask(&mut self, bytes: usize) {
                self.recent[self.asked % RECENT] = bytes;
                self.asked += 1;
            }

            /// The most bytes that are kept.
            fn most(&self) -> usize {
                let largest = self.recent.iter().copied().max().unwrap_or(0);
                if largest > KEPT { PLANES * largest } else { KEPT }
            }

            /// Frees the oldest, of whatever type, until the rest is no more than a thread keeps.
            fn bound(&mut self) {
                let most = self.most();
                while $(self.$name.bytes() +)* 0 > most {
                    let oldest = u64::MAX$(.min(self.$name.oldest()))*;
                    $(self.$name.free(oldest);)*
                }
            }
        }

        $(impl Kept for $type {
            fn shelf(spares: &mut Spares) -> &mut Shelf<Self> {
                &mut spares.$name
            }
        })*
    };
}
kept!(codes: u16, colour_codes: [u16; 3], values: f32, colours: [f32; 3]);

/// Frees what this thread keeps, and forgets how large it was.
pub(crate) fn forget_spares() {
    // A thread that ends keeps nothing.
    let _ = SPARES.try_with(|spares| *spares.borrow_mut() = Spares::new());
}

thread_local!(static SPARES: RefCell<Spares> = const { RefCell::new(Spares::new()) });

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
        let best = |spares: &RefCell<Spares>| {
            let mut spares = spares.borrow_mut();
            spares.ask(size_of::<T>() * count);
            let Shelf(shelf) = T::shelf(&mut spares);
            let fitting = shelf.iter().enumerate().filter(|(_, (_, spare))| fits(spare));
            let best = fitting.min_by_key(|(_, (_, spare))| spare.capacity()).map(|(i, _)| i)?;
            Some(shelf.remove(best).1)
        };
        // A thread that ends has no spares any more.
        if count < LEAST { None } else { SPARES.try_with(best).ok().flatten() }
    }
}

impl<T: Kept> Drop for Buffer<T> {
    fn drop(&mut self) {
        if self.0.capacity() < LEAST {
            return;
        }
        let values = core::mem::take(&mut self.0);
        // A thread that ends keeps nothing.
        let _ = SPARES.try_with(|spares| {
            let mut spares = spares.borrow_mut();
            spares.time += 1;
            let time = spares.time;
            T::shelf(&mut spares).0.push((time, values));
            spares.bound();
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

    #[test]
    fn a_thread_keeps_the_newest_of_all_types_and_no_more_than_its_share() {
        let third = KEPT / 3;
        let held = || SPARES.with_borrow(|s| [s.codes.bytes(), s.values.bytes(), s.colours.bytes()]);
        drop(Buffer::filled(third / 2, 0u16));
        drop(Buffer::filled(third / 4, 0.0f32));
        drop(Buffer::filled(third / 12, [0.0f32; 3]));
        assert!(held().iter().all(|bytes| *bytes > third - 12), "{:?}", held());
        let two = [Buffer::filled(third / 12, [0.0f32; 3]), Buffer::filled(third / 12, [0.0f32; 3])];
        drop(two);
        assert!(held()[0] == 0 && held().iter().sum::<usize>() <= KEPT, "{:?}", held());
    }

    #[test]
    fn where_photos_are_large_as_much_as_one_needs_is_kept_and_no_longer() {
        let held = || SPARES.with_borrow(|s| s.codes.bytes() + s.values.bytes());
        drop(Buffer::filled(KEPT / 4 + 1, 0.0f32));
        drop(Buffer::filled(KEPT / 4, 0u16));
        assert!(held() > KEPT + KEPT / 2, "{}", held());
        (0..RECENT).for_each(|_| drop(Buffer::filled(LEAST, 0u16)));
        assert!(held() <= KEPT, "{}", held());
    }
}
