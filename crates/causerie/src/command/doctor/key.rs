//! Whether this node has the installation's key, and alone.
//!
//! Shows nothing of it but the beginning of its fingerprint.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use anyhow::Result;
use causerie_core::act;

use super::{Finding, State};
use crate::assemble::Direct;
use crate::config::Config;
use crate::vault;

/// Compares the key with the one that all nodes agreed on.
pub(super) fn check(config: &Config, direct: &Direct) -> Result<Finding> {
    let agreed = direct.read(|snapshot| act::agreed_vault(snapshot))?;
    let key = match vault::find(config) {
        Ok(key) => key,
        Err(error) => return Ok(Finding::new(State::Fail, "key", format!("{error}"))),
    };
    let path = config.secret_key_file();
    let place = path.display();
    let Some(key) = key else {
        return Ok(match agreed {
            None => Finding::new(State::Ok, "key", "the next `causerie serve` makes one"),
            Some(_) => Finding::new(State::Fail, "key", format!("it is not in {place}"))
                .advise("put the installation's key back there or give it with --secret-key"),
        });
    };
    let fingerprint = key.vault().fingerprint();
    let found = format!("its fingerprint is {}", vault::short(&fingerprint));
    let is_exposed = config.secret_key.is_none()
        && fs::metadata(&path).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0);
    Ok(match agreed {
        Some(agreed) if agreed != fingerprint => Finding::new(
            State::Fail,
            "key",
            format!(
                "{found}, that of the installation {}",
                vault::short(&agreed)
            ),
        )
        .advise("give this node the same key as the others"),
        _ if is_exposed => Finding::new(State::Warn, "key", found)
            .advise(format!("others may read {place}: run `chmod 600` on it")),
        _ => Finding::new(State::Ok, "key", found),
    })
}
