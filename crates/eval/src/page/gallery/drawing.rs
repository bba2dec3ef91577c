//! A picture with the truth and the answers drawn over it.

use retake_label::{BBox, Category};

use super::super::svg::{Markup, Svg, path_data};
use super::picture::Picture;

/// What is drawn over a picture.
pub(super) struct Overlay<'a> {
    /// The category that the error is about: its region is drawn stronger than that of others.
    pub(super) category: Category,
    /// Where the analyzer saw it.
    pub(super) boxes: &'a [BBox],
    /// Where the baseline saw it.
    pub(super) boxes_before: &'a [BBox],
}

/// The id of a picture's small copy in the page.
pub(super) fn id(index: usize) -> String {
    format!("p{index}")
}

/// The small copies, each once; every drawing refers to them.
pub(super) fn definitions<'a>(pictures: impl Iterator<Item = (usize, &'a Picture)>) -> Markup {
    let mut svg = Svg::new("pictures", 0.0, 0.0, "");
    svg.open("defs", &[]);
    for (index, picture) in pictures {
        let (id, [width, height]) = (id(index), picture.size.map(|v| v.to_string()));
        svg.element(
            "image",
            &[("id", &id), ("width", &width), ("height", &height), ("href", &picture.address)],
        );
    }
    svg.close("defs");
    svg.finish()
}

/// The picture and what is drawn over it; `label` says in words what is to be seen.
pub(super) fn draw(index: usize, picture: &Picture, overlay: &Overlay<'_>, label: &str) -> Markup {
    let [width, height] = picture.size;
    let mut svg = Svg::over_picture("photo", width, height, label);
    svg.element("use", &[("href", &format!("#{}", id(index)))]);
    svg.open("g", &[("class", "overlay")]);
    if picture.corners.len() == 4 {
        svg.path("card-edge", &picture.corners, true);
    }
    for (category, lines) in &picture.regions {
        let class = if *category == overlay.category { "truth" } else { "truth other" };
        let d: String = lines.iter().map(|points| path_data(points, true)).collect();
        if !d.is_empty() {
            svg.element("path", &[("class", "halo"), ("d", &d)]);
            svg.element("path", &[("class", class), ("d", &d)]);
        }
    }
    for (class, boxes) in [("before", overlay.boxes_before), ("found", overlay.boxes)] {
        for bbox in boxes {
            let (at, size) = clipped(bbox, width, height);
            svg.rect("halo", at, size);
            svg.rect(class, at, size);
        }
    }
    svg.close("g");
    svg.finish()
}

/// The part of a box that is in the picture: an analyzer may have said anything.
fn clipped(bbox: &BBox, width: u32, height: u32) -> ([f64; 2], [f64; 2]) {
    let [width, height] = [width, height].map(f64::from);
    let (x0, y0) = (bbox.x.clamp(0.0, width), bbox.y.clamp(0.0, height));
    let (x1, y1) = ((bbox.x + bbox.w).clamp(x0, width.max(x0)), (bbox.y + bbox.h).clamp(y0, height.max(y0)));
    ([x0, y0], [x1 - x0, y1 - y0])
}
