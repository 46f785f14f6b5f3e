use fedtrace::trace;

#[trace]
type Name = String;

fn main() {
    let _ = Name::new();
}
