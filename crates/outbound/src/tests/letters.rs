//! Mails as the reader of a mail program finds them: names, subjects, threads, HTML, files.

use causerie_core::channel::MailSecurity;
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::port::{Courier as _, InboundMail, MAIL_BYTES_MAX, MailReader as _};
use causerie_core::text::{DisplayName, Text, Title};
use causerie_core::{Content, ContentType, Message, MessageState};

use super::fixture::{Setup, Shelf, enclose, mailbox, parcel, text_message, wait};
use super::smtp_server::{Manners, SmtpServer};
use crate::MimeReader;

/// What arrives of a parcel, and its bytes as text.
fn arrives(change: impl FnOnce(&mut Parcel, &mut Shelf)) -> (InboundMail, String) {
    let server = SmtpServer::start(Manners::default());
    let mut parcel = parcel(mailbox(server.port, MailSecurity::None, None), "Hello!");
    let mut files = Shelf::default();
    change(&mut parcel, &mut files);
    let post = Setup {
        files,
        ..Setup::default()
    }
    .post();
    let handed = wait(post.deliver(parcel));
    assert!(matches!(handed, Handed::Taken { .. }), "{handed:?}");
    let bytes = server.next().bytes;
    let longest = bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max();
    assert!(
        longest.expect("lines") < 1000,
        "lines are as long as RFC 5322 allows"
    );
    assert!(bytes.is_ascii(), "every mail server takes it");
    let mail = MimeReader.read(&bytes).expect("a mail");
    (mail, String::from_utf8(bytes).expect("ASCII"))
}

fn html(content: &str) -> Message {
    let content = Content::parse(ContentType::Html, content).expect("a content");
    Message::restore(MessageState {
        content_type: ContentType::Html,
        content: Some(content),
        ..text_message("")
    })
}

#[test]
fn names_and_titles_arrive_as_they_are() {
    let long = "Ünïcödé \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} ".repeat(12);
    for name in [
        "Ada",
        "Müller, Jörg \"JM\" <jm@example.org>",
        "a\\b (comment) ; group: x",
        "\u{1F600}\u{1F680}",
        "=?utf-8?q?not=20encoded?=",
        long.trim(),
    ] {
        let (mail, _) = arrives(|parcel, _| {
            parcel.sender_name = DisplayName::from_stored(name);
            parcel.receivers[0].name = DisplayName::from_stored(name);
            parcel.title = Some(Title::from_stored(
                name.chars().take(200).collect::<String>(),
            ));
        });
        if name.starts_with("=?") {
            // It reads as encoded, and nothing worse.
            assert_eq!(mail.from.address, "support@example.org");
            continue;
        }
        assert_eq!(mail.from.name.as_deref(), Some(name));
        assert_eq!(mail.to[0].name.as_deref(), Some(name));
        assert_eq!(mail.to[0].address, "bob@example.com");
        let title: String = name.chars().take(200).collect();
        assert_eq!(mail.subject.as_deref(), Some(title.trim()));
    }
}

#[test]
fn who_is_called_by_their_address_has_no_name() {
    let (mail, raw) = arrives(|parcel, _| {
        parcel.receivers[0].name = DisplayName::from_stored("bob@example.com");
    });
    assert!(raw.contains("\r\nTo: bob@example.com\r\n"), "{raw}");
    assert_eq!(mail.to[0].name, None);
}

#[test]
fn what_some_servers_take_for_the_end_of_a_mail_is_not_in_it() {
    for evil in ["a\r.\rMAIL FROM:<x>\rb", "a\n.\rb", "a\r\r\n.\r\nb"] {
        let (_, raw) = arrives(|parcel, _| {
            let content = serde_json::json!({"type": "html", "html": {"html": evil}}).to_string();
            parcel.message = Message::restore(MessageState {
                text: Text::from_stored(evil),
                ..(*html(&content)).clone()
            });
        });
        let alone = raw.replace("\r\n", "").contains('\r');
        assert!(!alone, "{raw:?}");
    }
}

