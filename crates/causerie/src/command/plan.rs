//! `causerie workspace plan|top-up`: what the operator grants a workspace, on the database directly, also while
//! a server runs.
//!
//! What a workspace decides for itself are its settings, which have no command.

use anyhow::{Result, anyhow};
use causerie_core::act;
use causerie_core::balance::{Balance, Prices};
use causerie_core::port::{RandomIds, SystemClock};
use causerie_core::text::Name;
use causerie_core::{Invalid, Plan, Rate, Refusal, Violation, Workspace, WorkspaceId};
use serde_json::{Value, json};

use crate::assemble::Direct;
use crate::cli::{Granted, PlanArgs, TopUpArgs};
use crate::output;

/// Shows the plan of a workspace, after changing what options name: all of it or nothing.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(direct: &Direct, args: &PlanArgs) -> Result<()> {
    let id = known(direct, &args.workspace)?;
    let cx = direct.caller(None)?.context(&SystemClock, &RandomIds);
    let wish = Wish::of(args);
    if wish != Wish::default() {
        direct.write(move |unit| {
            let missing = Refusal::WorkspaceNotFound;
            let found = unit.workspaces_mut().lock(id)?.ok_or(missing)?;
            act::grant_plan(unit, &cx, id, wish.change(found.plan)?)
        })?;
    }
    let (workspace, balance, kept) = direct.read(move |snapshot| {
        let missing = Refusal::WorkspaceNotFound;
        let found = snapshot.workspaces().find(id)?.ok_or(missing)?;
        let kept = snapshot.library().kept_bytes(id)?;
        Ok((found, snapshot.balances().find(id)?, kept))
    })?;
    if args.format.json {
        output::say(view(&workspace, balance.as_ref(), kept));
    } else {
        output::table(
            &["WHAT", "GRANTED"],
            &rows(workspace.plan, balance.as_ref(), kept),
        );
    }
    Ok(())
}

/// Adds tokens to a balance; prints how many there are now.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn top_up(direct: &Direct, args: &TopUpArgs) -> Result<()> {
    let id = known(direct, &args.workspace)?;
    let cx = direct.caller(None)?.context(&SystemClock, &RandomIds);
    let note = args.note.as_deref().map(Name::parse).transpose();
    let note = note.map_err(|invalid| anyhow!("--note: {invalid}"))?;
    let tokens = args.tokens;
    let (balance, entry) =
        direct.write(move |unit| act::top_up(unit, &cx, id, tokens, note.clone()))?;
    if args.format.json {
        output::say(json!({
            "workspace_id": id.to_string(),
            "number": entry.number,
            "delta": entry.delta,
            "tokens": entry.tokens,
            "note": entry.note.as_ref().map(Name::as_str),
            "created_at": entry.at.to_string(),
        }));
    } else {
        output::note(format_args!("added {tokens} tokens; now there are:"));
        output::say(balance.tokens);
    }
    Ok(())
}

/// The id of a workspace that there is.
fn known(direct: &Direct, written: &str) -> Result<WorkspaceId> {
    let caller = direct.caller(Some(written))?;
    Ok(caller.workspace().id)
}

/// What is to change of a plan; `None` leaves a part as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wish {
    read: (Option<Granted>, Option<u64>),
    write: (Option<Granted>, Option<u64>),
    metered: Option<bool>,
    send: Option<u32>,
    edit: Option<u32>,
    react: Option<u32>,
    file_bytes_max: Option<u64>,
    storage_bytes_max: Option<u64>,
}

impl Wish {
    fn of(args: &PlanArgs) -> Self {
        let metered = args.metered || args.unmetered;
        Self {
            read: (args.read_per_second, args.read_burst),
            write: (args.write_per_second, args.write_burst),
            metered: metered.then_some(args.metered),
            send: args.price_send,
            edit: args.price_edit,
            react: args.price_react,
            file_bytes_max: args.file_bytes_max,
            storage_bytes_max: args.storage_bytes_max,
        }
    }

