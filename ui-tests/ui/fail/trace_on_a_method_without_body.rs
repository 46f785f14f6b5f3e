trait Client {
    #[fedtrace::trace]
    fn send(&self);
}

impl Client for () {
    fn send(&self) {}
}

fn main() {
    ().send();
}
