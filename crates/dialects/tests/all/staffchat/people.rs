//! Users, participants of groups, and the service messages that tell of them.

use serde_json::{Value, json};

use super::world::{World, number, roles};

#[actix_web::test]
async fn a_user_reads_back_with_everything_that_was_said_of_them() {
    let world = World::new().await;
    let body = json!({
        "first_name": "Stella", "last_name": "Donnelly", "email": "Stella@Example.com",
        "unit": "HQ", "department": "Sales", "title": "Engine Assembler", "reference": "ext-243-b4",
        "phone": "+31612345678", "quote": "To be", "birthday": "1990-09-11",
        "settings": {"language": "en", "expire": 1_540_365_820, "deep": [1, {"a": null}]},
        "userTypes": [1, 2],
    });
    let answer = world.tell("POST", "/users", &body).await;
    let made = answer.expect(201);
    let place = format!("/dialects/staffchat/users/{}", number(&made));
    assert!(
        answer
            .header("location")
            .is_some_and(|at| at.ends_with(&place))
    );
    for (name, value) in body.as_object().expect("an object") {
        let shown = match name.as_str() {
            "unit" | "department" => &made[name]["name"],
            _ => &made[name],
        };
        if name == "email" {
            assert_eq!(shown, "Stella@example.com");
        } else {
            assert_eq!(shown, value, "{name}");
        }
    }
    let path = format!("/users/{}", number(&made));
    assert_eq!(world.ask("GET", &path).await.expect(200), made);
    let listed = world.ask("GET", "/users?limit=1").await.expect(200);
    assert_eq!(listed["data"], json!([made]));
}

#[actix_web::test]
async fn what_is_wrong_with_a_user_is_told() {
    let world = World::new().await;
    let fine =
        json!({"first_name": "A", "last_name": "B", "email": "a@example.com", "reference": "r"});
    world.tell("POST", "/users", &fine).await.expect(201);
    for (name, value) in [
        ("email", json!("nowhere")),
        ("email", json!("a@example.com")),
        ("first_name", Value::Null),
        ("phone", json!("one two")),
        ("unit", json!(5)),
    ] {
        let mut body = json!({"first_name": "A", "last_name": "B", "email": "b@example.com"});
        body[name] = value;
        let refused = world.tell("POST", "/users", &body).await.refused(422);
        assert!(refused["errors"][name].is_array(), "{refused}");
    }
    let mut taken = fine.clone();
    taken["email"] = json!("c@example.com");
    let refused = world.tell("POST", "/users", &taken).await.refused(422);
    assert!(refused["errors"]["reference"].is_array(), "{refused}");
    let ada = world.user("Ada").await;
    let body = json!({"first_name": "A", "last_name": "B", "email": "d@example.com"});
    world
        .tell_as(&ada.key, "POST", "/users", &body)
        .await
        .refused(403);
    world
        .ask_as(&ada.key, "GET", "/users/999999")
        .await
        .refused(404);
    world.ask_as(&ada.key, "GET", "/users/x").await.refused(404);
}

#[actix_web::test]
async fn users_are_listed_page_by_page() {
    let world = World::new().await;
    let mut made = Vec::new();
    for name in ["A", "B", "C", "D", "E"] {
        made.push(world.user(name).await.number);
    }
    made.reverse();
    let mut seen = Vec::new();
    for page in 1..=3 {
        let path = format!("/users?limit=2&page={page}");
        let listed = world.ask("GET", &path).await.expect(200);
        assert_eq!(listed["meta"]["current_page"], page);
        let data = listed["data"].as_array().expect("a list");
        seen.extend(data.iter().map(number));
    }
    assert_eq!(seen[..5], made);
    let first = world.ask("GET", "/users?limit=2").await.expect(200);
    assert_eq!(
        (&first["meta"]["from"], &first["meta"]["to"]),
        (&json!(1), &json!(2))
    );
    let next = first["links"]["next"].as_str().expect("a link");
    let next = next.split_once("/dialects/staffchat").expect("our own").1;
    let second = world.ask("GET", next).await.expect(200);
    assert_eq!(number(&second["data"][0]), made[2]);
    assert_eq!(second["meta"]["current_page"], 2);
}

