//! The installation's key: given, read from its file, or made at the first start; the same on all nodes.
//!
//! It is shown nowhere. What it is told by is its fingerprint, which says nothing of it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process;

use anyhow::{Result, anyhow, bail};
use causerie_core::port::{Ids as _, RandomIds};
use causerie_core::{Store, VAULT_KEY_BYTES, Vault, act};

use crate::assemble::explain;
use crate::config::{Config, SecretKey};

/// How many bytes the file of a key may have; more is none.
const FILE_BYTES_MAX: u64 = 1_024;

/// The key, once all nodes agree that it is this one. The first node of an installation makes it if nobody gives
/// one.
///
/// # Errors
/// When it cannot be read or made, or other nodes have another one.
pub(crate) fn open(config: &Config, store: &Store) -> Result<Vault> {
    let agreed = store.read(act::agreed_vault).wait().map_err(explain)?;
    let path = config.secret_key_file();
    let key = match find(config)? {
        Some(key) => key,
        None if agreed.is_some() => bail!(
            "the key of this installation is missing: the database was set up with one that is not in {}; \
             put it back there or give it with --secret-key",
            path.display()
        ),
        None => make(&path).map_err(|error| {
            anyhow!(
                "the installation's key cannot be kept in {} ({error}); make the directory writable for this \
                 user or give a key with --secret-key",
                path.display()
            )
        })?,
    };
    let vault = key.vault();
    let fingerprint = vault.fingerprint();
    let agreement = store.write(move |unit| act::agree_on_vault(unit, &fingerprint));
    if !agreement.wait().map_err(explain)? {
        bail!(
            "the key of this node ({}) is not the one that this database was set up with; give all nodes the \
             same with --secret-key, or copy {} from the first one",
            short(&fingerprint),
            path.display()
        );
    }
    Ok(vault)
}

/// The key that was given or is in its file, if there is one.
///
/// # Errors
/// When the file cannot be read or holds no key.
pub(crate) fn find(config: &Config) -> Result<Option<SecretKey>> {
    if let Some(key) = &config.secret_key {
        return Ok(Some(key.clone()));
    }
    let path = config.secret_key_file();
    let shown = path.display();
    let text = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(facts) if facts.len() > FILE_BYTES_MAX => String::new(),
        _ => fs::read_to_string(&path)
            .map_err(|error| anyhow!("{shown} cannot be read ({error}); let this user read it"))?,
    };
    let key = SecretKey::parse(&text);
    key.map(Some).ok_or_else(|| {
        anyhow!("{shown} holds no key; put the installation's key back, 32 bytes in base64")
    })
}

/// How people tell keys apart.
pub(crate) fn short(fingerprint: &[u8]) -> String {
    let digits = fingerprint.iter().take(4).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Makes a key and keeps it, whole or not at all. Of two programs that do so at once, one makes it.
fn make(path: &Path) -> Result<SecretKey> {
    let mut bytes = [0; VAULT_KEY_BYTES];
    RandomIds.entropy(&mut bytes);
    let key = SecretKey::new(bytes);
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let temporary = path.with_extension(format!("key.{}", process::id()));
    // What a process of the same number left behind when it was killed.
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(key.to_text().as_bytes())?;
    file.sync_all()?;
    // Unlike renaming, linking never takes the place of a key that another program put there meanwhile.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    File::open(directory)?.sync_all()?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path)?;
            SecretKey::parse(&text).ok_or_else(|| anyhow!("it holds no key"))
        }
        Err(error) => Err(error.into()),
    }
}
