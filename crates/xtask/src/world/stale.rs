//! A world in which every password has run out: it was founded more than a day ago, by the clock
//! that its programs saw then, under a policy by which a password serves for one day.

use std::path::Path;

use super::World;
use super::past::{Past, library};
use crate::Installation;
use crate::programs::{Failure, Programs};

/// How many hours ago it is founded.
const AGO: u32 = 26;

impl World {
    /// Founds it in `folder`, and serves the desk of its first office at the time that it is.
    pub fn open_with_stale_passwords(
        folder: &Path,
        programs: Programs,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Self, Failure> {
        let library = library().ok_or_else(|| {
            Failure("libfaketime is missing: apt-get install libfaketime".to_owned())
        })?;
        let past = Past::of(programs, library);
        let mut installation = Installation::found(folder, past.programs(AGO), "quic", tell)?;
        let rules = ["authority", "sign", "policy", "--ceiling", "secret"];
        let times = [
            "--due-minutes",
            "480,480,240,120,60",
            "--password-days",
            "1",
        ];
        installation.sign(&[&["--json"], rules.as_slice(), &times].concat())?;
        // A password is known to the exchange from the first session on.
        let first = installation.offices[0].clone();
        installation.call(&first, "fs01", &["outbox"])?;
        past.go_on(&mut installation, 0)?;
        tell("a day later");
        let desk = installation.programs.desk(&first.home)?;
        Ok(Self {
            desks: vec![desk],
            installation,
            typeset: false,
            took_a_week: false,
        })
    }
}
