//! The service name of a process in Jaeger.

/// The service name of an instance: the names of the server and of the instance, without the instance's
/// number, so that all instances of a kind are one service.
pub(crate) fn service_name(server_name: &str, instance: &str) -> String {
    let digits = instance.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let kind = match digits.len() == instance.len() {
        true => instance,
        false => digits.strip_suffix(['_', '-']).unwrap_or(digits),
    };
    match kind {
        "" => server_name.to_owned(),
        kind => format!("{server_name} {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::service_name;

    #[test]
    fn the_service_is_the_server_and_the_instance_without_its_number() {
        for (instance, service) in [
            ("main", "hs main"),
            ("worker1", "hs worker"),
            ("worker_12", "hs worker"),
            ("federation-sender-2", "hs federation-sender"),
            ("worker__1", "hs worker_"),
            ("worker-", "hs worker-"),
            ("v2_reader", "hs v2_reader"),
            ("7", "hs"),
            ("", "hs"),
        ] {
            assert_eq!(service_name("hs", instance), service, "{instance:?}");
        }
    }
}
