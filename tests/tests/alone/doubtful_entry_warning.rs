//! What is said at start of whitelist entries that do not mean what they look like.

use fedtrace::whitelist::Whitelist;
use fedtrace::{Tracer, reporter::MemoryReporter};
use fedtrace_tests::{LogLines, alone};

#[test]
fn an_entry_with_an_asterisk_for_the_port_is_told_what_it_means_and_what_to_write() {
    alone(|| {
        let lines = LogLines::install();
        let warned = |entry: &str| {
            let whitelist = Whitelist::new(["fine.example", entry]).unwrap();
            (whitelist, lines.take())
        };
        for (entry, name) in [("localhost:*", "localhost"), ("example.org:*", "example.org")] {
            let (doubtful, told) = warned(entry);
            assert_eq!(told.len(), 1, "{told:?}");
            let place = format!(
                "WARN fedtrace: homeserver_whitelist[1]: `{entry}`, character {}",
                entry.len()
            );
            assert!(told[0].starts_with(&place), "{told:?}");
            let fix = format!("write `{name}`, which admits the name and its sub-domains with any port");
            assert!(told[0].ends_with(&fix), "{told:?}");
            // What it means, and what the advice does.
            assert!(!doubtful.allows(&format!("chat.{name}:8448")));
            let (advised, told) = warned(name);
            assert_eq!(told, [""; 0]);
            for admitted in ["", ":1", ":65535"] {
                assert!(advised.allows(&format!("{name}{admitted}")));
            }
            assert!(advised.allows(&format!("chat.{name}:8448")));
        }
    });
}

#[test]
fn the_place_in_an_entry_is_told_in_characters() {
    alone(|| {
        let lines = LogLines::install();
        Whitelist::new(["(ü|x*)"]).unwrap();
        let told = lines.take();
        assert!(told[0].contains("`(ü|x*)`, character 5: "), "{told:?}");
    });
}

#[test]
fn an_entry_that_lists_every_homeserver_is_warned_of_and_not_told_to_end() {
    alone(|| {
        let lines = LogLines::install();
        for entry in [".*", ".+", ".*$"] {
            let warning = format!("WARN fedtrace: homeserver_whitelist[1]: `{entry}` lists every homeserver");
            Whitelist::new(["fine.example", entry]).unwrap();
            let told = lines.take();
            assert!(told.len() == 1 && told[0].starts_with(&warning), "{told:?}");
            Whitelist::prefix_match([r"fine\.example$", entry]).unwrap();
            let told = lines.take();
            assert!(told.iter().any(|line| line.starts_with(&warning)), "{told:?}");
            assert!(!told.iter().any(|line| line.contains("also lets")), "{told:?}");
        }
        Whitelist::prefix_match([".*$"]).unwrap();
        let told = lines.take();
        assert!(
            !told.iter().any(|line| line.contains("end them with")),
            "{told:?}"
        );
    });
}

#[test]
fn a_list_that_is_replaced_at_run_time_is_warned_of_too() {
    alone(|| {
        let lines = LogLines::install();
        let (tracer, _guard) = Tracer::builder("s")
            .reporter(MemoryReporter::new())
            .build()
            .unwrap();
        lines.take();
        tracer.set_homeserver_whitelist(["matrix*"]).unwrap();
        let told = lines.take();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("`x` any number of times, not any text"),
            "{told:?}"
        );
    });
}

/// Synapse reads the entry in the same way as `prefix_match`.
#[test]
fn with_prefix_match_the_advice_means_the_same_in_both_programs() {
    alone(|| {
        let lines = LogLines::install();
        Whitelist::prefix_match(["localhost:*"]).unwrap();
        let told = lines.take();
        let advice = "localhost(:[0-9]+)?$";
        assert!(
            told.iter()
                .any(|line| line.contains(&format!("write `{advice}`"))),
            "{told:?}"
        );
        let prefix = Whitelist::prefix_match([advice]).unwrap();
        let whole = Whitelist::new([advice]).unwrap();
        for (name, admitted) in [
            ("localhost", true),
            ("localhost:8448", true),
            ("localhost.evil.example", false),
            ("chat.localhost", false),
        ] {
            assert_eq!([prefix.allows(name), whole.allows(name)], [admitted; 2], "{name}");
        }
    });
}
