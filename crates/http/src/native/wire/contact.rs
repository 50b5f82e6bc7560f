//! What is shown of how people are reached and described.
//!
//! Nothing is left out: who may see it is decided by the core.

use causerie_core::contact::{Identifier, Identifiers, Profile};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody is reached by.
#[derive(Serialize, ToSchema)]
#[schema(as = Identifier)]
pub(crate) struct IdentifierView<'a> {
    #[schema(example = "emailaddress")]
    key: &'a str,
    /// In the form that it is compared by.
    #[schema(example = "ada@example.com")]
    value: &'a str,
}

impl<'a> IdentifierView<'a> {
    pub(crate) fn of(identifier: &'a Identifier) -> Self {
        Self {
            key: identifier.key().as_str(),
            value: identifier.value(),
        }
    }

    pub(super) fn all(identifiers: &'a Identifiers) -> Vec<Self> {
        identifiers.iter().map(Self::of).collect()
    }
}

/// What is known of a person.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileView<'a> {
    #[schema(example = "ada")]
    username: Option<&'a str>,
    #[schema(example = "Ada")]
    first_name: Option<&'a str>,
    #[schema(example = "Lovelace")]
    last_name: Option<&'a str>,
    title: Option<&'a str>,
    department: Option<&'a str>,
    unit: Option<&'a str>,
    avatar_url: Option<&'a str>,
}

impl<'a> ProfileView<'a> {
    pub(super) fn of(profile: &'a Profile) -> Self {
        Self {
            username: profile.username.as_deref(),
            first_name: profile.first_name.as_deref(),
            last_name: profile.last_name.as_deref(),
            title: profile.title.as_deref(),
            department: profile.department.as_deref(),
            unit: profile.unit.as_deref(),
            avatar_url: profile.avatar_url.as_deref(),
        }
    }
}
