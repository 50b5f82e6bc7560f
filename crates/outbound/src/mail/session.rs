//! A conversation with a mail server: connecting, proving who we are, handing over a mail.
//!
//! It never goes on without TLS where the channel asks for it.

use std::net::SocketAddr;
use std::time::Duration;

use causerie_core::ParticipantId;
use causerie_core::channel::{MailSecurity, MailServer};
use causerie_core::outbound::{Handed, LeftOut};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::PARTIAL_TRIES_MIN;
use super::letter::Letter;
use super::wire::Wire;
use crate::allowed::{Unresolved, resolve};
use crate::post::{Desk, later, refused};

/// How many addresses of a mail server are tried.
const ADDRESSES_MAX: usize = 4;
/// How long taking leave may last.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);
/// How many characters of what a server says are kept.
const DETAIL_CHARS_MAX: usize = 500;

/// A mail server that knows who we are.
pub(super) struct Session(AsyncSmtpConnection);

impl Session {
    /// Connects, protects the way as the channel asks, and logs in if it has a user.
    pub(super) async fn open(
        desk: &Desk,
        server: &MailServer,
        secret: Option<String>,
    ) -> Result<Self, Handed> {
        let host = server.host.trim_matches(['[', ']']);
        let tcp = connect(desk, host, server.port).await?;
        let peer = tcp.peer_addr().map_err(|error| lost(&error))?;
        let hello = ClientId::Domain(desk.domain.clone());
        let stream: Box<dyn AsyncTokioStream> = match server.security {
            MailSecurity::Tls => {
                let name = ServerName::try_from(host.to_owned()).map_err(|_| nameless())?;
                let connector = TlsConnector::from(desk.trust.config());
                let tls = connector.connect(name, tcp).await;
                Box::new(Wire::new(tls.map_err(|error| unprotected(&error))?, peer))
            }
            MailSecurity::Starttls => Box::new(Wire::before_tls(tcp, peer)),
            MailSecurity::None => Box::new(Wire::new(tcp, peer)),
        };
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
        let mut session = Self(greeted.map_err(|error| handed(&error, "greeting"))?);
        if server.security == MailSecurity::Starttls {
            session.protect(desk, host, &hello).await?;
        }
        if let Some(username) = &server.username {
            let credentials = Credentials::new(username.to_string(), secret.unwrap_or_default());
            session.log_in(&credentials).await?;
        }
        Ok(session)
    }

    async fn protect(&mut self, desk: &Desk, host: &str, hello: &ClientId) -> Result<(), Handed> {
        if !self.0.can_starttls() {
            let reason =
                "The mail server does not offer STARTTLS: use its port for TLS, or another server.";
            return Err(refused(reason));
        }
        let tls = desk.trust.starttls(host).ok_or_else(nameless)?;
        let protected = self.0.starttls(tls, hello).await;
        protected.map_err(|error| match error.status() {
            Some(_) => handed(&error, "STARTTLS"),
            None => unprotected(&error),
        })
    }

    async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Handed> {
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        let offered = self.0.server_info();
        if !mechanisms
            .iter()
            .any(|one| offered.supports_auth_mechanism(*one))
        {
            return Err(refused(
                "The mail server does not offer to log in by PLAIN or LOGIN.",
            ));
        }
        match self.0.auth(&mechanisms, credentials).await {
            Ok(_) => Ok(()),
            // What the server says here may repeat what it was told.
            Err(error) if error.is_permanent() => {
                let reason = "The mail server refused the user or the password of the channel.";
                Err(refused(reason))
            }
            Err(error) if error.is_transient() => {
                Err(later("The mail server cannot log anybody in now."))
            }
            Err(error) => Err(handed(&error, "AUTH")),
        }
    }

    /// Hands a mail over; see the module above for what becomes of several receivers.
    pub(super) async fn send(&mut self, letter: &Letter, tries: u16) -> Handed {
        let reference = Some(letter.id.clone());
        match self.try_send(letter, tries).await {
            Ok(refused) => {
                let mut left_out = letter.left_out.clone();
                left_out.extend(refused);
                if left_out.is_empty() {
                    return Handed::Taken { reference };
                }
                Handed::Partly {
                    reference,
                    left_out,
                }
            }
            Err(handed) => handed,
        }
    }

