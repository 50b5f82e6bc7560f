//! Names of files, cleaned of everything that could mislead a person or a file system.

use std::fmt;
use std::sync::Arc;

/// How many bytes of UTF-8 the name of a file may have.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// How many bytes at the end of a long name are kept with it for its extension.
const EXTENSION_BYTES_MAX: usize = 16;

/// The name of a file: its last path segment without control characters, characters that turn the direction of
/// text around (Unicode TR 36), and those that file systems refuse. Never empty, `.` or `..`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Arc<str>);

impl FileName {
    /// Makes a name of any text; what nothing is left of is called `file`.
    pub fn clean(text: &str) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let kept: String = last
            .chars()
            .filter(|character| !misleads(*character))
            .map(|character| {
                if "<>:\"|?*".contains(character) {
                    '_'
                } else {
                    character
                }
            })
            .collect();
        let trimmed = without_end(kept.trim_start());
        let name = if trimmed.is_empty() || trimmed.chars().all(|character| character == '.') {
            "file"
        } else {
            trimmed
        };
        Self(shorten(name).into())
    }

    /// Takes a name that was cleaned when it was stored.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, in lower case, if it looks like an extension.
    pub fn extension(&self) -> Option<String> {
        let (stem, extension) = self.0.rsplit_once('.')?;
        let short = !extension.is_empty() && extension.len() < EXTENSION_BYTES_MAX;
        let plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (!stem.is_empty() && short && plain).then(|| extension.to_ascii_lowercase())
    }
}

/// Control characters, direction marks and overrides, and characters without width.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// A name without the dots and blanks at its end, which file systems lose.
fn without_end(name: &str) -> &str {
    name.trim_end_matches(|character: char| character == '.' || character.is_whitespace())
}

fn shorten(name: &str) -> String {
    if name.len() <= FILE_NAME_BYTES_MAX {
        return name.to_owned();
    }
    let tail = match name.rfind('.') {
        Some(dot) if name.len() - dot <= EXTENSION_BYTES_MAX => &name[dot..],
        _ => "",
    };
    let mut end = FILE_NAME_BYTES_MAX - tail.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    without_end(&format!("{}{tail}", &name[..end])).to_owned()
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_controls_and_direction_marks_are_gone() {
        for (given, kept) in [
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\ada\cv.pdf", "cv.pdf"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\r\nSet-Cookie: x\0.txt", "aSet-Cookie_ x.txt"),
            ("..", "file"),
            ("", "file"),
            ("  name .", "name"),
            ("Grüße 2.png", "Grüße 2.png"),
        ] {
            assert_eq!(FileName::clean(given).as_str(), kept, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = FileName::clean(&format!("{}.JPEG", "ü".repeat(300)));
        assert!(name.as_str().len() <= FILE_NAME_BYTES_MAX);
        assert_eq!(name.extension().as_deref(), Some("jpeg"));
        assert_eq!(FileName::clean("README").extension(), None);
    }

    #[test]
    fn no_name_ends_with_a_blank_or_a_dot() {
        let long = format!("{} and so on", "a".repeat(254));
        assert_eq!(FileName::clean(&long).as_str(), "a".repeat(254));
        assert_eq!(FileName::clean("a.\u{3000}.").as_str(), "a");
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing_more(text: String) {
            let once = FileName::clean(&text);
            prop_assert_eq!(FileName::clean(once.as_str()), once.clone());
            prop_assert!(!once.as_str().is_empty() && once.as_str().len() <= FILE_NAME_BYTES_MAX);
            prop_assert!(!once.as_str().contains(['/', '\\', '\0', '\n']));
        }
    }
}
