//! What the span of a server says about a request before its service is called.

use std::mem;

use http::{Extensions, HeaderMap, Method, Request, Uri, header};

use super::matched_route::full_uri;
use super::peer;
use super::request_id::{method_value, push_request_id};
use super::settings::Settings;
use super::shown_url::{Template, shown_url};
use crate::delivery::bounds::Room;
use crate::delivery::details::Details;
use crate::model::formatted::Formatted;
use crate::model::tag::{Tag, TagValue, tags};
use crate::model::value::Value;
use crate::span::plan::set_tags;

/// The head of a request, wherever it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
    pub(super) extensions: &'a Extensions,
}

impl<'a> Head<'a> {
    pub(super) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

/// The tags are written into the span at once, without a copy of their own. `added` are those of its start.
pub(super) fn say_head(
    details: &mut Details,
    room: Room<'_>,
    added: &[Tag],
    head: Head<'_>,
    template: Option<Template<'_>>,
    settings: &Settings,
) {
    let mut made = Formatted::new();
    let id = push_request_id(head.method, head.headers, made.text());
    let address = peer::address(head.extensions);
    let ip_key = address.map(|address| peer::push_ip(address, made.text()));
    let (id, ip) = made.as_str().split_at_checked(id).unwrap_or_default();
    let length = length(head.headers).map(|length| Value::from(TagValue::from(length)));
    let uri = full_uri(head.uri, head.extensions);
    let url = shown_url(uri, template, &settings.secrets, room.bounds.value);
    let (mut url, mut last) = (Some((tags::HTTP_URL, Value::Text(&url))), None);
    if !added.is_empty() {
        // What the start has added comes before the URL.
        mem::swap(&mut url, &mut last);
    }
    details.begin_with(
        &[
            Some((tags::SPAN_KIND, Value::Static(tags::SPAN_KIND_SERVER))),
            Some((tags::REQUEST_ID, Value::Text(id))),
            Some((tags::HTTP_METHOD, method_value(head.method))),
            length.map(|length| ("http.request_content_length", length)),
            ip_key.map(|key| (key, Value::Text(ip))),
            address.map(|address| (tags::PEER_PORT, Value::Long(i64::from(address.port())))),
            url,
        ],
        room,
    );
    set_tags(details, room, added);
    details.begin_with(&[last], room);
}

/// The length of a message, as its headers say it.
pub(super) fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
