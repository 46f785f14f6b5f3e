#[fedtrace::tag_args(reveal(token), redact(token))]
fn invite(token: &str) {
    let _ = token;
}

fn main() {
    invite("a");
}
