//! Pictures for people: the truth drawn over a photo, and contact sheets.
//!
//! Nothing here reaches a corpus.

mod overlay;
mod sheet;

use std::sync::LazyLock;

use ab_glyph::FontRef;

pub use overlay::{CATEGORY_COLORS, draw_truth};
pub use sheet::{Cell, Choice, Row, choose, draw_sheet};

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("../../assets/fonts/LiberationSans-Regular.ttf"))
        .expect("the embedded font is whole")
});
