//! Mails on their way to a real SMTP server: protection, logging in, answers, several receivers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::channel::MailSecurity;
use causerie_core::outbound::{Handed, Parcel, ReceiverRole};
use causerie_core::port::{Courier as _, MailReader as _};
use mailin::AuthMechanism;

use super::fixture::{
    Authority, DOMAIN, SECRET, Setup, deliver, mailbox, mailbox_at, parcel, receiver, wait,
};
use super::smtp_server::{Manners, SmtpServer};
use crate::MimeReader;
use crate::mail::PARTIAL_TRIES_MIN;

fn is_taken(handed: &Handed) -> bool {
    matches!(handed, Handed::Taken { reference: Some(_) })
}

/// The mail went to all but so many.
fn leaves_out(handed: &Handed, count: usize) -> bool {
    let why = "does not take mail for this address";
    matches!(handed, Handed::Partly { reference: Some(_), left_out }
        if left_out.len() == count && left_out.iter().all(|one| one.reason.contains(why)))
}

fn is_refused(handed: &Handed, word: &str) -> bool {
    matches!(handed, Handed::Refused { reason, .. } if reason.contains(word))
}

fn is_later(handed: &Handed) -> bool {
    matches!(handed, Handed::Later { .. })
}

fn plain(manners: Manners) -> (SmtpServer, Parcel) {
    let server = SmtpServer::start(manners);
    let channel = mailbox(server.port, MailSecurity::None, None);
    (server, parcel(channel, "Hello!\n.\n..\nBye"))
}

#[test]
fn a_mail_arrives_under_an_id_that_stays_the_same() {
    let (server, mut parcel) = plain(Manners::default());
    let id = format!("{}@{DOMAIN}", parcel.message.id);
    for tries in [1, 2] {
        parcel.tries = tries;
        let reference = Some(id.clone());
        assert_eq!(deliver(parcel.clone()), Handed::Taken { reference });
        let arrival = server.next();
        assert_eq!(arrival.from, "support@example.org");
        assert_eq!(arrival.to, ["bob@example.com"]);
        let mail = MimeReader.read(&arrival.bytes).expect("a mail");
        assert_eq!(mail.message_id.as_deref(), Some(&*id));
        assert_eq!(
            mail.text.replace("\r\n", "\n").trim_end(),
            "Hello!\n.\n..\nBye"
        );
        assert_eq!(mail.sent_at, Some(parcel.message.created_at));
        assert!(!mail.automatic);
    }
}

#[test]
fn a_way_that_is_to_be_protected_is_protected() {
    let authority = Authority::new();
    for (security, implicit) in [(MailSecurity::Starttls, false), (MailSecurity::Tls, true)] {
        for login in [AuthMechanism::Plain, AuthMechanism::Login] {
            let server = SmtpServer::start(Manners {
                tls: Some(Arc::clone(&authority.server)),
                implicit,
                login: Some(login),
                ..Manners::default()
            });
            let channel = mailbox(server.port, security, Some("ada"));
            let stranger = deliver(parcel(channel.clone(), "Hello!"));
            assert!(is_later(&stranger), "{stranger:?}");
            assert!(!server.heard("AUTH"), "no password goes to a stranger");
            let trusting = || Setup {
                extra_roots: Some(authority.pem.clone()),
                ..Setup::default()
            };
            let handed = wait(trusting().post().deliver(parcel(channel, "Hello!")));
            assert!(is_taken(&handed), "{handed:?}");
            assert_eq!(server.next().to, ["bob@example.com"]);
            assert_eq!(server.heard("STARTTLS"), !implicit);
            let elsewhere = mailbox_at("127.0.0.1", server.port, security, Some("ada"));
            let misnamed = wait(trusting().post().deliver(parcel(elsewhere, "Hello!")));
            assert!(
                is_later(&misnamed),
                "the certificate is for localhost: {misnamed:?}"
            );
        }
    }
}

