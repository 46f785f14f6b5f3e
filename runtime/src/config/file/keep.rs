//! The keys about traces that are kept although the sampler rejected them.

use crate::config::value::node::Node;
use crate::config::value::section::Value;
use crate::model::error::config::ConfigError;
use crate::sampling::keep::Keep;

/// A section; `true` for one without keys, and `false` for none.
pub(super) fn keep(value: &Value) -> Result<Option<Keep>, ConfigError> {
    match value.node {
        Node::Bool(true) => return Ok(Some(Keep::new())),
        Node::Bool(false) => return Ok(None),
        _ => {}
    }
    let mut section = value.section()?;
    let slower_than = section.read("slower_than", Value::duration)?;
    let operations = section.take("operations");
    let errors = section.read("errors", Value::boolean)?;
    let max_per_second = section.read("max_per_second", Value::rate)?;
    let max_bytes = section.read("max_bytes", Value::bytes)?;
    section.finish()?;
    let mut keep = Keep::new();
    if let Some(duration) = slower_than {
        keep = keep.slower_than(duration);
    }
    if let Some(operations) = operations {
        for (name, value) in operations.section()?.into_values() {
            keep = keep.operation(name, value.duration()?);
        }
    }
    if let Some(are_kept) = errors {
        keep = keep.errors(are_kept);
    }
    if let Some(traces) = max_per_second {
        keep = keep.max_per_second(traces);
    }
    if let Some(bytes) = max_bytes {
        keep = keep.max_bytes(bytes);
    }
    Ok(Some(keep))
}
