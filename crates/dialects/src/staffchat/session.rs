//! Tokens for keys: a user name and a key as the password, or a token that is still good.
//!
//! Whether a key is good is known at the door.

use actix_web::http::StatusCode;
use causerie_core::act::find_voice;
use causerie_core::contact::Identifier;
use causerie_core::text::ExternalId;
use causerie_core::{Context, KeySecret, Participant, Refusal};
use causerie_http::auth::Admitted;
use causerie_http::extract::{Call, Stranger};
use causerie_http::{Answered, App, Problem, Rendered};

use super::token;
use super::wire::TokenView;

/// About how long a token is on the wire.
const TOKEN_BYTES: usize = 256;

/// Gives a token for a key.
pub(super) async fn authenticate(mut stranger: Stranger) -> Answered {
    let members = stranger.members().await?;
    let username = members.need_text("username");
    let password = members.need_text("password");
    let (username, password) = members.finish_with(username.zip(password))?;
    let secret = KeySecret::parse(&password)?;
    let admitted = stranger.present(&secret).await?;
    let app = stranger.app();
    if !is_of(app, &admitted, &username).await? {
        return Err(Refusal::KeyUnknown.into());
    }
    Ok(render(app, &admitted))
}

/// Gives another token for the key that the present one stands for.
pub(super) async fn renew(mut call: Call) -> Answered {
    call.within_rate()?;
    call.members().await?;
    Ok(render(call.app(), call.admitted()?))
}

fn render(app: &App, admitted: &Admitted) -> causerie_http::HttpResponse {
    let key = admitted.key();
    let token = token::mint(app.vault(), key.id, app.clock().now(), key.expires_at);
    let view = [TokenView {
        jwt: &token.written,
        expires: token.expires,
    }];
    Rendered::json(StatusCode::OK, &view, TOKEN_BYTES).into_response()
}

/// Whether a key is known by this user name: its own name, or anything that its participant is called or reached by.
async fn is_of(app: &App, admitted: &Admitted, username: &str) -> Result<bool, Problem> {
    let key = admitted.key();
    let username = username.trim();
    if key.name.as_str().eq_ignore_ascii_case(username) {
        return Ok(true);
    }
    let cx: Context = app.read_context(admitted.caller());
    let voice = app.store().read(move |snapshot| find_voice(snapshot, &cx));
    Ok(voice
        .await?
        .is_some_and(|voice| is_called(&voice, username)))
}

fn is_called(who: &Participant, username: &str) -> bool {
    let identifiers = who.identifiers.iter().map(Identifier::value);
    let own = who.external_id.as_ref().map(ExternalId::as_str);
    let names = [
        own,
        who.profile.username.as_deref(),
        Some(who.display_name.as_str()),
    ];
    let mut all = names.into_iter().flatten().chain(identifiers);
    all.any(|name| name.eq_ignore_ascii_case(username))
}
