//! What is tried again, and after how long.
//!
//! A service that is busy (429) or out of order (5xx), and a connection that fails, deserve another try, after a pause that
//! doubles, or the one that `Retry-After` asks for (RFC 9110, section 10.2.3). A time that is over does not.

use std::time::Duration;

use serde::Deserialize;

use super::super::{FailureKind, Outcome};
use crate::hash;

/// The longest pause that a service may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// `[retry]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Retry {
    /// Tries in all.
    attempts: u32,
    /// The pause before the second one, s.
    pause: f64,
    /// The longest pause that doubling leads to, s.
    longest: f64,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, pause: 0.5, longest: 30.0 }
    }
}

impl Retry {
    pub(super) fn check(&self) -> Result<(), String> {
        let seconds = |value: f64| (0.0..=LONGEST_PAUSE.as_secs_f64()).contains(&value);
        if self.attempts >= 1 && seconds(self.pause) && seconds(self.longest) {
            return Ok(());
        }
        Err("[retry] needs attempts of 1 or more, and pauses of 0-120 s".into())
    }
}

/// Why there is no answer, and whether another try may bring one.
#[derive(Debug)]
pub(super) struct Again {
    kind: FailureKind,
    message: String,
    retryable: bool,
    asked_for: Option<Duration>,
}

impl Again {
    pub(super) fn never(kind: FailureKind, error: impl std::fmt::Display) -> Self {
        Self { kind, message: error.to_string(), retryable: false, asked_for: None }
    }

    /// The pause before the next try; `None` when there is to be none.
    pub(super) fn pause(&self, retry: &Retry, attempts: u32, id: &str) -> Option<Duration> {
        if !self.retryable || attempts >= retry.attempts {
            return None;
        }
        // Between half and all of it, so that pictures that met a busy service do not come back all at once.
        let spread = 0.5 + 0.5 * hash::unit("retry", &[id.as_bytes(), &attempts.to_le_bytes()]);
        let doubled = retry.pause * f64::from(1u32 << (attempts - 1).min(16));
        let pause = Duration::from_secs_f64(doubled.min(retry.longest) * spread);
        Some(self.asked_for.map_or(pause, |asked| asked.min(LONGEST_PAUSE).max(pause)))
    }

    pub(super) fn give_up(self, attempts: u32) -> Outcome {
        let message =
            if attempts > 1 { format!("{} (tried {attempts} times)", self.message) } else { self.message };
        Outcome::failed(self.kind, message)
    }
}

/// What a failed exchange comes to.
pub(super) fn of_error(error: ureq::Error) -> Again {
    let (kind, retryable) = match &error {
        ureq::Error::Timeout(_) => (FailureKind::Timeout, false),
        ureq::Error::Io(_) | ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
            (FailureKind::Error, true)
        }
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::Protocol(_) => (FailureKind::Protocol, false),
        _ => (FailureKind::Error, false),
    };
    Again { kind, message: error.to_string(), retryable, asked_for: None }
}

/// Whether an answer says that the service is busy or out of order.
pub(super) fn of_response<T>(response: &ureq::http::Response<T>) -> Option<Again> {
    let status = response.status();
    if status.as_u16() != 429 && !status.is_server_error() {
        return None;
    }
    let seconds = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let asked_for = seconds.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    Some(Again {
        kind: FailureKind::Error,
        message: format!("the service answered {status}"),
        retryable: status.as_u16() != 501,
        asked_for,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(asked_for: Option<u64>) -> Again {
        let asked_for = asked_for.map(Duration::from_secs);
        Again { kind: FailureKind::Error, message: "busy".into(), retryable: true, asked_for }
    }

    #[test]
    fn pauses_double_and_end() {
        let retry = Retry { attempts: 6, pause: 1.0, longest: 4.0 };
        let pauses: Vec<_> = (1..=6).map(|n| busy(None).pause(&retry, n, "id")).collect();
        for (pause, whole) in pauses.iter().zip([1.0, 2.0, 4.0, 4.0, 4.0]) {
            let seconds = pause.unwrap().as_secs_f64();
            assert!((0.5 * whole..=whole).contains(&seconds), "{pauses:?}");
        }
        assert_eq!(pauses[5], None);
        assert_eq!(busy(Some(30)).pause(&retry, 1, "id"), Some(Duration::from_secs(30)));
        assert_eq!(busy(Some(86_400)).pause(&retry, 1, "id"), Some(LONGEST_PAUSE));
        assert_eq!(Again::never(FailureKind::Error, "no").pause(&retry, 1, "id"), None);
    }
}
