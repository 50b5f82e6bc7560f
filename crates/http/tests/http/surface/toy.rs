//! A surface that nobody has: it shows everything that the kit gives to surfaces.
//!
//! Asserts nothing.

use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderValue};
use causerie_core::{KeyId, Refusal};
use causerie_http::problem::Trouble;
use causerie_http::surface::after_scheme;
use causerie_http::{
    Allowance, App, Credential, HttpRequest, HttpResponse, Mount, Problem, Surface,
};
use serde_json::json;

/// Where it is.
pub(crate) const PREFIX: &str = "/dialects/toy";

/// A made-up surface.
#[derive(Debug)]
pub(crate) struct Toy {
    pub(crate) greeting: &'static str,
}

impl Surface for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn credential(&self, _: &App, request: &HttpRequest) -> Result<Credential, Problem> {
        let headers = request.headers();
        if let Some(id) = after_scheme(headers, "Signed") {
            let id = std::str::from_utf8(id)
                .ok()
                .and_then(|id| KeyId::parse(id).ok());
            return Ok(Credential::Key(id.ok_or(Refusal::KeyMalformed)?));
        }
        Credential::by_scheme(headers, "ToyKey")
            .or_else(|| Credential::by_basic(headers))
            .or_else(|| Credential::by_header(headers, "toy_token"))
            .unwrap_or_else(|| Err(Trouble::KeyMissing.into()))
    }

    fn is_open(&self, request: &HttpRequest) -> bool {
        request.path().trim_end_matches('/').ends_with("/open")
    }

    fn body_bytes_max(&self, _: &App) -> usize {
        2_000
    }

    fn respond(&self, problem: &Problem, request_id: Option<&str>) -> HttpResponse {
        let places = problem.errors().iter().map(|wrong| {
            let place = wrong.pointer().or(wrong.parameter()).or(wrong.header());
            json!([place, wrong.detail()])
        });
        let body = json!({
            "error": problem.code(),
            "says": problem.detail(),
            "wrong": places.collect::<Vec<_>>(),
            "request": request_id,
        });
        let status = actix_web::http::StatusCode::from_u16(problem.status());
        HttpResponse::build(status.expect("a status"))
            .content_type("application/toy+json")
            .body(body.to_string())
    }

    fn finish(&self, headers: &mut HeaderMap, allowance: Option<Allowance>) {
        let Some(allowance) = allowance else { return };
        let left = format!("{} of {}", allowance.remaining(), allowance.limit());
        let left = HeaderValue::from_str(&left).expect("a header value");
        headers.insert(
            actix_web::http::header::HeaderName::from_static("x-toy-left"),
            left,
        );
    }
}

/// The surface under its prefix.
pub(crate) fn mount() -> Mount {
    Mount::under(PREFIX, Arc::new(Toy { greeting: "Hi" }), routes)
}

causerie_http::dialect_routes! {
    pub(crate) ROUTES routes;
    "/things" {
        get toys::list seed "Lists things.";
        post toys::echo seed "Says what was said.";
    }
    "/things/{id}" {
        get toys::show neighbour "Shows a thing.";
        put toys::echo neighbour "Says what was said.";
    }
    "/files" {
        post toys::keep neighbour "Keeps files.";
    }
    "/uploads" {
        post toys::request neighbour "Asks for an address.";
    }
    "/uploads/{id}" {
        post toys::take neighbour "Takes what was brought.";
        get toys::content neighbour "Sends it.";
    }
    "/messages" {
        post toys::say neighbour "Sends a message.";
    }
    "/typed" {
        post toys::typed neighbour "Reads values of all types.";
    }
    "/me" {
        get toys::me neighbour "Says who calls.";
    }
    "/open" {
        post toys::open neighbour "Lets anybody in.";
    }
    "/broken" {
        post toys::fail neighbour "Breaks.";
    }
}

mod toys {
    use causerie_core::act::{self, RequestMedia, SendMessage};
    use causerie_core::media::{Attachment, Attachments, FileName, MediaType};
    use causerie_core::text::Text;
    use causerie_core::{
        ConversationId, Draft, Fault, Invalid, KeySecret, MediaId, ParticipantId, Scope,
    };
    use causerie_http::extract::{Call, Sent, Stranger};
    use causerie_http::{Answered, HttpResponse, Members, Rendered, StatusCode, Way};
    use serde_json::{Value, json};

    use super::Toy;

    fn answer(body: &Value) -> HttpResponse {
        Rendered::json(StatusCode::OK, body, 256).into_response()
    }

    /// The members, byte by byte, and the files.
    fn told(members: &Members) -> HttpResponse {
        let written = members
            .iter()
            .map(|(name, raw)| (name.to_owned(), Value::from(raw.get())));
        let files = members.files().map(|file| {
            json!([
                file.field,
                file.name,
                file.media_type.as_str(),
                file.size_bytes
            ])
        });
        let files: Vec<_> = files.collect();
        answer(&json!({"members": written.collect::<serde_json::Map<_, _>>(), "files": files}))
    }

    pub(super) async fn list(call: Call) -> Answered {
        call.require(Scope::MessagingRead)?;
        let members = call.parameters()?;
        let limit = members.integer("limit");
        let ids = members.texts("ids");
        members.finish()?;
        Ok(answer(
            &json!({"at": call.mount_url(), "limit": limit, "ids": ids}),
        ))
    }

    pub(super) async fn show(call: Call) -> Answered {
        Ok(answer(&json!({"id": call.part("id")?})))
    }