#[test]
fn what_is_added_before_tls_is_not_taken_for_an_answer() {
    let authority = Authority::new();
    for (injected, taken) in [("", true), ("250-mx\r\n250 AUTH PLAIN\r\n", false)] {
        let server = SmtpServer::start(Manners {
            tls: Some(Arc::clone(&authority.server)),
            injected,
            ..Manners::default()
        });
        let post = Setup {
            extra_roots: Some(authority.pem.clone()),
            ..Setup::default()
        }
        .post();
        let channel = mailbox(server.port, MailSecurity::Starttls, None);
        let handed = wait(post.deliver(parcel(channel, "Hello!")));
        assert_eq!(
            (is_taken(&handed), is_later(&handed)),
            (taken, !taken),
            "{handed:?}"
        );
        assert_eq!(server.heard("MAIL"), taken);
    }
}

#[test]
fn without_starttls_no_mail_goes_where_it_is_asked_for() {
    let server = SmtpServer::start(Manners::default());
    let channel = mailbox(server.port, MailSecurity::Starttls, Some("ada"));
    let handed = deliver(parcel(channel, "Hello!"));
    assert!(is_refused(&handed, "STARTTLS"), "{handed:?}");
    assert!(!server.heard("MAIL") && !server.heard("AUTH"));
}

#[test]
fn a_wrong_user_is_told_apart_and_shown_nowhere() {
    let authority = Authority::new();
    let server = SmtpServer::start(Manners {
        tls: Some(Arc::clone(&authority.server)),
        login: Some(AuthMechanism::Plain),
        ..Manners::default()
    });
    let setup = || Setup {
        extra_roots: Some(authority.pem.clone()),
        ..Setup::default()
    };
    let channel = mailbox(server.port, MailSecurity::Starttls, Some("eve"));
    let handed = wait(setup().post().deliver(parcel(channel.clone(), "Hello!")));
    assert!(is_refused(&handed, "password"), "{handed:?}");
    assert!(!format!("{handed:?}").contains(SECRET));
    assert_eq!(wait(setup().post().test(channel)), handed);
    let server = SmtpServer::start(Manners {
        tls: Some(Arc::clone(&authority.server)),
        ..Manners::default()
    });
    let channel = mailbox(server.port, MailSecurity::Starttls, Some("ada"));
    let handed = wait(setup().post().deliver(parcel(channel, "Hello!")));
    assert!(is_refused(&handed, "log in"), "{handed:?}");
}

#[test]
fn a_channel_is_tested_without_a_mail() {
    let authority = Authority::new();
    let server = SmtpServer::start(Manners {
        tls: Some(Arc::clone(&authority.server)),
        login: Some(AuthMechanism::Plain),
        ..Manners::default()
    });
    let post = Setup {
        extra_roots: Some(authority.pem),
        ..Setup::default()
    }
    .post();
    let channel = mailbox(server.port, MailSecurity::Starttls, Some("ada"));
    assert_eq!(wait(post.test(channel)), Handed::Taken { reference: None });
    assert!(server.heard("NOOP") && server.heard("QUIT") && !server.heard("MAIL"));
}

#[test]
fn an_answer_says_whether_to_try_again() {
    for (end, again) in [(451, true), (452, true), (552, false), (554, false)] {
        let (_server, parcel) = plain(Manners {
            end: Some(end),
            ..Manners::default()
        });
        let handed = deliver(parcel);
        assert_eq!(is_later(&handed), again, "{end} {handed:?}");
        assert_eq!(is_refused(&handed, "refused"), !again, "{end} {handed:?}");
        let shown = format!("{handed:?}");
        assert!(
            shown.contains(&end.to_string()) && shown.contains("as the test says"),
            "{shown}"
        );
    }
    let greeted = |greeting, mail_limit| {
        let (_server, parcel) = plain(Manners {
            greeting: Some(greeting),
            ..Manners::default()
        });
        let setup = Setup {
            mail_limit,
            ..Setup::default()
        };
        wait(setup.post().deliver(parcel))
    };
    let patient = Duration::from_mins(1);
    for (greeting, limit, again) in [
        ("421 Not now\r\n", patient, true),
        ("554 Not you\r\n", patient, false),
        ("SSH-2.0-OpenSSH\r\n", patient, true),
        ("", Duration::from_millis(300), true),
    ] {
        let handed = greeted(greeting, limit);
        assert_eq!(is_later(&handed), again, "{greeting} {handed:?}");
    }
}

