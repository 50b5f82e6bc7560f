//! Contents of every type, taken and refused.
//!
//! Says nothing of how they are stored.

use proptest::prelude::*;

use super::check::VIOLATIONS_MAX;
use super::*;

fn check(content_type: ContentType, json: &str) -> Vec<(String, String)> {
    match Content::parse(content_type, json) {
        Ok(_) => Vec::new(),
        Err(wrong) => wrong
            .into_iter()
            .map(|violation| (violation.field.into_owned(), violation.problem.into_owned()))
            .collect(),
    }
}

fn check_taken(content_type: ContentType, json: &str) {
    assert_eq!(check(content_type, json), [], "{json}");
}

fn check_refused(content_type: ContentType, json: &str, expected: &[(&str, &str)]) {
    let found = check(content_type, json);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(field, problem)| (field.as_str(), problem.as_str()))
        .collect();
    assert_eq!(found, expected, "{json}");
}

#[test]
fn numbers_and_words_are_final() {
    let all: Vec<(i16, &str)> = ContentType::ALL
        .iter()
        .map(|one| (one.number(), one.as_str()))
        .collect();
    assert_eq!(
        all,
        [
            (1, "text"),
            (2, "html"),
            (3, "image"),
            (4, "file"),
            (5, "gif"),
            (6, "location"),
            (7, "carousel"),
            (8, "list"),
            (9, "section"),
            (10, "authentication"),
            (11, "action"),
            (21, "input_text"),
            (22, "input_textarea"),
            (23, "input_email"),
            (24, "input_select"),
            (25, "cards"),
            (26, "form"),
            (27, "article"),
            (28, "incoming_email"),
            (29, "input_csat"),
            (30, "integrations"),
            (31, "sticker"),
            (32, "voice_call"),
        ]
    );
    let required: Vec<&str> = ContentType::ALL
        .iter()
        .filter(|one| one.requires_content())
        .map(|one| one.as_str())
        .collect();
    assert_eq!(
        required.join(" "),
        "html image file gif location carousel list section authentication action input_select cards"
    );
}

#[test]
fn a_content_is_an_object_kept_as_written() {
    let kept = Content::parse(ContentType::Form, " {\"b\":1.50, \"a\":null} ").expect("an object");
    assert_eq!(kept.as_str(), "{\"b\":1.50, \"a\":null}");
    assert_eq!(format!("{kept:?}"), "Content(20 bytes)");
    for json in ["[]", "\"x\"", "null", "", "{", "{} {}"] {
        check_refused(
            ContentType::Form,
            json,
            &[("content", "expected a JSON object")],
        );
    }
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(CONTENT_BYTES_MAX));
    check_refused(
        ContentType::Form,
        &long,
        &[("content", "expected at most 204800 bytes, found 204808")],
    );
}

