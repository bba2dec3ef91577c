//! Progress of long work, on standard error, and only when someone is looking at it.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `total` steps. Hidden when standard error is not a terminal.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{msg:>10} [{bar:32}] {pos}/{len}  {per_sec}  {elapsed_precise} + {eta_precise}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style.progress_chars("=> ")).with_message(what)
}
