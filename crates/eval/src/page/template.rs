//! Puts the views into the page.

use base64::Engine as _;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use sha2::{Digest as _, Sha256};

use super::View;
use crate::{Error, Result};

const STYLE: &str = include_str!("assets/page.css");
const SCRIPT: &str = include_str!("assets/page.js");
const PAGE: &str = include_str!("assets/page.html");
/// The parts of the page, by the name under which it includes them.
const PARTS: &[(&str, &str)] = &[
    ("macros.html", include_str!("assets/macros.html")),
    ("overview.html", include_str!("assets/overview.html")),
    ("comparison.html", include_str!("assets/comparison.html")),
    ("cards.html", include_str!("assets/cards.html")),
    ("confusion.html", include_str!("assets/confusion.html")),
    ("slices.html", include_str!("assets/slices.html")),
    ("thresholds.html", include_str!("assets/thresholds.html")),
    ("prevalence.html", include_str!("assets/prevalence.html")),
    ("speed.html", include_str!("assets/speed.html")),
    ("gallery.html", include_str!("assets/gallery.html")),
    ("about.html", include_str!("assets/about.html")),
];

/// The page.
pub(super) fn fill(view: &View) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    let wrong = |e: minijinja::Error| Error::Page(format!("the template: {e:#}"));
    for (name, source) in PARTS.iter().copied().chain([("page.html", PAGE)]) {
        environment.add_template(name, source).map_err(wrong)?;
    }
    let page = environment.get_template("page.html").map_err(wrong)?;
    let whole = context! {
        view,
        policy => policy(),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(SCRIPT.to_owned()),
    };
    page.render(whole).map_err(wrong)
}

/// Nothing may be loaded; of styles and scripts only the two of the page may work.
fn policy() -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
