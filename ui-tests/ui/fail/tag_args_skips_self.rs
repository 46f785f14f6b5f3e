struct Server;

impl Server {
    #[fedtrace::tag_args(skip(self))]
    fn send(&self) {}
}

fn main() {
    Server.send();
}
