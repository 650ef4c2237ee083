use fencewright::Threads;

struct Load;

fn main() {
    Threads::Inline.join_all([Load]);
}
