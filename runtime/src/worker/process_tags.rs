//! The tags with which every process describes itself to Jaeger.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use crate::model::tag::Tag;
use crate::util::random;

/// The tag by which a server distinguishes clients.
pub(crate) const CLIENT_UUID: &str = "client-uuid";

/// The tags of a process: `jaeger.version`, `client-uuid`, `hostname` and `ip`, if they are known, then
/// `own`.
///
/// A tag of `own` replaces a default and an earlier tag of `own` with the same key, so keys are unique.
pub(crate) fn process_tags(own: &[Tag]) -> Vec<Tag> {
    let mut tags = vec![
        Tag::new("jaeger.version", concat!("fedtrace-", env!("CARGO_PKG_VERSION"))),
        // The agent counts batches by client and distinguishes clients by this tag.
        Tag::new(CLIENT_UUID, format!("{:016x}", random::number())),
    ];
    if let Some(name) = hostname::get().ok().and_then(|name| name.into_string().ok()) {
        tags.push(Tag::new("hostname", name));
    }
    if let Some(ip) = ip() {
        tags.push(Tag::new("ip", ip.to_string()));
    }
    for tag in own {
        match tags.iter_mut().find(|known| known.key == tag.key) {
            Some(known) => known.value.clone_from(&tag.value),
            None => tags.push(tag.clone()),
        }
    }
    tags
}

/// The IPv4 address with which this machine reaches other machines; `None` without a network.
fn ip() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Connecting a UDP socket sends nothing, but selects the source address for packets to that network,
    // which is reserved for documentation (RFC 5737).
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() && !address.ip().is_unspecified() => {
            Some(*address.ip())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(tags: &[Tag]) -> Vec<&str> {
        tags.iter().map(|tag| tag.key.as_ref()).collect()
    }

    #[test]
    fn a_process_names_its_client_and_its_host() {
        let tags = process_tags(&[]);
        assert_eq!(
            tags[0],
            Tag::new(
                "jaeger.version",
                format!("fedtrace-{}", env!("CARGO_PKG_VERSION"))
            )
        );
        assert_eq!(tags[2].key, "hostname");
        assert!(!tags[2].value.as_str().unwrap().is_empty());
    }

    #[test]
    fn each_tracer_has_an_id_of_its_own_by_which_the_agent_knows_it() {
        let ids = [process_tags(&[]), process_tags(&[])].map(|tags| {
            assert_eq!(tags[1].key, "client-uuid");
            tags[1].value.as_str().unwrap().to_owned()
        });
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.len() == 16), "{ids:?}");
    }

    #[test]
    fn own_process_tags_replace_the_defaults_and_are_never_there_twice() {
        let own = [
            ("hostname", "mine"),
            ("a", "1"),
            ("ip", "192.0.2.7"),
            ("a", "2"),
            ("client-uuid", "u"),
        ];
        let tags = process_tags(&own.map(Tag::from));
        for (key, value) in [
            ("hostname", "mine"),
            ("ip", "192.0.2.7"),
            ("a", "2"),
            ("client-uuid", "u"),
        ] {
            let found: Vec<_> = tags.iter().filter(|tag| tag.key == key).collect();
            assert_eq!(found, [&Tag::new(key, value)], "{:?}", keys(&tags));
        }
    }
}
