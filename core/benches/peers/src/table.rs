//! The mixed frame as a table for schedulers that know accesses by type: `Frame::mixed(1, 64)`, written out.

/// Calls `$system!(first read, second read, write, microseconds)` for each system; 64 stands for nothing.
macro_rules! mixed_frame {
    ($system:ident) => {
        mixed_frame! { @ $system
            39 30 1 1.0;
            57 0 11 1.0;
            53 40 37 10.0;
            33 62 22 10.0;
            10 40 0 10.0;
            35 49 59 1.0;
            8 6 46 1.0;
            13 44 28 1.0;
            55 53 31 200.0;
            39 10 43 1.0;
            58 45 4 1.0;
            23 12 28 1.0;
            1 24 53 1.0;
            6 7 60 1.0;
            50 1 35 1.0;
            30 22 56 1.0;
            58 52 51 10.0;
            56 16 37 1.0;
            47 47 15 1.0;
            18 18 12 10.0;
            63 60 20 1.0;
            34 44 27 1.0;
            43 41 51 1.0;
            33 7 59 10.0;
            51 14 53 1.0;
            19 62 3 1.0;
            29 57 21 1.0;
            23 50 33 1.0;
            49 57 9 1.0;
            28 0 46 1.0;
            62 2 40 1.0;
            46 56 11 1.0;
            16 50 1 10.0;
            1 19 17 10.0;
            18 37 27 50.0;
            47 22 11 10.0;
            59 26 44 10.0;
            30 34 38 1.0;
            18 47 23 1.0;
            2 59 4 1.0;
            30 31 34 1.0;
            19 64 48 10.0;
            4 5 29 50.0;
            45 22 56 1.0;
            0 21 48 50.0;
            18 19 22 1.0;
            50 42 44 1.0;
            35 21 51 10.0;
            36 61 13 1.0;
            4 22 63 1.0;
            49 6 31 50.0;
            40 22 44 10.0;
            41 52 13 1.0;
            16 0 36 10.0;
            15 26 43 1.0;
            37 51 39 1.0;
            53 57 5 10.0;
            54 15 28 1.0;
            27 27 38 1.0;
            26 60 35 1.0;
        }
    };
    (@ $system:ident $($one:literal $two:literal $write:literal $us:literal;)+) => { $( $system!($one, $two, $write, $us); )+ };
}
pub(crate) use mixed_frame;

/// Checks that the table is the frame that everyone else runs.
pub(crate) fn check(frame: &crate::frames::Frame) {
    let mut systems = frame.systems.iter();
    macro_rules! same {
        ($one:literal, $two:literal, $write:literal, $us:literal) => {
            let system = systems.next().expect("as many systems");
            let mut reads = system.reads.clone();
            reads.resize(2, 64);
            assert_eq!((reads, &system.writes, system.us), (vec![$one, $two], &vec![$write], $us));
        };
    }
    mixed_frame!(same);
    assert!(systems.next().is_none());
}
