//! Schedules: their names and lists, and what is wrong with them.

use quote::quote;
use syn::parse_quote;

use super::schedule;

#[test]
fn mistakes_in_a_schedule_are_named() {
    for (input, expected) in [
        (
            parse_quote!(
                struct F;
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F((A,));
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F {}
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                enum F {
                    A,
                }
            ),
            "a schedule is a struct with one named field for each stage",
        ),
        (
            parse_quote!(
                struct F {
                    a: A,
                }
            ),
            "a stage is a tuple of systems, as in `(Integrate, Collide)`",
        ),
        (
            parse_quote!(
                struct F {
                    a: (A),
                }
            ),
            "a stage is a tuple of systems, as in `(Integrate, Collide)`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "bb")]
                    a: (A,),
                    b: (B,),
                }
            ),
            "no stage `bb`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "a")]
                    a: (A,),
                }
            ),
            "the stage `a` cannot come after itself",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(before = "a")]
                    a: (A,),
                }
            ),
            "the stage `a` cannot come before itself",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b")]
                    a: (A,),
                    b: (B,),
                }
            ),
            "two stages are named `b`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(nam = "b")]
                    a: (A,),
                }
            ),
            "unknown key `nam`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = b)]
                    a: (A,),
                }
            ),
            "`name` takes a string",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b", name = "c")]
                    a: (A,),
                }
            ),
            "`name` is given twice",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "b")]
                    #[stage(after = "c")]
                    a: (A,),
                }
            ),
            "`#[stage(..)]` is given twice",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(name = "")]
                    a: (A,),
                }
            ),
            "`` is no name for a stage",
        ),
        (
            parse_quote!(
                #[schedule(name = a)]
                struct F {
                    a: (A,),
                }
            ),
            "unknown key `name`",
        ),
        (
            parse_quote!(
                struct F {
                    #[stage(after = "c")]
                    a: (A,),
                    #[stage(after = "a")]
                    b: (B,),
                    #[stage(after = "b")]
                    c: (C,),
                }
            ),
            "the stages wait for each other: `a` before `b` before `c` before `a`",
        ),
        (
            parse_quote!(
                struct F {
                    x: (X,),
                    #[stage(before = "b", after = "x")]
                    a: (A,),
                    #[stage(before = "a")]
                    b: (B,),
                }
            ),
            "the stages wait for each other: `a` before `b` before `a`",
        ),
    ] {
        let (_, problems) = schedule(&input);
        let first: Vec<_> = problems.iter().map(|problem| problem.lines().next().unwrap_or_default()).collect();
        assert_eq!(first, [expected], "{}", quote!(#input));
    }
}

#[test]
fn names_default_to_fields_and_lists_have_commas() {
    let input = parse_quote! {
        struct F {
            #[stage(after = "b, c")] a: (A, B<C>,),
            #[stage(name = "c", before = "b")] third: (),
            b: (D,),
        }
    };
    let (schedule, problems) = schedule(&input);
    assert_eq!(problems, [] as [&str; 0]);
    let names: Vec<_> = schedule.stages.iter().map(|stage| (stage.stage.name.as_str(), stage.systems.len())).collect();
    assert_eq!(names, [("a", 2), ("c", 0), ("b", 1)]);
    let after: Vec<_> = schedule.stages[0].stage.after.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(after, ["b", "c"]);
}
