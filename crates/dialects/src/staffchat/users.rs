//! Users: who there is in the workspace.
//!
//! What else was said of a user when they were created is kept as it was written, and shown with them.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::StatusCode;
use causerie_core::act::{
    CreateParticipant, create_participant, find_extras, find_participant, find_positions,
    keep_extra, list_participants,
};
use causerie_core::contact::{Identifier, IdentifierKey, Identifiers, Profile, ProfileChange};
use causerie_core::page::Limit;
use causerie_core::port::{ParticipantFilter, Snapshot};
use causerie_core::text::{DisplayName, ExternalId, Metadata};
use causerie_core::{
    Bearer, Context, Error, Extra, Invalid, Participant, ParticipantId, ParticipantKind, Position,
    Refusal, Scope, Settings,
};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Rendered};
use serde_json::value::RawValue;

use super::NAME;
use super::paging::{Asked, root_of};
use super::person::person;
use super::units::{self, Units};
use super::wire::UserView;
use super::you::{participant, path_number, whole};

/// How many users a page has unless it is said.
const USUAL: u64 = 15;
/// About how long a user is on the wire.
const USER_BYTES: usize = 768;
/// What a user is shown with in any case.
const SHOWN: [&str; 15] = [
    "id",
    "first_name",
    "last_name",
    "name",
    "title",
    "active",
    "avatar",
    "archived_at",
    "participant_type",
    "subtext",
    "department",
    "unit",
    "reference",
    "email",
    "phone",
];

/// Users and what they are shown with.
#[derive(Debug)]
struct Users {
    all: Vec<Participant>,
    positions: HashMap<[u8; 16], Position>,
    extras: HashMap<Bearer, Extra>,
}

impl Users {
    fn load(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        all: Vec<Participant>,
    ) -> Result<Self, Error> {
        let ids: Vec<_> = all.iter().map(|one| one.id.to_bytes()).collect();
        let bearers: Vec<_> = all.iter().map(|one| Bearer::Participant(one.id)).collect();
        Ok(Self {
            positions: find_positions(snapshot, cx, &ids)?,
            extras: find_extras(snapshot, cx, NAME, &bearers)?,
            all,
        })
    }

    fn views(&self) -> Vec<UserView<'_>> {
        self.all.iter().map(|one| self.view(one)).collect()
    }

    fn view<'a>(&'a self, one: &'a Participant) -> UserView<'a> {
        let number = self.positions.get(&one.id.to_bytes());
        let extra = self.extras.get(&Bearer::Participant(one.id));
        let kept = extra.and_then(|extra| serde_json::from_str(extra.as_str()).ok());
        let kept: BTreeMap<String, Box<RawValue>> = kept.unwrap_or_default();
        let reached = |key: &str| one.identifiers.first(key).map(Identifier::value);
        let others = kept.into_iter();
        UserView {
            person: person(one, number.map_or(0, |number| number.get())),
            reference: one.given_external_id().map_or("", ExternalId::as_str),
            email: reached(IdentifierKey::EMAIL),
            phone: reached(IdentifierKey::PHONE),
            others: others
                .filter(|(name, _)| !SHOWN.contains(&name.as_str()))
                .collect(),
        }
    }

    fn render(&self, status: StatusCode) -> Rendered {
        let views = self.views();
        Rendered::json(status, &views.first(), USER_BYTES)
    }
}

/// Lists users, the newest first.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters()?;
    let asked = Asked::<ParticipantId>::read(&query, USUAL);
    let archived = query.has("inactive");
    query.finish()?;
    let found = call.read(move |snapshot, cx| {
        let filter = ParticipantFilter {
            archived: Some(archived),
            ..ParticipantFilter::default()
        };
        let page =
            asked.walk(|at, limit: Limit| list_participants(snapshot, cx, &filter, at, limit))?;
        let next = page.next;
        Ok((Users::load(snapshot, cx, page.items)?, next))
    });
    let (users, next) = found.await?;
    let kept: Vec<_> = archived
        .then(|| ("inactive", "1".to_owned()))
        .into_iter()
        .collect();
    let view = asked.view(&call, &kept, users.views(), next);
    let size_bytes = USER_BYTES * (view.data.len() + 1);
    Ok(Rendered::json(StatusCode::OK, &view, size_bytes).into_response())
}

