//! The order of checks: 401, 403, 404, then the form of the request, then its values, then conflicts.

use crate::world::{Ask, World};

/// A request that is wrong in every way, repaired step by step: each step uncovers the next problem.
#[actix_web::test]
async fn problems_come_in_one_order() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    world
        .ask("POST", format!("/v1/conversations/{group}/archive"))
        .await
        .expect(200);
    let nowhere = "/v1/conversations/conv_00000000000000000000000000/messages";
    let path = format!("/v1/conversations/{group}/messages");
    let reader = world.key("messaging:read");
    let writer = world.key("messaging:write");
    let large = " ".repeat(300_000);
    let good = format!(r#"{{"participant_id":"{ada}","body":"Hello"}}"#);
    let steps: [(&str, Ask); 9] = [
        ("key_missing", Ask::new("POST", nowhere).bytes("{")),
        (
            "scope_missing",
            Ask::new("POST", nowhere).key(&reader).bytes("{"),
        ),
        (
            "conversation_not_found",
            Ask::new("POST", nowhere).key(&writer).bytes("{"),
        ),
        (
            "body_too_large",
            Ask::new("POST", &path).key(&writer).bytes(&large),
        ),
        (
            "media_type_unsupported",
            Ask::new("POST", &path).key(&writer).bytes("{"),
        ),
        (
            "json_malformed",
            Ask::new("POST", &path).key(&writer).json("{"),
        ),
        (
            "validation_failed",
            Ask::new("POST", &path).key(&writer).json("{}"),
        ),
        (
            "header_invalid",
            Ask::new("POST", &path).key(&writer).once("").json(&good),
        ),
        (
            "conversation_not_open",
            Ask::new("POST", &path).key(&writer).json(&good),
        ),
    ];
    for (code, ask) in &steps {
        world.send(ask).await.expect_problem(code);
    }
}

#[actix_web::test]
async fn what_is_missing_comes_before_a_bad_query_or_body() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let conversation = format!("/v1/conversations/{group}");
    let cases = [
        (
            "GET",
            "/v1/conversations/conv_1/messages?limit=0",
            "",
            "conversation_not_found",
        ),
        (
            "GET",
            "/v1/participants/part_1?x=1",
            "",
            "participant_not_found",
        ),
        (
            "PATCH",
            "/v1/participants/part_1",
            "[]",
            "participant_not_found",
        ),
        ("GET", "/v1/keys/key_1?x=1", "", "key_not_found"),
        ("GET", "/v1/workspaces/ws_1?x=1", "", "workspace_not_found"),
    ];
    for (method, target, body, code) in cases {
        world.tell(method, target, body).await.expect_problem(code);
    }
    let below = [
        ("GET", "/messages/msg_1?x=1", "", "message_not_found"),
        (
            "PATCH",
            "/messages/msg_00000000000000000000000000",
            "{",
            "message_not_found",
        ),
        (
            "DELETE",
            "/messages/msg_00000000000000000000000000?participant_id=1",
            "",
            "message_not_found",
        ),
        (
            "PATCH",
            "/members/part_00000000000000000000000000",
            "{",
            "member_not_found",
        ),
        ("PUT", "/members/part_1/read", "{", "member_not_found"),
    ];
    for (method, rest, body, code) in below {
        let target = format!("{conversation}{rest}");
        world.tell(method, target, body).await.expect_problem(code);
    }
}

#[actix_web::test]
async fn for_a_bound_key_other_conversations_do_not_exist() {
    let world = World::new().await;
    let (ada, bob) = (
        world.participant("Ada").await,
        world.participant("Bob").await,
    );
    let group = world.group(&[&ada]).await;
    let key = world.bound(&bob);
    for (method, rest, body) in [
        ("GET", "", ""),
        ("GET", "/messages", ""),
        ("POST", "/messages", "{"),
        ("POST", "/messages", r#"{"body":"Hello"}"#),
        ("GET", "/members", ""),
    ] {
        let ask = Ask::new(method, format!("/v1/conversations/{group}{rest}"));
        let answer = world.send(&ask.key(&key).json(body)).await;
        answer.expect_problem("conversation_not_found");
    }
}
