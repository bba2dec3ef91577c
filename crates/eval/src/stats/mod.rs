//! Statistics that are not about images: tests, corrections and small linear algebra. Judged against scipy and
//! statsmodels by `scripts/peers/check_statistics.py`.

mod binomial;
mod fdr;
mod linear;
mod normal;
mod proportions;
mod rank;

pub use binomial::{binomial_cdf, binomial_pmf, sign_test, sign_test_one_sided};
pub use fdr::benjamini_hochberg;
pub(crate) use linear::{inverse, quadratic, solve};
pub use normal::{normal_cdf, normal_quantile};
pub use proportions::two_proportions;
pub use rank::spearman;
