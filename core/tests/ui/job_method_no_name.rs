use fencewright::Job;

#[derive(Job)]
#[job(method = "load it")]
struct Load;

impl Load {
    fn run(self) {}
}

fn main() {}
