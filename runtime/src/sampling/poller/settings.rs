use std::fmt;
use std::time::Duration;

use super::endpoint::Endpoint;
use crate::model::error::config::ConfigError;
use crate::util::url::without_secrets;

const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Which server is asked about which service, and how often. It shows no secrets (`Debug`).
#[derive(Clone)]
pub(crate) struct PollSettings {
    pub(crate) service_name: String,
    pub(crate) endpoint: String,
    /// From one question to the next.
    pub(crate) interval: Duration,
    /// Of one question.
    pub(crate) timeout: Duration,
}

impl PollSettings {
    pub(crate) fn new(service_name: String, endpoint: &str, interval: Duration) -> Self {
        Self {
            service_name,
            endpoint: endpoint.to_owned(),
            interval,
            timeout: Duration::from_secs(10),
        }
    }

    pub(crate) fn set_interval(&mut self, interval: Duration) {
        self.interval = interval.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
    }

    /// As far as the clock can tell.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout.min(LONGEST_INTERVAL);
    }

    /// Reads the endpoint, or says what is wrong with `setting` and shows a right one.
    pub(crate) fn read_endpoint(&self, setting: &str, example: &str) -> Result<Endpoint, ConfigError> {
        Endpoint::of_setting(setting, &self.endpoint, example)
    }

    /// Adds the fields to those of a builder, under the names of its methods.
    pub(crate) fn show<'a, 'b, 'f>(
        &self,
        builder: &'f mut fmt::DebugStruct<'a, 'b>,
    ) -> &'f mut fmt::DebugStruct<'a, 'b> {
        builder
            .field("service_name", &self.service_name)
            .field("endpoint", &without_secrets(&self.endpoint))
            .field("refresh_interval", &self.interval)
            .field("timeout", &self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_at_least_ten_milliseconds_and_at_most_a_day_and_a_timeout_at_most_a_day() {
        let mut settings = PollSettings::new("service".to_owned(), "http://host/", Duration::from_secs(1));
        assert_eq!(settings.timeout, Duration::from_secs(10));
        for (wanted, interval, timeout) in [
            (Duration::ZERO, SHORTEST_INTERVAL, Duration::ZERO),
            (Duration::MAX, LONGEST_INTERVAL, LONGEST_INTERVAL),
        ] {
            settings.set_interval(wanted);
            settings.set_timeout(wanted);
            assert_eq!((settings.interval, settings.timeout), (interval, timeout));
        }
    }
}