#[test]
fn a_text_may_have_attributes_or_a_body() {
    check_taken(ContentType::Text, "{}");
    check_taken(ContentType::Text, r#"{"in_reply_to":5,"type":7}"#);
    check_taken(ContentType::Text, r#"{"type":"text","text":{"text":"hi"}}"#);
    check_refused(
        ContentType::Text,
        r#"{"type":"html","html":{"text":"hi"}}"#,
        &[
            ("content/type", "expected text"),
            ("content/text", "expected an object"),
        ],
    );
    check_refused(
        ContentType::Text,
        r#"{"type":"text","text":{"text":"","attachments":[{"mediaUrl":"cat.png"}]}}"#,
        &[
            (
                "content/text/text",
                "expected a string of at least one character",
            ),
            (
                "content/text/attachments/0/mediaUrl",
                "expected a URL such as https://example.com/cat.png",
            ),
            ("content/text/attachments/0/filename", "expected a string"),
        ],
    );
}

const BODIES: &[(ContentType, &str)] = &[
    (
        ContentType::Text,
        r#"{"text":"t","actions":A,"metadata":{"subject":"s","headers":{},
            "whatsapp":{"previewUrl":true},"line":1,"telegram":{"parseMode":"MarkdownV2"}},"new":1}"#,
    ),
    (
        ContentType::Html,
        r#"{"html":"<p>","actions":A,"attachments":[
            {"content":"eA==","contentType":"text/plain","filename":"x","inline":true},
            {"mediaUrl":"https://a.b/c","filename":"y","contentId":"z"}],
            "metadata":{"emailFrom":{"username":"u"},"openTracking":false}}"#,
    ),
    (
        ContentType::Image,
        r#"{"images":[{"mediaUrl":"https://a.b/c","altText":"a"}],"actions":A}"#,
    ),
    (
        ContentType::File,
        r#"{"files":[{"mediaUrl":"https://a.b/c","contentType":"image/webp",
            "metadata":{"isAnimated":true}}],"text":null}"#,
    ),
    (
        ContentType::Gif,
        r#"{"mediaUrl":"https://a.b/c","altText":"a","actions":A}"#,
    ),
    (
        ContentType::Location,
        r#"{"coordinates":{"latitude":-90,"longitude":179.5},
            "location":{"address":"a","label":"l"}}"#,
    ),
    (
        ContentType::Carousel,
        r#"{"text":"t","items":[{"title":"t","mediaUrl":null,"actions":A}]}"#,
    ),
    (
        ContentType::List,
        r#"{"text":"t","items":[{"title":"t"}],"actions":A,
            "metadata":{"button":{"label":"Open"},"replyMessage":{"title":"t"}}}"#,
    ),
    (
        ContentType::Section,
        r#"{"items":[{"type":"text","text":{"text":"t"}},
            {"type":"section","section":{"items":[{"type":"gif","gif":{"mediaUrl":"https://a.b/c"}}]}}],
            "configurations":{"a":"b"}}"#,
    ),
    (
        ContentType::Authentication,
        r#"{"otp":{"disclaimer":true,"expirationTime":90}}"#,
    ),
    (
        ContentType::Action,
        r#"{"type":"permission_request","permission_request":{"resource":"call"}}"#,
    ),
];

#[test]
fn every_body_is_taken_with_all_its_members() {
    let actions = r#"[
        {"type":"link","link":{"text":"t","url":"https://a.b/c"}},
        {"type":"reply","reply":{"text":"t","imageUrl":"u","metadata":{"description":{"label":"l"}}}},
        {"type":"postback","postback":{"text":"t","payload":"p"}},
        {"type":"locationRequest","locationRequest":{}},
        {"type":"buy","buy":{"text":"t","amountCents":500,"currency":"EUR"}}]"#;
    for &(content_type, payload) in BODIES {
        let payload = payload.replace(":A", &format!(":{actions}"));
        let word = content_type.as_str();
        check_taken(
            content_type,
            &format!(r#"{{"type":"{word}","{word}":{payload}}}"#),
        );
    }
    check_taken(
        ContentType::Action,
        r#"{"type":"action","permission_request":{"resource":"call"}}"#,
    );
}

