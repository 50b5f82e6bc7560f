//! E-mail as a user has it: a channel, a message to several people, their answer, the next one in the same thread, and
//! what happens when the mail server does not want it.
//!
//! How a mail is written and read is tested where that is done.

use std::net::TcpListener;
use std::time::Duration;

use causerie_tests::form::upload;
use causerie_tests::mail::MailServer;
use causerie_tests::{
    Client, Database, Line, Server, check, eventually, on_both_stores, pause, pictures, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    a_conversation_by_mail_goes_back_and_forth,
    mail_waits_for_a_server_that_is_down,
    mail_that_nobody_takes_has_failed_and_can_be_tried_again,
    a_channel_that_is_off_carries_nothing,
);

fn start(database: &Database) -> Server {
    let options = [
        "--outbound-allow",
        "127.0.0.0/8",
        "--mail-domain",
        "chat.test",
    ];
    Line::new(database).args(options).serve(database)
}

/// Makes a channel that sends through a server on this machine; gives its id.
#[track_caller]
fn channel(client: &mut Client, port: u16) -> String {
    let body = json!({"platform": "email", "name": "Support", "address": "support@chat.test",
        "smtp": {"host": "127.0.0.1", "port": port, "security": "none"}});
    scene::id(&client.post("/v1/channels", &body).expect(201))
}

#[track_caller]
fn write(client: &mut Client, channel: &str, to: &str) -> Value {
    let body = json!({"body": "How are you?", "title": "Your order",
        "receivers": [{"identifier": {"value": to}}]});
    client
        .post(&format!("/v1/channels/{channel}/messages"), &body)
        .expect(202)
}

/// Where a message is.
fn path_of(message: &Value) -> String {
    let conversation = message["conversation_id"].as_str().expect("a conversation");
    format!("{}/{}", scene::messages(conversation), scene::id(message))
}

#[track_caller]
fn wait_for(client: &mut Client, message: &Value, status: &str) -> Value {
    eventually(status, || {
        let now = client.get(&path_of(message)).expect(200);
        (now["delivery_status"] == status).then_some(now)
    })
}

#[track_caller]
fn receive(client: &mut Client, channel: &str, mail: &str, status: u16) -> Value {
    let path = format!("/v1/channels/{channel}/inbound");
    let headers = [("content-type", "message/rfc822")];
    let mail = mail.replace('\n', "\r\n");
    client
        .bring("POST", &path, &headers, mail.as_bytes())
        .expect(status)
}

fn a_conversation_by_mail_goes_back_and_forth(database: &Database) {
    let (server, mails) = (start(database), MailServer::start());
    let mut client = server.client(database);
    let channel = channel(&mut client, mails.port());
    let tried = client
        .post(&format!("/v1/channels/{channel}/test"), &json!({}))
        .expect(200);
    assert_eq!(tried["ok"], true, "{tried}");
    let picture = pictures::png(40, 30);
    let media = upload(&mut client, "photo.png", &picture);
    let body = json!({"body": "How are you?", "title": "Grüße ☂", "receivers": [
        {"identifier": {"value": "ada@Example.ORG"}, "name": "Ada"},
        {"identifier": {"value": "bo@example.org"}, "type": "cc"},
        {"identifier": {"value": "eve@example.org"}, "type": "bcc"},
    ], "attachments": [{"media_id": media["id"]}]});
    let sent = client
        .post(&format!("/v1/channels/{channel}/messages"), &body)
        .expect(202);
    assert_eq!(sent["direction"], "outgoing");
    let first = mails.next();
    assert_eq!(first.from, "support@chat.test");
    let mut to = first.to.clone();
    to.sort();
    let everybody = ["ada@example.org", "bo@example.org", "eve@example.org"];
    assert_eq!(to, everybody);
    assert!(
        first.header("to").contains("ada@example.org"),
        "{}",
        first.text
    );
    assert!(
        first.header("cc").contains("bo@example.org"),
        "{}",
        first.text
    );
    assert!(!first.text.contains("eve@example.org"), "{}", first.text);
    assert!(first.text.contains("How are you?") && first.text.contains("photo.png"));
    let id = first.header("message-id");
    assert_eq!(id, format!("<{}@chat.test>", scene::id(&sent)));
    wait_for(&mut client, &sent, "sent");

    let answer = format!(
        "From: Ada Lovelace <ada@example.org>\nTo: support@chat.test\nSubject: Re: hello\n\
         Message-ID: <answer-1@example.org>\nIn-Reply-To: {id}\nReferences: {id}\n\
         Content-Type: text/plain; charset=utf-8\n\nFine, thanks ☂\n"
    );
    let came = receive(&mut client, &channel, &answer, 201);
    assert_eq!(came["conversation_id"], sent["conversation_id"]);
    assert_eq!(came["direction"], "incoming");
    assert!(
        came["body"]
            .as_str()
            .expect("a text")
            .contains("Fine, thanks ☂")
    );
    let again = receive(&mut client, &channel, &answer, 200);
    assert_eq!(again["id"], came["id"], "the same mail comes in once");

    let conversation = sent["conversation_id"].as_str().expect("a conversation");
    let body = json!({"participant_id": sent["participant_id"], "body": "Good to hear"});
    scene::say(&mut client, conversation, &body);
    let second = mails.next();
    assert_eq!(second.header("in-reply-to"), "<answer-1@example.org>");
    let references = second.header("references");
    assert!(
        references.contains(&id) && references.ends_with("<answer-1@example.org>"),
        "{references}"
    );
    assert!(
        second.header("subject").contains("Re:"),
        "{}",
        second.header("subject")
    );
    assert_eq!(check::conversation(&mut client, conversation).len(), 3);

    // Somebody new begins a conversation of their own, with a file.
    let letter = "From: New <new@example.org>\nTo: support@chat.test\nSubject: A question\n\
         Message-ID: <new-1@example.org>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nWhere?\n--b\n\
         Content-Type: text/plain; name=\"../map.txt\"\n\
         Content-Disposition: attachment; filename=\"../map.txt\"\n\nhere\n--b--\n";
    let came = receive(&mut client, &channel, letter, 201);
    assert_ne!(came["conversation_id"], sent["conversation_id"]);
    assert_eq!(came["attachments"][0]["name"], "map.txt", "{came}");
    let url = came["attachments"][0]["url"].as_str().expect("an address");
    assert!(client.get(url).text().starts_with("here"));
    let path = format!(
        "/v1/conversations/{}",
        came["conversation_id"].as_str().expect("one")
    );
    assert_eq!(client.get(&path).expect(200)["title"], "A question");
    let broken = client.bring(
        "POST",
        &format!("/v1/channels/{channel}/inbound"),
        &[("content-type", "message/rfc822")],
        b"no mail at all",
    );
    assert!((400..500).contains(&broken.status), "{}", broken.text());
}

