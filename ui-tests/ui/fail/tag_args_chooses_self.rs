struct Server;

impl Server {
    #[fedtrace::tag_args(only(self))]
    fn send(&self) {}
}

fn main() {
    Server.send();
}
