//! `http:FILE.toml` or `http:PRESET`: any web service, described by a file instead of code.
//!
//! ```text
//! config   the file: where to send, how the picture goes along, what the answer means
//! request  one picture as a request body
//! tensor   the same for the Open Inference Protocol, and its binary answers
//! answer   the service's words to ours
//! retry    what is tried again, and when
//! presets  files for vocabularies that vendors have published
//! ```

mod answer;
mod config;
mod presets;
mod request;
mod retry;
mod tensor;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use config::{Config, Secrets};
use retry::Again;

use super::{Analyzer, Answered, Description, FailureKind, Kind, Outcome, Registry, Request, Setup};
use crate::{Error, Result};

/// The most that an answer may hold, bytes. Some services send the picture back.
const LONGEST_ANSWER: u64 = 64 << 20;
/// After so many pictures in a row that the service did not answer, it is not asked any more.
const FAILED_PICTURES: u32 = 20;

/// Name and summary of every preset.
pub fn http_presets() -> impl Iterator<Item = (&'static str, String)> {
    presets::ALL.iter().map(|(name, text)| (*name, Config::about(text)))
}

/// `http:FILE.toml`
#[derive(Clone, Copy, Debug)]
pub(super) struct Http;

impl Kind for Http {
    fn scheme(&self) -> &'static str {
        "http"
    }

    fn usage(&self) -> &'static str {
        "FILE.toml or PRESET"
    }

    fn summary(&self) -> &'static str {
        "a web service, described by a file"
    }

    fn open(&self, rest: &str, setup: &Setup, _: &Registry) -> Result<Box<dyn Analyzer>> {
        let config = Config::open(rest)?;
        let service = Service::new(config, setup, &|name| std::env::var(name).ok());
        Ok(Box::new(service.map_err(|problem| Error::spec(format!("http:{rest}"), problem))?))
    }
}

/// A service, ready to be asked.
struct Service {
    config: Config,
    target: Target,
    description: Description,
    agent: ureq::Agent,
    failed_in_a_row: AtomicU32,
}

/// The parts of every request, secrets filled in.
struct Target {
    url: String,
    headers: Vec<(String, String)>,
    body: request::Body,
}

impl Service {
    fn new(config: Config, setup: &Setup, secrets: Secrets<'_>) -> Result<Self, String> {
        let target = Target {
            url: config::fill_in(&config.request.url, secrets)?,
            headers: config.headers(secrets)?,
            body: request::Body::of(&config.request, secrets)?,
        };
        let identity = format!("{}\n{}", config.text, target.url);
        let description = Description::new(&config.name, &config.version, config.categories());
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(setup.limits.answer))
            .max_idle_connections_per_host(config.concurrency)
            .user_agent(concat!("retake/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            description: description.configured(&identity),
            config,
            target,
            agent: agent.into(),
            failed_in_a_row: AtomicU32::new(0),
        })
    }

    /// Asks once.
    fn ask(&self, request: &Request<'_>) -> Result<Outcome, Again> {
        let image = request.image.stripped().map_err(|e| Again::never(FailureKind::Error, e))?;
        let body = self.target.body.encode(request, &image);
        let mut builder =
            ureq::http::Request::builder().method(self.config.request.method.as_str()).uri(&self.target.url);
        for (name, value) in self.target.headers.iter().chain(&body.headers) {
            builder = builder.header(name, value);
        }
        let message = builder.body(&body.bytes[..]).map_err(|e| Again::never(FailureKind::Error, e))?;
        let mut response = self.agent.run(message).map_err(retry::of_error)?;
        if let Some(again) = retry::of_response(&response) {
            return Err(again);
        }
        let header = response.headers().get(tensor::HEADER_LENGTH).and_then(|v| v.to_str().ok());
        let header = header.map(str::to_owned);
        let status = response.status().as_u16();
        let limited = response.body_mut().with_config().limit(LONGEST_ANSWER);
        let bytes = limited.read_to_vec().map_err(retry::of_error)?;
        Ok(self.config.answer.understand(&self.config.map, status, &bytes, header.as_deref()))
    }

    /// Asks, and again where that may help.
    fn ask_patiently(&self, request: &Request<'_>) -> Answered {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let start = Instant::now();
            let outcome = self.ask(request);
            let latency = start.elapsed();
            let again = match outcome {
                Ok(outcome) => {
                    self.failed_in_a_row.store(0, Ordering::Relaxed);
                    return Answered { outcome, latency, attempts };
                }
                Err(again) => again,
            };
            let pause = again.pause(&self.config.retry, attempts, request.id);
            let Some(pause) = pause else {
                self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
                return Answered { outcome: again.give_up(attempts), latency, attempts };
            };
            std::thread::sleep(pause);
        }
    }
}

impl Analyzer for Service {
    fn describe(&self) -> Description {
        self.description.clone()
    }

    fn analyze(&self, request: &Request<'_>) -> Outcome {
        self.answer(request).outcome
    }

    fn concurrency(&self) -> Option<usize> {
        Some(self.config.concurrency)
    }

    fn answer(&self, request: &Request<'_>) -> Answered {
        let at_once = |outcome| Answered { outcome, latency: Duration::ZERO, attempts: 0 };
        if !self.config.roles.contains(&request.role) {
            return at_once(Outcome::Abstained);
        }
        if self.failed_in_a_row.load(Ordering::Relaxed) >= FAILED_PICTURES {
            let message = format!("given up after {FAILED_PICTURES} pictures in a row without an answer");
            return at_once(Outcome::failed(FailureKind::Error, message));
        }
        self.ask_patiently(request)
    }
}
