//! The last step of every detector: a logistic model over a few named measures.
//!
//! A measure says something physical (a width in millimetres, a share of the card). The model turns them into the
//! probability that the category is present, in the mix of the training recipe. Its weights are fitted by
//! `scripts/train-baseline` and stand in the detector's file, beside the words for what they weigh.

/// One measure's part in a [`Model`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// What is measured, with its unit.
    pub measure: &'static str,
    /// Log-odds per unit of the measure.
    pub weight: f64,
}

/// Log-odds as a weighted sum of measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// Log-odds where every measure is 0.
    pub bias: f64,
    /// What is weighed, in the order in which the detector measures.
    pub terms: &'static [Term],
}

impl Model {
    /// Probability, 0-1, that the category is present where `values` were measured. A value that is no number weighs
    /// nothing.
    ///
    /// # Panics
    /// When there are not as many values as terms: a mistake in the detector.
    pub fn probability(&self, values: &[f64]) -> f64 {
        assert_eq!(values.len(), self.terms.len(), "a value for each term");
        let parts = self.terms.iter().zip(values).map(|(term, value)| term.weight * value);
        let odds = self.bias + parts.filter(|part| part.is_finite()).sum::<f64>();
        1.0 / (1.0 + libm::exp(-odds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: Model = Model {
        bias: -1.0,
        terms: &[Term { measure: "a", weight: 2.0 }, Term { measure: "b", weight: -0.5 }],
    };

    #[test]
    fn the_probability_is_the_logistic_of_the_weighted_sum() {
        assert_eq!(MODEL.probability(&[0.5, 0.0]), 0.5);
        assert!((MODEL.probability(&[1.0, 4.0]) - 0.268_941_421_369_995).abs() < 1e-12);
        assert!(MODEL.probability(&[1.0, 0.0]) > MODEL.probability(&[1.0, 1.0]));
    }

    #[test]
    fn wild_values_do_not_leave_the_range() {
        for wild in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(MODEL.probability(&[wild, 2.0]), MODEL.probability(&[0.0, 2.0]));
        }
        for wild in [f64::MAX, f64::MIN] {
            assert!((0.0..=1.0).contains(&MODEL.probability(&[wild, 0.0])));
        }
    }
}
