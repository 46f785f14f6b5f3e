//! The keys about the agent and the collector.

use std::path::PathBuf;

use http::{HeaderName, HeaderValue};

use crate::config::transport::{AgentProtocol, CollectorCompression, CollectorConfig, CollectorProtocol};
use crate::config::value::header_list::header;
use crate::config::value::node::Node;
use crate::config::value::section::{NO_SECTION, NOT_TEXT, Section, Value};
use crate::model::error::config::ConfigError;

const LARGEST_BATCH: u32 = 1_073_741_824;
const BATCH_SIZE: &str = "is not a size of requests; write a number of bytes from 1000 to 1073741824";

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
    pub(crate) fn read(value: &Value) -> Result<Self, ConfigError> {
        let mut section = secret_section(value)?;
        let config = Self {
            endpoint: section.read("endpoint", Value::text)?,
            user: section.read("user", Value::text)?,
            password: section.read("password", secret)?,
            auth_token: section.read("auth_token", secret)?,
            headers: section.read("headers", headers)?.unwrap_or_default(),
            protocol: section
                .read("protocol", CollectorProtocol::read)?
                .unwrap_or_default(),
            compression: section.read("compression", CollectorCompression::read)?,
            max_batch_size: section.read("max_batch_size", batch_size)?,
            timeout: section.read("timeout", Value::seconds)?,
            root_certificates: section.read("root_certificates", Value::text)?.map(PathBuf::from),
        };
        section.finish()?;
        Ok(config)
    }
}

fn batch_size(value: &Value) -> Result<usize, ConfigError> {
    Ok(value.integer(1_000, LARGEST_BATCH, BATCH_SIZE)? as usize)
}

/// A section whose errors repeat nothing of it.
fn secret_section(value: &Value) -> Result<Section, ConfigError> {
    match value.node {
        Node::Map(_) | Node::Null => value.section(),
        _ => Err(ConfigError::key(&value.path, NO_SECTION)),
    }
}

/// Text that no error repeats.
fn secret(value: &Value) -> Result<String, ConfigError> {
    match &value.node {
        Node::Text(text) => Ok(text.clone()),
        _ => Err(ConfigError::key(&value.path, NOT_TEXT)),
    }
}

fn headers(value: &Value) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let headers = secret_section(value)?.into_values();
    headers
        .map(|(name, value)| {
            header(&name, &secret(&value)?).map_err(|problem| ConfigError::key(value.path, problem))
        })
        .collect()
}
