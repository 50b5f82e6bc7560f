//! Statements whose text never changes, so that each connection prepares them once.
//!
//! Diesel prepares anew what has a variable number of rows or was written with `sql_query`, and
//! builds the text of updates each time before it finds them in its cache. These are found by their
//! type. They are for what diesel's own language cannot say in one statement; everything else is
//! written in that language.

/// Defines a statement, its parameters in brackets between pieces of SQL:
/// `Name<'a> for Backend, Connection => Row; "SELECT … WHERE id = " [id: [u8; 16] as Binary] " …"`. A
/// piece that is put together stands in parentheses: `(concat!("SELECT ", columns!(tag), …))`.
macro_rules! statement {
    (
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? for $backend:ty, $conn:ty $(=> $row:ty)?;
        $head:tt $([$field:ident: $rust:ty as $sql:ty] $text:tt)+
    ) => {
        $(#[$doc])*
        pub(super) struct $name $(<$life>)? { $(pub(super) $field: $rust,)+ }

        impl $(<$life>)? diesel::query_builder::QueryId for $name $(<$life>)? {
            type QueryId = $crate::statement::ignore_lifetime!($name $(, $life)?);
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl $(<$life>)? diesel::query_builder::QueryFragment<$backend> for $name $(<$life>)? {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, $backend>,
            ) -> diesel::QueryResult<()> {
                out.push_sql($crate::statement::piece!($head));
                $(
                    out.push_bind_param::<$sql, _>(&self.$field)?;
                    out.push_sql($crate::statement::piece!($text));
                )+
                Ok(())
            }
        }

        $crate::statement::rows_of!([$($life)?] $name $(=> $row)?);

        impl $(<$life>)? diesel::RunQueryDsl<$conn> for $name $(<$life>)? {}
    };
}

/// The type itself for every lifetime.
macro_rules! ignore_lifetime {
    ($name:ident) => { $name };
    ($name:ident, $life:lifetime) => { $name<'static> };
}

/// A piece of text, out of its parentheses.
macro_rules! piece {
    ($text:literal) => { $text };
    (($($text:tt)+)) => { $($text)+ };
}

/// What the rows of a statement are, if it has any.
macro_rules! rows_of {
    ([$($life:lifetime)?] $name:ident) => {};
    ([] $name:ident => $row:ty) => {
        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }
    };
    ([$life:lifetime] $name:ident => $row:ty) => {
        impl<$life> diesel::query_builder::Query for $name<$life> {
            type SqlType = $row;
        }
    };
}

pub(crate) use {ignore_lifetime, piece, rows_of, statement};
