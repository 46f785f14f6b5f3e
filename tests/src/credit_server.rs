use crate::{Behaviour, FakeSamplingServer};

const NOTHING: &str = r#"{"balances":[]}"#;

/// A server that gives credit for forced spans, as Jaeger's clients expect one, when a test says so.
#[derive(Debug)]
pub struct FakeCreditServer(FakeSamplingServer);

impl FakeCreditServer {
    pub fn start() -> Self {
        Self(FakeSamplingServer::start(NOTHING))
    }

    /// The URL to ask at.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/credits", self.port())
    }

    pub fn port(&self) -> u16 {
        self.0.port()
    }

    /// Adds this balance in the next answer, and nothing in those after it.
    pub fn credit(&self, operation: &str, balance: &str) {
        let body = format!(r#"{{"balances":[{{"operation":"{operation}","balance":{balance}}}]}}"#);
        let then = Behaviour::Answer(200, NOTHING.to_owned());
        self.set(Behaviour::Once(body, Box::new(then)));
    }

    /// What it does with questions from now on.
    pub fn set(&self, behaviour: Behaviour) {
        self.0.set(behaviour);
    }

    /// The questions so far: path and query.
    pub fn questions(&self) -> Vec<String> {
        let path = |request: &String| request.split(' ').nth(1).unwrap_or_default().to_owned();
        self.0.requests().iter().map(path).collect()
    }
}
