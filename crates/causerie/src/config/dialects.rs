//! What the configuration says of dialects.

use std::net::SocketAddr;

use anyhow::Result;
use causerie_dialects::{ALL, Chosen, Dialect};
use figment::Figment;

use super::{addresses, layer};

/// A dialect, as the configuration has it.
#[derive(Clone, Debug)]
pub(crate) struct Spoken {
    pub(crate) dialect: &'static Dialect,
    pub(crate) enabled: bool,
    /// The address of a listener of its own as it was written, and what it stands for.
    pub(crate) listen: Option<(String, Vec<SocketAddr>)>,
    pub(crate) chosen: Chosen,
}

impl Spoken {
    /// What the configuration says of this option, for people.
    pub(super) fn shown(&self, option: &str) -> Option<String> {
        let option = option.strip_prefix("dialects.")?;
        let option = option.strip_prefix(self.dialect.name)?.strip_prefix('.')?;
        Some(match option {
            "enabled" => self.enabled.to_string(),
            "listen" => match &self.listen {
                Some((written, _)) => written.clone(),
                None => "none".to_owned(),
            },
            choice => self.chosen.get(choice)?.to_owned(),
        })
    }
}

/// Every dialect.
///
/// # Errors
/// When one cannot listen where it is to.
pub(super) fn read(figment: &Figment) -> Result<Vec<Spoken>> {
    ALL.iter().map(|dialect| spoken(figment, dialect)).collect()
}

fn spoken(figment: &Figment, dialect: &'static Dialect) -> Result<Spoken> {
    let given = |option: &str| {
        let name = format!("dialects.{}.{option}", dialect.name);
        let value = figment.find_value(&name).ok()?;
        Some(layer::word(&value).to_owned())
    };
    let choices = dialect.choices.iter();
    let chosen = choices.filter_map(|choice| Some((choice.name.to_owned(), given(choice.name)?)));
    let listen = match given("listen") {
        Some(written) => {
            let option = format!("dialects.{}.listen", dialect.name);
            let found = addresses(&written, &option)?;
            Some((written, found))
        }
        None => None,
    };
    Ok(Spoken {
        dialect,
        enabled: given("enabled").as_deref() == Some("true"),
        listen,
        chosen: Chosen::new(chosen),
    })
}
