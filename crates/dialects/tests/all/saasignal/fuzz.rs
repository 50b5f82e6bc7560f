//! Odd requests to every route: which things there are, and what members and parameters are called.

use super::world::{SaaSignal, id, talk};
use crate::odd::{self, Scene};

async fn scene() -> Scene<SaaSignal> {
    let (world, of, ada) = talk().await;
    let sent = id(&world.message(&of, &ada, "Hello").await);
    let key = world.key.clone();
    Scene::new(world, key, |path| {
        path.replace("{conversation_id}", &of)
            .replace("{participant_id}", &ada)
            .replace("{message_id}", &sent)
            .replace("{reaction_id}", "react_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    })
}

#[test]
fn arbitrary_bytes_of_any_type() {
    odd::arbitrary_bytes_of_any_type(scene);
}

#[test]
fn members_of_any_value() {
    let names = &[
        "participant_id",
        "body",
        "type",
        "reply_to",
        "metadata",
        "title",
        "description",
        "external_id",
        "display_name",
        "role",
        "last_read_at",
        "emoji",
        "max_message_length",
        "message_retention_days",
        "conversation_number_prefix",
        "allow_reactions",
    ];
    let inner = &["title"];
    odd::members_of_any_value(scene, names, inner);
}

#[test]
fn any_query_and_headers() {
    let names = &[
        "limit", "cursor", "before", "after", "order", "type", "status",
    ];
    odd::any_query_and_headers(scene, names);
}
