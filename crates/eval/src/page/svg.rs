//! Drawings as text. What comes from outside enters through [`Svg::text`] or an attribute, and both escape.

use std::fmt::{Display, Write as _};

use minijinja::Value;

/// Markup that the template engine must not escape again.
pub(super) type Markup = Value;

/// A drawing in the making. Colours come from the page's style, by class; so a drawing follows the theme.
#[derive(Debug)]
pub(super) struct Svg {
    out: String,
}

impl Svg {
    /// An empty drawing of this size, px, that a screen reader hears as `label`. Without a label it is decoration.
    pub(super) fn new(class: &str, width: f64, height: f64, label: &str) -> Self {
        let mut svg = Self { out: String::new() };
        let view_box = format!("0 0 {} {}", Short(width), Short(height));
        let (width, height) = (Short(width).to_string(), Short(height).to_string());
        let size = [("class", class), ("viewBox", &view_box), ("width", &width), ("height", &height)];
        let role: [(&str, &str); 2] = if label.is_empty() {
            [("aria-hidden", "true"), ("focusable", "false")]
        } else {
            [("role", "img"), ("aria-label", label)]
        };
        svg.open("svg", &size.into_iter().chain(role).collect::<Vec<_>>());
        svg
    }

    /// A drawing over a picture, in the picture's pixels; it fills the width it is given.
    pub(super) fn over_picture(class: &str, width: u32, height: u32, label: &str) -> Self {
        let mut svg = Self { out: String::new() };
        let view_box = format!("0 0 {width} {height}");
        svg.open("svg", &[("class", class), ("viewBox", &view_box), ("role", "img"), ("aria-label", label)]);
        svg
    }

    /// Opens an element; its attributes' values are escaped.
    pub(super) fn open(&mut self, element: &str, attributes: &[(&str, &str)]) {
        self.tag(element, attributes);
        self.out.push('>');
    }

    /// Closes an element.
    pub(super) fn close(&mut self, element: &str) {
        let _ = write!(self.out, "</{element}>");
    }

    /// An element without content.
    pub(super) fn element(&mut self, element: &str, attributes: &[(&str, &str)]) {
        self.tag(element, attributes);
        self.out.push_str("/>");
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|v| Short(v).to_string());
        self.element("line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    /// A disc.
    pub(super) fn dot(&mut self, class: &str, [x, y]: [f64; 2], radius: f64) {
        let [x, y, r] = [x, y, radius].map(|v| Short(v).to_string());
        self.element("circle", &[("class", class), ("cx", &x), ("cy", &y), ("r", &r)]);
    }

    /// A rectangle.
    pub(super) fn rect(&mut self, class: &str, [x, y]: [f64; 2], [w, h]: [f64; 2]) {
        let [x, y, w, h] = [x, y, w.max(0.0), h.max(0.0)].map(|v| Short(v).to_string());
        self.element("rect", &[("class", class), ("x", &x), ("y", &y), ("width", &w), ("height", &h)]);
    }

    /// Straight lines through points.
    pub(super) fn path(&mut self, class: &str, points: &[[f64; 2]], closed: bool) {
        let d = path_data(points, closed);
        self.element("path", &[("class", class), ("d", &d)]);
    }

    /// A line of text; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: &str, text: &str) {
        let [x, y] = [x, y].map(|v| Short(v).to_string());
        self.open("text", &[("class", class), ("x", &x), ("y", &y), ("text-anchor", anchor)]);
        escape(&mut self.out, text);
        self.close("text");
    }

    /// The finished drawing.
    pub(super) fn finish(mut self) -> Markup {
        self.close("svg");
        Value::from_safe_string(self.out)
    }

    fn tag(&mut self, element: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.out, "<{element}");
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            escape(&mut self.out, value);
            self.out.push('"');
        }
    }
}

/// The `d` of a path through points.
pub(super) fn path_data(points: &[[f64; 2]], closed: bool) -> String {
    let mut d = String::new();
    for (i, [x, y]) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { 'M' } else { 'L' }, Short(*x), Short(*y));
    }
    if closed && !d.is_empty() {
        d.push('Z');
    }
    d
}

/// A coordinate to a tenth of a pixel.
struct Short(f64);

impl Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // No browser draws what is not finite; nothing here should be.
        write!(f, "{}", if tenths.is_finite() { tenths + 0.0 } else { 0.0 })
    }
}

/// Appends text as the content of an element or the value of an attribute.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut svg = Svg::new("c", 10.0, 5.5, "a\"b<c>");
        svg.text("t", [1.0, 2.04], "end", "</svg><script>&");
        let out = svg.finish().to_string();
        assert_eq!(
            out,
            "<svg class=\"c\" viewBox=\"0 0 10 5.5\" width=\"10\" height=\"5.5\" role=\"img\" \
             aria-label=\"a&quot;b&lt;c&gt;\"><text class=\"t\" x=\"1\" y=\"2\" text-anchor=\"end\">\
             &lt;/svg&gt;&lt;script&gt;&amp;</text></svg>"
        );
    }

    #[test]
    fn coordinates_are_short_and_finite() {
        assert_eq!(path_data(&[[0.04, -0.01], [1e300, f64::NAN]], true).matches('Z').count(), 1);
        assert_eq!([1.26, f64::INFINITY, -0.0].map(|v| Short(v).to_string()), ["1.3", "0", "0"]);
    }
}
