//! Installing a Postgres server from the distribution's packages, when run by root.
//! Never creates or starts the distribution's own cluster.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::cluster::Owner;
use super::find::{Binaries, in_search_path};
use crate::command;

/// A package manager and the command lines that bring a server, in order.
struct Installer {
    program: &'static str,
    steps: &'static [&'static str],
}

/// Debian's package starts a cluster of its own unless its configuration says otherwise first.
const INSTALLERS: [Installer; 3] = [
    Installer {
        program: "apt-get",
        steps: &[
            "apt-get update",
            "apt-get install -y --no-install-recommends postgresql-common",
            "sed -i -E 's/^#? *create_main_cluster.*/create_main_cluster = false/' \
             /etc/postgresql-common/createcluster.conf",
            "apt-get install -y --no-install-recommends postgresql",
        ],
    },
    Installer {
        program: "dnf",
        steps: &["dnf install -y postgresql-server postgresql-contrib"],
    },
    Installer {
        program: "apk",
        steps: &["apk add --no-cache postgresql postgresql-contrib"],
    },
];

/// Installs a server when this process may, and finds it.
///
/// # Errors
/// When it is not root, there is no known package manager, or the installation fails.
pub(crate) fn install(owner: Option<Owner>) -> Result<Binaries> {
    if owner.is_none() {
        bail!("packages are only installed by root");
    }
    let installer = INSTALLERS
        .iter()
        .find(|installer| in_search_path(installer.program).next().is_some())
        .context("this machine has none of apt-get, dnf and apk")?;
    eprintln!("postgres: installing the server with {}", installer.program);
    for step in installer.steps {
        let mut shell = Command::new("sh");
        // Standard output carries results only.
        shell
            .args(["-c", &format!("{step} >&2")])
            .env("DEBIAN_FRONTEND", "noninteractive");
        shell.stdin(std::process::Stdio::null());
        command::run(&mut shell)?;
    }
    // The packages may have brought a user of their own to run it as.
    Binaries::find(owner).context("the installed packages brought no server that runs")
}
