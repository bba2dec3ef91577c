//! The trend over releases, as a table and as a plot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use retake_label::Category;
use serde::{Deserialize, Serialize};

use crate::page::escape;
use crate::report::{Report, percent};
use crate::{Error, Estimate, Result, metrics};

/// A metric over runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The metric.
    pub metric: String,
    /// The runs, in the order given.
    pub runs: Vec<Release>,
    /// Whether all runs are on the same images; otherwise a change may be the corpus's.
    pub same_corpus: bool,
}

/// A run in a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The analyzer, by name and version.
    pub analyzer: String,
    /// What corpus it was run on.
    pub digest: String,
    /// The average over categories.
    pub r#macro: Estimate,
    /// By category that the analyzer knows.
    pub categories: BTreeMap<Category, Estimate>,
}

impl History {
    /// Of reports, in their order.
    ///
    /// # Errors
    /// When there is no such metric, or no report.
    pub fn of(reports: &[Report], metric: &str) -> Result<Self> {
        if metrics::by_id(metric).is_none() {
            let known = metrics::ALL.iter().map(|metric| metric.id()).collect::<Vec<_>>().join(", ");
            return Err(Error::Runs(format!("there is no metric `{metric}`; there are: {known}")));
        }
        let release = |report: &Report| Release {
            analyzer: format!("{} {}", report.run.analyzer.name, report.run.analyzer.version),
            digest: report.run.corpus.digest.clone(),
            r#macro: report.r#macro[metric],
            categories: report
                .categories
                .iter()
                .filter(|category| category.supported)
                .map(|category| (category.category, category.metrics[metric]))
                .collect(),
        };
        let runs: Vec<Release> = reports.iter().map(release).collect();
        let same_corpus = runs.windows(2).all(|pair| pair[0].digest == pair[1].digest);
        Ok(Self { metric: metric.to_owned(), runs, same_corpus })
    }

    /// The categories of any run.
    fn categories(&self) -> Vec<Category> {
        let mut all: Vec<Category> =
            self.runs.iter().flat_map(|run| run.categories.keys().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The trend as aligned text, in percent with 95 % intervals: a line per run.
    pub fn table(&self) -> String {
        let names = self.categories();
        let width = self.runs.iter().map(|run| run.analyzer.chars().count()).max().unwrap_or(0).max(8);
        let mut out =
            format!("{}, percent with 95 % interval\n{:width$}{:>15}", self.metric, "release", "macro");
        for name in &names {
            let _ = write!(out, "{:>19}", name.id());
        }
        out.push('\n');
        for run in &self.runs {
            let _ = write!(out, "{:width$}{:>15}", run.analyzer, percent(&run.r#macro));
            for name in &names {
                let _ = write!(out, "{:>19}", percent(run.categories.get(name).unwrap_or(&Estimate::NONE)));
            }
            out.push('\n');
        }
        if !self.same_corpus {
            out.push_str("the runs are on different corpora: a change may be the corpus's\n");
        }
        out
    }

    /// The trend as an SVG plot of its own: a line per category with intervals, the average bold.
    pub fn svg(&self) -> String {
        const COLOURS: [&str; 8] =
            ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c6d1f", "#7f7f7f"];
        let (left, top, height, step) = (60.0, 40.0, 320.0, 110.0);
        let wide = left + step * (self.runs.len().max(2) - 1) as f64;
        let names = self.categories();
        let mut lines: Vec<(String, &str, f64, Vec<Option<Estimate>>)> = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                let values = self.runs.iter().map(|run| run.categories.get(name).copied()).collect();
                (name.id().to_owned(), COLOURS[i % COLOURS.len()], 1.5, values)
            })
            .collect();
        lines.push((
            "macro".to_owned(),
            "#000000",
            3.0,
            self.runs.iter().map(|run| Some(run.r#macro)).collect(),
        ));
        let (total, tall) = (wide + 200.0, top + height + 60.0);
        let y = |value: f64| top + height * (1.0 - value);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {tall}\" font-family=\"sans-serif\" \
             font-size=\"12\" role=\"img\" aria-label=\"{0} over releases\">\n<rect width=\"{total}\" height=\"{tall}\" \
             fill=\"#ffffff\"/>\n<text x=\"{left}\" y=\"20\" font-size=\"14\">{0} over releases, with 95 % intervals</text>\n",
            self.metric
        );
        for tick in 0..=5 {
            let value = f64::from(tick) / 5.0;
            let _ = writeln!(
                out,
                "<line x1=\"{left}\" x2=\"{wide}\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\">{3:.0} %</text>",
                y(value),
                left - 8.0,
                y(value) + 4.0,
                100.0 * value
            );
        }
        for (i, run) in self.runs.iter().enumerate() {
            let x = left + step * i as f64;
            let mut name = String::new();
            escape(&mut name, &shortened(&run.analyzer));
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
                top + height + 22.0
            );
        }
        for (at, (name, colour, stroke, values)) in lines.iter().enumerate() {
            let spread = (at as f64 - lines.len() as f64 / 2.0) * 2.5;
            plot(&mut out, values, colour, *stroke, &|i| left + step * i as f64 + spread, &y);
            let legend = top + 10.0 + 18.0 * at as f64;
            let _ = writeln!(
                out,
                "<line x1=\"{0}\" x2=\"{1}\" y1=\"{legend}\" y2=\"{legend}\" stroke=\"{colour}\" stroke-width=\"{stroke}\"/>\
                 <text x=\"{2}\" y=\"{3}\">{name}</text>",
                wide + 30.0,
                wide + 50.0,
                wide + 56.0,
                legend + 4.0
            );
        }
        out.push_str("</svg>\n");
        out
    }
}

fn plot(
    out: &mut String,
    values: &[Option<Estimate>],
    colour: &str,
    stroke: f64,
    x: &dyn Fn(usize) -> f64,
    y: &dyn Fn(f64) -> f64,
) {
    let mut points = String::new();
    for (i, estimate) in values.iter().enumerate() {
        let Some((value, low, high)) = estimate.and_then(|e| Some((e.value?, e.low?, e.high?))) else {
            continue;
        };
        let _ = write!(points, "{:.1},{:.1} ", x(i), y(value));
        let _ = writeln!(
            out,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{2:.1}\" stroke=\"{colour}\" opacity=\"0.5\"/>\
             <circle cx=\"{0:.1}\" cy=\"{3:.1}\" r=\"3\" fill=\"{colour}\"/>",
            x(i),
            y(low),
            y(high),
            y(value)
        );
    }
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{stroke}\"/>",
        points.trim_end()
    );
}

fn shortened(name: &str) -> String {
    const LONGEST: usize = 16;
    if name.chars().count() <= LONGEST {
        name.to_owned()
    } else {
        name.chars().take(LONGEST - 3).collect::<String>() + "..."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_escapes_names_and_leaves_gaps() {
        let estimate = Estimate::wilson(0.8, 50.0, 50, crate::Method::Wilson);
        let release = |name: &str, known: bool| Release {
            analyzer: name.to_owned(),
            digest: "d".to_owned(),
            r#macro: estimate,
            categories: if known { BTreeMap::from([(Category::BLUR, estimate)]) } else { BTreeMap::new() },
        };
        let runs = vec![release("a<b 1", true), release("a&b 2", false)];
        let history = History { metric: "f1".to_owned(), runs, same_corpus: true };
        let svg = history.svg();
        assert!(svg.contains("a&lt;b 1") && svg.contains("a&amp;b 2") && !svg.contains("NaN"));
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(history.table().lines().nth(3).unwrap().trim_end().ends_with('-'));
    }
}
