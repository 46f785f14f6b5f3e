#[fedtrace::tag_args(skip(access_token), reveal(access_token))]
fn send(access_token: u32) {
    let _ = access_token;
}

fn main() {
    send(1);
}
