//! Runs the checks of the fuzz targets on the stored inputs and on inputs from the recordings, with any compiler.
//!
//! Only nightly compilers build the fuzzing package, so its modules are included here. `FUZZ_CORPUS=fuzz/corpus` also
//! writes the inputs from the recordings into this folder, as a first corpus.

#[allow(unreachable_pub, reason = "the file is also the root of the fuzzing crate")]
#[path = "../../fuzz/src/lib.rs"]
mod promised;

use std::{env, fs, path::Path};

use self::promised::{
    TARGETS,
    recordings::{folders, inputs},
};

#[test]
fn inputs_that_were_written_or_found_break_no_promise() {
    for (target, try_input) in TARGETS {
        let folder = root().join("fuzz/seeds").join(target);
        let mut files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
        files.sort();
        assert!(!files.is_empty(), "{target} has no inputs");
        for file in files {
            println!("{}", file.display());
            try_input(&fs::read(file).unwrap());
        }
    }
}

#[test]
fn the_recorded_conversations_break_no_promise() {
    let inputs = inputs(&folders(root())).unwrap();
    for (target, try_input) in TARGETS {
        let of_target = inputs.iter().filter(|(known, _)| *known == target).map(|(_, input)| input).collect::<Vec<_>>();
        assert!(!of_target.is_empty(), "no recording has an input for {target}");
        if let Some(corpus) = env::var_os("FUZZ_CORPUS") {
            write(&root().join(corpus).join(target), &of_target);
        }
        for input in of_target {
            println!("{target}: {}", String::from_utf8_lossy(input));
            try_input(input);
        }
    }
}

fn write(folder: &Path, inputs: &[&Vec<u8>]) {
    fs::create_dir_all(folder).unwrap();
    for (input, number) in inputs.iter().zip(1..) {
        fs::write(folder.join(format!("recorded-{number:04}")), input).unwrap();
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
