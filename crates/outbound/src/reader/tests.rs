//! Mail as others write it, and as nobody should.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

fn read(raw: &str) -> InboundMail {
    MimeReader
        .read(raw.replace('\n', "\r\n").as_bytes())
        .expect("a mail")
}

fn fails(raw: &[u8]) -> MailFault {
    MimeReader.read(raw).expect_err("no mail that is taken")
}

const PLAIN: &str = "\
From: =?iso-8859-1?q?J=F6rg_M=FCller?= <joerg@example.org>
To: \"Support, all\" <support@example.com>, team: a@x.org, b@x.org;
Cc: c@x.org
Subject: =?utf-8?b?R3LDvMOfZQ==?=
 =?utf-8?q?_und_mehr?=
Message-ID: <new@example.org>
In-Reply-To: <second@chat.example.org>
References: <first@chat.example.org>
 <second@chat.example.org>
Date: Sat, 28 Feb 2026 13:30:45 +0100
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Sch=F6n!

> Quoted.
-- =20
J=F6rg
";

#[test]
fn a_plain_mail_is_read_as_it_is() {
    let mail = read(PLAIN);
    assert_eq!(mail.message_id.as_deref(), Some("new@example.org"));
    assert_eq!(
        mail.follows,
        ["first@chat.example.org", "second@chat.example.org"]
    );
    assert_eq!(mail.from.name.as_deref(), Some("Jörg Müller"));
    assert_eq!(mail.from.address, "joerg@example.org");
    let to: Vec<_> = mail.to.iter().map(|one| one.address.as_str()).collect();
    assert_eq!(to, ["support@example.com", "a@x.org", "b@x.org"]);
    assert_eq!(mail.cc.len(), 1);
    assert_eq!(mail.subject.as_deref(), Some("Grüße und mehr"));
    let text = mail.text.replace("\r\n", "\n");
    assert_eq!(text, "Schön!\n\n> Quoted.\n--  \nJörg\n");
    assert_eq!(mail.html, None);
    let sent = Timestamp::parse("2026-02-28T12:30:45Z").expect("a time");
    assert_eq!(mail.sent_at, Some(sent));
    assert!(mail.files.is_empty() && !mail.automatic);
}

#[test]
fn html_alone_is_read_as_text_too() {
    let mail = read(
        "From: a@x.org\nContent-Type: text/html; charset=utf-8\n\n\
         <html><head><style>p {}</style></head><body><p>Hello &amp; <b>bye</b></p><p>Ada</p></body></html>\n",
    );
    assert!(
        mail.text.contains("Hello & bye") && mail.text.contains("Ada"),
        "{}",
        mail.text
    );
    assert!(
        !mail.text.contains('<') && !mail.text.contains("p {}"),
        "{}",
        mail.text
    );
    assert!(mail.html.expect("HTML").contains("<b>bye</b>"));
}

const MIXED: &str = "\
From: a@x.org
Content-Type: multipart/mixed; boundary=out

--out
Content-Type: multipart/alternative; boundary=in

--in
Content-Type: text/plain

Plain
--in
Content-Type: text/html

<p>Rich</p>
--in--
--out
Content-Type: image/png; name=\"=?utf-8?q?B=C3=A4r.png?=\"
Content-Disposition: inline
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--out
Content-Type: message/rfc822; name=inner.eml
Content-Disposition: attachment

From: b@y.org
Subject: Inner
Content-Type: text/plain

Within
--out
Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt

Euro
--out--
";

#[test]
fn files_are_taken_out_and_mails_within_mails_are_files() {
    let mail = read(MIXED);
    assert_eq!(mail.text.trim(), "Plain");
    assert_eq!(mail.html.as_deref().map(str::trim), Some("<p>Rich</p>"));
    assert_eq!(mail.subject, None);
    let [picture, inner, euro] = &mail.files[..] else {
        panic!("expected three files, found {:?}", mail.files);
    };
    assert_eq!(picture.name.as_deref(), Some("Bär.png"));
    assert_eq!(picture.declared.as_deref(), Some("image/png"));
    assert_eq!(picture.content_id.as_deref(), Some("pic@x"));
    assert!(picture.inline && picture.bytes == b"\x89PNG\r\n\x1a\n");
    assert_eq!(inner.name.as_deref(), Some("inner.eml"));
    assert_eq!(inner.declared.as_deref(), Some("message/rfc822"));
    assert!(
        inner
            .bytes
            .starts_with(b"From: b@y.org\r\nSubject: Inner\r\n"),
        "{inner:?}"
    );
    assert!(inner.bytes.ends_with(b"Within"), "{inner:?}");
    assert_eq!(
        (euro.name.as_deref(), euro.bytes.as_slice()),
        (Some("€.txt"), &b"Euro"[..])
    );
}

