use fencewright::prelude::*;

trait Source {
    type Item;
}

#[derive(System)]
#[reads(<S as Source>::Item)]
struct Watch<S: Source>(S);

fn main() {}
