//! E-mail: each message is one mail, handed to the channel's own mail server by SMTP.
//!
//! The mail's `Message-ID` is `<ID@DOMAIN>` with the message's id and the configured domain, the same at every try;
//! the reference that a taken message gets is that text *without* the angle brackets, as answers name it in
//! `In-Reply-To` and `References`.
//!
//! # Several receivers
//!
//! A mail goes to all its receivers in one transaction, so nobody gets it twice. Receivers that the server will
//! never take (5xx) are left out, and named to whoever asked; the mail is refused when nobody is left. While the server does not take some of
//! them for the moment (4xx), nothing is sent at all and the whole mail is tried again; from try
//! [`PARTIAL_TRIES_MIN`] on it goes to those whom the server does take, as the others are not worth anybody's wait
//! any more.

mod letter;
mod session;
mod wire;

use std::future::Future;

use causerie_core::channel::{Channel, MailServer};
use causerie_core::outbound::{Handed, Parcel};
use tokio::time::timeout;

use crate::post::{Desk, later};
use session::Session;

/// From which try on a mail goes without those receivers that the server does not take for the moment.
pub(crate) const PARTIAL_TRIES_MIN: u16 = 4;

/// Hands a message to a mail server.
pub(crate) async fn deliver(desk: &Desk, server: &MailServer, parcel: &Parcel) -> Handed {
    let work = async {
        let secret = desk.secret(&parcel.channel)?;
        let letter = letter::write(parcel, &desk.domain, &*desk.files).await?;
        let mut session = Session::open(desk, server, secret).await?;
        let handed = session.send(&letter, parcel.tries).await;
        Ok((session, handed))
    };
    limited(desk, work).await
}

/// Connects to a mail server, proves who we are, and leaves.
pub(crate) async fn test(desk: &Desk, server: &MailServer, channel: &Channel) -> Handed {
    let work = async {
        let secret = desk.secret(channel)?;
        let mut session = Session::open(desk, server, secret).await?;
        let handed = session.look().await;
        Ok((session, handed))
    };
    limited(desk, work).await
}

/// What becomes of it within the time that a mail may take. Taking leave does not count.
async fn limited<F>(desk: &Desk, work: F) -> Handed
where
    F: Future<Output = Result<(Session, Handed), Handed>>,
{
    match timeout(desk.limits.mail, work).await {
        Ok(Ok((session, handed))) => {
            session.close().await;
            handed
        }
        Ok(Err(handed)) => handed,
        Err(_) => later("The mail server did not answer in time."),
    }
}
