//! The mapping of a process.

use super::attributes::Attributes;
use super::protobuf::Writer;
use crate::delivery::tag_view::ValueView;
use crate::model::process::Process;

const SERVICE_NAME: &str = "service.name";
const HOST_NAME: &str = "host.name";
const EXPORTER_VERSION: &str = "opencensus.exporterversion";

const ATTRIBUTES: u64 = 1;

/// Writes the fields of a resource: the process under OpenTelemetry's names.
pub(super) fn write_resource(out: &mut Writer, process: &Process) {
    let exporter;
    let mut attributes = Attributes::default();
    attributes.fill(process.tags.as_slice().into());
    if !process.service_name.is_empty() && attributes.get(SERVICE_NAME).is_none() {
        attributes.add(SERVICE_NAME, ValueView::String(&process.service_name));
    }
    if let Some(host) = take_unless("hostname", HOST_NAME, &mut attributes) {
        attributes.add(HOST_NAME, host);
    }
    if let Some(version) = take_unless("jaeger.version", EXPORTER_VERSION, &mut attributes) {
        let version = match version {
            ValueView::String(version) => {
                exporter = format!("Jaeger-{version}");
                ValueView::String(&exporter)
            }
            other => other,
        };
        attributes.add(EXPORTER_VERSION, version);
    }
    attributes.write(out, ATTRIBUTES);
}

/// Removes an attribute that goes by another name, unless there is one of that name.
fn take_unless<'a>(from: &str, to: &str, attributes: &mut Attributes<'a>) -> Option<ValueView<'a>> {
    match attributes.get(to) {
        Some(_) => None,
        None => attributes.remove(from),
    }
}
