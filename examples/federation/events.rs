//! What homeservers exchange, and where one keeps it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fedtrace::{set_tag, tag_args, trace};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pdu {
    pub event_id: String,
    pub room_id: String,
    pub sender: String,
    pub r#type: String,
    pub content: Value,
    pub prev_events: Vec<String>,
}

impl Pdu {
    /// The event that this one replies to.
    pub fn in_reply_to(&self) -> Option<&str> {
        self.content
            .pointer("/m.relates_to/m.in_reply_to/event_id")?
            .as_str()
    }
}

/// Something that passes, such as that somebody is typing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edu {
    pub edu_type: String,
    pub content: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Transaction {
    pub origin: String,
    pub pdus: Vec<Pdu>,
    #[serde(default)]
    pub edus: Vec<Edu>,
}

/// What a homeserver knows.
#[derive(Default)]
pub struct Store {
    events: Mutex<Vec<Pdu>>,
    ephemeral: Mutex<HashMap<String, Map<String, Value>>>,
}

impl Store {
    #[trace]
    #[tag_args]
    pub fn get_event(&self, event_id: &str) -> Option<Pdu> {
        let events = lock(&self.events);
        events.iter().find(|event| event.event_id == event_id).cloned()
    }

    /// Adds an event that is there before anything happens.
    pub fn add(&self, event: Pdu) {
        lock(&self.events).push(event);
    }

    #[trace]
    pub fn persist_event(&self, event: Pdu) {
        set_tag("event_id", &event.event_id);
        self.add(event);
    }

    #[trace]
    pub fn persist_edu(&self, edu: Edu) {
        set_tag("edu_type", &edu.edu_type);
        lock(&self.ephemeral).insert(edu.edu_type, edu.content);
    }

    /// The event of a room that the next one comes after.
    pub fn latest_event(&self, room_id: &str) -> Option<String> {
        let events = lock(&self.events);
        let latest = events.iter().rfind(|event| event.room_id == room_id);
        latest.map(|event| event.event_id.clone())
    }

    pub fn has_events(&self, event_ids: &[String]) -> bool {
        let events = lock(&self.events);
        event_ids
            .iter()
            .all(|id| events.iter().any(|event| event.event_id == *id))
    }

    /// At most `limit` events of a room before these, the oldest first.
    pub fn events_before(&self, room_id: &str, event_ids: &[String], limit: usize) -> Vec<Pdu> {
        let events = lock(&self.events);
        let before = events
            .iter()
            .take_while(|event| !event_ids.contains(&event.event_id));
        before
            .filter(|event| event.room_id == room_id)
            .take(limit)
            .cloned()
            .collect()
    }
}

/// Locks, also after a panic of somebody else.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
