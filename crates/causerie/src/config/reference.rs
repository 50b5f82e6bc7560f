//! The reference of the configuration, made from the table of options.

use std::fmt::Write as _;

use super::option::{Kind, OPTIONS};

/// The reference as Markdown.
pub(crate) fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Every option can be given as a flag, as an environment variable, or in a TOML file; the first of \
         these that has it wins. The file is the one named by `--config` or `CAUSERIE_CONFIG`, otherwise \
         `./causerie.toml` if there is one. Names that are not in this table are refused. `causerie config` \
         prints what is in force and where each value comes from.\n\n\
         | in the file | flag | environment | default | what it does |\n\
         |---|---|---|---|---|\n",
    );
    for option in OPTIONS.iter().filter(|option| !option.hidden) {
        let bounds = match option.kind {
            Kind::Text => String::new(),
            Kind::Words(words) => format!(" `{}`.", words.join("` or `")),
            Kind::Number { min, max } => format!(" From {min} to {max}."),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | `--{}` | `{}` | {} | {}{bounds} |",
            option.name,
            option.flag(),
            option.variable(),
            option.default_text(),
            option.meaning,
        );
    }
    page.push_str(
        "\nAn example of a file:\n\n```toml\n\
         listen = \"0.0.0.0:8080\"\n\
         database = \"postgres://causerie:secret@db.internal/causerie\"\n\
         log_format = \"json\"\n\
         \n[dialects.doto]\n\
         listen = \"0.0.0.0:8081\"\n\
         ```\n",
    );
    page
}