#[test]
fn a_body_without_its_payload_is_refused() {
    for content_type in ContentType::ALL.iter().filter(|one| one.requires_body()) {
        let word = content_type.as_str();
        let place = match content_type {
            ContentType::Action => "content/permission_request".to_owned(),
            _ => format!("content/{word}"),
        };
        let type_problem = format!("expected {word}");
        let missing = (place.as_str(), "expected an object");
        check_refused(
            *content_type,
            &format!(r#"{{"type":"{word}"}}"#),
            &[missing],
        );
        check_refused(
            *content_type,
            "{}",
            &[("content/type", &type_problem), missing],
        );
        check_refused(
            *content_type,
            &format!(r#"{{"type":"{word}","{word}":[]}}"#),
            &[(&format!("content/{word}"), "expected an object")],
        );
    }
}

const URL: &str = "expected a URL such as https://example.com/cat.png";

const WRONG: &[(ContentType, &str, &str, &str)] = &[
    (
        ContentType::Html,
        r#"{"metadata":null}"#,
        "",
        "expected a member text or html",
    ),
    (
        ContentType::Html,
        r#"{"text":"t","attachments":[{"content":"x","filename":"f"}]}"#,
        "/attachments/0/contentType",
        "expected a string",
    ),
    (
        ContentType::Image,
        r#"{"images":[]}"#,
        "/images",
        "expected a list with at least one entry",
    ),
    (
        ContentType::Image,
        r#"{"images":[{"mediaUrl":"https://a b"}]}"#,
        "/images/0/mediaUrl",
        URL,
    ),
    (
        ContentType::File,
        r#"{"files":[{"mediaUrl":"https://a.b"}]}"#,
        "/files/0/contentType",
        "expected a string",
    ),
    (ContentType::Gif, "{}", "/mediaUrl", URL),
    (
        ContentType::Location,
        r#"{"coordinates":{"latitude":90.5,"longitude":0}}"#,
        "/coordinates/latitude",
        "expected a number from -90 to 90",
    ),
    (
        ContentType::Location,
        r#"{"coordinates":{"latitude":0}}"#,
        "/coordinates/longitude",
        "expected a number from -180 to 180",
    ),
    (
        ContentType::Carousel,
        r#"{"text":"t"}"#,
        "/items",
        "expected a list",
    ),
    (
        ContentType::Carousel,
        r#"{"items":[{"actions":[{"type":"link","link":{"text":"t","url":"u"}}]}]}"#,
        "/items/0/actions/0/link/url",
        URL,
    ),
    (
        ContentType::Carousel,
        r#"{"items":[{"actions":[{"type":"fly"}]}]}"#,
        "/items/0/actions/0/type",
        "expected one of link reply postback locationRequest buy",
    ),
    (
        ContentType::Carousel,
        r#"{"items":[{"actions":[{"type":"buy","link":{}}]}]}"#,
        "/items/0/actions/0/buy",
        "expected an object",
    ),
    (
        ContentType::List,
        r#"{"text":"t","metadata":{"button":{"label":"123456789012345678901"}}}"#,
        "/metadata/button/label",
        "expected a string of at most 20 characters",
    ),
    (
        ContentType::List,
        r#"{"text":"t","actions":[{"type":"buy","buy":{"text":"t","amountCents":1,
            "currency":"€"}}]}"#,
        "/actions/0/buy/currency",
        "expected a currency of three letters",
    ),
    (
        ContentType::Section,
        r#"{"items":[{"type":"html","html":{"text":"t"}}]}"#,
        "/items/0/type",
        "expected one of text image file gif location carousel list section",
    ),
    (
        ContentType::Section,
        r#"{"configurations":{"a":1}}"#,
        "/configurations",
        "expected an object whose values are strings",
    ),
    (
        ContentType::Authentication,
        r#"{"otp":{"disclaimer":true,"expirationTime":91}}"#,
        "/otp/expirationTime",
        "expected a whole number from 1 to 90",
    ),
    (
        ContentType::Authentication,
        r#"{"otp":{}}"#,
        "/otp/disclaimer",
        "expected true or false",
    ),
    (
        ContentType::Action,
        r#"{"type":"permission_request","permission_request":{"resource":"x"}}"#,
        "/permission_request/resource",
        "expected call",
    ),
];

