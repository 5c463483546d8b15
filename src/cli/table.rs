//! Plain text tables for the terminal: columns as wide as their widest cell, readable without colour.

/// Rows under a header; columns whose name is in `right` are aligned to the right.
pub fn table(header: &[&str], rows: &[Vec<String>], right: &[&str]) -> String {
    let width = |c: usize| {
        rows.iter()
            .filter_map(|row| row.get(c))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
            .max(header[c].chars().count())
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(c, cell)| {
            let fill = " ".repeat(widths[c].saturating_sub(cell.chars().count()));
            if right.contains(&header[c]) { format!("{fill}{cell}") } else { format!("{cell}{fill}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    let rule: Vec<String> = widths.iter().map(|&w| "-".repeat(w)).collect();
    let mut lines = vec![line(&head), line(&rule)];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "10".to_owned()], vec!["long".to_owned(), "9".to_owned()]];
        assert_eq!(table(&["name", "n"], &rows, &["n"]), "name   n\n----  --\na     10\nlong   9");
    }
}
