//! Matrix server names: a host name, an IPv4 address or an IPv6 address in brackets, and maybe a port.

use std::net::Ipv6Addr;

const MAX_HOST_NAME: usize = 255;
/// The most bytes of a server name. IP addresses are shorter.
pub(super) const MAX_SERVER_NAME: usize = MAX_HOST_NAME + ":65535".len();

/// A server name that follows the grammar of the Matrix specification.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerName<'a> {
    text: &'a str,
    host: &'a str,
    is_address: bool,
}

impl<'a> ServerName<'a> {
    /// Parses a server name. Returns `None` if `text` is not one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let host_end = match text.strip_prefix('[') {
            Some(_) => text.find(']')? + 1,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, port) = text.split_at_checked(host_end)?;
        if !(port.is_empty() || is_port(port.strip_prefix(':')?)) {
            return None;
        }
        let is_address = is_ipv6(host) || is_ipv4(host);
        (is_address || is_host_name(host)).then_some(Self {
            text,
            host,
            is_address,
        })
    }

    /// The whole name.
    pub(super) fn text(self) -> &'a str {
        self.text
    }

    /// The name without its port, if it has one.
    pub(super) fn without_port(self) -> Option<&'a str> {
        (self.host.len() < self.text.len()).then_some(self.host)
    }

    /// Whether the host is an IP address, which has no sub-domains.
    pub(super) fn is_address(self) -> bool {
        self.is_address
    }

    /// The name and its parent domains, nearest first: each with the port, if there is one, and without it.
    pub(super) fn domains(self) -> impl Iterator<Item = &'a str> {
        let starts = std::iter::once(0).chain(self.host.match_indices('.').map(|(dot, _)| dot + 1));
        starts
            .flat_map(move |start| {
                [
                    self.text.get(start..),
                    self.without_port().and_then(|host| host.get(start..)),
                ]
            })
            .flatten()
    }
}

/// The text in lower case. It is written to `room` only if it has to change; `None` if it does not fit.
pub(super) fn in_lower_case<'a>(text: &'a str, room: &'a mut [u8; MAX_SERVER_NAME]) -> Option<&'a str> {
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(text);
    }
    let room = room.get_mut(..text.len())?;
    room.copy_from_slice(text.as_bytes());
    room.make_ascii_lowercase();
    std::str::from_utf8(room).ok()
}

/// Whether the byte may be part of a server name.
pub(super) fn is_server_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']')
}

fn is_port(port: &str) -> bool {
    (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host_name(host: &str) -> bool {
    (1..=MAX_HOST_NAME).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

fn is_ipv6(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

// By shape, as in the grammar: `999.1.1.1` must not count as a host name with sub-domains.
fn is_ipv4(host: &str) -> bool {
    let mut parts = host.split('.');
    let all_numbers = parts
        .by_ref()
        .take(4)
        .all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()));
    all_numbers && parts.next().is_none() && host.bytes().filter(|byte| *byte == b'.').count() == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_with_and_without_port_are_server_names() {
        for (text, host, is_address) in [
            ("matrix.org", "matrix.org", false),
            ("Matrix.ORG:8448", "Matrix.ORG", false),
            ("localhost", "localhost", false),
            ("xn--mller-kva.example", "xn--mller-kva.example", false),
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4:1", "1.2.3.4", true),
            ("1.2.3.4.5", "1.2.3.4.5", false),
            ("1.2.3", "1.2.3", false),
            ("1234.1.1.1", "1234.1.1.1", false),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[::ffff:1.2.3.4]:65535", "[::ffff:1.2.3.4]", true),
        ] {
            let name = ServerName::parse(text).unwrap();
            assert_eq!((name.text(), name.is_address()), (text, is_address));
            assert_eq!(name.without_port(), (host != text).then_some(host), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_server_name() {
        let long = "a".repeat(256);
        for text in [
            "",
            ":8448",
            "a:",
            "a:b",
            "a:+80",
            "a:123456",
            "a:80:80",
            "a b",
            "a_b",
            "müller.example",
            "a/b",
            "a\n",
            "a\0",
            "[",
            "[]",
            "[::1",
            "::1",
            "[::1]8448",
            "[fe80::1%eth0]",
            "[1.2.3.4]",
            "@a:b",
            "*.a",
            &long,
        ] {
            assert!(ServerName::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_name_of_any_length_with_capitals_is_put_in_lower_case_or_is_none() {
        for length in [1, MAX_SERVER_NAME - 1, MAX_SERVER_NAME] {
            let (upper, lower) = ("A".repeat(length), "a".repeat(length));
            let mut room = [0; MAX_SERVER_NAME];
            assert_eq!(in_lower_case(&upper, &mut room), Some(lower.as_str()));
        }
        let mut room = [0; MAX_SERVER_NAME];
        assert_eq!(in_lower_case(&"A".repeat(MAX_SERVER_NAME + 1), &mut room), None);
        assert_eq!(in_lower_case("AÄ", &mut room), Some("aÄ"));
    }

    #[test]
    fn domains_go_from_the_whole_name_to_its_last_label() {
        let name = ServerName::parse("a.b.c:1").unwrap();
        assert_eq!(
            name.domains().collect::<Vec<_>>(),
            ["a.b.c:1", "a.b.c", "b.c:1", "b.c", "c:1", "c"]
        );
        let name = ServerName::parse("b.c").unwrap();
        assert_eq!(name.domains().collect::<Vec<_>>(), ["b.c", "c"]);
    }
}
