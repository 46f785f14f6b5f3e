//! How a process of a server is named.

/// One process of a server: the server's name and the instance, which is what Synapse calls a worker.
///
/// Jaeger lists the spans under `"{server_name} {instance}"`, where a number at the end of the instance and the `_` or
/// `-` before it are left out, so that all instances of a kind are one service. The process tag `instance_name` has the
/// whole name of the instance. The default of the instance is `main`.
///
/// A server's name alone can be given as text, and means the instance `main`: Jaeger lists `"example.org main"`.
/// [`Tracer::builder`](crate::Tracer::builder) takes the name in Jaeger as it is.
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// use fedtrace::{OpentracingConfig, Service};
///
/// let config = OpentracingConfig::default();
/// let (_tracer, _guard) = config.build("example.org")?;
/// // In Jaeger: "example.org federation_reader"
/// let service = Service::new("example.org").instance("federation_reader-1");
/// let (_tracer, _guard) = config.build(service)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    server_name: String,
    instance: String,
}

impl Service {
    /// The instance `main` of the server with this name.
    pub fn new(server_name: impl Into<String>) -> Self {
        Self {
            server_name: server_name.into(),
            instance: "main".to_owned(),
        }
    }

    /// Sets the name of the instance, for a server of several processes. It may be empty.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = instance.into();
        self
    }

    /// Why it cannot name a service, if it cannot.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let has_control = |text: &str| text.contains(char::is_control);
        if self.server_name.trim().is_empty() {
            return Some("is not the name of a server; give one such as example.org");
        }
        let is_wrong = has_control(&self.server_name) || has_control(&self.instance);
        is_wrong.then_some("has a control character; write names of visible characters")
    }

    pub(crate) fn server_and_instance(&self) -> (&str, &str) {
        (&self.server_name, &self.instance)
    }

    pub(crate) fn instance_name(&self) -> &str {
        &self.instance
    }

    /// The name under which Jaeger lists the spans.
    pub(crate) fn jaeger_name(&self) -> String {
        let instance = self.instance.as_str();
        let digits = instance.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let kind = match digits.len() == instance.len() {
            true => instance,
            false => digits.strip_suffix(['_', '-']).unwrap_or(digits),
        };
        match kind {
            "" => self.server_name.clone(),
            kind => format!("{} {kind}", self.server_name),
        }
    }
}

impl From<&str> for Service {
    fn from(server_name: &str) -> Self {
        Self::new(server_name)
    }
}

impl From<&String> for Service {
    fn from(server_name: &String) -> Self {
        Self::new(server_name)
    }
}

impl From<String> for Service {
    fn from(server_name: String) -> Self {
        Self::new(server_name)
    }
}

#[cfg(test)]
mod tests {
    use super::Service;

    #[test]
    fn the_service_is_the_server_and_the_instance_without_its_number() {
        for (instance, service) in [
            ("main", "hs main"),
            ("worker1", "hs worker"),
            ("worker_12", "hs worker"),
            ("federation-sender-2", "hs federation-sender"),
            ("worker__1", "hs worker_"),
            ("worker-", "hs worker-"),
            ("v2_reader", "hs v2_reader"),
            ("7", "hs"),
            ("", "hs"),
        ] {
            let name = Service::new("hs").instance(instance).jaeger_name();
            assert_eq!(name, service, "{instance:?}");
        }
    }

    #[test]
    fn a_server_name_alone_is_its_instance_main() {
        let main = Service::new("hs").instance("main");
        assert_eq!(Service::from("hs"), main);
        assert_eq!(Service::from("hs".to_owned()), main);
        assert_eq!(Service::from(&"hs".to_owned()), main);
    }
}
