//! Every storage keeps every promise of the ports.
//!
//! The promises are in `causerie-testing`; what only lanes on a database can do wrong is in the
//! other tests.

mod setting;

causerie_testing::conformance!(sqlite, crate::setting::open_sqlite);
causerie_testing::conformance!(sqlite_single, crate::setting::open_sqlite_single);
causerie_testing::conformance!(postgres, crate::setting::open_postgres);