#[test]
fn nothing_that_people_write_becomes_a_header() {
    let evil = "Hi\r\nBcc: eve@example.com\r\nX-Evil: 1\r\n\r\n<b>body</b>\u{85}\u{2028}x\0";
    let (mail, raw) = arrives(|parcel, shelf| {
        parcel.sender_name = DisplayName::from_stored(evil);
        parcel.receivers[0].name = DisplayName::from_stored(evil);
        parcel.title = Some(Title::from_stored(evil));
        parcel.follows = vec![
            "a@x>\r\nX-Evil: 1".to_owned(),
            "b c@x".to_owned(),
            "good@x".to_owned(),
        ];
        let mut file = enclose(shelf, 12, "x", "text/plain", false, b"x");
        let mut fields = (*file.media).clone();
        fields.name = causerie_core::media::FileName::from_stored("a\"\r\nX-Evil: 1\r\n\r\nb.txt");
        file.media = causerie_core::media::Media::restore(fields);
        parcel.files.push(file);
    });
    let head = raw.split("\r\n\r\n").next().expect("headers");
    let evil_line = |line: &str| line.starts_with("X-Evil") || line.starts_with("Bcc");
    assert!(!raw.lines().any(evil_line), "{raw}");
    assert!(
        head.contains("Subject:") && head.contains("MIME-Version"),
        "{head}"
    );
    assert_eq!(mail.follows, ["good@x"]);
    assert_eq!(mail.to.len(), 1);
    assert_eq!(mail.text.trim_end(), "Hello!");
}

