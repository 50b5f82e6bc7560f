//! What a workspace has and decides, once each: templates, settings, rates, prices, tokens.

use super::{Walk, id};

pub(super) async fn walk_all(walk: &mut Walk, group: &str, ada: &str) {
    walk_templates(walk, group, ada).await;
    walk_settings(walk).await;
    walk_plan(walk, group, ada).await;
}

async fn walk_templates(walk: &mut Walk, group: &str, ada: &str) {
    let (all, one) = ("/v1/templates", "/v1/templates/{template_id}");
    let body = r#"{"project":"welcome","version":"1","locale":"pt-BR","name":"Welcome",
        "body":"Olá {{name}}!","content_type":"form","content":{"to": "{{name}}"}}"#;
    let template = id(&walk.step("templates-create", "POST", all, &[], body).await);
    walk.step("templates-list", "GET", all, &["?project=welcome"], "")
        .await;
    walk.step("templates-show", "GET", one, &[&template], "")
        .await;
    let wish = r#"{"project":"welcome","locale":"pt-BR-x-lisa","parameters":{"name":42}}"#;
    let preview = "/v1/templates/preview";
    walk.step("templates-preview", "POST", preview, &[], wish)
        .await;
    let send = "/v1/conversations/{conversation_id}/messages";
    let body = format!(r#"{{"participant_id":"{ada}","template":{wish}}}"#);
    walk.step("messages-send-template", "POST", send, &[group], &body)
        .await;
    walk.step("templates-delete", "DELETE", one, &[&template], "")
        .await;
}

async fn walk_settings(walk: &mut Walk) {
    let settings = "/v1/settings";
    let body = r#"{"edit_window_s":900,"conversation_number_prefix":"CASE","default_locale":"pt"}"#;
    walk.step("settings-change", "PATCH", settings, &[], body)
        .await;
    walk.step("settings-show", "GET", settings, &[], "").await;
}

async fn walk_plan(walk: &mut Walk, group: &str, ada: &str) {
    let own = walk.world.root.workspace.id.to_string();
    let plan = "/v1/workspaces/{workspace_id}/plan";
    let tokens = "/v1/workspaces/{workspace_id}/balance/top-ups";
    let body = r#"{"tokens":10000,"note":"invoice 2026-17"}"#;
    walk.step("plans-add-tokens", "POST", tokens, &[&own], body)
        .await;
    let body =
        r#"{"read":{"per_second":50,"burst":100},"write":null,"metered":true,"prices":{"send":2}}"#;
    walk.step("plans-grant", "PUT", plan, &[&own], body).await;
    walk.step("plans-show", "GET", plan, &[&own], "").await;
    walk.world.message(group, ada, "It costs two").await;
    walk.step("balance-show", "GET", "/v1/balance", &[], "")
        .await;
    let ledger = "/v1/balance/ledger";
    walk.step("balance-ledger", "GET", ledger, &["?limit=1"], "")
        .await;
    // The rest of the walk has no rate.
    let without = format!("/v1/workspaces/{own}/plan");
    walk.world.tell("PUT", without, "{}").await.expect(200);
}