#[test]
fn programs_are_told_from_people() {
    for head in [
        "Auto-Submitted: auto-replied",
        "auto-submitted: Auto-Generated; x=y",
        "Precedence: bulk",
        "Precedence: LIST",
        "Return-Path: <>",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    ] {
        assert!(
            read(&format!("From: a@x.org\n{head}\n\n--b\n\nx\n--b--\n")).automatic,
            "{head}"
        );
    }
    for head in [
        "Auto-Submitted: no",
        "Return-Path: <a@x.org>",
        "Precedence: first-class",
    ] {
        assert!(
            !read(&format!("From: a@x.org\n{head}\n\nx\n")).automatic,
            "{head}"
        );
    }
}

#[test]
fn the_nearest_mails_of_a_thread_are_kept() {
    let ids: Vec<String> = (0..80).map(|number| format!("<{number}@x>")).collect();
    let head = ids.join("\n ");
    let mail = read(&format!(
        "From: a@x.org\nIn-Reply-To: <7@x>\nReferences: {head}\n\nx"
    ));
    assert_eq!(mail.follows.len(), MAIL_FOLLOWS_MAX);
    assert_eq!(mail.follows.last().map(String::as_str), Some("7@x"));
    assert_eq!(mail.follows[MAIL_FOLLOWS_MAX - 2], "79@x");
}

#[test]
fn what_is_no_mail_is_told_so() {
    assert_eq!(fails(b""), MailFault::Unreadable);
    assert_eq!(fails(b"\r\n\r\nNothing but text"), MailFault::Unreadable);
    assert_eq!(fails(b"\xFF\x00\x01"), MailFault::NoSender);
    assert_eq!(
        fails(b"Subject: x\r\n\r\nNobody wrote this."),
        MailFault::NoSender
    );
    assert_eq!(fails(b"From: nobody\r\n\r\nx"), MailFault::NoSender);
    assert_eq!(fails(&vec![b'x'; MAIL_BYTES_MAX + 1]), MailFault::TooLarge);
    let part = "--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n";
    let all = part.repeat(MAIL_FILES_MAX + 1);
    let many = format!("From: a@x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{all}--b--");
    assert_eq!(fails(many.as_bytes()), MailFault::TooManyFiles);
}

#[test]
fn bounds_hold_whatever_is_written() {
    let name = "ä".repeat(10_000);
    let to = "a@x.org, ".repeat(5_000);
    let text = "ö".repeat(MAIL_TEXT_BYTES_MAX);
    let mail = read(&format!(
        "From: {name} <a@x.org>\nTo: {to}b@x.org\nSubject: {name}\nMessage-ID: <{name}>\n\
         Content-Type: text/plain; charset=utf-8\n\n{text}"
    ));
    assert!(
        mail.from
            .name
            .is_some_and(|name| name.len() <= LINE_BYTES_MAX)
    );
    assert!(
        mail.subject
            .is_some_and(|subject| subject.len() <= LINE_BYTES_MAX)
    );
    assert_eq!((mail.to.len(), mail.message_id), (MAIL_RECEIVERS_MAX, None));
    assert_eq!(mail.text.len(), MAIL_TEXT_BYTES_MAX);
}

/// Fills a mail with the same thing again and again.
fn filled(head: &str, again: &str, bytes: usize) -> Vec<u8> {
    let mut mail = format!("From: a@x.org\r\n{head}").into_bytes();
    while mail.len() < bytes {
        mail.extend_from_slice(again.as_bytes());
    }
    mail
}

