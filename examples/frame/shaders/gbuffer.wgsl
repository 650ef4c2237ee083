// Writes down the surfaces that are seen; the light falls on them afterwards.

struct Seen {
    // The root of the colour, and how strongly it shines.
    @location(0) albedo: vec4<f32>,
    @location(1) normal: vec4<f32>,
}

@fragment
fn gbuffer_fragment(in: Surface, @builtin(front_facing) front: bool) -> Seen {
    let base = base_color(in);
    if base.a < in.glow_cutoff.y {
        discard;
    }
    return Seen(
        vec4<f32>(sqrt(base.rgb), in.glow_cutoff.x / 8.0),
        vec4<f32>(facing(in, front), 0.0),
    );
}
