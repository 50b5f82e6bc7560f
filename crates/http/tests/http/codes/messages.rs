//! The codes of what a message can carry, and of what a workspace may spend.

use causerie_core::act::dispatch_due;
use causerie_core::port::Clock;

use super::Case;
use crate::world::{Ask, World};

pub(super) const CODES: [&str; 15] = [
    "rate_limited",
    "insufficient_tokens",
    "answer_erased",
    "edit_window_closed",
    "delivery_conflict",
    "already_reacted",
    "reactions_full",
    "reactions_off",
    "reaction_not_found",
    "template_not_found",
    "template_exists",
    "scheduled_message_not_found",
    "already_sent",
    "schedule_full",
    "balance_full",
];

/// A message of Ada's in a group of hers.
struct Scene {
    world: World,
    ada: String,
    messages: String,
    message: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = world.participant("Ada").await;
        let group = world.group(&[&ada]).await;
        let message = world.message(&group, &ada, "Hello").await.id();
        Self {
            messages: format!("/v1/conversations/{group}/messages"),
            message,
            world,
            ada,
        }
    }

    fn tell(&self, method: &str, target: &str, body: &str) -> Ask {
        Ask::new(method, target)
            .key(&self.world.root.key)
            .json(body)
    }

    fn hello(&self) -> Ask {
        let body = format!(r#"{{"participant_id":"{}","body":"Hello"}}"#, self.ada);
        self.tell("POST", &self.messages, &body)
    }

    fn later(&self) -> Ask {
        let (ada, time) = (&self.ada, self.world.later(3_600));
        let body =
            format!(r#"{{"participant_id":"{ada}","body":"Hello","scheduled_for":"{time}"}}"#);
        self.tell("POST", &self.messages, &body)
    }

    fn react(&self, name: &str) -> Ask {
        let body = format!(r#"{{"participant_id":"{}","name":"{name}"}}"#, self.ada);
        self.tell("POST", &self.of_message("/reactions"), &body)
    }

    fn of_message(&self, below: &str) -> String {
        format!("{}/{}{below}", self.messages, self.message)
    }

    fn of_workspace(&self, below: &str) -> String {
        format!("/v1/workspaces/{}{below}", self.world.root.workspace.id)
    }

    async fn done(&self, ask: &Ask) {
        let answer = self.world.send(ask).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    /// Schedules as many messages as the conversation may have.
    async fn fill_the_schedule(&self) {
        let (ada, time) = (&self.ada, self.world.later(3_600));
        let group = self.messages.split('/').nth(3).unwrap_or_default();
        let one = format!(
            r#"{{"conversation_id":"{group}","participant_id":"{ada}","body":"Hello","scheduled_for":"{time}"}}"#
        );
        let batch = format!(r#"{{"messages":[{}]}}"#, vec![one; 100].join(","));
        for _ in 0..causerie_core::schedule::SCHEDULED_MAX / 100 {
            self.done(&self.tell("POST", "/v1/messages/batch", &batch))
                .await;
        }
    }

    /// Sends whatever is due an hour from now.
    async fn dispatch(&self) {
        self.world.clock.advance(std::time::Duration::from_hours(1));
        let (now, ids) = (self.world.clock.now(), [7; 16]);
        let sent = self
            .world
            .store
            .write(move |unit| dispatch_due(unit, ids, now));
        sent.await.expect("dispatched");
    }
}

pub(super) async fn arrange(code: &str) -> Case {
    let scene = Scene::new().await;
    let ask = match code {
        "rate_limited" | "insufficient_tokens" | "balance_full" => limits(code, &scene).await,
        "already_reacted" | "reactions_full" | "reactions_off" | "reaction_not_found" => {
            reactions(code, &scene).await
        }
        "scheduled_message_not_found" | "already_sent" | "schedule_full" => {
            schedule(code, &scene).await
        }
        "template_exists" | "template_not_found" => templates(code, &scene).await,
        _ => states(code, &scene).await,
    };
    let world = scene.world;
    Case { world, ask }
}

async fn limits(code: &str, scene: &Scene) -> Ask {
    let (plan, top_ups) = (
        scene.of_workspace("/plan"),
        scene.of_workspace("/balance/top-ups"),
    );
    match code {
        "rate_limited" => {
            let body = r#"{"write":{"per_second":1,"burst":2}}"#;
            scene.done(&scene.tell("PUT", &plan, body)).await;
            for _ in 0..2 {
                scene.done(&scene.hello()).await;
            }
            scene.hello()
        }
        "insufficient_tokens" => {
            let body = r#"{"metered":true,"prices":{"send":2}}"#;
            scene.done(&scene.tell("PUT", &plan, body)).await;
            let body = r#"{"tokens":3}"#;
            scene.done(&scene.tell("POST", &top_ups, body)).await;
            scene.done(&scene.hello()).await;
            scene.hello()
        }
        _ => scene.tell("POST", &top_ups, r#"{"tokens":1000000000000001}"#),
    }
}

async fn reactions(code: &str, scene: &Scene) -> Ask {
    match code {
        "already_reacted" => scene.done(&scene.react("👍")).await,
        "reactions_full" => {
            for number in 0..50 {
                scene.done(&scene.react(&number.to_string())).await;
            }
        }
        "reactions_off" => {
            let off = scene.tell("PATCH", "/v1/settings", r#"{"reactions":false}"#);
            scene.done(&off).await;
        }
        _ => {
            let target = scene.of_message("/reactions/react_00000000000000000000000000");
            return Ask::new("DELETE", target).key(&scene.world.root.key);
        }
    }
    scene.react("👍")
}

async fn schedule(code: &str, scene: &Scene) -> Ask {
    let one = "/v1/scheduled-messages/msg_00000000000000000000000000";
    match code {
        "scheduled_message_not_found" => Ask::new("GET", one).key(&scene.world.root.key),
        "already_sent" => {
            let id = scene.world.send(&scene.later()).await.expect(202).id();
            scene.dispatch().await;
            let target = format!("/v1/scheduled-messages/{id}");
            Ask::new("DELETE", target).key(&scene.world.root.key)
        }
        _ => {
            scene.fill_the_schedule().await;
            scene.later()
        }
    }
}

async fn templates(code: &str, scene: &Scene) -> Ask {
    let body = r#"{"project":"welcome","version":"1","locale":"en","body":"Hello"}"#;
    let create = scene.tell("POST", "/v1/templates", body);
    scene.done(&create).await;
    if code == "template_exists" {
        return create;
    }
    let ada = &scene.ada;
    let body =
        format!(r#"{{"participant_id":"{ada}","template":{{"project":"welcome","version":"2"}}}}"#);
    scene.tell("POST", &scene.messages, &body)
}

async fn states(code: &str, scene: &Scene) -> Ask {
    match code {
        "answer_erased" => {
            let once = scene.hello().once("2f1c");
            let id = scene.world.send(&once).await.expect(201).id();
            let target = format!("{}/{id}", scene.messages);
            scene.world.ask("DELETE", target).await.expect(204);
            once
        }
        "edit_window_closed" => {
            let window = scene.tell("PATCH", "/v1/settings", r#"{"edit_window_s":60}"#);
            scene.done(&window).await;
            scene
                .world
                .clock
                .advance(std::time::Duration::from_secs(61));
            scene.tell("PATCH", &scene.of_message(""), r#"{"body":"Hullo"}"#)
        }
        _ => {
            let to = |status: &str| {
                let body = format!(r#"{{"status":"{status}"}}"#);
                scene.tell("PUT", &scene.of_message("/delivery"), &body)
            };
            scene.done(&to("read")).await;
            to("processing")
        }
    }
}
