//! One body of plain code, compiled for several levels of the processor and chosen at run time.
//!
//! The levels differ in the width of the registers only. Rust never contracts a product and a sum into one rounding by
//! itself, none of the levels enables fused multiply-add, and sums keep their order, so every level gives the same bits.
//!
//! This crate holds the only unsafe code of the project: the call of a function that was compiled for features which the
//! processor was asked for before.

use std::sync::OnceLock;

mod whole;

pub use whole::{nearest, split};

/// The environment variable that forces a level: `baseline` or `v3`.
pub const VARIABLE: &str = "RETAKE_SIMD";

/// A level of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every processor of the architecture has.
    Baseline,
    /// x86-64-v3 without fused multiply-add: 256-bit registers.
    V3,
}

/// The level that [`dispatch`] uses: the best that the processor has, or the one that [`VARIABLE`] names if the processor
/// has it. Asked for once a process.
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| match std::env::var(VARIABLE).as_deref() {
        Ok("baseline") => Level::Baseline,
        _ => best(),
    })
}

#[cfg(target_arch = "x86_64")]
fn best() -> Level {
    let has = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt");
    if has { Level::V3 } else { Level::Baseline }
}

#[cfg(not(target_arch = "x86_64"))]
fn best() -> Level {
    Level::Baseline
}

/// A computation that is compiled for every level.
///
/// `run` must be `#[inline(always)]`, and so must be what it calls in its loops: only what is inlined is compiled for the
/// level. [`kernel!`] writes one from a function.
pub trait Kernel {
    /// What it gives.
    type Output;

    /// Computes.
    fn run(self) -> Self::Output;
}

/// Runs a kernel as compiled for the current [`level`].
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    match level() {
        // SAFETY: `level` says `V3` only after the processor itself said that it has every feature that `v3` enables.
        #[cfg(target_arch = "x86_64")]
        Level::V3 => unsafe { v3(kernel) },
        _ => kernel.run(),
    }
}

// Not inlined: in the middle of a larger kernel, what would be a loop over lanes is taken apart value by value.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn v3<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// Makes a function whose body is a [`Kernel`], run through [`dispatch`].
///
/// ```
/// retake_simd::kernel! {
///     /// Adds one row to another.
///     pub fn add(sums: &mut [f32], row: &[f32]) {
///         for (sum, v) in sums.iter_mut().zip(row) {
///             *sum += v;
///         }
///     }
/// }
/// let mut sums = [1.0; 3];
/// add(&mut sums, &[2.0; 3]);
/// assert_eq!(sums, [3.0; 3]);
/// ```
#[macro_export]
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $crate::kernel! { $(#[$meta])* $vis fn $name($($arg: $ty),*) -> () $body }
    };
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) -> $output:ty $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) -> $output {
            struct Call<A>(A);
            impl $crate::Kernel for Call<($($ty,)*)> {
                type Output = $output;
                #[inline(always)]
                fn run(self) -> $output {
                    // A function of its own tells the compiler that references in its arguments do not overlap.
                    #[inline(always)]
                    fn body($($arg: $ty),*) -> $output $body
                    let Call(($($arg,)*)) = self;
                    body($($arg),*)
                }
            }
            $crate::dispatch(Call(($($arg,)*)))
        }
    };
}

/// An array made value by value in a plain loop: `array!(N, |i| value)`.
///
/// For the loops of kernels: the closures of `core::array::from_fn` and of an array's `map` often stay functions of their
/// own, compiled for the baseline and called for every value.
///
/// ```
/// let squares: [f32; 4] = retake_simd::array!(4, |i| (i * i) as f32);
/// assert_eq!(squares, [0.0, 1.0, 4.0, 9.0]);
/// ```
#[macro_export]
macro_rules! array {
    ($count:expr, |$i:pat_param| $value:expr) => {{
        let mut values = [Default::default(); $count];
        for ($i, value) in values.iter_mut().enumerate() {
            *value = $value;
        }
        values
    }};
}

#[cfg(test)]
mod tests {
    kernel! {
        fn sum_of_squares(values: &[f32]) -> f32 {
            sum_of_squares_here(values)
        }
    }

    #[inline(always)]
    fn sum_of_squares_here(values: &[f32]) -> f32 {
        values.iter().map(|v| v * v + 0.1).sum()
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let values: Vec<f32> = (0..1000).map(|i| (i * i % 77) as f32 * 0.013).collect();
        assert_eq!(sum_of_squares(&values).to_bits(), sum_of_squares_here(&values).to_bits());
    }
}
