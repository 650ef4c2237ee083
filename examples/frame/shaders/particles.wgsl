// Moves each spark on by one frame: one thread for one spark. What it writes is what the next frame reads.

// In the order of `layout::Particle`.
struct Particle {
    position: vec3<f32>,
    // From 0 to 1: how far from the stream it flies.
    stray: f32,
    velocity: vec3<f32>,
    // What chance gave it; the lowest bits say when it comes up.
    seed: u32,
}

@group(0) @binding(1) var<storage, read_write> particles: array<Particle>;

const LIFE: u32 = 256u;
const STEP: f32 = 1.0 / 60.0;

@compute @workgroup_size(64)
fn simulate(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&particles) {
        return;
    }
    let old = particles[i];
    let count = camera.frame.x + old.seed;
    if count % LIFE == 0u {
        particles[i] = born(old.seed, count / LIFE);
        return;
    }
    let goal = wind(old.position, old.stray, f32(camera.frame.x) * STEP);
    let velocity = old.velocity + (goal - old.velocity) * min(4.0 * STEP, 1.0);
    particles[i].position = old.position + velocity * STEP;
    particles[i].velocity = velocity;
}

// At one of three places on the rim of the pedestal; those that stray come up anywhere on it.
fn born(seed: u32, generation: u32) -> Particle {
    let first = hash(hash(seed ^ (generation * 0x9e3779b9u)));
    var random = first;
    let even = unit(random);
    let stray = even * even * even;
    var stream = vec2<f32>(1.0, 0.0);
    switch (seed >> 16u) % 3u {
        case 1u: { stream = vec2<f32>(-0.5, 0.8660254); }
        case 2u: { stream = vec2<f32>(-0.5, -0.8660254); }
        default: {}
    }
    random = hash(random);
    let across = (unit(random) * 2.0 - 1.0) * (0.05 + 1.6 * stray);
    let at = turned(turned(camera.emitter, stream), halfway(across));
    random = hash(random);
    let out = 1.86 + 0.16 * unit(random);
    random = hash(random);
    let height = 0.55 + 0.12 * unit(random);
    random = hash(random);
    let x = unit(random) - 0.5;
    random = hash(random);
    let y = 0.6 + 1.2 * unit(random);
    random = hash(random);
    let z = unit(random) - 0.5;
    return Particle(vec3<f32>(at.x * out, height, at.y * out), stray, vec3<f32>(x, y, z), seed);
}

// Where the air goes: around the middle and up, drawn to a waist that narrows and widens with height.
fn wind(at: vec3<f32>, stray: f32, seconds: f32) -> vec3<f32> {
    let radius = max(sqrt(at.x * at.x + at.z * at.z), 0.05);
    let out = vec3<f32>(at.x / radius, 0.0, at.z / radius);
    let around = vec3<f32>(-out.z, 0.0, out.x);
    let waist = 1.75 + 0.38 * sin(at.y * 1.5 - seconds * 0.7) + stray * (0.6 + 0.5 * at.y);
    let rise = 1.05 - 0.55 * stray + 0.25 * sin(at.x * 1.3 + at.z * 0.9 + seconds);
    let swirl = 2.3 / (0.55 + radius * 0.5) * (1.0 - 0.6 * stray);
    let sway = 0.35 * stray * sin(at.y * 2.1 + at.z * 1.7 + seconds * 1.3);
    return around * swirl + out * ((waist - radius) * 2.2 + sway) + vec3<f32>(0.0, rise, 0.0);
}

fn turned(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn halfway(t: f32) -> vec2<f32> {
    let square = 1.0 + t * t;
    return vec2<f32>((1.0 - t * t) / square, 2.0 * t / square);
}

fn unit(random: u32) -> f32 {
    return f32(random >> 8u) / 16777216.0;
}

fn hash(value: u32) -> u32 {
    let state = value * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}