    fn change(&self, plan: Plan) -> Result<Plan, Violation> {
        Ok(Plan {
            read: rate("read", self.read, plan.read)?,
            write: rate("write", self.write, plan.write)?,
            metered: self.metered.unwrap_or(plan.metered),
            prices: Prices {
                send: self.send.unwrap_or(plan.prices.send),
                edit: self.edit.unwrap_or(plan.prices.edit),
                react: self.react.unwrap_or(plan.prices.react),
            },
            file_bytes_max: self.file_bytes_max.unwrap_or(plan.file_bytes_max),
            storage_bytes_max: self.storage_bytes_max.unwrap_or(plan.storage_bytes_max),
        })
    }
}

/// The rate after a wish; a burst alone goes with the rate that there is.
fn rate(
    field: &str,
    (granted, burst): (Option<Granted>, Option<u64>),
    earlier: Option<Rate>,
) -> Result<Option<Rate>, Violation> {
    let per_second = match (granted, earlier) {
        (None, earlier) if burst.is_none() => return Ok(earlier),
        (Some(Granted::Any), _) if burst.is_none() => return Ok(None),
        (Some(Granted::PerSecond(number)), _) => number,
        (None, Some(earlier)) => earlier.per_second.into(),
        (Some(Granted::Any) | None, _) => {
            let problem = Invalid::new("expected only with a rate per second");
            return Err(problem.at(format!("{field}/burst")));
        }
    };
    Rate::new(field, per_second, burst).map(Some)
}

fn view(workspace: &Workspace, balance: Option<&Balance>, kept: u64) -> Value {
    let plan = workspace.plan;
    let rate = |rate: Option<Rate>| {
        rate.map(|rate| json!({"per_second": rate.per_second, "burst": rate.burst}))
    };
    let prices = plan.prices;
    json!({
        "workspace_id": workspace.id.to_string(),
        "read": rate(plan.read),
        "write": rate(plan.write),
        "metered": plan.metered,
        "prices": {"send": prices.send, "edit": prices.edit, "react": prices.react},
        "tokens": balance.map(|balance| balance.tokens),
        "file_bytes_max": plan.file_bytes_max,
        "storage_bytes_max": plan.storage_bytes_max,
        "storage_bytes": kept,
    })
}

fn rows(plan: Plan, balance: Option<&Balance>, kept: u64) -> Vec<Vec<String>> {
    let rate = |rate: Option<Rate>| {
        let shown = |rate: Rate| format!("{} per second, {} at once", rate.per_second, rate.burst);
        rate.map_or_else(|| "any number".to_owned(), shown)
    };
    let prices = plan.prices;
    let tokens = balance.map_or_else(|| "never topped up".to_owned(), |it| it.tokens.to_string());
    let all = [
        ("reading requests", rate(plan.read)),
        ("writing requests", rate(plan.write)),
        (
            "metered",
            if plan.metered { "yes" } else { "no" }.to_owned(),
        ),
        ("price of a message", prices.send.to_string()),
        ("price of an edit", prices.edit.to_string()),
        ("price of a reaction", prices.react.to_string()),
        ("tokens left", tokens),
        ("bytes of a file", plan.file_bytes_max.to_string()),
        ("bytes of all files", plan.storage_bytes_max.to_string()),
        ("bytes kept now", kept.to_string()),
    ];
    all.map(|(what, granted)| vec![what.to_owned(), granted])
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_changes_what_it_names() {
        let earlier = Rate::new("read", 5, Some(9)).ok();
        let kept = rate("read", (None, None), earlier);
        assert_eq!(kept, Ok(earlier));
        assert_eq!(rate("read", (Some(Granted::Any), None), earlier), Ok(None));
        let faster = rate("read", (Some(Granted::PerSecond(7)), None), earlier);
        assert_eq!(faster, Ok(Rate::new("read", 7, Some(7)).ok()));
        let wider = rate("read", (None, Some(20)), earlier);
        assert_eq!(wider, Ok(Rate::new("read", 5, Some(20)).ok()));
    }

    #[test]
    fn a_burst_needs_a_rate() {
        for granted in [None, Some(Granted::Any)] {
            let refused = rate("write", (granted, Some(3)), None).expect_err("no rate");
            assert_eq!(refused.field, "write/burst");
        }
        assert!(rate("write", (Some(Granted::PerSecond(0)), None), None).is_err());
    }
}