#[actix_web::test]
async fn a_service_message_tells_who_came_and_went() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let joe = world.user("Joe").await;
    let of = world
        .conversation(&ada.key, &[bob.number, eve.number])
        .await;
    let path = format!("/conversations/{of}/participants");
    let add = json!({"participants": [joe.number, bob.number]});
    world
        .tell_as(&bob.key, "POST", &path, &add)
        .await
        .refused(403);
    world
        .tell_as(&ada.key, "POST", &path, &add)
        .await
        .expect_nothing();
    let of_bob = format!("{path}/{}", bob.number);
    let admin = json!({"type": 2});
    world
        .tell_as(&bob.key, "PATCH", &of_bob, &admin)
        .await
        .refused(403);
    world
        .tell_as(&ada.key, "PATCH", &of_bob, &admin)
        .await
        .expect_nothing();
    let listed = world.ask_as(&eve.key, "GET", &path).await.expect(200);
    assert_eq!(
        roles(&listed["data"]),
        [
            (ada.number, "admin"),
            (bob.number, "admin"),
            (eve.number, "normal"),
            (joe.number, "normal")
        ]
    );
    world
        .ask_as(&ada.key, "DELETE", &format!("{path}/{}", joe.number))
        .await
        .expect_nothing();
    world
        .ask_as(&eve.key, "DELETE", &format!("{path}/{}", eve.number))
        .await
        .expect_nothing();
    let listed = world
        .ask_as(&bob.key, "GET", &format!("/conversations/{of}/messages"))
        .await
        .expect(200);
    let told: Vec<_> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .map(|one| {
            assert_eq!(
                (&one["type"], &one["message"]),
                (&json!("service"), &json!(""))
            );
            (
                one["author"]["id"].as_u64().expect("a number"),
                one["meta"].clone(),
            )
        })
        .collect();
    let joe_named = json!([{"id": joe.number, "name": "Joe Doe"}]);
    assert_eq!(
        told,
        [
            (
                ada.number,
                json!({"event": "participants_added", "participants": joe_named})
            ),
            (
                ada.number,
                json!({"event": "participant_removed", "participants": joe_named})
            ),
            (
                eve.number,
                json!({"event": "participant_left", "participants": [{"id": eve.number, "name": "Eve Doe"}]})
            ),
        ]
    );
    world.ask_as(&eve.key, "GET", &path).await.refused(403);
    world
        .tell_as(&ada.key, "POST", &path, &json!({"participants": []}))
        .await
        .refused(422);
    world
        .tell_as(&ada.key, "POST", &path, &json!({"participants": [999_999]}))
        .await
        .refused(422);
    world
        .tell_as(&ada.key, "PATCH", &of_bob, &json!({"type": 3}))
        .await
        .refused(422);
    let back = json!({"type": "normal"});
    world
        .tell_as(&ada.key, "PATCH", &of_bob, &back)
        .await
        .expect_nothing();
}

#[actix_web::test]
async fn a_unit_is_known_by_its_name_and_then_by_its_number() {
    let world = World::new().await;
    world.user("Ada").await;
    let units = world.ask("GET", "/units").await.expect(200);
    let unit = &units["data"][0];
    assert_eq!(
        (&unit["name"], units["data"].as_array().map(Vec::len)),
        (&json!("HQ"), Some(1))
    );
    let mut body =
        json!({"first_name": "B", "last_name": "C", "email": "b@example.com", "unit": unit["id"]});
    let made = world.tell("POST", "/users", &body).await.expect(201);
    assert_eq!(made["unit"], *unit);
    body["unit"] = json!(5);
    let refused = world.tell("POST", "/users", &body).await.refused(422);
    assert!(refused["errors"]["unit"].is_array(), "{refused}");
}
