//! The rules of contents that are plain objects of attributes: entries to choose from, and cards.
//!
//! Members beside `items` are the caller's own.

use super::check::{Check, Object};

/// At least one entry, with no members but `title` and `value`.
pub(super) fn input_select(check: &mut Check, object: &Object) {
    check.required(object, "items", |check, items| {
        check.filled_list(items, |check, item| {
            check.object(item, |check, item| {
                check.only(item, &["title", "value"]);
                check.optional(item, "title", Check::string);
            });
        });
    });
}

/// At least one card, each with at least one action.
pub(super) fn cards(check: &mut Check, object: &Object) {
    check.required(object, "items", |check, items| {
        check.filled_list(items, |check, item| check.object(item, card));
    });
}

fn card(check: &mut Check, card: &Object) {
    check.only(card, &["title", "description", "media_url", "actions"]);
    check.optionals(card, &["title", "description", "media_url"], Check::string);
    check.required(card, "actions", |check, actions| {
        check.filled_list(actions, |check, action| {
            check.object(action, |check, action| {
                let names = ["text", "type", "payload", "uri"];
                check.only(action, &names);
                check.optionals(action, &["text", "type", "uri"], Check::string);
            });
        });
    });
}