fn mail_waits_for_a_server_that_is_down(database: &Database) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = listener.local_addr().expect("an address");
    drop(listener);
    let server = start(database);
    let mut client = server.client(database);
    let channel = channel(&mut client, at.port());
    let tried = client
        .post(&format!("/v1/channels/{channel}/test"), &json!({}))
        .expect(200);
    assert!(
        tried["ok"] == false && tried["reason"].is_string(),
        "{tried}"
    );
    let sent = write(&mut client, &channel, "ada@example.org");
    wait_for(&mut client, &sent, "processing");
    pause(Duration::from_millis(500));
    let waiting = client.get(&path_of(&sent)).expect(200);
    assert_eq!(
        waiting["delivery_status"], "processing",
        "it has not failed yet"
    );
    let mails = MailServer::at(TcpListener::bind(at).expect("the port is still free"));
    // Taken for now, then refused for now, then taken.
    let arrived = mails.next();
    assert_eq!(arrived.to, ["ada@example.org"]);
    wait_for(&mut client, &sent, "sent");

    mails.refuse(451);
    let sent = write(&mut client, &channel, "bo@example.org");
    eventually("a first try", || (mails.refused() == 1).then_some(()));
    let waiting = client.get(&path_of(&sent)).expect(200);
    assert_eq!(waiting["delivery_status"], "processing");
    mails.refuse(0);
    assert_eq!(mails.next().to, ["bo@example.org"]);
    wait_for(&mut client, &sent, "sent");
}

fn mail_that_nobody_takes_has_failed_and_can_be_tried_again(database: &Database) {
    let (server, mails) = (start(database), MailServer::start());
    let mut client = server.client(database);
    let channel = channel(&mut client, mails.port());
    mails.refuse(550);
    let sent = write(&mut client, &channel, "ada@example.org");
    let failed = wait_for(&mut client, &sent, "failed");
    assert_eq!(failed["failure"]["stage"], "send");
    assert!(
        failed["failure"]["reason"]
            .as_str()
            .is_some_and(|why| !why.is_empty())
    );
    let recipients = client
        .get(&format!("{}/recipients", path_of(&sent)))
        .expect(200);
    assert_eq!(recipients["items"][0]["status"], "failed", "{recipients}");
    mails.refuse(0);
    client
        .post(&format!("{}/retry", path_of(&sent)), &json!({}))
        .expect(200);
    let arrived = mails.next();
    assert_eq!(
        arrived.header("message-id"),
        format!("<{}@chat.test>", scene::id(&sent))
    );
    let now = wait_for(&mut client, &sent, "sent");
    assert_eq!(now["failure"], Value::Null);
}

fn a_channel_that_is_off_carries_nothing(database: &Database) {
    let (server, mails) = (start(database), MailServer::start());
    let mut client = server.client(database);
    let channel = channel(&mut client, mails.port());
    let path = format!("/v1/channels/{channel}");
    client
        .post(&format!("{path}/deactivate"), &json!({}))
        .expect(200);
    let body =
        json!({"body": "Hello", "receivers": [{"identifier": {"value": "ada@example.org"}}]});
    let refused = client.post(&format!("{path}/messages"), &body);
    assert_eq!(refused.refused(409), "channel_inactive");
    let mail = "From: ada@example.org\nMessage-ID: <a@example.org>\n\nHello\n";
    let refused = receive(&mut client, &channel, mail, 409);
    assert_eq!(refused["code"], "channel_inactive");
    client
        .post(&format!("{path}/activate"), &json!({}))
        .expect(200);
    client.post(&format!("{path}/messages"), &body).expect(202);
    assert_eq!(mails.next().to, ["ada@example.org"]);
}
