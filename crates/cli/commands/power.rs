//! `retake power`: how many images it takes.

use std::path::PathBuf;

use anyhow::Context as _;
use retake_eval::power::{Drop, images_for_minimum, perfect_images};
use retake_eval::report;
use retake_eval::run::Folder;
use retake_label::Category;

use crate::exit::Exit;
use crate::output::say;

/// How many images a comparison or a gate needs to notice a drop, or to show that a minimum is met.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The category
    #[arg(long, value_name = "CATEGORY")]
    category: Category,

    /// The metric
    #[arg(long, value_name = "METRIC", default_value = "recall", value_parser = ["recall", "specificity"])]
    metric: String,

    /// The drop that shall be noticed, such as 0.02 for two points
    #[arg(long, value_name = "SHARE", value_parser = inner_share, required_unless_present = "minimum")]
    drop: Option<f64>,

    /// The minimum whose lower bound shall be reached, as in a gate's policy
    #[arg(long, value_name = "SHARE", value_parser = inner_share)]
    minimum: Option<f64>,

    /// A run to take the present rate and the share of images from; without it and --rate, for several rates
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,

    /// The present rate, instead of a run's
    #[arg(long, value_name = "SHARE", value_parser = inner_share)]
    rate: Option<f64>,

    /// The chance at which it shall succeed
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = inner_share)]
    power: f64,
}

fn inner_share(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err("give a number between 0.0 and 1.0".to_owned()) }
}

/// Rates that an answer is given for where none is known.
const RATES: [f64; 5] = [0.7, 0.8, 0.9, 0.95, 0.99];

/// What the run says.
struct Known {
    rate: f64,
    /// Images that count for the metric, and all.
    images: Option<(u64, u64)>,
}

impl Arguments {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        match self.known()? {
            Some(known) => self.say_for(&known)?,
            None => self.say_for_several()?,
        }
        Ok(Exit::Passed)
    }

    /// What a drop or a minimum takes at rates that analyzers have.
    fn say_for_several(&self) -> anyhow::Result<()> {
        let which = self.which();
        say(format_args!(
            "images {which} that it takes, by the present {} of {}",
            self.metric, self.category
        ))?;
        for rate in RATES {
            let mut parts = Vec::new();
            if let Some(drop) = self.drop.filter(|drop| *drop < rate) {
                let needed = |drop: Drop| number(drop.images_needed(self.power));
                parts.push(format!(
                    "{} to {} to notice a drop by {:.1} points",
                    needed(Drop::of_errors_added(drop)),
                    needed(Drop::of_independent_errors(rate, drop)),
                    100.0 * drop
                ));
            }
            if let Some(minimum) = self.minimum {
                let needed = number(images_for_minimum(rate, minimum, self.power));
                parts.push(format!("{needed} for a lower bound of {minimum}"));
            }
            say(format_args!("  {rate:.2}  {}", parts.join(", ")))?;
        }
        if self.drop.is_some() {
            say(
                "the first number is for a release that only adds errors, the second for one whose errors are all others",
            )?;
        }
        let chance = 100.0 * self.power;
        say(format_args!(
            "in {chance:.0} % of cases; --run takes the rate, and the images that there are, from a run"
        ))
    }

    /// Which images count.
    fn which(&self) -> &'static str {
        if self.metric == "recall" { "with the defect" } else { "without the defect" }
    }

    fn say_for(&self, known: &Known) -> anyhow::Result<()> {
        let (category, metric) = (self.category, &self.metric);
        let which = self.which();
        say(format_args!("{metric} of {category}: {:.3}", known.rate))?;
        if let Some(drop) = self.drop {
            anyhow::ensure!(
                drop < known.rate,
                "a {metric} of {:.3} cannot drop by {drop}; give a smaller --drop",
                known.rate
            );
            say(format_args!(
                "a drop by {:.1} points is noticed by `compare` and `gate` in {:.0} % of cases",
                100.0 * drop,
                100.0 * self.power
            ))?;
            let cases = [
                ("when the release only adds errors", Drop::of_errors_added(drop)),
                (
                    "when its errors have nothing to do with the old ones",
                    Drop::of_independent_errors(known.rate, drop),
                ),
            ];
            for (when, drop) in cases {
                let needed = drop.images_needed(self.power);
                say(format_args!("  from {} images {which} on, {when}", number(needed)))?;
                self.say_corpus(known, needed, Some(&drop))?;
            }
        }
        if let Some(minimum) = self.minimum {
            let needed = images_for_minimum(known.rate, minimum, self.power);
            say(format_args!(
                "the lower bound reaches {minimum} in {:.0} % of cases from {} images {which} on; below {} not even a \
                 perfect result reaches it",
                100.0 * self.power,
                number(needed),
                perfect_images(minimum)
            ))?;
            self.say_corpus(known, needed, None)?;
        }
        Ok(())
    }

    fn say_corpus(&self, known: &Known, needed: Option<u64>, drop: Option<&Drop>) -> anyhow::Result<()> {
        let Some((counted, all)) = known.images.filter(|(counted, _)| *counted > 0) else { return Ok(()) };
        let chance =
            drop.map(|drop| format!(", and notices it in {:.0} % of cases", 100.0 * drop.power(counted)));
        say(format_args!("    the run has {counted}{}", chance.unwrap_or_default()))?;
        if let Some(needed) = needed.filter(|needed| *needed > counted) {
            let total = (needed as f64 * all as f64 / counted as f64).ceil();
            say(format_args!("    TOO SMALL: a corpus like it needs {total:.0} images instead of {all}"))?;
        }
        Ok(())
    }

    /// The rate to start from; `None` when neither a run nor a rate was given.
    fn known(&self) -> anyhow::Result<Option<Known>> {
        let Some(path) = &self.run else {
            return Ok(self.rate.map(|rate| Known { rate, images: None }));
        };
        let (report, _) = report::read(&Folder::read(path)?, None)?;
        let category = report.categories.iter().find(|c| c.category == self.category);
        let category =
            category.with_context(|| format!("{}: the corpus has no {}", path.display(), self.category))?;
        let estimate = category.metrics[&self.metric];
        let rate = self.rate.or(estimate.value).with_context(|| {
            format!("{}: the run has no {} of {}; give --rate", path.display(), self.metric, self.category)
        })?;
        Ok(Some(Known { rate, images: Some((estimate.n, report.images)) }))
    }
}

fn number(images: Option<u64>) -> String {
    images.map_or("more than any number of".to_owned(), |n| n.to_string())
}
