//! From where on a defect is found.

use retake_label::CategorySpec;

use super::super::svg::Markup;
use super::super::words;
use super::axes::{Plot, Scale};
use crate::analysis::psychometric::{self, Psychometric, Status};

/// Recall over the measure: the fitted curve with its band, what was seen, and where half and nine tenths are found.
pub(crate) fn draw(
    fit: &Psychometric,
    baseline: Option<&Psychometric>,
    spec: &CategorySpec,
) -> Option<Markup> {
    let (first, last) = (fit.curve.first()?, fit.curve.last()?);
    let share = spec.measure.unit.starts_with("share of ");
    let times = if share { 100.0 } else { 1.0 };
    let unit = if share { spec.measure.unit.replacen("share", "%", 1) } else { spec.measure.unit.clone() };
    let log = fit.scale == psychometric::Scale::Log && first.measure.min(last.measure) > 0.0;
    let scale = Scale { ends: [first.measure * times, last.measure * times], log };
    if scale.ends[0] == scale.ends[1] {
        return None;
    }
    let label = format!("Share called over the measure of {}: {}", words::lower_title(spec.id), fit.sentence);
    let mut plot = Plot::new(scale, &words::cut(&unit, 40), &words::three_digits, &label);
    plot.upright("limit", spec.thresholds.present * times, 1.0);
    let banded = fit.curve.iter().filter_map(|p| Some([p.measure * times, p.low?, p.high?]));
    plot.band("band", &banded.collect::<Vec<_>>());
    let curve =
        |fit: &Psychometric| fit.curve.iter().map(|p| [p.measure * times, p.value]).collect::<Vec<_>>();
    if let Some(before) = baseline {
        plot.curve("curve-before", &curve(before));
    }
    plot.curve("curve", &curve(fit));
    for bin in &fit.observed {
        if let Some(bounds) = words::bounds(&bin.called) {
            plot.bar(bin.mean * times, bounds);
        }
    }
    for threshold in fit.thresholds.iter().filter(|threshold| threshold.status == Status::Reached) {
        if let Some(measure) = threshold.measure {
            plot.upright("mark", measure * times, threshold.recall);
        }
    }
    Some(plot.finish())
}
