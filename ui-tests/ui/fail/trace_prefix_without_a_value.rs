struct Client;

#[fedtrace::trace(prefix)]
impl Client {
    fn send(&self) {}
}

fn main() {
    Client.send();
}
