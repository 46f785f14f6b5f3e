#[fedtrace::trace]
struct Server;

fn main() {
    let _ = Server;
}
