//! What a client says of a contact, and the person who is made or changed by it.
//!
//! E-mail addresses are compared without regard to case here, so they are small.

use std::sync::Arc;

use causerie_core::act::{
    CreateParticipant, change_participant, create_participant, find_extras, keep_extra,
};
use causerie_core::contact::{Identifier, IdentifierKey, Identifiers, Profile, ProfileChange};
use causerie_core::port::Unit;
use causerie_core::text::{DisplayName, ExternalId, Metadata};
use causerie_core::{
    Bearer, Context, Error, Invalid, Participant, ParticipantChange, ParticipantKind, Refusal,
    Settings, Violation,
};
use causerie_http::Members;
use causerie_http::extract::Given;
use causerie_http::members::text;
use serde_json::value::RawValue;

use super::contact_find::holder;
use super::json::{self, Object};
use super::people::ContactExtra;
use crate::doto::NAME;

/// What somebody is called of whom nothing is known.
const NAMELESS: &str = "Contact";

/// What a request says of a contact.
#[derive(Debug)]
pub(super) struct ContactWish {
    name: Option<DisplayName>,
    email: Given<Identifier>,
    phone: Given<Identifier>,
    identifier: Given<ExternalId>,
    avatar_url: Given<String>,
    blocked: Option<bool>,
    custom: Option<Object>,
    additional: Option<Object>,
}

/// A text; an empty one is none.
fn filled<T>(
    members: &Members,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Given<T> {
    let read = |raw: &RawValue| {
        let text = text(raw)?;
        let text = text.trim();
        if text.is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some)
        }
    };
    match members.given(name, read) {
        Given::Value(Some(value)) => Given::Value(value),
        Given::Value(None) | Given::Null => Given::Null,
        Given::Absent => Given::Absent,
    }
}

fn value<T>(given: &Given<T>) -> Option<&T> {
    match given {
        Given::Value(value) => Some(value),
        Given::Null | Given::Absent => None,
    }
}

impl ContactWish {
    /// Reads it, or notes what is wrong.
    pub(super) fn read(members: &Members, limits: &Settings) -> Self {
        let key = |key| IdentifierKey::parse(key);
        let email = |text: &str| {
            let small = text.to_lowercase();
            Identifier::parse(key(IdentifierKey::EMAIL)?, &small)
        };
        let phone = |text: &str| Identifier::parse(key(IdentifierKey::PHONE)?, text);
        let name = filled(members, "name", |text| DisplayName::parse(text, limits));
        let custom = members.maybe("custom_attributes", json::given_object);
        if let Some(custom) = &custom {
            members.note(
                "custom_attributes",
                Metadata::parse(&json::text(custom), limits),
            );
        }
        Self {
            name: match name {
                Given::Value(name) => Some(name),
                Given::Null | Given::Absent => None,
            },
            email: filled(members, "email", email),
            phone: filled(members, "phone_number", phone),
            identifier: filled(members, "identifier", ExternalId::parse),
            avatar_url: filled(members, "avatar_url", |text| Ok(text.to_owned())),
            blocked: members.boolean("blocked"),
            custom,
            additional: members.maybe("additional_attributes", json::given_object),
        }
    }

    /// Creates the contact.
    ///
    /// # Errors
    /// Those of [`create_participant`]; what is taken is told by its name here.
    pub(super) fn create(&self, unit: &mut dyn Unit, cx: &Context) -> Result<Participant, Error> {
        let avatar_url = value(&self.avatar_url).map(|url| Some(Arc::from(url.as_str())));
        let profile = ProfileChange {
            avatar_url,
            ..ProfileChange::default()
        };
        profile.check().map_err(renamed)?;
        let identifiers = [value(&self.email), value(&self.phone)];
        let cmd = CreateParticipant {
            external_id: value(&self.identifier).cloned(),
            kind: ParticipantKind::Contact,
            display_name: self.called(cx),
            identifiers: Identifiers::parse(identifiers.into_iter().flatten().cloned().collect())?,
            profile: Profile::default().with(&profile),
            metadata: self.metadata(&Metadata::default(), cx.limits())?,
        };
        let contact = match create_participant(unit, cx, &cmd) {
            Ok(contact) => contact,
            Err(refused) => return Err(self.taken(unit, cx, None, refused)?),
        };
        self.keep(unit, cx, &contact)?;
        Ok(contact)
    }

    /// What the contact is called: by its name, or else by what it is reached by.
    fn called(&self, cx: &Context) -> DisplayName {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let reached = value(&self.email)
            .or(value(&self.phone))
            .map(Identifier::value);
        let known = value(&self.identifier).map(ExternalId::as_str);
        let limit = cx.limits().display_name_chars_max;
        let called: String = reached
            .or(known)
            .unwrap_or(NAMELESS)
            .chars()
            .take(limit)
            .collect();
        DisplayName::from_stored(called)
    }

