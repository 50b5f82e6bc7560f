//! Lists of messages: cursors in both directions, around a message, by words, by page numbers.

use serde_json::{Value, json};

use super::world::{Ask, User, World, number};

struct Scene {
    world: World,
    ada: User,
    of: u64,
    sent: Vec<u64>,
}

async fn scene(messages: usize) -> Scene {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let mut sent = Vec::new();
    for place in 0..messages {
        let text = format!("message {place}");
        sent.push(number(&world.message(&ada.key, of, &text).await));
    }
    Scene {
        world,
        ada,
        of,
        sent,
    }
}

impl Scene {
    async fn page(&self, query: &str) -> Value {
        let path = format!("/conversations/{}/messages?{query}", self.of);
        self.world
            .ask_as(&self.ada.key, "GET", &path)
            .await
            .expect(200)
    }

    /// The places of the messages of a page.
    fn places(&self, page: &Value) -> Vec<usize> {
        let all = page["data"].as_array().expect("a list").iter();
        let place = |one: &Value| self.sent.iter().position(|id| *id == number(one));
        all.map(|one| place(one).expect("sent here")).collect()
    }

    /// The page that a link leads to.
    async fn follow(&self, link: &Value) -> Value {
        let link = link.as_str().expect("a link");
        let target = link.strip_prefix("http://localhost").expect("our own");
        let ask = Ask::new("GET", target).key(&self.ada.key);
        self.world.send(&ask).await.expect(200)
    }
}

#[actix_web::test]
async fn links_lead_there_and_back() {
    let scene = scene(7).await;
    let first = scene.page("limit=3").await;
    assert_eq!(scene.places(&first), [6, 5, 4]);
    assert_eq!(
        (&first["links"]["prev"], &first["meta"]["prev_cursor"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(first["meta"]["per_page"], 3);
    let path = World::under(&format!("/conversations/{}/messages", scene.of));
    assert_eq!(first["meta"]["path"], format!("http://localhost{path}"));
    let second = scene.follow(&first["links"]["next"]).await;
    assert_eq!(scene.places(&second), [3, 2, 1]);
    let third = scene.follow(&second["links"]["next"]).await;
    assert_eq!(
        (scene.places(&third), &third["links"]["next"]),
        (vec![0], &Value::Null)
    );
    let back = scene.follow(&third["links"]["prev"]).await;
    assert_eq!(scene.places(&back), [3, 2, 1]);
    let cursor = back["meta"]["prev_cursor"].as_str().expect("a cursor");
    let newest = scene.page(&format!("limit=3&cursor={cursor}")).await;
    assert_eq!(
        (scene.places(&newest), &newest["links"]["prev"]),
        (vec![6, 5, 4], &Value::Null)
    );
}

#[actix_web::test]
async fn a_page_begins_around_a_message() {
    let scene = scene(9).await;
    let start = scene.sent[4];
    let page = scene
        .page(&format!("limit=5&starter_message_id={start}"))
        .await;
    assert_eq!(scene.places(&page), [6, 5, 4, 3, 2]);
    assert_eq!(
        scene.places(&scene.follow(&page["links"]["prev"]).await),
        [8, 7]
    );
    assert_eq!(
        scene.places(&scene.follow(&page["links"]["next"]).await),
        [1, 0]
    );
    let newest = scene
        .page(&format!("limit=4&message={}", scene.sent[8]))
        .await;
    assert_eq!(
        (scene.places(&newest), &newest["links"]["prev"]),
        (vec![8, 7, 6, 5], &Value::Null)
    );
    let alone = scene
        .page(&format!("limit=1&starter_message_id={start}"))
        .await;
    assert_eq!(scene.places(&alone), [4]);
    assert_eq!(
        scene.places(&scene.follow(&alone["links"]["prev"]).await),
        [5]
    );
}

#[actix_web::test]
async fn words_find_messages_and_pages_have_numbers() {
    let scene = scene(5).await;
    let found = scene.page("query=message&limit=2").await;
    assert_eq!(scene.places(&found), [4, 3]);
    let next = scene.follow(&found["links"]["next"]).await;
    assert_eq!(scene.places(&next), [2, 1]);
    assert_eq!(scene.places(&scene.page("query=%223%22").await), [3]);
    assert_eq!(scene.places(&scene.page("page=2&limit=2").await), [2, 1]);
    assert_eq!(
        scene.places(&scene.page("page=9&limit=2").await),
        [0_usize; 0]
    );
}

#[actix_web::test]
async fn what_cannot_be_asked_is_told() {
    let scene = scene(1).await;
    let path = format!("/conversations/{}/messages", scene.of);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("page=0", "page"),
        ("page=1000", "page"),
        ("starter_message_id=999999", "starter_message_id"),
        ("query=%20", "query"),
    ] {
        let target = format!("{path}?{query}");
        let refused = scene
            .world
            .ask_as(&scene.ada.key, "GET", &target)
            .await
            .refused(422);
        assert!(refused["errors"][field].is_array(), "{query}: {refused}");
    }
    let eve = scene.world.user("Eve").await;
    scene
        .world
        .ask_as(&eve.key, "GET", &path)
        .await
        .refused(403);
    scene
        .world
        .ask_as(&eve.key, "GET", &format!("{path}?limit=0"))
        .await
        .refused(403);
    let sent = format!("{path}/{}", scene.sent[0]);
    scene
        .world
        .ask_as(&eve.key, "GET", &sent)
        .await
        .refused(403);
    scene
        .world
        .ask_as(&scene.ada.key, "GET", &format!("{path}/999999"))
        .await
        .refused(404);
    let api = World::under(&path).replace("/staffchat/", "/staffchat/api/");
    let ask = Ask::new("GET", api).key(&scene.ada.key);
    let listed = scene.world.send(&ask).await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(json!(scene.places(&listed)), json!([0]));
}