#[test]
fn a_wrong_body_is_refused_at_the_place_of_the_fault() {
    for &(content_type, payload, field, problem) in WRONG {
        let word = content_type.as_str();
        let json = format!(r#"{{"type":"{word}","{word}":{payload}}}"#);
        check_refused(
            content_type,
            &json,
            &[(&format!("content/{word}{field}"), problem)],
        );
    }
}

#[test]
fn sections_stand_in_one_another_once() {
    let inner = r#"{"type":"section","section":{}}"#;
    let within = |items: &str| format!(r#"{{"type":"section","section":{{"items":[{items}]}}}}"#);
    check_taken(ContentType::Section, &within(inner));
    check_refused(
        ContentType::Section,
        &within(&within(inner)),
        &[(
            "content/section/items/0/section/items/0/type",
            "expected one of text image file gif location carousel list",
        )],
    );
}

#[test]
fn attributes_have_the_rules_of_their_type() {
    check_taken(ContentType::InputEmail, r#"{"type":"anything"}"#);
    check_taken(
        ContentType::InputSelect,
        r#"{"items":[{"title":"A","value":1}],"in_reply_to":5}"#,
    );
    let empty = &[("content/items", "expected a list with at least one entry")];
    check_refused(ContentType::InputSelect, "{}", empty);
    check_refused(ContentType::Cards, r#"{"items":[]}"#, empty);
    check_refused(
        ContentType::InputSelect,
        r#"{"items":[{"title":"A"},{"title":"B","more":1}]}"#,
        &[("content/items/1", "expected no members but title value")],
    );
    check_taken(
        ContentType::Cards,
        r#"{"items":[{"title":"A","actions":[{"text":"t","type":"link","uri":"u"}]}]}"#,
    );
    check_refused(
        ContentType::Cards,
        r#"{"items":[{"title":"A","price":1,"actions":[]},{"actions":[{"url":"u"}]}]}"#,
        &[
            (
                "content/items/0",
                "expected no members but title description media_url actions",
            ),
            (
                "content/items/0/actions",
                "expected a list with at least one entry",
            ),
            (
                "content/items/1/actions/0",
                "expected no members but text type payload uri",
            ),
        ],
    );
}

#[test]
fn a_string_of_a_template_may_become_anything() {
    let json = |url: &str, currency: &str| {
        format!(
            r#"{{"type":"gif","gif":{{"mediaUrl":"{url}","actions":[{{"type":"buy","buy":
            {{"text":"t","amountCents":1,"currency":"{currency}"}}}}]}}}}"#
        )
    };
    let unfilled = |json: &str| Content::parse_unfilled(ContentType::Gif, json).is_ok();
    assert!(unfilled(&json("{{ url }}", "{{currency}}")));
    assert!(!unfilled(&json("url", "EUR")));
    assert!(Content::parse(ContentType::Gif, &json("{{ url }}", "EUR")).is_err());
}

#[test]
fn no_more_than_so_many_violations_are_told() {
    let items = vec!["1"; 1000].join(",");
    let found = check(
        ContentType::InputSelect,
        &format!(r#"{{"items":[{items}]}}"#),
    );
    assert_eq!(found.len(), VIOLATIONS_MAX);
}

const LEADS: &[(ContentType, &str, Option<&str>)] = &[
    (
        ContentType::Text,
        r#"{"type":"text","text":{"text":"hi"}}"#,
        Some("hi"),
    ),
    (ContentType::Text, r#"{"in_reply_to":5}"#, None),
    (
        ContentType::Html,
        r#"{"type":"html","html":{"html":"<p>hi</p>"}}"#,
        None,
    ),
    (
        ContentType::Image,
        r#"{"type":"image","image":{"images":[{"mediaUrl":"https://a.b"}],
            "text":"a\u0000b"}}"#,
        Some("ab"),
    ),
    (
        ContentType::List,
        r#"{"type":"list","list":{"text":" ","title":"T"}}"#,
        Some("T"),
    ),
    (
        ContentType::Carousel,
        r#"{"type":"carousel","carousel":{"items":[{"title":"I"}]}}"#,
        Some("I"),
    ),
    (
        ContentType::Carousel,
        r#"{"type":"carousel","carousel":{"items":[]}}"#,
        None,
    ),
    (
        ContentType::Section,
        r#"{"type":"section","section":{"items":[
            {"type":"text","text":{"text":"first"}}]}}"#,
        Some("first"),
    ),
    (
        ContentType::InputSelect,
        r#"{"items":[{"title":"Yes","value":"y"}]}"#,
        Some("Yes"),
    ),
];

#[test]
fn the_lead_is_a_text_or_a_title() {
    for &(content_type, json, lead) in LEADS {
        let content = Content::parse(content_type, json).expect("a content");
        assert_eq!(content.lead_text(content_type).as_deref(), lead, "{json}");
    }
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(number in 0i16..40, json in ".*") {
        if let Some(content_type) = ContentType::from_number(number) {
            let _ = Content::parse(content_type, &json);
            let _ = Content::from_stored(json).lead_text(content_type);
        }
    }

    #[test]
    fn what_is_nested_is_taken_or_refused(levels in 0usize..200) {
        let open = r#"{"type":"section","section":{"items":["#.repeat(levels);
        let close = "]}}".repeat(levels);
        let parsed = Content::parse(ContentType::Section, &format!("{open}{close}"));
        prop_assert_eq!(parsed.is_ok(), levels == 1 || levels == 2);
    }
}
