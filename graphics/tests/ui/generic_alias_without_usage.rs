use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Position;
type Events<T> = GpuBuffer<T>;

#[derive(System)]
#[reads(Position)]
#[writes(Events<T>)]
struct Collect<T>(std::marker::PhantomData<fn() -> T>);

fn main() {}
