//! Channels: create, list, show, change, switch, try, delete. Their secrets are sealed before the unit.
//!
//! What fits a platform is decided by the core.

use actix_web::HttpResponse;
use causerie_core::act::{
    CreateChannel, change_channel, create_channel, delete_channel, find_channel,
    find_channel_acted_on, list_channels, renew_secret, turn_channel,
};
use causerie_core::channel::{
    Channel, ChannelChange, ChannelStatus, Endpoint, MailSecurity, MailServer, Platform, Reach,
};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::port::Unit;
use causerie_core::text::Name;
use causerie_core::{ChannelId, Context, Error, Invalid, SEAL_ENTROPY_BYTES, Scope, Sealed};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::vocabulary;
use super::wire::{
    Answered, ChannelView, NewChannelView, PageView, TestView, created, ok, page, tag_of,
};
use crate::app::App;
use crate::extract::{Call, Check, Given, IfMatch, Object, Query, WireBody};
use crate::problem::{Problem, Trouble};
use crate::reply::Rendered;

/// How many characters the password of a mail server may have.
const PASSWORD_CHARS_MAX: usize = 1_024;

fn render(channel: &Channel) -> Rendered {
    ok(&ChannelView::of(channel)).tagged(tag_of(channel.updated_at))
}

/// A new channel.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewChannelWish, example = json!({
    "platform": "email", "name": "Support", "address": "support@example.com",
    "smtp": {"host": "smtp.example.com", "security": "starttls", "username": "support", "password": "…"}
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// `native`, `api`, `email`, `sms` or `whatsapp`.
    #[schema(value_type = vocabulary::ChannelPlatform)]
    platform: String,
    /// What people call it, and its bot: one line of 1 to 128 characters.
    name: String,
    /// Under which address it is known there: where mail comes from, whose number it is. E-mail needs one.
    address: Option<String>,
    /// Where the gateway of `api`, `sms` and `whatsapp` takes signed calls.
    url: Option<String>,
    /// The server that takes mail, for `email`.
    #[schema(value_type = Option<SmtpBody>)]
    smtp: Option<Object<SmtpBody>>,
}

/// A server that takes mail.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSmtp, example = json!({"host": "smtp.example.com", "security": "tls"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct SmtpBody {
    /// Its name or address.
    host: String,
    /// The usual one of its security unless given: 465, 587 or 25.
    port: Option<u64>,
    /// `tls` from the first byte, `starttls` or no mail (unless given), or `none`.
    #[schema(value_type = Option<vocabulary::MailSecurity>)]
    security: Option<String>,
    /// As whom to log in, with a password; never with security `none`.
    username: Option<String>,
    /// Kept sealed and shown to nobody.
    password: Option<String>,
}

/// How a platform is reached, and the password for it.
pub(crate) struct Way {
    reach: Reach,
    password: Option<String>,
}

impl SmtpBody {
    fn read(self, check: &mut Check<'_>) -> Option<Way> {
        let security = self.security.map_or(Ok(MailSecurity::Starttls), |word| {
            MailSecurity::parse(&word)
        });
        let security = check.note("/smtp/security", security);
        let password = self.password.map(|text| password(text).map(Some));
        let password = check.note("/smtp/password", password.unwrap_or(Ok(None)));
        let username = self.username.as_deref();
        let server = MailServer::new(&self.host, self.port, security?, username);
        Some(Way {
            reach: Reach::Mail(check.refusal(server)?),
            password: password?,
        })
    }
}

fn password(text: String) -> Result<String, Invalid> {
    let fits = (1..=PASSWORD_CHARS_MAX).contains(&text.chars().count());
    if fits && !text.chars().any(char::is_control) {
        Ok(text)
    } else {
        Err(Invalid::new(
            "expected 1 to 1,024 characters, none of them a control character",
        ))
    }
}

/// The one way that is named; none, if none is.
fn way(
    url: Option<String>,
    smtp: Option<Object<SmtpBody>>,
    check: &mut Check<'_>,
) -> Option<Given<Way>> {
    match (url, smtp) {
        (None, None) => Some(Given::Absent),
        (None, Some(smtp)) => smtp.0.read(check).map(Given::Value),
        (Some(url), None) => {
            let reach = Reach::Gateway(check.at("/url", |_| Endpoint::parse(&url))?);
            let password = None;
            Some(Given::Value(Way { reach, password }))
        }
        (Some(_), Some(_)) => check.note("/smtp", Err(Invalid::new("expected none with a url"))),
    }
}

