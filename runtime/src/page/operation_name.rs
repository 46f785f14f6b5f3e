//! Which operations a query asks for.

use crate::util::percent;

/// A service and the name of a local root.
pub(super) type OperationKey = (String, String);

/// The name of an operation, of one service or of all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OperationName {
    name: String,
    service: Option<String>,
}

impl OperationName {
    pub(super) fn of_any_service(name: String) -> Self {
        Self { name, service: None }
    }

    pub(super) fn of_service(self, service: String) -> Self {
        Self {
            service: Some(service),
            ..self
        }
    }

    pub(super) fn is_of(&self, (service, name): &OperationKey) -> bool {
        self.name == *name && self.service.as_ref().is_none_or(|own| own == service)
    }
}

/// The address of the page of an operation, as it stands in an attribute.
pub(super) fn address_of((service, name): &OperationKey) -> String {
    format!(
        "?operation={}&amp;service={}",
        percent::encode(name),
        percent::encode(service)
    )
}
