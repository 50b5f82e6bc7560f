//! The tables of both databases in column types that both have; a test compares them with the
//! migrations.
//!
//! Column order is that of the migrations, and that of the rows in [`row`](crate::row).

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    workspace (id) {
        id -> Binary,
        name -> Text,
        root -> Bool,
        settings -> Text,
        created_at -> BigInt,
    }
}

table! {
    log_head (workspace_id) {
        workspace_id -> Binary,
        position -> BigInt,
    }
}

table! {
    api_key (id) {
        id -> Binary,
        workspace_id -> Binary,
        name -> Text,
        hash -> Text,
        scopes -> Text,
        participant_id -> Nullable<Binary>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

table! {
    participant (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        external_id -> Nullable<Text>,
        kind -> SmallInt,
        display_name -> Text,
        metadata -> Text,
        archived_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    conversation (workspace_id, id) {
        workspace_id -> Binary,
        id -> Binary,
        kind -> SmallInt,
        title -> Nullable<Text>,
        description -> Nullable<Text>,
        status -> SmallInt,
        metadata -> Text,
        direct -> Nullable<Binary>,
        last_seq -> BigInt,
        member_count -> Integer,
        last_message_at -> Nullable<BigInt>,
        activity_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

table! {
    member (conversation_id, participant_id) {
        conversation_id -> Binary,
        participant_id -> Binary,
        workspace_id -> Binary,
        role -> SmallInt,
        display_name -> Nullable<Text>,
        read_seq -> BigInt,
        read_at -> Nullable<BigInt>,
        muted_at -> Nullable<BigInt>,
        joined_at -> BigInt,
        left_at -> Nullable<BigInt>,
    }
}

table! {
    message (conversation_id, seq) {
        conversation_id -> Binary,
        seq -> BigInt,
        id -> Binary,
        workspace_id -> Binary,
        sender_id -> Binary,
        kind -> SmallInt,
        text -> Text,
        reply_to -> Nullable<Binary>,
        metadata -> Text,
        reference -> Nullable<Text>,
        revision_count -> Integer,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

table! {
    message_revision (message_id, number) {
        message_id -> Binary,
        number -> Integer,
        workspace_id -> Binary,
        text -> Text,
        metadata -> Text,
        replaced_at -> BigInt,
    }
}

table! {
    event (workspace_id, position) {
        workspace_id -> Binary,
        position -> BigInt,
        topic -> SmallInt,
        conversation_id -> Nullable<Binary>,
        subject_id -> Binary,
        seq -> Nullable<BigInt>,
        occurred_at -> BigInt,
    }
}

table! {
    claim (workspace_id, key) {
        workspace_id -> Binary,
        key -> Binary,
        fingerprint -> Binary,
        answer -> Binary,
        expires_at -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(conversation, member);
allow_tables_to_appear_in_same_query!(message, message_revision);