    /// Changes the contact.
    ///
    /// # Errors
    /// Those of [`change_participant`]; what is taken is told by its name here.
    pub(super) fn change(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        contact: &Participant,
    ) -> Result<(), Error> {
        let mut all: Vec<Identifier> = contact.identifiers.iter().cloned().collect();
        let sorts = [
            (&self.email, IdentifierKey::EMAIL),
            (&self.phone, IdentifierKey::PHONE),
        ];
        for (given, key) in sorts {
            if matches!(given, Given::Absent) {
                continue;
            }
            // The first of a sort is the one that is shown.
            let shown = contact.identifiers.first(key);
            all.retain(|own| Some(own) != shown && Some(own) != value(given));
            if let Some(new) = value(given) {
                all.insert(0, new.clone());
            }
        }
        let identifiers = Identifiers::parse(all)?;
        let change = ParticipantChange {
            kind: None,
            display_name: self.name.clone(),
            metadata: Some(self.metadata(&contact.metadata, cx.limits())?),
            external_id: match &self.identifier {
                Given::Absent => None,
                given => Some(value(given).cloned()),
            },
            identifiers: (identifiers != contact.identifiers).then_some(identifiers),
            profile: ProfileChange {
                avatar_url: match &self.avatar_url {
                    Given::Absent => None,
                    given => Some(value(given).map(|url| Arc::from(url.as_str()))),
                },
                ..ProfileChange::default()
            },
        };
        match change_participant(unit, cx, contact.id, &change) {
            Ok(_) => self.keep(unit, cx, contact),
            Err(Error::Refusal(refused)) => {
                let refused = renamed(refused).into();
                Err(self.taken(unit, cx, Some(contact), refused)?)
            }
            Err(broken) => Err(broken),
        }
    }

    /// The attributes that it has, with those that are given in their places.
    fn metadata(&self, own: &Metadata, limits: &Settings) -> Result<Metadata, Violation> {
        let Some(custom) = &self.custom else {
            return Ok(own.clone());
        };
        let all = json::merged(json::object(own.as_str()), custom.clone());
        Metadata::parse(&json::text(&all), limits).map_err(|wrong| wrong.at("custom_attributes"))
    }

    /// Keeps what the domain has no place for.
    fn keep(&self, unit: &mut dyn Unit, cx: &Context, contact: &Participant) -> Result<(), Error> {
        if self.blocked.is_none() && self.additional.is_none() {
            return Ok(());
        }
        let bearer = Bearer::Participant(contact.id);
        let found = find_extras(unit, cx, NAME, &[bearer])?;
        let mut kept: ContactExtra = json::kept(found.get(&bearer));
        kept.blocked = self.blocked.unwrap_or(kept.blocked);
        if let Some(additional) = &self.additional {
            let own = std::mem::take(&mut kept.additional_attributes);
            kept.additional_attributes = json::merged(own, additional.clone());
        }
        let extra = json::extra(&json::object(json::raw(&kept).get()));
        match extra.map_err(|wrong| wrong.at("additional_attributes"))? {
            Some(extra) => keep_extra(unit, cx, bearer, &extra),
            None => Ok(()),
        }
    }

    /// Says which of what was given somebody else has.
    fn taken(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        but: Option<&Participant>,
        refused: Error,
    ) -> Result<Error, Error> {
        let taken = Invalid::new("has already been taken");
        match &refused {
            Error::Refusal(Refusal::ExternalIdTaken) => return Ok(taken.at("identifier").into()),
            Error::Refusal(Refusal::IdentifierTaken) => {}
            _ => return Ok(refused),
        }
        for (given, name) in [(&self.email, "email"), (&self.phone, "phone_number")] {
            let Some(identifier) = value(given) else {
                continue;
            };
            let found = holder(unit, cx, identifier)?;
            if found.is_some_and(|found| but.is_none_or(|but| but.id != found.id)) {
                return Ok(taken.at(name).into());
            }
        }
        Ok(refused)
    }
}

/// Names places as this product does.
fn renamed(refused: Refusal) -> Refusal {
    let Refusal::Invalid { violations } = refused else {
        return refused;
    };
    let violations = violations.into_iter().map(|one| Violation {
        field: one.field.trim_start_matches("profile/").to_owned().into(),
        problem: one.problem,
    });
    Refusal::Invalid {
        violations: violations.collect(),
    }
}
