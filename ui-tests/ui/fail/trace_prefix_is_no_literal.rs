struct Client;

#[fedtrace::trace(prefix = Client)]
impl Client {
    fn send(&self) {}
}

fn main() {
    Client.send();
}
