//! Just enough of Rust's lexical grammar to tell code, comments and string literals apart.

/// A source file taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The code, with comments left out and string literals empty. Lines keep their numbers.
    pub code: String,
    /// Each string literal (as written, escapes included) with the line on which it begins.
    pub strings: Vec<(usize, String)>,
}

/// Takes a source text apart.
pub fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut rest = text;
    let mut before = ' ';
    let mut line = 1;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            keep_lines(&mut parts.code, &rest[..length]);
            length
        } else if next == '"' {
            let length = quoted(rest);
            parts.strings.push((line, rest[1..length - 1].to_owned()));
            parts.code.push_str("\"\"");
            keep_lines(&mut parts.code, &rest[..length]);
            length
        } else if let Some((open, close)) = raw(rest).filter(|_| !is_word(before)) {
            let end = rest[open..].find(&close).map_or(rest.len(), |end| open + end);
            parts.strings.push((line, rest[open..end].to_owned()));
            parts.code.push_str("\"\"");
            keep_lines(&mut parts.code, &rest[..end]);
            (end + close.len()).min(rest.len())
        } else if let Some(length) = character(rest) {
            parts.code.push_str("' '");
            length
        } else {
            parts.code.push(next);
            next.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        before = next;
        rest = &rest[length..];
    }
    parts
}

fn keep_lines(code: &mut String, left_out: &str) {
    code.extend(left_out.chars().filter(|c| *c == '\n'));
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of a literal that begins with `"`.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// For `r"`, `r#"`, … the length of the opening and the closing to look for.
fn raw(rest: &str) -> Option<(usize, String)> {
    let after = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = after.chars().take_while(|c| *c == '#').count();
    after[hashes..]
        .starts_with('"')
        .then(|| (rest.len() - after.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
}

/// Length of a character literal; `None` for a lifetime.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return inner[2..].find('\'').map(|end| end + 4);
    }
    let c = inner.chars().next()?;
    inner[c.len_utf8()..].starts_with('\'').then(|| c.len_utf8() + 2)
}

#[test]
fn strings_comments_and_lifetimes_are_told_apart() {
    let text = "fn a<'x>() { // \"no\"\n let q = '\"'; b(\"select \\\"1\\\"\", r#\"raw \"x\"\"#); /* crate::z */ }";
    let parts = parts(text);
    let strings: Vec<&str> = parts.strings.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(strings, ["select \\\"1\\\"", "raw \"x\""]);
    assert_eq!(parts.strings[0].0, 2);
    assert!(
        !parts.code.contains("crate::z") && parts.code.contains("fn a<'x>()"),
        "{}",
        parts.code
    );
}
