#[fedtrace::trace]
pub enum State {
    Joined,
}

fn main() {
    let _ = State::Joined;
}
