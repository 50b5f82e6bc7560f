//! Parcels and couriers for tests.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use bytes::Bytes;
use causerie_core::channel::{
    Channel, ChannelState, ChannelStatus, Endpoint, MailSecurity, MailServer, Platform, Reach,
};
use causerie_core::contact::Identifier;
use causerie_core::delivery::{Delivery, DeliveryStatus};
use causerie_core::media::{
    Arrived, Attachment, Digest, FileName, Media, MediaFields, MediaStatus, MediaType,
};
use causerie_core::outbound::{Enclosed, Handed, Parcel, Receiver, ReceiverRole};
use causerie_core::port::{
    Clock, Courier as _, Files, FilesFault, Filing, Incoming, Outgoing, SystemClock,
};
use causerie_core::reaction::Tallies;
use causerie_core::tag::Tags;
use causerie_core::text::{DisplayName, Metadata, Name, Text, Title};
use causerie_core::{
    ChannelId, ContentType, ConversationId, Direction, MediaId, Message, MessageId, MessageKind,
    MessageState, ParticipantId, Seq, Timestamp, Vault, Visibility, WorkspaceId,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::post::Limits;
use crate::{Allowed, OutboundConfig, Post, new_secret};

pub(super) const SECRET: &str = "hunter2";
pub(super) const DOMAIN: &str = "chat.example.org";

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

/// Waits on this thread, without any runtime.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut work, mut cx) = (pin!(work), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut cx) {
            return value;
        }
        thread::park();
    }
}

/// Files in memory.
#[derive(Debug, Default)]
pub(super) struct Shelf(pub(super) HashMap<Digest, Vec<u8>>);

/// Gives some bytes at a time.
struct Pieces(Vec<Bytes>);

impl Outgoing for Pieces {
    fn read(&mut self) -> Filing<'_, Option<Bytes>> {
        let next = (!self.0.is_empty()).then(|| self.0.remove(0));
        Box::pin(async move { Ok(next) })
    }
}

fn never<T: Send + 'static>() -> Filing<'static, T> {
    Box::pin(async {
        Err(FilesFault::Unavailable(
            "only read in these tests".to_owned(),
        ))
    })
}

impl Files for Shelf {
    fn receive(&self, _: WorkspaceId, _: MediaId, _: u64) -> Filing<'_, Box<dyn Incoming>> {
        never()
    }

    fn examine(&self, _: WorkspaceId, _: MediaId, _: u64) -> Filing<'_, Arrived> {
        never()
    }

    fn keep(&self, _: WorkspaceId, _: MediaId, _: &Arrived) -> Filing<'_, ()> {
        never()
    }

    fn discard(&self, _: WorkspaceId, _: MediaId) -> Filing<'_, ()> {
        never()
    }

    fn read(
        &self,
        _: WorkspaceId,
        digest: Digest,
        range: Range<u64>,
    ) -> Filing<'_, Box<dyn Outgoing>> {
        let kept = self.0.get(&digest).cloned();
        Box::pin(async move {
            let bytes = kept.ok_or(FilesFault::Missing)?;
            assert_eq!(Ok(range.end), u64::try_from(bytes.len()));
            let pieces = bytes.chunks(1000).map(Bytes::copy_from_slice).collect();
            let source: Box<dyn Outgoing> = Box::new(Pieces(pieces));
            Ok(source)
        })
    }

    fn erase(&self, _: WorkspaceId, _: Digest) -> Filing<'_, ()> {
        never()
    }

    fn list(
        &self,
        _: Option<(WorkspaceId, Digest)>,
        _: usize,
    ) -> Filing<'_, Vec<(WorkspaceId, Digest, u64)>> {
        never()
    }

    fn list_stale(&self, _: Duration, _: usize) -> Filing<'_, Vec<(WorkspaceId, MediaId)>> {
        never()
    }

    fn sign_upload(&self, _: WorkspaceId, _: MediaId, _: Duration) -> Filing<'_, Option<String>> {
        never()
    }

    fn sign_download(
        &self,
        _: WorkspaceId,
        _: Digest,
        _: &MediaType,
        _: Duration,
    ) -> Filing<'_, Option<String>> {
        never()
    }
}

/// Sets up a courier.
pub(super) struct Setup {
    pub(super) allowed: &'static str,
    pub(super) extra_roots: Option<Vec<u8>>,
    pub(super) files: Shelf,
    pub(super) call_limit: Duration,
    pub(super) mail_limit: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            allowed: "127.0.0.0/8,::1",
            extra_roots: None,
            files: Shelf::default(),
            call_limit: Duration::from_secs(30),
            mail_limit: Duration::from_mins(2),
        }
    }
}

impl Setup {
    pub(super) fn post(self) -> Post {
        let config = OutboundConfig {
            allowed: self.allowed.parse::<Allowed>().expect("networks"),
            domain: DOMAIN.to_owned(),
            extra_roots: self.extra_roots,
        };
        let limits = Limits {
            call: self.call_limit,
            mail: self.mail_limit,
            ..Limits::default()
        };
        let links = Arc::new(|_, media: MediaId| format!("https://{DOMAIN}/files/{media}"));
        let (files, clock) = (Arc::new(self.files), Arc::new(SystemClock));
        Post::with_limits(config, vault(), files, links, clock, limits).expect("a courier")
    }
}

