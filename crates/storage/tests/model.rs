//! Every storage behaves like the one in memory, whatever is done to it.

mod setting;

#[test]
fn sqlite_behaves_like_memory() {
    causerie_testing::model::check(setting::open_sqlite);
}

#[test]
fn sqlite_with_groups_of_one_behaves_like_memory() {
    causerie_testing::model::check(setting::open_sqlite_single);
}

#[test]
fn postgres_behaves_like_memory() {
    causerie_testing::model::check(setting::open_postgres);
}