fn address(platform: Platform, text: &str) -> Result<Identifier, Invalid> {
    Identifier::parse(IdentifierKey::parse(platform.address_key())?, text)
}

/// What a new channel is to be, apart from its secret.
pub(crate) struct Wish {
    platform: Platform,
    name: Name,
    address: Option<Identifier>,
    way: Way,
}

impl WireBody<'_> for CreateBody {
    type To = ();
    type Command = Wish;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Wish> {
        let platform = check.at("/platform", |_| Platform::parse(&self.platform));
        let name = check.at("/name", |_| Name::parse(&self.name));
        let way = way(self.url, self.smtp, check);
        let platform = platform?;
        let address = check.maybe("/address", self.address, |text, _| address(platform, &text));
        let way = match way? {
            Given::Value(way) => way,
            Given::Absent | Given::Null => Way {
                reach: Reach::Within,
                password: None,
            },
        };
        Some(Wish {
            platform,
            name: name?,
            address: address?,
            way,
        })
    }
}

/// Creates a channel, active at once, and the bot that speaks through it when nobody is named.
///
/// The secret that calls of a gateway are signed with is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/channels", tag = "channels",
    request_body = CreateBody, responses((status = 201, body = NewChannelView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    call.no_query()?;
    call.receive().await?;
    let Wish {
        platform,
        name,
        address,
        way: Way { reach, password },
    } = call.command::<CreateBody>(())?;
    let cx = call.context();
    let signing = reach.is_signed().then(|| call.app().new_signing_secret());
    let secret = signing.as_ref().or(password.as_ref());
    let cmd = CreateChannel {
        platform,
        name,
        address,
        secret: secret
            .map(|secret| call.app().seal(cx.fresh.into(), secret))
            .transpose()?,
        reach,
    };
    call.once_sealed(cx, move |unit, cx| {
        let channel = create_channel(unit, cx, &cmd)?;
        Ok(created(&NewChannelView::of(&channel, signing.as_deref()))
            .tagged(tag_of(channel.updated_at))
            .at(format!("/v1/channels/{}", channel.id)))
    })
    .await
}

impl App {
    fn new_signing_secret(&self) -> String {
        let mut entropy = [0; 32];
        self.ids().entropy(&mut entropy);
        (self.signing().new_secret)(entropy)
    }

    /// A secret that opens for this channel only.
    fn seal(&self, of: ChannelId, secret: &str) -> Result<Sealed, Problem> {
        let mut entropy = [0; SEAL_ENTROPY_BYTES];
        self.ids().entropy(&mut entropy);
        let place = Channel::seal_place(of);
        Ok(self.vault().seal(&place, secret, entropy)?)
    }
}

/// Which channels to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those of this platform: `native`, `api`, `email`, `sms` or `whatsapp`.
    #[param(inline, value_type = Option<vocabulary::ChannelPlatform>)]
    platform: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists channels, newest first.
#[utoipa::path(get, path = "/v1/channels", tag = "channels",
    params(ListQuery), responses((status = 200, body = PageView<ChannelView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let platform = query.take("platform", asked.platform, Platform::parse);
    let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_channels(snapshot, cx, platform, cursor, limit))
        .await?;
    Ok(page(&found, ChannelView::of))
}

/// Shows a channel, without its secret.
#[utoipa::path(get, path = "/v1/channels/{channel_id}", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = ChannelView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: ChannelId = call.id("channel_id")?;
    call.unless_channel_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_channel(snapshot, cx, id))
        .await?;
    Ok(render(&found).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChannelChange, example = json!({"name": "Support, Europe"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    name: Option<String>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    address: Given<String>,
    /// Where the gateway takes calls; its secret stays.
    url: Option<String>,
    /// In place of all the old, its password included.
    #[schema(value_type = Option<SmtpBody>)]
    smtp: Option<Object<SmtpBody>>,
}

/// What changes of a channel, its new password not yet sealed.
pub(crate) struct Change {
    name: Option<Name>,
    address: Given<Identifier>,
    way: Given<Way>,
}

impl WireBody<'_> for ChangeBody {
    type To = Platform;
    type Command = Change;

    fn into_command(self, platform: Platform, check: &mut Check<'_>) -> Option<Change> {
        let name = check.maybe("/name", self.name, |name, _| Name::parse(&name));
        let address = check.given_anew("/address", self.address, |text| address(platform, &text));
        let way = way(self.url, self.smtp, check);
        Some(Change {
            name: name?,
            address: address?,
            way: way?,
        })
    }
}

impl Change {
    fn seal(self, id: ChannelId, app: &App) -> Result<ChannelChange, Problem> {
        let way = self.way.change().flatten();
        let password = way.as_ref().and_then(|way| way.password.as_ref());
        Ok(ChannelChange {
            secret: password
                .map(|password| app.seal(id, password))
                .transpose()?,
            name: self.name,
            address: self.address.change(),
            reach: way.map(|way| way.reach),
        })
    }
}

/// Changes a channel; what waits to be handed over goes the new way.
#[utoipa::path(patch, path = "/v1/channels/{channel_id}", tag = "channels", request_body = ChangeBody,
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = ChannelView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive().await;
    let channel = call.channel(id).await?;
    received?;
    let change = call.command::<ChangeBody>(channel.platform)?;
    let (change, seen) = (change.seal(id, call.app())?, call.if_match()?);
    let changed = call
        .write(move |unit, cx| {
            admit_seen(unit, cx, id, &seen)?;
            change_channel(unit, cx, id, &change)
        })
        .await?;
    Ok(render(&changed).into_response())
}

