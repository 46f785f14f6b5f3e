//! One suite for every way to every server: what was sent is what is there.
//!
//! With the fake agent and collector it is part of `cargo test`. Two real Jaegers are asked by
//! `.ci/jaeger run cargo test -p fedtrace-tests --test jaeger_e2e -- --ignored`, so the fakes and the real ones are
//! held to the same.

mod federation;
mod route;
mod sampling;
mod spans;
mod trace_files;
mod translation;
mod unfinished;
mod volume;

/// `name: server, transport` and, in brackets, attributes of the tests.
macro_rules! routes {
    ($($name:ident: $server:ident, $transport:ident, $attributes:tt;)*) => {
        $(mod $name {
            use crate::route::{Route, Server, Transport};

            fn route() -> Route {
                Route::new(Server::$server, Transport::$transport)
            }

            tests! { $attributes $transport }
        })*
    };
}

macro_rules! tests {
    ($attributes:tt Http) => {
        tests! {
            $attributes Udp
            volume::what_a_full_queue_loses_is_what_is_missing
            sampling::a_service_that_is_always_sampled_is_stored_whole
            sampling::of_a_service_that_is_never_sampled_nothing_is_stored
            sampling::of_a_service_that_is_sampled_by_half_about_half_is_stored
            sampling::of_a_service_with_a_limit_no_more_is_stored_in_a_second
            sampling::each_operation_is_stored_as_its_own_strategy_says
            sampling::a_lower_bound_has_the_rarest_operations_stored
            sampling::a_strategy_that_changes_changes_what_is_stored
        }
    };
    ($attributes:tt Otlp) => {
        tests! { $attributes Udp volume::what_a_full_queue_loses_is_what_is_missing }
    };
    ($attributes:tt OtlpGzip) => {
        each! {
            $attributes
            spans::a_tag_keeps_its_type_and_value
            spans::a_trace_of_many_packets_arrives_whole
            spans::a_span_larger_than_a_packet_arrives_shortened
        }
    };
    ($attributes:tt $transport:ident $($room:ident::$test:ident)*) => {
        each! {
                $attributes
                spans::a_tag_keeps_its_type_and_value
                spans::a_number_that_is_none_does_not_hide_the_trace
                spans::a_span_has_the_times_of_its_start_and_its_logs
                spans::a_span_shorter_than_a_microsecond_does_not_look_broken
                spans::children_and_references_are_shown_as_such
                spans::the_process_has_the_service_name_and_its_tags
                spans::a_forced_trace_has_the_flags_of_one
                unfinished::a_span_that_stays_open_is_there_with_those_below_it_and_once_more_when_it_ends
                spans::a_trace_of_many_packets_arrives_whole
                spans::a_span_larger_than_a_packet_arrives_shortened
                volume::of_100_000_spans_each_is_stored_or_counted_as_lost
                $($room::$test)*
        }
    };
}

macro_rules! each {
    ($attributes:tt $($room:ident::$test:ident)*) => {
        $(each! { @ $attributes $room $test })*
    };
    (@ [$($attribute:meta)?] $room:ident $test:ident) => {
        #[test]
        $(#[$attribute])?
        fn $test() {
            crate::$room::$test(&route());
        }
    };
}

routes! {
    fake_compact: Fake, Compact, [];
    fake_binary: Fake, Binary, [];
    fake_http: Fake, Http, [];
    v1_compact: V1, Compact, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v1_binary: V1, Binary, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v1_http: V1, Http, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v1_otlp: V1, Otlp, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v1_otlp_gzip: V1, OtlpGzip, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v2_compact: V2, Compact, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v2_binary: V2, Binary, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v2_http: V2, Http, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v2_otlp: V2, Otlp, [ignore = "needs a Jaeger server, see .ci/jaeger"];
    v2_otlp_gzip: V2, OtlpGzip, [ignore = "needs a Jaeger server, see .ci/jaeger"];
}
