//! An EDU as servers with ruma hold it: text of which they know the type, which is parsed when somebody asks for a field.

use fedtrace::{Destination, Origin, Span, inject_raw_edu, start_span_from_raw_edu};
use ruma_common::serde::Raw;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Edu {
    pub edu_type: String,
    pub content: Raw<DirectToDevice>,
}

#[derive(Serialize, Deserialize)]
pub struct DirectToDevice {
    pub sender: String,
    pub message_id: String,
}

/// An EDU that has the active span with it. `Destination::Internal`: it stays with us until its transaction is sent.
pub fn new_edu() -> serde_json::Result<Raw<Edu>> {
    let content = Raw::new(&DirectToDevice {
        sender: "@alice:ours.example.org".to_owned(),
        message_id: "m1".to_owned(),
    })?;
    let content = inject_raw_edu(content.json(), Destination::Internal).into_owned();
    Raw::new(&Edu {
        edu_type: "m.direct_to_device".to_owned(),
        content: Raw::from_json_string(content)?,
    })
}

/// The span in which an EDU of another homeserver is handled.
pub fn span_of(edu: &Raw<Edu>, sender: &str) -> serde_json::Result<Span> {
    let content = edu.deserialize()?.content;
    Ok(start_span_from_raw_edu(
        content.json(),
        "on_edu",
        Origin::AuthenticatedHomeserver(sender),
    ))
}
