//! The keys about the agent and the collector.

use std::path::PathBuf;

use http::{HeaderName, HeaderValue};

use super::jaeger::seconds;
use crate::config::transport::{AgentProtocol, CollectorCompression, CollectorConfig, CollectorProtocol};
use crate::config::value::header_list::header;
use crate::config::value::node::Node;
use crate::config::value::section::{NO_SECTION, NOT_TEXT, Section, Value};
use crate::model::error::config::ConfigError;

const COLLECTOR: &[&str] = &[
    "endpoint",
    "user",
    "password",
    "auth_token",
    "headers",
    "protocol",
    "compression",
    "timeout",
    "root_certificates",
];

impl AgentProtocol {
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        match &value.node {
            Node::Text(text) if text == "compact" => Ok(Self::Compact),
            Node::Text(text) if text == "binary" => Ok(Self::Binary),
            _ => Err(value.wrong("is not a protocol of the agent; write compact or binary")),
        }
    }
}

impl CollectorProtocol {
    fn read(value: &Value) -> Result<Self, ConfigError> {
        match &value.node {
            Node::Text(text) if text == "thrift" => Ok(Self::Thrift),
            Node::Text(text) if text == "otlp" => Ok(Self::Otlp),
            _ => Err(value.wrong("is not a protocol of collectors; write thrift or otlp")),
        }
    }
}

impl CollectorConfig {
    pub(crate) fn read(value: Value) -> Result<Self, ConfigError> {
        let mut section = secret_section(value)?;
        section.check_keys(COLLECTOR)?;
        let protocol = section.take("protocol");
        Ok(Self {
            protocol: protocol
                .map(|value| CollectorProtocol::read(&value))
                .transpose()?
                .unwrap_or_default(),
            endpoint: section.take("endpoint").map(Value::text).transpose()?,
            user: section.take("user").map(Value::text).transpose()?,
            password: section.take("password").map(secret).transpose()?,
            auth_token: section.take("auth_token").map(secret).transpose()?,
            headers: match section.take("headers") {
                Some(value) => headers(value)?,
                None => Vec::new(),
            },
            timeout: section.take("timeout").map(|value| seconds(&value)).transpose()?,
            root_certificates: section
                .take("root_certificates")
                .map(|value| value.text().map(PathBuf::from))
                .transpose()?,
            compression: section
                .take("compression")
                .map(|value| CollectorCompression::read(&value))
                .transpose()?,
        })
    }
}

/// A section whose errors repeat nothing of it.
fn secret_section(value: Value) -> Result<Section, ConfigError> {
    match value.node {
        Node::Map(_) | Node::Null => value.section(),
        _ => Err(ConfigError::key(value.path, NO_SECTION)),
    }
}

/// Text that no error repeats.
fn secret(value: Value) -> Result<String, ConfigError> {
    match value.node {
        Node::Text(text) => Ok(text),
        _ => Err(ConfigError::key(value.path, NOT_TEXT)),
    }
}

fn headers(value: Value) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let headers = secret_section(value)?.into_values();
    headers
        .map(|(name, value)| {
            let path = value.path.clone();
            header(&name, &secret(value)?).map_err(|problem| ConfigError::key(path, problem))
        })
        .collect()
}
