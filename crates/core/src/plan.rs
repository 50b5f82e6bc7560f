//! What the operator of an installation grants a workspace: rates and prices.

use serde_json::{Value, json};

use crate::balance::Prices;
use crate::fault::Fault;
use crate::invalid::{Invalid, Violation};

/// The highest rate that can be granted.
pub const RATE_MAX: u32 = 1_000_000;

/// How many requests are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Per second, in the long run.
    pub per_second: u32,
    /// At once, after a pause.
    pub burst: u32,
}

impl Rate {
    /// Accepts 1 to [`RATE_MAX`] for both; without a burst it is as large as the rate.
    ///
    /// # Errors
    /// At `FIELD/per_second` or `FIELD/burst`.
    pub fn new(field: &str, per_second: u64, burst: Option<u64>) -> Result<Self, Violation> {
        let within = |member: &str, number: u64| {
            let number = u32::try_from(number).ok();
            number
                .filter(|number| (1..=RATE_MAX).contains(number))
                .ok_or_else(|| {
                    Invalid::new("expected a whole number from 1 to 1000000")
                        .at(format!("{field}/{member}"))
                })
        };
        Ok(Self {
            per_second: within("per_second", per_second)?,
            burst: within("burst", burst.unwrap_or(per_second))?,
        })
    }
}

/// Rates, prices and room of a workspace; no rates and no prices unless granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many requests that read; any number unless set.
    pub read: Option<Rate>,
    /// How many requests that write; any number unless set.
    pub write: Option<Rate>,
    /// Whether operations are paid for from the balance.
    pub metered: bool,
    /// What they cost then.
    pub prices: Prices,
    /// How many bytes a file may have; 100 MiB unless set.
    pub file_bytes_max: u64,
    /// How many bytes all files of the workspace may have together; 10 GiB unless set.
    pub storage_bytes_max: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            read: None,
            write: None,
            metered: false,
            prices: Prices::default(),
            file_bytes_max: 100 << 20,
            storage_bytes_max: 10 << 30,
        }
    }
}

impl Plan {
    /// A JSON object, for storage.
    pub fn to_stored(&self) -> String {
        let rate = |rate: Option<Rate>| rate.map(|rate| json!([rate.per_second, rate.burst]));
        let prices = self.prices;
        json!({
            "read": rate(self.read),
            "write": rate(self.write),
            "metered": self.metered,
            "prices": [prices.send, prices.edit, prices.react],
            "bytes": [self.file_bytes_max, self.storage_bytes_max],
        })
        .to_string()
    }

    /// Reads what [`Plan::to_stored`] wrote; an empty object is the default.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        if stored == "{}" {
            return Ok(Self::default());
        }
        let map = serde_json::from_str(stored).ok();
        map.and_then(|map| read(&map))
            .ok_or_else(|| Fault::corrupt("workspace", "plan", stored))
    }
}

fn read(map: &Value) -> Option<Plan> {
    let rate = |name: &str| -> Option<Option<Rate>> {
        if map.get(name)?.is_null() {
            return Some(None);
        }
        let (per_second, burst) = serde_json::from_value(map.get(name)?.clone()).ok()?;
        Some(Some(Rate { per_second, burst }))
    };
    let (send, edit, react) = serde_json::from_value(map.get("prices")?.clone()).ok()?;
    let usual = Plan::default();
    let (file_bytes_max, storage_bytes_max) = match map.get("bytes") {
        Some(bytes) => serde_json::from_value(bytes.clone()).ok()?,
        None => (usual.file_bytes_max, usual.storage_bytes_max),
    };
    Some(Plan {
        read: rate("read")?,
        write: rate("write")?,
        metered: map.get("metered")?.as_bool()?,
        prices: Prices { send, edit, react },
        file_bytes_max,
        storage_bytes_max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_its_stored_form() {
        let plan = Plan {
            read: Rate::new("read", 50, None).ok(),
            write: Rate::new("write", 10, Some(100)).ok(),
            metered: true,
            prices: Prices {
                send: 2,
                edit: 0,
                react: 1,
            },
            file_bytes_max: 7,
            ..Plan::default()
        };
        assert_eq!(Plan::from_stored(&plan.to_stored()).expect("stored"), plan);
        assert_eq!(Plan::from_stored("{}").expect("stored"), Plan::default());
        assert_eq!(plan.read.map(|rate| rate.burst), Some(50));
        assert!(Plan::from_stored("[]").is_err());
        let refused = Rate::new("write", 0, None).expect_err("none at all");
        assert_eq!(refused.field, "write/per_second");
    }
}
