//! What the options mean that lead outside of the program: the place for files, the key, addresses.
//!
//! Connects to nothing.

use std::path::Path;

use anyhow::{Result, anyhow};
use causerie_media::FilesUrl;
use causerie_outbound::Allowed;
use url::{Position, Url};

use super::SecretKey;

/// The place for files, in the data directory unless it is given.
pub(super) fn files(given: Option<&str>, data_dir: &Path) -> Result<FilesUrl> {
    let Some(text) = given else {
        return Ok(FilesUrl::directory(data_dir.join("files")));
    };
    text.parse()
        .map_err(|error| anyhow!("files cannot be used: {error}"))
}

/// The key; what was given instead of one is not repeated.
pub(super) fn secret_key(given: Option<&str>) -> Result<Option<SecretKey>> {
    let Some(text) = given else {
        return Ok(None);
    };
    let key = SecretKey::parse(text);
    key.map(Some).ok_or_else(|| {
        anyhow!(
            "secret_key is no key; give 32 random bytes in base64 or hexadecimal, such as \
             `openssl rand -base64 32` prints"
        )
    })
}

/// The address without a slash at its end.
pub(super) fn public_url(given: &str) -> Result<String> {
    let wrong = || {
        anyhow!(
            "public_url is `{given}`; give an address such as https://chat.example.com, without user, query \
             and fragment"
        )
    };
    let url = Url::parse(given).map_err(|_| wrong())?;
    let is_plain = url[Position::AfterPath..].is_empty() && url.username().is_empty();
    if !is_plain || url.password().is_some() || !["http", "https"].contains(&url.scheme()) {
        return Err(wrong());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// The networks that channels may connect to.
pub(super) fn allowed(given: Option<&str>) -> Result<Allowed> {
    given
        .unwrap_or_default()
        .parse()
        .map_err(|error| anyhow!("outbound_allow cannot be used: {error}"))
}

/// The name that mail servers are greeted with.
pub(super) fn mail_domain(given: Option<String>, public_url: Option<&str>) -> Result<String> {
    if let Some(domain) = given {
        return if is_domain(&domain) {
            Ok(domain)
        } else {
            Err(anyhow!(
                "mail_domain is `{domain}`; give a name of letters, digits, `-` and `.` such as \
                 chat.example.com"
            ))
        };
    }
    let host = public_url.and_then(|text| Some(Url::parse(text).ok()?.host_str()?.to_owned()));
    let machine = || {
        let system = rustix::system::uname();
        system.nodename().to_string_lossy().into_owned()
    };
    let found = host.filter(|host| is_domain(host)).unwrap_or_else(machine);
    Ok(if is_domain(&found) {
        found
    } else {
        "localhost".to_owned()
    })
}

fn is_domain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=253).contains(&text.len()) && text.bytes().all(plain)
}
