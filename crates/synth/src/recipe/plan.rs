//! From an image's number to what it is made for, in constant time and without looking at its neighbours.
//!
//! Focus and severity come from the R2 sequence (Roberts 2018, "The unreasonable effectiveness of
//! quasirandom sequences"): every stretch of samples has the mix's proportions, and within a category the
//! severities are spread evenly, so that small corpora are as balanced as large ones.

use retake_label::Category;

use super::{Focus, Recipe, Variants};
use crate::defects;
use crate::rng::Stream;

/// What one image is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePlan {
    /// The image's number.
    pub index: u64,
    /// The number of its sample.
    pub sample: u64,
    /// The image that it is the twin of.
    pub twin_of: Option<u64>,
    /// What the sample is made for.
    pub focus: Focus,
    /// The defect that differs between the images of the sample, and its severity on this one.
    pub varied: Option<(Category, f64)>,
    /// The severity of that defect on the worst image of the sample, 0 without one.
    pub worst: f64,
}

/// A recipe, read as a function of the image's number.
#[derive(Clone, Debug)]
pub struct Plan {
    mix: Vec<(Focus, f64)>,
    variants: Variants,
    severity: [f64; 2],
    offsets: [u64; 3],
}

/// 2^64 / g and 2^64 / g^2, g the plastic number (the real root of g^3 = g + 1).
const R2: [u64; 2] = [13_925_035_116_211_876_495, 10_511_698_010_929_265_436];

impl Plan {
    /// The plan of a recipe.
    pub fn new(recipe: &Recipe) -> Self {
        let mut rng = Stream::new("plan", recipe.seed, 0);
        let total: f64 = recipe.mix.values().sum();
        Self {
            mix: recipe.mix.iter().map(|(focus, weight)| (*focus, weight / total)).collect(),
            variants: recipe.variants.clone(),
            severity: [recipe.severity.low, recipe.severity.high],
            offsets: core::array::from_fn(|_| rng.word()),
        }
    }

    /// What image `index` is made for.
    pub fn image(&self, index: u64) -> ImagePlan {
        let per_sample = self.variants.per_sample();
        let (sample, variant) = (index / per_sample, index % per_sample);
        let u = unit(self.offsets[0].wrapping_add(sample.wrapping_mul(R2[0])));
        let v = unit(self.offsets[1].wrapping_add(sample.wrapping_mul(R2[1])));
        let focus = self.focus(u);
        let drawn = self.severity[0] + (self.severity[1] - self.severity[0]) * v;
        let worst = match (focus, &self.variants) {
            (Focus::On(category), Variants::Ladder { rungs }) => {
                Some((category, rungs.iter().copied().fold(0.0, f64::max)))
            }
            (Focus::On(category), _) => Some((category, drawn)),
            (Focus::Clean, Variants::Twins { near_miss: [low, high] }) => {
                let share = low + (high - low) * v;
                let brink = |category| defects::find(category).map_or(0.0, |d| d.profile().brink);
                self.near_miss(sample).map(|category| (category, share * brink(category)))
            }
            (Focus::Clean, _) => None,
        };
        let on_this = |worst| match &self.variants {
            Variants::None => worst,
            Variants::Ladder { rungs } => rungs[variant as usize],
            // The first of two twins is what the sample is made for: with its defect, or clean beside a near miss.
            Variants::Twins { .. } if (variant == 0) == matches!(focus, Focus::On(_)) => worst,
            Variants::Twins { .. } => 0.0,
        };
        let varied = worst.map(|(category, worst)| (category, on_this(worst)));
        let worst = worst.map_or(0.0, |(_, worst)| worst);
        let twin_of = (variant > 0).then(|| index - variant);
        ImagePlan { index, sample, twin_of, focus, varied, worst }
    }

    fn focus(&self, u: f64) -> Focus {
        let mut rest = u;
        for (focus, weight) in &self.mix {
            if rest < *weight {
                return *focus;
            }
            rest -= weight;
        }
        self.mix.iter().rev().find(|(_, weight)| *weight > 0.0).map_or(Focus::Clean, |(focus, _)| *focus)
    }

    /// The category that a clean sample nearly fails, drawn from the mix's categories in turn.
    fn near_miss(&self, sample: u64) -> Option<Category> {
        let categories: Vec<Category> = self
            .mix
            .iter()
            .filter_map(|(focus, weight)| match focus {
                Focus::On(category) if *weight > 0.0 => Some(*category),
                _ => None,
            })
            .collect();
        let turn = Stream::new("near miss", self.offsets[2], sample).below(categories.len());
        categories.get(turn).copied()
    }
}

fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::BUILTIN;

    #[test]
    fn the_constants_are_the_plastic_numbers() {
        let mut g = 1.3_f64;
        for _ in 0..100 {
            g = libm::cbrt(1.0 + g);
        }
        for (i, constant) in R2.iter().enumerate() {
            let expected = if i == 0 { 1.0 / g } else { 1.0 / (g * g) };
            assert!((unit(*constant) - expected).abs() < 1e-15, "{} {expected}", unit(*constant));
        }
    }

    #[test]
    fn every_recipe_keeps_its_proportions_and_spreads_severity() {
        for builtin in BUILTIN {
            let recipe = builtin.recipe().unwrap();
            let plan = Plan::new(&recipe);
            let samples = 400;
            let per_sample = recipe.variants.per_sample();
            let plans: Vec<ImagePlan> = (0..samples).map(|s| plan.image(s * per_sample)).collect();
            let total: f64 = recipe.mix.values().sum();
            for (focus, weight) in &recipe.mix {
                let of_focus: Vec<&ImagePlan> = plans.iter().filter(|p| p.focus == *focus).collect();
                let expected = weight / total * samples as f64;
                assert!((of_focus.len() as f64 - expected).abs() <= 6.0, "{focus:?} of {}", recipe.name);
                if matches!(recipe.variants, Variants::Twins { .. }) && *focus != Focus::Clean {
                    let upper = of_focus.iter().filter(|p| p.varied.unwrap().1 > 0.525).count() as f64;
                    assert!((upper / of_focus.len() as f64 - 0.5).abs() < 0.12, "{focus:?}: {upper}");
                }
            }
        }
    }

    #[test]
    fn twins_follow_their_original() {
        let recipe = BUILTIN.iter().find(|b| b.name == "standard").unwrap().recipe().unwrap();
        let plan = Plan::new(&recipe);
        for index in 0..100 {
            let image = plan.image(index);
            assert_eq!(image.sample, index / 2);
            assert_eq!(image.twin_of, (index % 2 == 1).then(|| index - 1));
        }
    }
}