/// Refuses to go on from another state than the caller has seen. Changing nothing locks the channel and shows
/// it as it stands.
fn admit_seen(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ChannelId,
    seen: &IfMatch,
) -> Result<(), Error> {
    if seen.is_said() {
        let now = change_channel(unit, cx, id, &ChannelChange::default())?;
        seen.admit(&tag_of(now.updated_at))?;
    }
    Ok(())
}

/// Deletes a channel and its secret; its conversations stay, and carry nothing out any more.
#[utoipa::path(delete, path = "/v1/channels/{channel_id}", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: ChannelId = call.id("channel_id")?;
    call.unless_channel_missing(call.no_query(), id).await?;
    let seen = call.if_match()?;
    call.write(move |unit, cx| {
        admit_seen(unit, cx, id, &seen)?;
        delete_channel(unit, cx, id)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lets a channel carry messages; activating again changes nothing.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/activate", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = ChannelView)))]
pub(crate) async fn activate(call: Call) -> Answered {
    turn(call, ChannelStatus::Active).await
}

/// Lets nothing out or in through a channel; what waits goes on waiting.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/deactivate", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = ChannelView)))]
pub(crate) async fn deactivate(call: Call) -> Answered {
    turn(call, ChannelStatus::Inactive).await
}

async fn turn(mut call: Call, to: ChannelStatus) -> Answered {
    call.require(Scope::Admin)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive_nothing().await;
    call.unless_channel_missing(received, id).await?;
    call.once(move |unit, cx| Ok(render(&turn_channel(unit, cx, id, to)?)))
        .await
}

/// Finds out whether messages could be handed over: connects, and proves who we are.
///
/// A channel that is not active may be tried too.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/test", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = TestView, description = "What came of it.")))]
pub(crate) async fn test(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive_nothing().await;
    call.unless_channel_missing(received, id).await?;
    let channel = call.channel(id).await?;
    let place = call
        .app()
        .trials()
        .try_acquire()
        .map_err(|_| Trouble::Busy)?;
    let handed = call.app().courier().test(channel).await;
    drop(place);
    call.once(move |_, _| Ok(ok(&TestView::of(&handed)))).await
}

/// Makes another secret for calls to be signed with; the old one ends at once.
///
/// It is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/secret", tag = "channels",
    params(("channel_id" = String, Path, description = "The channel, of a gateway.")),
    responses((status = 201, body = NewChannelView, description = "It was made.")))]
pub(crate) async fn renew(mut call: Call) -> Answered {
    call.require(Scope::Admin)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive_nothing().await;
    call.unless_channel_missing(received, id).await?;
    let secret = call.app().new_signing_secret();
    let sealed = call.app().seal(id, &secret)?;
    call.once_sealed(call.context(), move |unit, cx| {
        let channel = renew_secret(unit, cx, id, &sealed)?;
        Ok(
            created(&NewChannelView::of(&channel, Some(&secret)))
                .tagged(tag_of(channel.updated_at)),
        )
    })
    .await
}

impl Call {
    /// A channel of the caller's workspace, for reading what is said of it.
    pub(super) async fn channel(&self, id: ChannelId) -> Result<Channel, Problem> {
        self.read(move |snapshot, cx| find_channel_acted_on(snapshot, cx, id))
            .await
    }

    /// The problem with a request, unless its channel does not exist: that comes first.
    pub(super) async fn unless_channel_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: ChannelId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_channel(snapshot, cx, id).map(drop)
        })
        .await
    }
}
