//! The columns of the tables as texts, for statements that are not in diesel's language.
//!
//! Their types are in [`schema`](super).

/// The columns of a table in their order, for statements that are not in diesel's language.
macro_rules! columns {
    (participant) => {
        "workspace_id, id, external_id, kind, display_name, metadata, archived_at, \
         created_at, updated_at, identifiers, profile, merged_into"
    };
    (conversation) => {
        "workspace_id, id, kind, title, description, status, metadata, direct, last_seq, \
         member_count, last_message_at, activity_at, created_at, updated_at, deleted_at, \
         number, public_count, public_seq, public_at, marked_seq, channel_id, thread, assignee_id, \
         labels, priority, snoozed_until, avatar_url"
    };
    (member) => {
        "conversation_id, participant_id, workspace_id, role, display_name, read_seq, \
         read_at, muted_at, joined_at, left_at, read_public, delivered_seq, delivered_at, \
         pinned_at, archived_at"
    };
    (message) => {
        "conversation_id, seq, id, workspace_id, sender_id, kind, text, reply_to, \
         metadata, reference, revision_count, created_at, edited_at, deleted_at, \
         direction, visibility, public_count, content_type, content, tags, source_id, \
         echo_id, template, delivery_status, failure, status_at, reply_count, \
         public_reply_count, reactions, delete_mode, number, attachments"
    };
    (page) => {
        "seq, id, sender_id, kind, text, reply_to, nullif(metadata, '{}'), reference, \
         nullif(revision_count, 0), created_at, edited_at, deleted_at, direction, \
         nullif(visibility, 1), public_count, nullif(content_type, 1), content, \
         nullif(tags, ''), source_id, echo_id, template, nullif(delivery_status, 4), failure, \
         nullif(status_at, created_at), nullif(reply_count, 0), nullif(public_reply_count, 0), \
         nullif(reactions, ''), delete_mode, nullif(attachments, '')"
    };
    (event) => {
        "position, topic, conversation_id, subject_id, seq, occurred_at"
    };
    (scheduled_message) => {
        "workspace_id, id, conversation_id, sender_id, due_at, draft, refused, \
         created_at, updated_at"
    };
    (reaction) => {
        "message_id, participant_id, name, id, workspace_id, conversation_id, seq, \
         created_at"
    };
    (media) => {
        "workspace_id, id, owner_id, name, declared, media_type, status, size, digest, width, \
         height, duration_ms, versions, problem, tries, due_at, expires_at, created_at, updated_at"
    };
    (channel) => {
        "id, workspace_id, platform, name, status, connector_id, address_key, address_value, \
         reach, secret, created_at, updated_at, deleted_at"
    };
    (template) => {
        "workspace_id, id, project, version, locale, name, text, content_type, content, \
         created_at"
    };
}

/// The numbers of [`Topic::BIRTHS`](causerie_core::Topic::BIRTHS), as the index of births is made of them.
macro_rules! births {
    () => {
        "10, 20, 40, 50, 70, 79, 80, 90"
    };
}

pub(crate) use {births, columns};

#[cfg(test)]
mod tests {
    use causerie_core::Topic;

    #[test]
    fn the_index_of_births_is_of_all_births() {
        let births = Topic::BIRTHS.map(|topic| topic.number().to_string());
        assert_eq!(births.join(", "), births!());
        let restricted = concat!("WHERE topic IN (", births!(), ");");
        let (sqlite, postgres) = (
            include_str!("../../../../migrations/sqlite/0004_surface/up.sql"),
            include_str!("../../../../migrations/postgres/0004_surface/up.sql"),
        );
        assert!(sqlite.contains(restricted) && postgres.contains(restricted));
    }
}