#[test]
fn a_server_that_talks_without_end_is_not_listened_to() {
    let endless: &'static str = "x".repeat(300_000).leak();
    let (_server, parcel) = plain(Manners {
        greeting: Some(endless),
        ..Manners::default()
    });
    let handed = deliver(parcel);
    let shown = format!("{handed:?}");
    assert!(
        is_later(&handed) && shown.contains("says too much"),
        "{shown}"
    );
}

fn several(codes: &[(&'static str, u16)], tries: u16) -> (SmtpServer, Handed) {
    let (server, mut parcel) = plain(Manners {
        receivers: codes.iter().copied().collect::<HashMap<_, _>>(),
        ..Manners::default()
    });
    let cc = ("emailaddress", "cem@example.com");
    let bcc = ("emailaddress", "dora@example.com");
    parcel.receivers.push(receiver(ReceiverRole::Cc, "Cem", cc));
    parcel
        .receivers
        .push(receiver(ReceiverRole::Bcc, "Dora Blind", bcc));
    parcel.tries = tries;
    (server, deliver(parcel))
}

#[test]
fn blind_copies_stand_on_the_envelope_only() {
    let (server, handed) = several(&[], 1);
    assert!(is_taken(&handed), "{handed:?}");
    let arrival = server.next();
    let all = ["bob@example.com", "cem@example.com", "dora@example.com"];
    assert_eq!(arrival.to, all);
    let mail = MimeReader.read(&arrival.bytes).expect("a mail");
    assert_eq!(mail.to[0].address, "bob@example.com");
    assert_eq!(mail.cc[0].name.as_deref(), Some("Cem"));
    let shown = String::from_utf8_lossy(&arrival.bytes).to_ascii_lowercase();
    assert!(!shown.contains("dora") && !shown.contains("bcc"), "{shown}");
}

#[test]
fn a_receiver_who_is_never_taken_does_not_lose_the_others_theirs() {
    let (server, handed) = several(&[("bob@example.com", 550)], 1);
    assert!(leaves_out(&handed, 1), "{handed:?}");
    assert_eq!(server.next().to, ["cem@example.com", "dora@example.com"]);
    assert!(server.arrivals.try_recv().is_err(), "nobody gets it twice");
    let nobody = ["bob@example.com", "cem@example.com", "dora@example.com"];
    let (server, handed) = several(&nobody.map(|to| (to, 550)), 1);
    assert!(is_refused(&handed, "refused"), "{handed:?}");
    assert!(!server.heard("DATA"));
}

#[test]
fn a_receiver_who_is_put_off_is_waited_for_some_time() {
    let put_off = [("cem@example.com", 451)];
    for tries in 1..PARTIAL_TRIES_MIN {
        let (server, handed) = several(&put_off, tries);
        assert!(is_later(&handed), "{handed:?}");
        assert!(!server.heard("DATA"), "nobody gets it before all can");
    }
    let (server, handed) = several(&put_off, PARTIAL_TRIES_MIN);
    assert!(leaves_out(&handed, 1), "{handed:?}");
    assert_eq!(server.next().to, ["bob@example.com", "dora@example.com"]);
    let all = ["bob@example.com", "cem@example.com", "dora@example.com"];
    let (_server, handed) = several(&all.map(|to| (to, 450)), 10);
    assert!(is_later(&handed), "{handed:?}");
}

#[test]
fn a_mail_server_that_is_not_public_is_not_connected_to() {
    let server = SmtpServer::start(Manners::default());
    let strict = || Setup {
        allowed: "",
        ..Setup::default()
    };
    for host in [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ] {
        let channel = mailbox_at(host, server.port, MailSecurity::None, None);
        let handed = wait(strict().post().deliver(parcel(channel, "Hello!")));
        assert!(is_refused(&handed, "outbound_allow"), "{host} {handed:?}");
    }
    // A label this long is in no directory, so nobody is asked.
    let unknown = "x".repeat(64);
    let channel = mailbox_at(&unknown, server.port, MailSecurity::None, None);
    let handed = wait(strict().post().deliver(parcel(channel, "Hello!")));
    assert!(is_later(&handed), "{handed:?}");
    assert!(!server.heard("EHLO"));
}
