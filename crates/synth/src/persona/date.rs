//! Calendar dates, without a clock: every age and validity is counted from [`REFERENCE`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The day on which every persona is as old as its age says, and its documents are valid.
pub const REFERENCE: Date = Date { year: 2026, month: 1, day: 15 };

/// A day of the Gregorian calendar; `YYYY-MM-DD` in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, or `None` when the calendar has no such day (years 1 to 9999).
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let known = (1..=9999).contains(&year) && (1..=12).contains(&month);
        (known && (1..=days_in_month(year, month)).contains(&day)).then_some(Self { year, month, day })
    }

    /// Year, 1 to 9999.
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 0000-03-01 (the civil calendar's algorithm of Howard Hinnant, `days_from_civil`).
    fn number(self) -> i64 {
        let (y, m) = if self.month > 2 {
            (i64::from(self.year), i64::from(self.month) - 3)
        } else {
            (i64::from(self.year) - 1, i64::from(self.month) + 9)
        };
        365 * y + y.div_euclid(4) - y.div_euclid(100)
            + y.div_euclid(400)
            + (153 * m + 2) / 5
            + i64::from(self.day)
            - 1
    }

    /// The day `days` later (earlier when negative); clamped to the years 1 to 9999.
    pub fn plus_days(self, days: i64) -> Self {
        let n = self.number() + days;
        let era = n.div_euclid(146_097);
        let day_of_era = n.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year: year.clamp(1, 9999) as u16, month: month as u8, day: day as u8 }
    }

    /// The same day `years` later (earlier when negative); 29 February becomes the 28th.
    pub fn plus_years(self, years: i32) -> Self {
        let year = (i32::from(self.year) + years).clamp(1, 9999) as u16;
        Self { year, month: self.month, day: self.day.min(days_in_month(year, self.month)) }
    }

    /// Days from `earlier` to this day.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.number() - earlier.number()
    }

    /// Whole years from `earlier` to this day, as ages are counted.
    pub fn years_since(self, earlier: Self) -> i32 {
        let before_the_day = (self.month, self.day) < (earlier.month, earlier.day);
        i32::from(self.year) - i32::from(earlier.year) - i32::from(before_the_day)
    }

    /// `YYMMDD`, as the machine-readable zone has it.
    pub fn yymmdd(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let parse = || {
            let mut parts = s.splitn(3, '-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        };
        parse().ok_or_else(|| format!("`{s}` is no date; write it as 1994-03-27"))
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(s: String) -> Result<Self, String> {
        s.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks four centuries day by day against the plain rule of the calendar.
    #[test]
    fn day_arithmetic_walks_the_calendar() {
        let start = Date::new(1799, 12, 30).unwrap();
        let mut walked = start;
        for days in 0..150_000 {
            assert_eq!(start.plus_days(days), walked);
            assert_eq!(walked.days_since(start), days);
            let Date { year, month, day } = walked;
            walked = Date::new(year, month, day + 1)
                .or_else(|| Date::new(year, month + 1, 1))
                .or_else(|| Date::new(year + 1, 1, 1))
                .unwrap();
        }
    }

    #[test]
    fn leap_days_and_ages() {
        let leap = Date::new(2004, 2, 29).unwrap();
        assert_eq!(leap.plus_years(18).to_string(), "2022-02-28");
        assert_eq!(leap.plus_years(20).to_string(), "2024-02-29");
        assert!(Date::new(1900, 2, 29).is_none() && Date::new(2000, 2, 29).is_some());
        let birth = Date::new(1990, 6, 15).unwrap();
        assert_eq!(Date::new(2020, 6, 14).unwrap().years_since(birth), 29);
        assert_eq!(Date::new(2020, 6, 15).unwrap().years_since(birth), 30);
    }

    #[test]
    fn files_hold_iso_dates() {
        let date: Date = serde_json::from_str("\"1974-08-12\"").unwrap();
        assert_eq!(
            (date.yymmdd().as_str(), serde_json::to_string(&date).unwrap().as_str()),
            ("740812", "\"1974-08-12\"")
        );
        assert!(serde_json::from_str::<Date>("\"1974-13-12\"").is_err());
    }
}
