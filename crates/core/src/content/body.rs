//! The rules of bodies: a member `type`, and a payload under the member of that name.
//!
//! Members that no rule names are left alone; a member that may be missing may also be `null`.

use serde_json::Value;

use super::ContentType;
use super::check::{Check, Object};

/// How long the text of a carousel may be.
const CAROUSEL_TEXT_CHARS_MAX: usize = 1024;
/// How long the label of the button that opens a list may be.
const BUTTON_LABEL_CHARS_MAX: usize = 20;
/// How long the description of a reply may be.
const DESCRIPTION_LABEL_CHARS_MAX: usize = 72;
/// How many minutes a one-time password may live.
const EXPIRATION_MINUTES_MAX: i64 = 90;

/// A body of this type.
pub(super) fn body(check: &mut Check, content_type: ContentType, body: &Object) {
    check.required(body, "type", |check, word| {
        check.word(word, &[content_type.as_str()]);
    });
    payload(check, content_type, body, Depth::Outside);
}

/// Where a body stands: sections stand in one another once.
#[derive(Clone, Copy)]
enum Depth {
    Outside,
    InSection,
}

impl Depth {
    /// The types of the items of a section that stands here.
    fn items(self) -> &'static [&'static str] {
        const ITEMS: &[&str] = &[
            "text", "image", "file", "gif", "location", "carousel", "list", "section",
        ];
        match self {
            Self::Outside => ITEMS,
            // Without the last: no further section.
            Self::InSection => &ITEMS[..ITEMS.len() - 1],
        }
    }
}

fn payload(check: &mut Check, content_type: ContentType, body: &Object, depth: Depth) {
    if content_type == ContentType::Action && !body.contains_key("action") {
        // The payload of an action may also stand beside `type`.
        return permission_request(check, body);
    }
    check.required(body, content_type.as_str(), |check, payload| {
        check.object(payload, |check, payload| match content_type {
            ContentType::Text => text(check, payload),
            ContentType::Html => html(check, payload),
            ContentType::Image => image(check, payload),
            ContentType::File => file(check, payload),
            ContentType::Gif => gif(check, payload),
            ContentType::Location => location(check, payload),
            ContentType::Carousel => carousel(check, payload),
            ContentType::List => list(check, payload),
            ContentType::Section => section(check, payload, depth),
            ContentType::Authentication => authentication(check, payload),
            ContentType::Action => action_request(check, payload),
            // No other type is a body.
            _ => {}
        });
    });
}

fn text(check: &mut Check, text: &Object) {
    check.required(text, "text", Check::filled_string);
    check.optional(text, "attachments", |check, attachments| {
        check.list(attachments, |check, attachment| {
            check.object(attachment, |check, attachment| {
                check.required(attachment, "mediaUrl", Check::url);
                check.required(attachment, "filename", Check::string);
                placement(check, attachment);
            });
        });
    });
    actions(check, text);
    metadata(check, text, |check, metadata| {
        check.optional(metadata, "subject", Check::string);
        check.optional(metadata, "headers", |check, headers| {
            check.object(headers, |_, _| {});
        });
        member(check, metadata, "whatsapp", |check, whatsapp| {
            check.optional(whatsapp, "previewUrl", Check::flag);
        });
        telegram(check, metadata);
        member(check, metadata, "apple", |check, apple| {
            check.optional(apple, "summaryText", Check::string);
        });
    });
}

fn html(check: &mut Check, html: &Object) {
    check.optionals(html, &["text", "html"], Check::string);
    let present = |name| html.get(name).is_some_and(|value| !value.is_null());
    if !present("text") && !present("html") {
        check.expected("a member text or html");
    }
    check.optional(html, "attachments", |check, attachments| {
        check.list(attachments, |check, attachment| {
            check.object(attachment, |check, attachment| {
                if attachment.contains_key("content") {
                    check.required(attachment, "content", Check::string);
                    check.required(attachment, "contentType", Check::string);
                } else {
                    check.required(attachment, "mediaUrl", Check::url);
                }
                check.required(attachment, "filename", Check::string);
                placement(check, attachment);
            });
        });
    });
    actions(check, html);
    metadata(check, html, |check, metadata| {
        check.optional(metadata, "subject", Check::string);
        check.optional(metadata, "headers", |check, headers| {
            check.object(headers, |_, _| {});
        });
        member(check, metadata, "emailFrom", |check, from| {
            check.optionals(from, &["username", "displayName"], Check::string);
        });
        let tracking = ["initialOpenTracking", "clickTracking", "openTracking"];
        check.optionals(metadata, &tracking, Check::flag);
    });
}

/// How an attachment stands in its text.
fn placement(check: &mut Check, attachment: &Object) {
    check.optional(attachment, "inline", Check::flag);
    check.optional(attachment, "contentId", Check::string);
}

fn image(check: &mut Check, image: &Object) {
    check.required(image, "images", |check, images| {
        check.filled_list(images, |check, image| {
            check.object(image, |check, image| {
                check.required(image, "mediaUrl", Check::url);
                check.optional(image, "altText", Check::string);
            });
        });
    });
    check.optional(image, "text", Check::string);
    actions(check, image);
    metadata(check, image, |check, metadata| {
        let strings = ["subject", "fallbackText", "storyType"];
        check.optionals(metadata, &strings, Check::string);
        telegram(check, metadata);
    });
}

fn file(check: &mut Check, file: &Object) {
    check.required(file, "files", |check, files| {
        check.filled_list(files, |check, file| {
            check.object(file, |check, file| {
                check.required(file, "mediaUrl", Check::url);
                check.required(file, "contentType", Check::string);
                check.optionals(file, &["filename", "altText"], Check::string);
                metadata(check, file, |check, metadata| {
                    check.optional(metadata, "isAnimated", Check::flag);
                });
            });
        });
    });
    check.optional(file, "text", Check::string);
    actions(check, file);
    metadata(check, file, |_, _| {});
}

