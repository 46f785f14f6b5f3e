//! The state of the server.

use std::error::Error;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use reqwest::Client;
use ruma_common::{OwnedServerName, ServerName};
use serde_json::Value;

use crate::configuration::Configuration;
use crate::federation_client::client;
use crate::remote_keys::RemoteKeys;
use crate::signing::{SigningKey, milliseconds};

pub(crate) type Shared = Arc<Homeserver>;

/// The only user.
const USER: &str = "bob";

/// A homeserver.
pub(crate) struct Homeserver {
    pub(crate) name: OwnedServerName,
    pub(crate) key: SigningKey,
    pub(crate) remote_keys: RemoteKeys,
    pub(crate) client: Client,
    /// To-device messages that the user has not read.
    inbox: Mutex<Vec<Value>>,
    last_transaction: AtomicU64,
}

impl Homeserver {
    pub(crate) fn new(configuration: &Configuration) -> Result<Shared, Box<dyn Error>> {
        let name = &configuration.server_name;
        Ok(Arc::new(Self {
            name: name.clone(),
            key: SigningKey::generate(name)?,
            remote_keys: RemoteKeys::default(),
            client: client(&fs::read(&configuration.federation_custom_ca)?)?,
            inbox: Mutex::default(),
            last_transaction: AtomicU64::new(milliseconds(SystemTime::now())),
        }))
    }

    pub(crate) fn user_id(&self) -> String {
        format!("@{USER}:{}", self.name)
    }

    pub(crate) fn receive(&self, message: Value) {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.push(message);
    }

    pub(crate) fn take_messages(&self) -> Vec<Value> {
        let mut inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *inbox)
    }

    /// The id of a transaction or of a message, which no earlier one had.
    pub(crate) fn next_transaction(&self) -> String {
        let last = self.last_transaction.fetch_add(1, Ordering::Relaxed);
        (last + 1).to_string()
    }
}

/// The server of a user or of a room.
pub(crate) fn server_of(id: &str) -> Option<&ServerName> {
    let (_, server) = id.split_once(':')?;
    server.try_into().ok()
}
