struct Client;

#[fedtrace::trace(prefix = "a", prefix = "b")]
impl Client {
    fn send(&self) {}
}

fn main() {
    Client.send();
}