#[test]
fn a_subject_is_the_contents_own_or_the_title_or_the_channels_name() {
    let subject = |change: &dyn Fn(&mut Parcel)| arrives(|parcel, _| change(parcel)).0.subject;
    let is = |found: Option<String>, expected: &str| assert_eq!(found.as_deref(), Some(expected));
    is(subject(&|_| {}), "Your order");
    is(
        subject(&|parcel| parcel.title = None),
        "Message from Support",
    );
    let follow = |parcel: &mut Parcel| parcel.follows = vec!["a@x".to_owned()];
    is(subject(&|parcel| follow(parcel)), "Re: Your order");
    is(
        subject(&|parcel| {
            follow(parcel);
            parcel.title = Some(Title::from_stored("RE: Your order"));
        }),
        "RE: Your order",
    );
    is(
        subject(&|parcel| {
            follow(parcel);
            parcel.message =
                html(r#"{"type":"html","html":{"html":"x","metadata":{"subject":"Own"}}}"#);
        }),
        "Own",
    );
    is(
        subject(&|parcel| {
            let content =
                r#"{"type":"text","text":{"text":"x","metadata":{"subject":"Own\r\nX: y"}}}"#;
            let content = Content::parse(ContentType::Text, content).expect("a content");
            parcel.message = Message::restore(MessageState {
                content: Some(content),
                ..text_message("Hello!")
            });
        }),
        "Own  X: y",
    );
}

#[test]
fn a_thread_is_named_as_a_whole() {
    let ids: Vec<String> = (0..20)
        .map(|n| format!("{n}.{}@example.org", "x".repeat(230)))
        .collect();
    let (mail, raw) = arrives(|parcel, _| parcel.follows.clone_from(&ids));
    assert_eq!(mail.follows, ids);
    let last = ids.last().expect("an id");
    assert!(raw.contains(&format!("<{last}>\r\n")), "{raw}");
    let (alone, raw) = arrives(|_, _| {});
    assert!(
        alone.follows.is_empty() && !raw.contains("References") && !raw.contains("In-Reply-To")
    );
}

#[test]
fn text_arrives_to_the_character() {
    let long = "ä".repeat(5_000);
    for text in [
        "Grüße \u{1F600}\n\n-- \nAda",
        "From here\n.\n..x\n",
        long.as_str(),
        "",
        "a\rb",
    ] {
        let (mail, _) = arrives(|parcel, _| {
            let text = Text::from_stored(text);
            parcel.message = Message::restore(MessageState {
                text,
                ..text_message("")
            });
        });
        let same = |text: &str| {
            text.replace("\r\n", "\n")
                .replace('\r', "\n")
                .trim_end()
                .to_owned()
        };
        assert_eq!(same(&mail.text), same(text));
        assert_eq!(mail.html, None);
    }
}

#[test]
fn html_has_text_beside_it_and_shows_its_pictures() {
    let picture: Vec<u8> = (0..=255).cycle().take(3_000).collect();
    let (mail, raw) = arrives(|parcel, shelf| {
        let page =
            r#"{"type":"html","html":{"html":"<p>Grüße <img src=\"cid:x\"></p>","text":"Plain"}}"#;
        parcel.message = html(page);
        parcel.files.push(enclose(
            shelf,
            12,
            "Bild ä.png",
            "image/png",
            true,
            &picture,
        ));
        parcel.files.push(enclose(
            shelf,
            13,
            "a.pdf",
            "application/pdf",
            false,
            b"%PDF",
        ));
    });
    assert_eq!(
        mail.html.as_deref().map(str::trim_end),
        Some("<p>Grüße <img src=\"cid:x\"></p>")
    );
    assert_eq!(mail.text.trim_end(), "Plain");
    let places = [
        "multipart/mixed",
        "multipart/alternative",
        "multipart/related",
    ]
    .map(|kind| raw.find(kind).expect("each kind"));
    assert!(places.is_sorted(), "{raw}");
    let [shown, attached] = &mail.files[..] else {
        panic!("expected two files, found {:?}", mail.files);
    };
    let id = causerie_core::MediaId::from_bytes([12; 16]).to_string();
    assert_eq!(shown.content_id.as_deref(), Some(&*id));
    assert!(shown.inline && !attached.inline);
    assert_eq!(shown.name.as_deref(), Some("Bild ä.png"));
    assert_eq!(
        (&shown.bytes, attached.bytes.as_slice()),
        (&picture, &b"%PDF"[..])
    );
}

#[test]
fn html_alone_gets_a_text_made_of_it() {
    let page = r#"{"type":"html","html":{"html":"<p>Tea &amp; <b>cake</b></p>"}}"#;
    let (mail, raw) = arrives(|parcel, _| parcel.message = html(page));
    assert_eq!(mail.text.trim(), "Tea & cake");
    assert!(
        mail.html.is_some() && raw.contains("multipart/alternative"),
        "{raw}"
    );
}

#[test]
fn files_arrive_to_the_byte() {
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let lines = b"a\nb\r\nc\rd\n.\n\n".repeat(50);
    let long = format!("{} \u{1F4C4} ä.tar.gz", "n".repeat(200));
    let (mail, _) = arrives(|parcel, shelf| {
        parcel.files = vec![
            enclose(
                shelf,
                12,
                "all.bin",
                "application/octet-stream",
                false,
                &all,
            ),
            enclose(shelf, 13, "lines.txt", "text/plain", false, &lines),
            enclose(shelf, 14, &long, "application/gzip", false, b""),
            enclose(
                shelf,
                15,
                "mail.eml",
                "message/rfc822",
                true,
                b"From: a@x\r\n\r\n",
            ),
        ];
    });
    let names: Vec<_> = mail
        .files
        .iter()
        .map(|file| file.name.as_deref().expect("a name"))
        .collect();
    assert_eq!(names, ["all.bin", "lines.txt", &long, "mail.eml"]);
    let bytes: Vec<_> = mail
        .files
        .iter()
        .map(|file| file.bytes.as_slice())
        .collect();
    assert_eq!(bytes, [&all[..], &lines, b"", b"From: a@x\r\n\r\n"]);
    assert_eq!(
        mail.files[0].declared.as_deref(),
        Some("application/octet-stream")
    );
    assert_eq!(mail.text.trim_end(), "Hello!");
}

#[test]
fn what_no_mail_can_be_made_of_is_refused_before_anybody_is_called() {
    let server = SmtpServer::start(Manners::default());
    let handed = |change: &dyn Fn(&mut Parcel, &mut Shelf)| {
        let mut parcel = parcel(mailbox(server.port, MailSecurity::None, None), "Hello!");
        let mut files = Shelf::default();
        change(&mut parcel, &mut files);
        let post = Setup {
            files,
            ..Setup::default()
        }
        .post();
        wait(post.deliver(parcel))
    };
    let gone = handed(&|parcel, shelf| {
        parcel
            .files
            .push(enclose(shelf, 12, "x", "text/plain", false, b"x"));
        shelf.0.clear();
    });
    let large = handed(&|parcel, shelf| {
        let bytes = vec![0; MAIL_BYTES_MAX / 4 * 3];
        parcel
            .files
            .push(enclose(shelf, 12, "x", "text/plain", false, &bytes));
    });
    let nobody = handed(&|parcel, _| {
        let phone = causerie_core::contact::Identifier::from_stored("phonenumber", "+31687654321");
        parcel.receivers[0].identifier = Some(phone);
    });
    let foreign = handed(&|parcel, _| {
        let local = causerie_core::contact::Identifier::from_stored("emailaddress", "jörg@x.org");
        parcel.receivers[0].identifier = Some(local);
    });
    for (handed, word) in [
        (gone, "gone"),
        (large, "25 MiB"),
        (nobody, "None"),
        (foreign, "None"),
    ] {
        let refused = matches!(&handed, Handed::Refused { reason, .. } if reason.contains(word));
        assert!(refused, "{handed:?}");
    }
    assert!(!server.heard("EHLO"));
}

#[test]
fn domains_of_other_scripts_are_written_in_ascii() {
    let (mail, _) = arrives(|parcel, _| {
        let identifier =
            causerie_core::contact::Identifier::from_stored("emailaddress", "a@bücher.example");
        parcel.receivers[0].identifier = Some(identifier);
    });
    assert_eq!(mail.to[0].address, "a@xn--bcher-kva.example");
}
