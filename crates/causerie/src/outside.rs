//! Builds what reaches outside of the program and the database: the place for files, the courier, the inspector.
//!
//! Every error is a sentence that says what to do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use causerie_core::port::{Clock as _, Courier, Files, Inspector, SystemClock};
use causerie_core::{MediaId, Vault, WorkspaceId};
use causerie_http::{SignedCall, Signing};
use causerie_outbound::{OutboundConfig, Post, Signed};

use crate::cli::INSPECT_FILE;
use crate::config::Config;

/// How long the links to files last that platforms are given; each try of a message brings new ones.
const LINKS_LAST: Duration = Duration::from_hours(24);

/// Where the bytes of files are kept.
///
/// # Errors
/// When they cannot be.
pub(crate) fn files(config: &Config) -> Result<Arc<dyn Files>> {
    causerie_media::open(&config.files).map_err(|error| anyhow!("{error}"))
}

/// Who hands messages over to platforms.
///
/// # Errors
/// When the authorities that it is to trust cannot be read.
pub(crate) fn courier(
    config: &Config,
    vault: &Arc<Vault>,
    files: &Arc<dyn Files>,
) -> Result<Arc<dyn Courier>> {
    let read = |path| {
        std::fs::read(path).map_err(|error| {
            let hint = "give a PEM file that this user may read";
            anyhow!("outbound_roots cannot be read ({error}); {hint}")
        })
    };
    let outbound = OutboundConfig {
        allowed: config.outbound_allow.clone(),
        domain: config.mail_domain.clone(),
        extra_roots: config.outbound_roots.as_ref().map(read).transpose()?,
    };
    let base = config.public_url.clone().unwrap_or_default();
    let signer = Arc::clone(vault);
    let link = move |workspace: WorkspaceId, media: MediaId| {
        let expires_at = SystemClock.now().plus(LINKS_LAST);
        causerie_http::media_link(&signer, &base, workspace, media, None, expires_at)
    };
    let (vault, files) = (Vault::clone(vault), Arc::clone(files));
    let post = Post::new(
        outbound,
        vault,
        files,
        Arc::new(link),
        Arc::new(SystemClock),
    );
    let post = post.map_err(|error| anyhow!("messages cannot be handed over: {error}"))?;
    Ok(Arc::new(post))
}

/// How calls of platforms are signed.
pub(crate) fn signing() -> Signing {
    let verify = |secret: &str, call: SignedCall<'_>, now| {
        let signed = Signed {
            id: call.id,
            timestamp: call.timestamp,
            signature: call.signature,
        };
        causerie_outbound::verify_signature(secret, signed, call.body, now)
    };
    Signing {
        new_secret: causerie_outbound::new_secret,
        verify,
    }
}

/// Who looks into files: this program once more, for each of them.
///
/// # Errors
/// When the system does not say where this program is.
pub(crate) fn inspector(files: &Arc<dyn Files>) -> Result<Arc<dyn Inspector>> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let arguments = vec![INSPECT_FILE.into()];
    let files = Arc::clone(files);
    Ok(Arc::new(causerie_media::Inspector::new(
        files, program, arguments,
    )))
}