    pub(super) async fn echo(mut call: Call) -> Answered {
        Ok(told(&call.members().await?))
    }

    pub(super) async fn keep(mut call: Call) -> Answered {
        let mut members = call.members_and_files().await?;
        let told = told(&members);
        let ids: Vec<_> = members.files().map(|file| file.id).collect();
        let kept = call.keep_files(&mut members, None).await?;
        assert_eq!(kept.iter().map(|media| media.id).collect::<Vec<_>>(), ids);
        Ok(told)
    }

    pub(super) async fn say(mut call: Call) -> Answered {
        call.require(Scope::MessagingWrite)?;
        let mut members = call.members_and_files().await?;
        let to = members.parsed("to", ConversationId::parse);
        let sender = members.parsed("as", ParticipantId::parse);
        let text = members.need_text("text");
        let limits = call.caller().limits().clone();
        let text = text.and_then(|text| members.note("text", Text::parse(&text, &limits)));
        let files = members.files().map(|file| Attachment {
            media: file.id,
            alt_text: None,
            inline: false,
        });
        let files = Attachments::parse(files.collect())?;
        let made = to.zip(text).map(|(conversation, text)| SendMessage {
            sender,
            draft: Draft {
                attachments: files,
                ..Draft::text(text)
            },
            ..SendMessage::text(
                conversation,
                sender.unwrap_or(ParticipantId::from_bytes([0; 16])),
                Text::empty(),
            )
        });
        let cmd = members.finish_with(made)?;
        if call.sent_before().await?.is_none() {
            call.keep_files(&mut members, sender).await?;
        }
        let (id, replayed) = match call.send(cmd).await? {
            Sent::Done(seen) => (seen.message.id, false),
            Sent::Replayed(id) => (id, true),
        };
        let view = json!({"id": id.to_string(), "replayed": replayed});
        Ok(Rendered::json(StatusCode::CREATED, &view, 64).into_response())
    }

    pub(super) async fn typed(mut call: Call) -> Answered {
        let members = call.members().await?;
        let of = members.object("object");
        let number = of.as_ref().and_then(|of| of.integer("number"));
        let items = members.objects("items").unwrap_or_default();
        let items: Vec<_> = items.iter().map(|one| one.need_text("name")).collect();
        let view = json!({
            "number": number,
            "items": items,
            "flag": members.boolean("flag"),
            "word": members.word("word", &[("one", 1), ("two", 2)]),
            "time": members.unix_time("time").map(|time| time.to_string()),
            "at": members.rfc3339_time("at").map(|time| time.to_string()),
            "raw": members.raw_object("raw").map(|raw| raw.get().to_owned()),
            "others": members.others_json(&["object", "items", "flag", "word", "time", "at", "raw"]),
        });
        members.finish()?;
        Ok(answer(&view))
    }

    pub(super) async fn request(mut call: Call) -> Answered {
        let members = call.members().await?;
        let way = members.word("way", &[("put", Way::Put), ("post", Way::Post)]);
        let declared = members.parsed("type", MediaType::parse);
        members.finish()?;
        let cmd = RequestMedia {
            name: FileName::clean("toy.png"),
            declared,
            owner: None,
        };
        let base = call.base_url();
        let (cx, door) = call
            .upload_door(&cmd, way.unwrap_or(Way::Put), &base)
            .await?;
        call.once_sealed(cx, move |unit, cx| {
            let media = act::request_media(unit, cx, &cmd)?;
            let fields: serde_json::Map<_, _> = door
                .fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
                .collect();
            let view = json!({"id": media.id.to_string(), "url": door.url, "fields": fields});
            Ok(Rendered::json(StatusCode::OK, &view, 256))
        })
        .await
    }

    pub(super) async fn take(call: Call) -> Answered {
        let media = call.take_upload(call.id("id")?).await?;
        Ok(answer(&json!({"size": media.size})))
    }

    pub(super) async fn content(call: Call) -> Answered {
        let id: MediaId = call.id("id")?;
        let media = call
            .read(move |snapshot, cx| act::find_media(snapshot, cx, id))
            .await?;
        call.send_media(&media, None).await
    }

    pub(super) async fn me(mut call: Call) -> Answered {
        let voice = call.voice().await?;
        let mount = call.mount_url();
        call.confine(&voice);
        let acts_as = call.caller().participant().map(|id| id.to_string());
        Ok(answer(
            &json!({"voice": voice.id.to_string(), "acts_as": acts_as, "mount": mount}),
        ))
    }

    pub(super) async fn open(mut stranger: Stranger) -> Answered {
        let members = stranger.members().await?;
        let password = members.need_text("password");
        let secret = KeySecret::parse(&members.finish_with(password)?)?;
        let admitted = stranger.present(&secret).await?;
        let workspace = admitted.caller().workspace().id.to_string();
        let greeting = stranger.surface::<Toy>().map(|toy| toy.greeting);
        Ok(answer(
            &json!({"workspace": workspace, "greeting": greeting}),
        ))
    }

    pub(super) async fn fail(mut call: Call) -> Answered {
        assert!(call.surface::<Toy>().is_some());
        let members = call.members().await?;
        let how = members.text("how");
        members.note(
            "how",
            how.is_some()
                .then_some(())
                .ok_or(Invalid::new("expected it")),
        );
        members.finish()?;
        Err(match how.as_deref() {
            Some("closed") => Fault::Closed.into(),
            _ => Fault::corrupt("toy", "box", "1").into(),
        })
    }
}
