//! `docs/compliance.md` names what there is: modules that enforce, and tests that show.

use std::collections::BTreeSet;

use super::{assert_none, source};

/// The words in backquotes of the page's table, from its third and fourth column.
fn named(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut modules, mut tests) = (Vec::new(), Vec::new());
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').collect();
        for (place, found) in [(3, &mut modules), (4, &mut tests)] {
            let words = cells
                .get(place)
                .into_iter()
                .flat_map(|cell| cell.split('`'));
            found.extend(words.skip(1).step_by(2).map(str::to_owned));
        }
    }
    (modules, tests)
}

/// The file of a module such as `exchange::registry::own`.
fn files_of(module: &str) -> Option<[String; 3]> {
    let (first, rest) = module.split_once("::")?;
    let path = rest.replace("::", "/");
    let folder = format!("crates/{first}/src/{path}");
    Some([
        format!("{folder}.rs"),
        format!("{folder}/mod.rs"),
        format!("{folder}/lib.rs"),
    ])
}

fn missing(page: &str, files: &BTreeSet<String>, functions: &BTreeSet<String>) -> Vec<String> {
    let (modules, tests) = named(page);
    let mut missing = Vec::new();
    if modules.is_empty() || tests.is_empty() {
        missing.push("docs/compliance.md names no module or no test".to_owned());
    }
    for module in modules {
        let known =
            files_of(&module).is_some_and(|paths| paths.iter().any(|path| files.contains(path)));
        if !known {
            missing.push(format!(
                "docs/compliance.md names a module that is not there: {module}"
            ));
        }
    }
    // A word with a slash names a folder.
    for test in tests.iter().filter(|test| !test.contains('/')) {
        if !functions.contains(test) {
            missing.push(format!(
                "docs/compliance.md names a test that is not there: {test}"
            ));
        }
    }
    missing
}

/// The names of the functions in a file.
fn functions(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("async ");
        let name = line.strip_prefix("fn ")?.split(['(', '<']).next()?;
        Some(name.to_owned())
    })
}

#[test]
fn what_the_compliance_page_names_is_there() {
    let files: BTreeSet<String> = source::files().into_iter().collect();
    let functions = files
        .iter()
        .filter(|path| source::is_rust(path))
        .flat_map(|path| {
            let text = source::text(path).unwrap_or_default();
            functions(&text).collect::<Vec<_>>()
        })
        .collect();
    let page = source::text("docs/compliance.md").unwrap_or_default();
    assert_none(&missing(&page, &files, &functions));
}

#[test]
fn a_compliance_page_that_names_what_is_not_there_is_found() {
    let files = BTreeSet::from(["crates/a/src/b/c.rs".to_owned()]);
    let known = BTreeSet::from(["a_test".to_owned()]);
    let row = |module: &str, test: &str| format!("| 1 | asks | `{module}` | `{test}` |\n");
    assert_none(&missing(&row("a::b::c", "a_test"), &files, &known));
    for (module, test) in [("a::b", "a_test"), ("a::b::c", "a_tes"), ("c", "a_test")] {
        let found = missing(&row(module, test), &files, &known);
        assert_eq!(found.len(), 1, "{module} {test}");
    }
    assert_eq!(missing("", &files, &known).len(), 1);
}