    /// Gives those whom the server did not take.
    async fn try_send(&mut self, letter: &Letter, tries: u16) -> Result<Vec<LeftOut>, Handed> {
        let mail = Mail::new(Some(letter.from.clone()), Vec::new());
        let opened = self.0.command(mail).await;
        opened.map_err(|error| handed(&error, "MAIL"))?;
        let (mut taken, mut put_off, mut refusal) = (0_usize, None, None);
        let mut left_out = Vec::new();
        let mut leave_out = |participant: ParticipantId, error: &Error| {
            left_out.push(LeftOut {
                participant,
                reason: "The mail server does not take mail for this address.".to_owned(),
                detail: Some(format!("RCPT: {}", shown(error))),
            });
        };
        for (participant, to) in &letter.to {
            match self.0.command(Rcpt::new(to.clone(), Vec::new())).await {
                Ok(_) => taken += 1,
                Err(error) if error.is_permanent() => {
                    leave_out(*participant, &error);
                    refusal = refusal.or(Some(error));
                }
                Err(error) if error.is_transient() => {
                    leave_out(*participant, &error);
                    put_off = put_off.or(Some(error));
                }
                Err(error) => return Err(handed(&error, "RCPT")),
            }
        }
        match (put_off, refusal) {
            (Some(error), _) if taken == 0 || tries < PARTIAL_TRIES_MIN => {
                return Err(handed(&error, "RCPT"));
            }
            (_, Some(error)) if taken == 0 => return Err(handed(&error, "RCPT")),
            _ => {}
        }
        let begun = self.0.command(Data).await;
        begun.map_err(|error| handed(&error, "DATA"))?;
        let ended = self.0.message(&letter.bytes).await;
        ended.map_err(|error| handed(&error, "DATA"))?;
        Ok(left_out)
    }

    /// Finds out whether the server is there.
    pub(super) async fn look(&mut self) -> Handed {
        match self.0.command(Noop).await {
            Ok(_) => Handed::Taken { reference: None },
            Err(error) => handed(&error, "NOOP"),
        }
    }

    /// Takes leave, as far as the server lets us.
    pub(super) async fn close(mut self) {
        // Whatever it answers changes nothing any more.
        let _ = timeout(LEAVE_LIMIT, self.0.quit()).await;
    }
}

/// Connects to the first address of a host that may be connected to and answers.
async fn connect(desk: &Desk, host: &str, port: u16) -> Result<TcpStream, Handed> {
    let resolved = timeout(desk.limits.connect, resolve(&desk.allowed, host, port)).await;
    let resolved =
        resolved.map_err(|_| later("The name of the mail server was not found in time."))?;
    let addresses: Vec<SocketAddr> = resolved.map_err(|wrong| match wrong {
        Unresolved::Forbidden(_) => refused(
            "The address of the mail server is not public: the operator of this server has to allow its \
             network with the option outbound_allow.",
        ),
        Unresolved::NotFound(_) => later("The name of the mail server was not found."),
    })?;
    let mut failed = later("The mail server cannot be reached.");
    for address in addresses.into_iter().take(ADDRESSES_MAX) {
        match timeout(desk.limits.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failed = lost(&error),
            Err(_) => failed = later("The mail server did not answer in time."),
        }
    }
    Err(failed)
}

fn lost(error: &std::io::Error) -> Handed {
    Handed::Later {
        reason: "The mail server cannot be reached.".to_owned(),
        detail: Some(shown(error)),
        after: None,
    }
}

fn unprotected(error: &dyn std::error::Error) -> Handed {
    Handed::Later {
        reason: "The way to the mail server cannot be protected: its certificate may not be valid."
            .to_owned(),
        detail: Some(shown(error)),
        after: None,
    }
}

fn nameless() -> Handed {
    refused("The mail server has a name that no certificate can have.")
}

/// What an answer that is not a yes means.
fn handed(error: &Error, command: &str) -> Handed {
    let detail = Some(format!("{command}: {}", shown(error)));
    if error.is_permanent() {
        let reason = "The mail server refused the mail.".to_owned();
        return Handed::Refused { reason, detail };
    }
    let reason = if error.is_transient() {
        "The mail server cannot take the mail now."
    } else {
        "The mail server broke off."
    };
    Handed::Later {
        reason: reason.to_owned(),
        detail,
        after: None,
    }
}

/// An error in one line that is not too long.
fn shown(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    if let Some(cause) = error.source()
        && !text.contains(&cause.to_string())
    {
        text = format!("{text}: {cause}");
    }
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    text.chars().map(plain).take(DETAIL_CHARS_MAX).collect()
}
