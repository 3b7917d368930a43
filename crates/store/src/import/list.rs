//! Several names in one cell: aliases, photos. Pure; what is written is what is read.

/// Between the names of a cell.
const BETWEEN: [char; 3] = [';', '；', '\n'];

/// The names in one cell. One that holds what stands between them is in quotes, a quote within doubled.
pub(crate) fn written(names: &[String]) -> String {
    names.iter().map(|name| in_quotes(name)).collect::<Vec<_>>().join("; ")
}

fn in_quotes(name: &str) -> String {
    let is_plain = !name.contains(BETWEEN) && !name.starts_with('"') && name.trim() == name;
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The names of a cell. Quotes that are not around a whole name are a part of it: `5" pipe`, `"best" tea`.
pub(super) fn list(cell: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = cell;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
        if rest.is_empty() {
            return names;
        }
        let (name, behind) = quoted(rest).unwrap_or_else(|| {
            let (name, behind) = rest.split_at(rest.find(BETWEEN).unwrap_or(rest.len()));
            (name.trim_end().to_owned(), behind)
        });
        if !name.is_empty() {
            names.push(name);
        }
        rest = behind;
    }
}

/// The name in quotes that `text` begins with, and what follows. None: it begins with none.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let (part, behind) = rest.split_once('"')?;
        name.push_str(part);
        if let Some(more) = behind.strip_prefix('"') {
            name.push('"');
            rest = more;
            continue;
        }
        let behind = behind.trim_start_matches(|c: char| c.is_whitespace() && c != '\n');
        return (behind.is_empty() || behind.starts_with(BETWEEN)).then_some((name, behind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_cell_are_read_as_they_were_written() {
        for names in [
            vec!["oat milk", "燕麦奶"],
            vec!["a;b", "c；d", "e\nf"],
            vec!["5\" pipe", "\"best\" tea", "\"quoted\"", "\"", "\"\"", "a\";\"b"],
            vec![" blank before", "and behind ", "; "],
            vec![],
        ] {
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            let cell = written(&names);
            assert_eq!(list(&cell), names, "{cell}");
        }
        assert_eq!(written(&["a".to_owned(), "b".to_owned()]), "a; b", "as ever where nothing is in the way");
    }

    #[test]
    fn names_that_a_person_typed_are_read_with_what_is_between_them() {
        for (cell, want) in [
            ("a.jpg；b.jpg; ", vec!["a.jpg", "b.jpg"]),
            (";; tea\n茶;", vec!["tea", "茶"]),
            ("\"a;b\" ; c", vec!["a;b", "c"]),
            ("\"best\" tea; c", vec!["\"best\" tea", "c"]),
            ("\"never closed; c", vec!["\"never closed", "c"]),
            ("\"\"; c", vec!["c"]),
            (" ", vec![]),
        ] {
            assert_eq!(list(cell), want, "{cell}");
        }
    }
}