fn gif(check: &mut Check, gif: &Object) {
    check.required(gif, "mediaUrl", Check::url);
    check.optionals(gif, &["text", "altText"], Check::string);
    actions(check, gif);
    metadata(check, gif, |_, _| {});
}

fn location(check: &mut Check, location: &Object) {
    check.required(location, "coordinates", |check, coordinates| {
        check.object(coordinates, |check, coordinates| {
            check.required(coordinates, "latitude", |check, latitude| {
                check.number(latitude, -90, 90);
            });
            check.required(coordinates, "longitude", |check, longitude| {
                check.number(longitude, -180, 180);
            });
        });
    });
    member(check, location, "location", |check, place| {
        check.optionals(place, &["address", "label"], Check::string);
    });
}

fn carousel(check: &mut Check, carousel: &Object) {
    check.optional(carousel, "text", |check, text| {
        check.short_string(text, CAROUSEL_TEXT_CHARS_MAX);
    });
    check.required(carousel, "items", items);
}

fn list(check: &mut Check, list: &Object) {
    check.required(list, "text", Check::string);
    check.optionals(list, &["title", "altText"], Check::string);
    check.optional(list, "items", items);
    actions(check, list);
    metadata(check, list, |check, metadata| {
        member(check, metadata, "button", |check, button| {
            check.optional(button, "label", |check, label| {
                check.short_string(label, BUTTON_LABEL_CHARS_MAX);
            });
        });
        member(check, metadata, "replyMessage", |check, reply| {
            check.optionals(reply, &["title", "text"], Check::string);
        });
    });
}

fn items(check: &mut Check, value: &Value) {
    check.list(value, |check, item| {
        check.object(item, |check, item| {
            let strings = ["title", "description", "altText"];
            check.optionals(item, &strings, Check::string);
            check.optional(item, "mediaUrl", Check::url);
            actions(check, item);
        });
    });
}

fn section(check: &mut Check, section: &Object, depth: Depth) {
    let words = depth.items();
    check.optional(section, "items", |check, items| {
        check.list(items, |check, item| {
            check.object(item, |check, item| {
                check.required(item, "type", |check, word| check.word(word, words));
                let word = item.get("type").and_then(Value::as_str);
                let nested = word.filter(|word| words.contains(word));
                if let Some(Ok(content_type)) = nested.map(ContentType::parse) {
                    payload(check, content_type, item, Depth::InSection);
                }
            });
        });
    });
    check.optional(section, "configurations", Check::string_map);
}

fn authentication(check: &mut Check, authentication: &Object) {
    member(check, authentication, "otp", |check, otp| {
        check.required(otp, "disclaimer", Check::flag);
        check.optional(otp, "expirationTime", |check, minutes| {
            check.integer(minutes, 1, EXPIRATION_MINUTES_MAX);
        });
        actions(check, otp);
    });
}

fn action_request(check: &mut Check, request: &Object) {
    check.required(request, "type", |check, word| {
        check.word(word, &["permission_request"]);
    });
    permission_request(check, request);
}

fn permission_request(check: &mut Check, request: &Object) {
    check.required(request, "permission_request", |check, permission| {
        check.object(permission, |check, permission| {
            check.required(permission, "resource", |check, word| {
                check.word(word, &["call"]);
            });
        });
    });
}

/// What a reader may do: `type`, and how under the member of that name.
fn actions(check: &mut Check, object: &Object) {
    const TYPES: &[&str] = &["link", "reply", "postback", "locationRequest", "buy"];
    check.optional(object, "actions", |check, actions| {
        check.list(actions, |check, action| {
            check.object(action, |check, action| {
                check.required(action, "type", |check, word| check.word(word, TYPES));
                let word = action.get("type").and_then(Value::as_str);
                if let Some(word) = word.filter(|word| TYPES.contains(word)) {
                    check.required(action, word, |check, detail| {
                        check.object(detail, |check, detail| act(check, word, detail));
                    });
                }
            });
        });
    });
}

fn act(check: &mut Check, word: &str, detail: &Object) {
    if word == "locationRequest" {
        check.optional(detail, "text", Check::string);
        return;
    }
    check.required(detail, "text", Check::string);
    match word {
        "link" => check.required(detail, "url", Check::url),
        "buy" => {
            check.required(detail, "amountCents", |check, amount| {
                check.integer(amount, 0, i64::MAX);
            });
            check.required(detail, "currency", Check::currency);
        }
        _ => {
            check.optionals(detail, &["payload", "imageUrl"], Check::string);
            metadata(check, detail, |check, metadata| {
                member(check, metadata, "description", |check, description| {
                    check.optional(description, "label", |check, label| {
                        check.short_string(label, DESCRIPTION_LABEL_CHARS_MAX);
                    });
                });
            });
        }
    }
}

fn telegram(check: &mut Check, metadata: &Object) {
    member(check, metadata, "telegram", |check, telegram| {
        check.optional(telegram, "parseMode", |check, word| {
            check.word(word, &["Markdown", "MarkdownV2"]);
        });
    });
}

fn metadata(check: &mut Check, object: &Object, look: impl FnOnce(&mut Check, &Object)) {
    member(check, object, "metadata", look);
}

/// An object that may be missing.
fn member(check: &mut Check, object: &Object, name: &str, look: impl FnOnce(&mut Check, &Object)) {
    check.optional(object, name, |check, value| check.object(value, look));
}
