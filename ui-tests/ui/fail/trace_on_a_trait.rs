#[fedtrace::trace]
trait Client {
    fn send(&self) {}
}

impl Client for () {}

fn main() {
    ().send();
}
