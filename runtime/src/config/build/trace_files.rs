//! Building the reporters that write files of traces.

use std::path::Path;

use crate::config::fedtrace::FedtraceConfig;
use crate::model::error::config::ConfigError;
use crate::reporter::html::reporter::HtmlReporter;
use crate::reporter::jaeger_json::JaegerJsonReporter;
use crate::reporter::report::Reporter;

impl FedtraceConfig {
    /// The reporters of the files that are named.
    pub(super) fn files(&self) -> Result<Vec<Box<dyn Reporter>>, ConfigError> {
        if let (Some(html), Some(json)) = (&self.html, &self.jaeger_json) {
            // In a folder, the names of their files end differently.
            if Path::new(html) == Path::new(json) && !(is_folder(html) && is_folder(json)) {
                return Err(ConfigError::value(
                    "opentracing.fedtrace.jaeger_json",
                    format_args!("{json:?}"),
                    "is also the file of opentracing.fedtrace.html; write another one",
                ));
            }
        }
        let html = self.html.as_deref().map(html);
        let json = self.jaeger_json.as_deref().map(jaeger_json);
        Ok(html.into_iter().chain(json).collect())
    }
}

fn html(path: &str) -> Box<dyn Reporter> {
    Box::new(match is_folder(path) {
        true => HtmlReporter::folder(path),
        false => HtmlReporter::file(path),
    })
}

fn jaeger_json(path: &str) -> Box<dyn Reporter> {
    Box::new(match is_folder(path) {
        true => JaegerJsonReporter::folder(path),
        false => JaegerJsonReporter::file(path),
    })
}

fn is_folder(path: &str) -> bool {
    path.ends_with('/')
}

#[cfg(test)]
mod tests {
    use crate::config::fedtrace::FedtraceConfig;

    #[test]
    fn two_reporters_do_not_write_to_one_file_and_may_write_to_one_folder() {
        let files = |html: &str, json: &str| {
            let config = FedtraceConfig {
                html: Some(html.to_owned()),
                jaeger_json: Some(json.to_owned()),
                ..FedtraceConfig::default()
            };
            config.files().map(|files| files.len())
        };
        assert_eq!(files("traces/", "traces/"), Ok(2));
        assert_eq!(files("trace.html", "trace.json"), Ok(2));
        for (html, json) in [("out/trace", "out/trace"), ("out//trace", "out/trace")] {
            let error = files(html, json).unwrap_err().to_string();
            assert_eq!(
                error,
                "opentracing.fedtrace.jaeger_json: \"out/trace\" is also the file of opentracing.fedtrace.html; write another \
                 one"
            );
        }
    }
}
