struct Client;

#[fedtrace::trace]
impl Client {
    #[fedtrace::trace(skip, hide = 1)]
    fn send(&self) {}
}

fn main() {
    Client.send();
}
