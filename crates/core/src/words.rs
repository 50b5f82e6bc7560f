//! Closed vocabularies: enums with a word for people and a number for storage.

/// Defines an enum whose variants have a released word and a released number; neither ever changes.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $word:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Its number in storage.
            pub const fn number(self) -> i16 {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The value with this number in storage.
            pub const fn from_number(number: i16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }

            /// Reads its word; case matters.
            pub fn parse(word: &str) -> Result<Self, $crate::Invalid> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::Invalid::new(concat!("expected one of" $(, " ", $word)+))),
                }
            }
        }
    };
}

pub(crate) use words;
