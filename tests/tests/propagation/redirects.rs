//! A listed server answers with a redirect to a stranger: what an HTTP client tells that one, and what keeps it from
//! doing so. The recipe is in `docs/federation.md`.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use fedtrace::{Destination, force_tracing, inject, start_active_span, with_tracer};
use fedtrace_tests::listed_tracer;
use http::{HeaderMap, HeaderValue, header};
use reqwest::redirect;

const LISTED: Destination<'_> = Destination::Homeserver("trusted.example");
const UNLISTED: Destination<'_> = Destination::Homeserver("stranger.example");

/// A server that gives every request the same answer, after it has kept the names of its headers.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Server {
    fn start(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::default();
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                respond(stream.unwrap(), &answer, &kept);
            }
        });
        Self { address, requests }
    }

    fn ok() -> Self {
        Self::start("200 OK\r\n".to_owned())
    }

    fn redirecting_to(other: &Self) -> Self {
        Self::start(format!("307 Temporary Redirect\r\nlocation: {}\r\n", other.url()))
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How many requests came, and how many of them had a span context.
    fn was_told(&self) -> (usize, usize) {
        let requests = self.requests.lock().unwrap();
        let told = requests
            .iter()
            .filter(|names| names.iter().any(|name| name == "uber-trace-id"));
        (requests.len(), told.count())
    }
}

fn respond(mut stream: TcpStream, answer: &str, requests: &Mutex<Vec<Vec<String>>>) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    // A connection that is opened in advance is no request.
    if lines.next().is_none() {
        return;
    }
    let names = lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.split(':').next().unwrap().to_ascii_lowercase());
    let names = names.collect();
    requests.lock().unwrap().push(names);
    write!(
        stream,
        "HTTP/1.1 {answer}content-length: 0\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
}

#[derive(Debug, Clone, Copy)]
enum Client {
    Reqwest,
    Ureq,
}

impl Client {
    const ALL: [Self; 2] = [Self::Reqwest, Self::Ureq];

    /// The status and the `Location` of the answer.
    fn get(self, url: &str, headers: &HeaderMap, follow: bool) -> (u16, Option<HeaderValue>) {
        match self {
            Self::Reqwest => reqwest_get(url, headers, follow),
            Self::Ureq => ureq_get(url, headers, follow),
        }
    }
}

fn reqwest_get(url: &str, headers: &HeaderMap, follow: bool) -> (u16, Option<HeaderValue>) {
    let mut client = reqwest::Client::builder().no_proxy();
    if !follow {
        client = client.redirect(redirect::Policy::none());
    }
    let request = client.build().unwrap().get(url).headers(headers.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let answer = runtime.block_on(request.send()).unwrap();
    (
        answer.status().as_u16(),
        answer.headers().get(header::LOCATION).cloned(),
    )
}

fn ureq_get(url: &str, headers: &HeaderMap, follow: bool) -> (u16, Option<HeaderValue>) {
    let mut config = ureq::Agent::config_builder().proxy(None);
    if !follow {
        config = config.max_redirects(0);
    }
    let mut request = config.build().new_agent().get(url);
    request.headers_mut().unwrap().extend(headers.clone());
    let answer = request.call().unwrap();
    (
        answer.status().as_u16(),
        answer.headers().get(header::LOCATION).cloned(),
    )
}

/// Runs `request` within a forced span, of a tracer that lists one server.
fn in_a_trace(request: impl FnOnce()) {
    let test = listed_tracer();
    with_tracer(test.tracer(), || {
        let _scope = start_active_span("outgoing-federation-request");
        force_tracing();
        request();
    });
}

fn headers_for(destination: Destination<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject(&mut headers, destination);
    headers
}

#[test]
fn a_client_that_follows_redirects_tells_a_stranger_the_span_context() {
    for client in Client::ALL {
        in_a_trace(|| {
            let stranger = Server::ok();
            let listed = Server::redirecting_to(&stranger);
            let answer = client.get(&listed.url(), &headers_for(LISTED), true);
            assert_eq!(answer, (200, None), "{client:?}");
            assert_eq!(listed.was_told(), (1, 1), "{client:?}");
            assert_eq!(stranger.was_told(), (1, 1), "{client:?}");
        });
    }
}

#[test]
fn with_redirects_off_the_stranger_is_not_asked_and_the_caller_gets_the_redirect() {
    for client in Client::ALL {
        in_a_trace(|| {
            let stranger = Server::ok();
            let listed = Server::redirecting_to(&stranger);
            let (status, location) = client.get(&listed.url(), &headers_for(LISTED), false);
            assert_eq!(status, 307, "{client:?}");
            assert_eq!(location.unwrap(), stranger.url());
            assert_eq!(listed.was_told(), (1, 1), "{client:?}");
            assert_eq!(stranger.was_told(), (0, 0), "{client:?}");
        });
    }
}

#[test]
fn a_redirect_that_is_followed_by_hand_as_a_request_to_a_third_party_tells_nothing() {
    for client in Client::ALL {
        in_a_trace(|| {
            let stranger = Server::ok();
            let listed = Server::redirecting_to(&stranger);
            let mut headers = headers_for(LISTED);
            let (_, location) = client.get(&listed.url(), &headers, false);
            inject(&mut headers, Destination::ThirdParty);
            client.get(location.unwrap().to_str().unwrap(), &headers, false);
            assert_eq!(listed.was_told(), (1, 1), "{client:?}");
            assert_eq!(stranger.was_told(), (1, 0), "{client:?}");
        });
    }
}

#[test]
fn the_server_name_decides_whatever_host_is_dialled() {
    for client in Client::ALL {
        in_a_trace(|| {
            let host = Server::ok();
            client.get(&host.url(), &headers_for(LISTED), false);
            assert_eq!(host.was_told(), (1, 1), "{client:?}");
            client.get(&host.url(), &headers_for(UNLISTED), false);
            assert_eq!(host.was_told(), (2, 1), "{client:?}");
        });
    }
}
