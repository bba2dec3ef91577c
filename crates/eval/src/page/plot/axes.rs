//! The frame of a small plot: its axes, their ticks, and the way from values to places.

use super::super::svg::{Markup, Svg};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 232.0;
const LEFT: f64 = 34.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;

/// How a quantity runs along the horizontal axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The values at the left and the right end.
    pub(super) ends: [f64; 2],
    /// Whether equal ratios are equally far apart.
    pub(super) log: bool,
}

impl Scale {
    /// From 0 to 1.
    pub(super) const UNIT: Self = Self { ends: [0.0, 1.0], log: false };

    fn at(self, value: f64) -> f64 {
        let on = |v: f64| if self.log { libm::log(v.max(f64::MIN_POSITIVE)) } else { v };
        let [from, to] = self.ends.map(on);
        ((on(value) - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// Two to seven round values within the ends.
    pub(super) fn ticks(self) -> Vec<f64> {
        let [low, high] = [self.ends[0].min(self.ends[1]), self.ends[0].max(self.ends[1])];
        if self.log && high / low.max(f64::MIN_POSITIVE) > 8.0 {
            return decades(low, high);
        }
        // Two and a half steps hold two ticks at least, wherever they begin.
        let most = (high - low) / 2.5;
        let power = libm::pow(10.0, libm::floor(libm::log10(most)));
        let step = [5.0, 2.0, 1.0].map(|m| m * power).into_iter().find(|s| *s <= most).unwrap_or(most);
        let first = (low / step).ceil() as i64;
        (first..).map(|i| i as f64 * step).take_while(|v| *v <= high * (1.0 + 1e-9)).collect()
    }
}

/// 1, 2, 5, 10, ... within the ends; only the powers of ten where that were too many.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let first = libm::floor(libm::log10(low.max(1e-12))) as i32;
    let last = libm::ceil(libm::log10(high)) as i32;
    let steps: &[f64] = if last - first > 3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all =
        (first..=last).flat_map(|power| steps.iter().map(move |s| s * libm::pow(10.0, f64::from(power))));
    all.filter(|v| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(v)).collect()
}

/// A plot in the making; its vertical axis runs from 0 to 100 %.
pub(super) struct Plot {
    svg: Svg,
    scale: Scale,
}

impl Plot {
    /// The frame, with `tick` to write the values of the horizontal axis. `label` says in words what the plot shows.
    pub(super) fn new(scale: Scale, x_title: &str, tick: &dyn Fn(f64) -> String, label: &str) -> Self {
        let mut plot = Self { svg: Svg::new("plot", WIDTH, HEIGHT, label), scale };
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let y = place_y(share);
            plot.svg.line(if share == 0.0 { "axis" } else { "tick" }, [LEFT, y], [WIDTH - RIGHT, y]);
            plot.svg.text("tick-label", [LEFT - 6.0, y + 4.0], "end", &format!("{:.0}", 100.0 * share));
        }
        for value in scale.ticks() {
            let x = plot.x(value);
            plot.svg.line("axis", [x, HEIGHT - BOTTOM], [x, HEIGHT - BOTTOM + 4.0]);
            plot.svg.text("tick-label", [x, HEIGHT - BOTTOM + 17.0], "middle", &tick(value));
        }
        plot.svg.text("axis-title", [(LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 5.0], "middle", x_title);
        plot
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.scale.at(value) * (WIDTH - LEFT - RIGHT)
    }

    fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x(x), place_y(y)]
    }

    /// A curve through points.
    pub(super) fn curve(&mut self, class: &str, points: &[[f64; 2]]) {
        let points: Vec<_> = points.iter().map(|p| self.place(*p)).collect();
        self.svg.path(class, &points, false);
    }

    /// The area between two curves, given as `[x, low, high]`.
    pub(super) fn band(&mut self, class: &str, points: &[[f64; 3]]) {
        let up = points.iter().map(|[x, _, high]| self.place([*x, *high]));
        let down = points.iter().rev().map(|[x, low, _]| self.place([*x, *low]));
        let outline: Vec<_> = up.chain(down).collect();
        self.svg.path(class, &outline, true);
    }

    /// A value with its vertical interval.
    pub(super) fn bar(&mut self, x: f64, [value, low, high]: [f64; 3]) {
        let [at, bottom, top] = [value, low, high].map(|y| self.place([x, y]));
        self.svg.line("whisker", bottom, top);
        self.svg.dot("seen", at, 2.6);
    }

    /// A dot.
    pub(super) fn dot(&mut self, class: &str, point: [f64; 2], radius: f64) {
        let at = self.place(point);
        self.svg.dot(class, at, radius);
    }

    /// A vertical line at a value from the axis up to `y`, 0-1.
    pub(super) fn upright(&mut self, class: &str, x: f64, y: f64) {
        let ([x, top], bottom) = (self.place([x, y]), place_y(0.0));
        self.svg.line(class, [x, bottom], [x, top]);
    }

    /// The finished plot.
    pub(super) fn finish(self) -> Markup {
        self.svg.finish()
    }
}

fn place_y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_ends() {
        let ticks = |from: f64, to: f64, log| Scale { ends: [from, to], log }.ticks();
        assert_eq!(ticks(0.0, 100.0, false), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks(220.0, 60.0, false), [100.0, 150.0, 200.0]);
        assert_eq!(ticks(0.01, 1.0, true).len(), 7);
        assert_eq!(ticks(1e-6, 1.0, true).len(), 7);
        for [low, high] in [[0.013, 0.92], [3.0, 3.5], [1e-9, 2e-9]] {
            let found = ticks(low, high, false);
            assert!((2..=8).contains(&found.len()), "{found:?}");
            assert!(found.iter().all(|t| (low..=high * 1.0001).contains(t)), "{found:?}");
        }
    }

    #[test]
    fn the_worse_end_may_be_the_smaller() {
        let scale = Scale { ends: [300.0, 100.0], log: false };
        assert_eq!([300.0, 200.0, 100.0, 50.0].map(|v| scale.at(v)), [0.0, 0.5, 1.0, 1.0]);
        let scale = Scale { ends: [0.01, 1.0], log: true };
        assert!((scale.at(0.1) - 0.5).abs() < 1e-12 && scale.at(0.0) == 0.0);
    }
}
