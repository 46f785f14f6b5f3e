#[fedtrace::trace]
mod federation {
    pub fn send() {}
}

fn main() {
    federation::send();
}
