#[fedtrace::tag_args]
trait Client {
    fn send(&self) {}
}

impl Client for () {}

fn main() {
    ().send();
}