/// Shows who the caller is.
pub(super) async fn current(call: Call) -> Answered {
    call.within_rate()?;
    let me = call.voice().await?.id;
    let found = call.read(move |snapshot, cx| {
        let cx = whole(cx);
        let found = find_participant(snapshot, &cx, me)?;
        Users::load(snapshot, &cx, vec![found])
    });
    Ok(found.await?.render(StatusCode::OK).into_response())
}

/// Shows a user.
pub(super) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let number = path_number(&call, "user", Refusal::ParticipantNotFound)?;
    let found = call.read(move |snapshot, cx| {
        let id = participant(snapshot, cx, number)?;
        let found = find_participant(snapshot, cx, id)?;
        Users::load(snapshot, cx, vec![found])
    });
    Ok(found.await?.render(StatusCode::OK).into_response())
}

/// A user who is to be created, and what is kept with them.
fn asked(
    members: &Members,
    limits: &Settings,
    units: &Units,
) -> Option<(CreateParticipant, Option<Extra>)> {
    let [title, department] = ["title", "department"].map(|name| members.text(name));
    let unit = members.maybe("unit", |raw| units.named(raw));
    let (first, last) = (
        members.need_text("first_name"),
        members.need_text("last_name"),
    );
    let email = members
        .need_text("email")
        .and_then(|email| members.note("email", identifier(IdentifierKey::EMAIL, &email)));
    let phone = members.parsed("phone", |phone| identifier(IdentifierKey::PHONE, phone));
    let external_id = members.parsed("reference", ExternalId::parse);
    let (first_name, last_name) = (first?, last?);
    let name = DisplayName::parse(&format!("{first_name} {last_name}"), limits);
    let display_name = members.note("first_name", name);
    let given = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .map(|text| Some(text.into()))
    };
    let change = ProfileChange {
        first_name: Some(Some(first_name.into())),
        last_name: Some(Some(last_name.into())),
        title: given(title),
        unit: given(unit),
        department: given(department),
        ..ProfileChange::default()
    };
    if let Err(Refusal::Invalid { violations }) = change.check() {
        for wrong in violations {
            let name = wrong.field.trim_start_matches("profile/");
            members.tell(name, &Invalid::new(wrong.problem));
        }
    }
    let others = members.others_json(&SHOWN);
    let extra = others.map(|json| Extra::parse(NAME, &json)).transpose();
    let identifiers = Identifiers::parse(email.into_iter().chain(phone).collect());
    let cmd = CreateParticipant {
        external_id,
        kind: ParticipantKind::Agent,
        display_name: display_name?,
        identifiers: members.note_refusal("email", identifiers)?,
        profile: Profile::default().with(&change),
        metadata: Metadata::default(),
    };
    Some((cmd, members.note("settings", extra)?))
}

fn identifier(key: &str, value: &str) -> Result<Identifier, Invalid> {
    Identifier::parse(IdentifierKey::parse(key)?, value)
}

/// Creates a user.
pub(super) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = call.members().await?;
    let is_number = members.get_raw("unit").is_some_and(units::is_number);
    let units = if is_number {
        call.read(|snapshot, cx| Units::find(snapshot, &whole(cx)))
            .await?
    } else {
        Units::default()
    };
    let asked = asked(&members, call.caller().limits(), &units);
    let (cmd, extra) = members.finish_with(asked)?;
    let created = call.write(move |unit, cx| {
        let created = create_participant(unit, cx, &cmd)?;
        if let Some(extra) = &extra {
            keep_extra(unit, cx, Bearer::Participant(created.id), extra)?;
        }
        Ok(created)
    });
    let created = created.await?;
    // They have their number only now.
    let found = call.read(move |snapshot, cx| Users::load(snapshot, &whole(cx), vec![created]));
    let users = found.await?;
    let views = users.views();
    let id = views.first().map_or(0, |view| view.person.id);
    let location = format!("{}/users/{id}", root_of(&call));
    Ok(users
        .render(StatusCode::CREATED)
        .at(location)
        .into_response())
}
