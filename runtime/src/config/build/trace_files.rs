//! Building the reporters that write files of traces.

use crate::config::fedtrace::FedtraceConfig;
use crate::model::error::config::ConfigError;
use crate::reporter::html::reporter::HtmlReporter;
use crate::reporter::jaeger_json::JaegerJsonReporter;
use crate::reporter::report::Reporter;

impl FedtraceConfig {
    /// The reporters of the files that are named.
    pub(super) fn files(&self) -> Result<Vec<Box<dyn Reporter>>, ConfigError> {
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
