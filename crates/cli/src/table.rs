//! Tables of plain text.

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// As many cells as there are columns.
    Cells(Vec<String>),
    /// The first cell, and a remark in place of the others.
    Remark(String, String),
}

/// The rows as lines: the first column starts on the left, the others end on the right, and each
/// is as wide as its widest cell. Remarks take what room they need.
pub(crate) fn align(rows: &[Row]) -> Vec<String> {
    let mut widths = Vec::new();
    for row in rows {
        let cells = match row {
            Row::Cells(cells) => cells.as_slice(),
            Row::Remark(first, _) => std::slice::from_ref(first),
        };
        widths.resize(widths.len().max(cells.len()), 0);
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &Row, widths: &[usize]) -> String {
    let first_width = widths.first().copied().unwrap_or_default();
    match row {
        Row::Remark(first, remark) => format!("{first:<first_width$}  {remark}"),
        Row::Cells(cells) => {
            let padded = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            padded.collect::<Vec<_>>().join("  ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Row {
        Row::Cells(text.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cells() {
        let lines = align(&[cells("bug found"), cells("M01 20/20"), cells("N1000 1")]);
        assert_eq!(lines, ["bug    found", "M01    20/20", "N1000      1"]);
    }

    #[test]
    fn a_remark_starts_at_the_second_column_and_widens_none() {
        let remark = Row::Remark("C01".to_owned(), "not asked, and why".to_owned());
        let lines = align(&[cells("M0001 yes"), remark]);
        assert_eq!(lines, ["M0001  yes", "C01    not asked, and why"]);
    }

    #[test]
    fn letters_are_counted_and_not_bytes() {
        assert_eq!(align(&[cells("M01 3µs"), cells("M02 30ms")]), ["M01   3µs", "M02  30ms"]);
    }

    #[test]
    fn no_rows_are_no_lines() {
        assert!(align(&[]).is_empty());
    }
}
