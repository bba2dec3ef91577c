//! `builtin:NAME?KEY=VALUE&...`: analyzers that the program brings along.

use super::oracle::{Oracle, Rates};
use super::{Analyzer, Kind, Registry, Setup};
use crate::{Error, Result};

pub(super) const ORACLE: &str = "oracle";
pub(super) const ORACLE_SUMMARY: &str =
    "knows the truth and errs at the rates it is given, to test the harness";

/// `builtin:NAME?KEY=VALUE&...`
#[derive(Clone, Copy, Debug)]
pub(super) struct Builtin;

impl Kind for Builtin {
    fn scheme(&self) -> &'static str {
        "builtin"
    }

    fn usage(&self) -> &'static str {
        "NAME[?KEY=VALUE&...]"
    }

    fn summary(&self) -> &'static str {
        "an analyzer that the program brings along"
    }

    fn open(&self, rest: &str, setup: &Setup, registry: &Registry) -> Result<Box<dyn Analyzer>> {
        let spec = || format!("builtin:{rest}");
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        if name == ORACLE {
            let rates = oracle_rates(query).map_err(|problem| Error::spec(spec(), problem))?;
            return Ok(Box::new(Oracle::new(rates, setup)));
        }
        let analyzer = registry.make(name, setup).ok_or_else(|| {
            let names = registry.builtins().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
            Error::spec(spec(), format!("there is no built-in `{name}`; there are: {names}"))
        })?;
        if query.is_empty() {
            Ok(analyzer)
        } else {
            Err(Error::spec(spec(), format!("`{name}` takes no options")))
        }
    }
}

fn oracle_rates(query: &str) -> Result<Rates, String> {
    let mut rates = Rates::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` is not KEY=VALUE"))?;
        if key == "seed" {
            rates.seed = value.parse().map_err(|_| format!("seed `{value}` is not a whole number"))?;
            continue;
        }
        let rate = match key {
            "miss" => &mut rates.miss,
            "false_alarm" => &mut rates.false_alarm,
            "noise" => &mut rates.noise,
            "abstain" => &mut rates.abstain,
            _ => {
                return Err(format!("no option `{key}`; there are: miss, false_alarm, noise, abstain, seed"));
            }
        };
        *rate = value
            .parse()
            .ok()
            .filter(|v| (0.0..=1.0).contains(v))
            .ok_or_else(|| format!("{key} `{value}` is not a number in 0-1"))?;
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_mistakes_named() {
        let rates = oracle_rates("miss=0.1&false_alarm=0.02&seed=9").unwrap();
        assert_eq!((rates.miss, rates.false_alarm, rates.noise, rates.seed), (0.1, 0.02, 0.0, 9));
        for (query, reason) in [
            ("mis=0.1", "no option `mis`"),
            ("miss=2", "not a number in 0-1"),
            ("miss=NaN", "not a number in 0-1"),
            ("miss", "not KEY=VALUE"),
            ("seed=-1", "not a whole number"),
        ] {
            let problem = oracle_rates(query).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
    }
}
