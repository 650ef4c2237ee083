use fencewright::Job;

#[derive(Job)]
struct Load;

#[derive(Job)]
#[job(method = "decode")]
struct Decode;

fn main() {}
