//! What the analyzer would do at other thresholds.

use super::super::svg::Markup;
use super::super::words;
use super::axes::{Plot, Scale};
use crate::Estimate;
use crate::analysis::curve::Curve;
use crate::report::CategoryReport;

/// Precision over recall, with the interval of precision and the decisions that the analyzer made.
pub(crate) fn draw(row: &CategoryReport, baseline: Option<&CategoryReport>) -> Option<Markup> {
    let curve = row.curve.as_ref()?;
    let own = own(row);
    let label = match own {
        Some([recall, precision]) => format!(
            "Precision over recall of {}; as decided, precision {:.0} % at recall {:.0} %",
            words::lower_title(row.category),
            100.0 * precision,
            100.0 * recall
        ),
        None => format!("Precision over recall of {}", words::lower_title(row.category)),
    };
    let mut plot = Plot::new(Scale::UNIT, "recall, %", &|v| format!("{:.0}", 100.0 * v), &label);
    plot.band("band", &band(curve));
    if let Some(before) = baseline.and_then(|row| row.curve.as_ref()) {
        plot.curve("curve-before", &points(before));
    }
    plot.curve("curve", &points(curve));
    if let Some(point) = baseline.and_then(self::own) {
        plot.dot("value-before", point, 4.0);
    }
    if let Some(point) = own {
        plot.dot("value", point, 4.5);
    }
    Some(plot.finish())
}

/// Recall and precision as decided.
fn own(row: &CategoryReport) -> Option<[f64; 2]> {
    let metric = |id: &str| row.metrics.get(id).and_then(|estimate: &Estimate| estimate.value);
    Some([metric("recall")?, metric("precision")?])
}

fn points(curve: &Curve) -> Vec<[f64; 2]> {
    curve.points.iter().filter_map(|p| Some([p.recall.value?, p.precision.value?])).collect()
}

fn band(curve: &Curve) -> Vec<[f64; 3]> {
    let points = curve.points.iter();
    points.filter_map(|p| Some([p.recall.value?, p.precision.low?, p.precision.high?])).collect()
}
