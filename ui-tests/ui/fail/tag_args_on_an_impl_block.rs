struct Server;

#[fedtrace::tag_args]
impl Server {
    fn send(&self) {}
}

fn main() {
    Server.send();
}