#[test]
fn mail_made_to_hurt_hurts_nobody() {
    let begun = Instant::now();
    let bytes = 2 * 1024 * 1024;
    let rfc822 = "Content-Type: message/rfc822\r\n\r\n";
    for (head, again) in [
        ("", rfc822),
        ("", "Content-Type:MESSAGE/GLOBAL\n\n"),
        ("", "Con tent - Type : (;) message/rfc822\r\n\r\n"),
        ("", "Content-Type:\r\n\tmessage/rfc822; name=x\r\n\r\n"),
        (
            "",
            "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n",
        ),
        (
            "",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            "--b\r\nContent-Type: multipart/x; boundary=z\r\n\r\n",
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            "--b\r\n\r\n",
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
            "--bContent-Type:message/rfc822\n\n",
        ),
        ("", "X:\r\n"),
        ("Subject: ", "=?utf-8?q?=?= "),
        ("To: ", "((((\"<"),
        ("Content-Type: text/plain; ", "a*0*=b; "),
        ("References: ", "<<<>"),
        ("Content-Type: text/html\r\n\r\n", "<!--<style><script>&"),
        ("Content-Transfer-Encoding: base64\r\n\r\n", "===="),
        ("Received: ", "from x by y; "),
    ] {
        // Taken or not: it comes back.
        let read = MimeReader.read(&filled(head, again, bytes));
        let bounded = |mail: InboundMail| mail.files.len() <= MAIL_FILES_MAX;
        assert!(read.map_or(true, bounded), "{head}{again}");
    }
    // A border that begins everywhere and ends nowhere.
    let dashes = "-".repeat(90_000);
    let head = format!("Content-Type: multipart/mixed; boundary=\"{dashes}x\"\r\n\r\n");
    assert_eq!(fails(&filled(&head, "-", 190_000)), MailFault::TooNested);
    // Many ids, each another one.
    let ids: Vec<String> = (0..150_000).map(|number| format!("<{number}>")).collect();
    let ids = ids.concat();
    let mail = read(&format!(
        "From: a@x.org\nIn-Reply-To: {ids}\nReferences: {ids}<a>\n\nx"
    ));
    assert_eq!(mail.follows.len(), MAIL_FOLLOWS_MAX);
    // A tree of mails within an encoded mail.
    let within = STANDARD.encode(filled("", rfc822, bytes));
    let head =
        "From: a@x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let mail = MimeReader
        .read(format!("{head}{within}").as_bytes())
        .expect("a mail with a file");
    assert_eq!(mail.files.len(), 1);
    assert!(
        begun.elapsed() < Duration::from_mins(1),
        "it took {:?}",
        begun.elapsed()
    );
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        let _ = MimeReader.read(&bytes);
    }

    #[test]
    fn no_pieces_of_mail_make_reading_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        if let Ok(mail) = MimeReader.read(pieces.concat().as_bytes()) {
            prop_assert!(mail.files.len() <= MAIL_FILES_MAX);
            prop_assert!(mail.text.len() <= MAIL_TEXT_BYTES_MAX);
        }
    }
}

/// What mails are made of.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "From: a@x.org\r\n",
        "\r\n",
        "\n",
        "\r\n\r\n",
        "--b",
        "--b\r\n",
        "--b--",
        "Content-Type: ",
        "multipart/mixed; boundary=b\r\n",
        "multipart/digest; boundary=\"b\"\r\n",
        "multipart/alternative; boundary=c\r\n",
        "--c\r\n",
        "message/rfc822\r\n",
        "text/html; charset=shift_jis\r\n",
        "text/plain; charset=utf-7\r\n",
        "charset*=utf-8''%e2%82; ",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-Disposition: attachment; filename*0*=x",
        "AAEC/=",
        "=E4=\r\n",
        "=?utf-8?b?4oKs?=",
        "References: <a@b> <",
        "Date: Mon, 99 Foo 99999999999999999999 25:61:61 +9999\r\n",
        "Subject: ",
        "\u{FEFF}ä\0",
        "<html><p>x",
        ";",
        "\"",
        "(",
        "\t",
    ])
}