/// Hands a parcel over with a courier that may connect to loopback.
pub(super) fn deliver(parcel: Parcel) -> Handed {
    wait(Setup::default().post().deliver(parcel))
}

pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

fn vault() -> Vault {
    Vault::new(&[9; 32])
}

pub(super) fn gateway_secret() -> String {
    new_secret([5; 32])
}

fn channel(platform: Platform, reach: Reach, address: (&str, &str), secret: &str) -> Channel {
    let id = ChannelId::from_bytes([4; 16]);
    let sealed = vault().seal(&Channel::seal_place(id), secret, [6; 24]);
    Channel::restore(ChannelState {
        id,
        workspace: WORKSPACE,
        platform,
        name: Name::parse("Support").expect("a name"),
        status: ChannelStatus::Active,
        connector: ParticipantId::from_bytes([3; 16]),
        address: Some(Identifier::from_stored(address.0, address.1)),
        reach,
        secret: Some(sealed.expect("a short secret")),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        deleted_at: None,
    })
}

pub(super) fn gateway(url: &str) -> Channel {
    let reach = Reach::Gateway(Endpoint::parse(url).expect("an address"));
    let address = ("phonenumber", "+31612345678");
    channel(Platform::Sms, reach, address, &gateway_secret())
}

pub(super) fn mailbox(port: u16, security: MailSecurity, username: Option<&str>) -> Channel {
    mailbox_at("localhost", port, security, username)
}

pub(super) fn mailbox_at(
    host: &str,
    port: u16,
    security: MailSecurity,
    username: Option<&str>,
) -> Channel {
    let server = MailServer::new(host, Some(port.into()), security, username);
    let reach = Reach::Mail(server.expect("a server"));
    let address = ("emailaddress", "support@example.org");
    channel(Platform::Email, reach, address, SECRET)
}

pub(super) fn text_message(text: &str) -> MessageState {
    MessageState {
        id: MessageId::from_bytes([7; 16]),
        workspace: WORKSPACE,
        conversation: ConversationId::from_bytes([8; 16]),
        seq: Seq::new(3),
        sender: ParticipantId::from_bytes([2; 16]),
        kind: MessageKind::Text,
        direction: Direction::Outgoing,
        visibility: Visibility::Public,
        public_count: 3,
        text: Text::from_stored(text),
        content_type: ContentType::Text,
        content: None,
        reply_to: None,
        attachments: causerie_core::media::Attachments::default(),
        metadata: Metadata::default(),
        tags: Tags::default(),
        reference: None,
        source_id: None,
        echo_id: None,
        template: None,
        delivery: Delivery::begin(DeliveryStatus::Accepted, Timestamp::default()),
        reply_count: 0,
        public_reply_count: 0,
        reactions: Tallies::default(),
        revision_count: 0,
        created_at: Timestamp::from_unix_micros(1_772_281_845_000_000),
        edited_at: None,
        deleted_at: None,
        delete_mode: None,
    }
}

pub(super) fn receiver(role: ReceiverRole, name: &str, identifier: (&str, &str)) -> Receiver {
    Receiver {
        participant: ParticipantId::from_bytes([11; 16]),
        role,
        name: DisplayName::from_stored(name),
        identifier: Some(Identifier::from_stored(identifier.0, identifier.1)),
    }
}

pub(super) fn parcel(channel: Channel, text: &str) -> Parcel {
    let identifier = match channel.platform {
        Platform::Email => ("emailaddress", "bob@example.com"),
        _ => ("phonenumber", "+31687654321"),
    };
    Parcel {
        channel,
        message: Message::restore(text_message(text)),
        title: Some(Title::from_stored("Your order")),
        sender_name: DisplayName::from_stored("Ada"),
        receivers: vec![receiver(ReceiverRole::To, "Bob", identifier)],
        files: Vec::new(),
        follows: Vec::new(),
        tries: 1,
    }
}

/// A file of these bytes; the byte tells files apart.
pub(super) fn enclose(
    shelf: &mut Shelf,
    byte: u8,
    name: &str,
    media_type: &str,
    inline: bool,
    bytes: &[u8],
) -> Enclosed {
    let id = MediaId::from_bytes([byte; 16]);
    let media_type = MediaType::parse(media_type).expect("a type");
    let digest = Digest([byte; 32]);
    shelf.0.insert(digest, bytes.to_vec());
    let now = Timestamp::default();
    let new = Media::request(id, WORKSPACE, None, FileName::clean(name), None, now);
    let fields = MediaFields {
        status: MediaStatus::Ready,
        size: u64::try_from(bytes.len()).expect("few bytes"),
        digest: Some(digest),
        media_type: Some(media_type),
        ..(*new).clone()
    };
    Enclosed {
        attachment: Attachment {
            media: id,
            alt_text: None,
            inline,
        },
        media: Media::restore(fields),
    }
}

/// An authority of its own, and a server that it vouches for.
pub(super) struct Authority {
    pub(super) pem: Vec<u8>,
    pub(super) server: Arc<ServerConfig>,
}

impl Authority {
    /// Vouches for `localhost`.
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let server_key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let signed = params
            .signed_by(&server_key, &issuer)
            .expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("protocols")
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.der().clone()],
                PrivateKeyDer::try_from(server_key.serialize_der()).expect("a key"),
            )
            .expect("a certificate with its key");
        Self {
            pem: issuer.pem().into_bytes(),
            server: Arc::new(server),
        }
    }
}
