use fencewright::Job;

#[derive(Job)]
#[job(methd = "load")]
struct Load;

impl Load {
    fn run(self) {}
}

fn main() {}
