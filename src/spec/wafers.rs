//! Wafer lists as the field writes them: "W01..W03, W07".

/// Wafer id of a number: W01, W02, ...
pub fn wafer_id(number: u8) -> String {
    format!("W{number:02}")
}

/// Numbers of a wafer list, in the order written. A wafer may not repeat and must be 1..=`n_wafers`.
///
/// # Errors
/// What is wrong, as a fragment.
pub fn parse_wafers(list: &str, n_wafers: u8) -> Result<Vec<u8>, String> {
    let mut numbers = Vec::new();
    for part in list.split(',') {
        let (first, last) = match part.split_once("..") {
            Some((first, last)) => (wafer_number(first, n_wafers)?, wafer_number(last, n_wafers)?),
            None => (wafer_number(part, n_wafers)?, wafer_number(part, n_wafers)?),
        };
        if first > last {
            return Err(format!("'{}' runs backwards", part.trim()));
        }
        for number in first..=last {
            if numbers.contains(&number) {
                return Err(format!("{} is named twice", wafer_id(number)));
            }
            numbers.push(number);
        }
    }
    Ok(numbers)
}

fn wafer_number(text: &str, n_wafers: u8) -> Result<u8, String> {
    let text = text.trim();
    let digits = text.strip_prefix(['W', 'w']).unwrap_or(text);
    match digits.parse() {
        Ok(number) if (1..=n_wafers).contains(&number) => Ok(number),
        _ => Err(format!("'{text}' is not a wafer of W01..{}", wafer_id(n_wafers))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges() {
        assert_eq!(parse_wafers("W01..W03, W07", 12), Ok(vec![1, 2, 3, 7]));
        assert_eq!(parse_wafers("w2,5", 12), Ok(vec![2, 5]));
    }

    #[test]
    fn what_is_refused() {
        for bad in ["", "W13", "W00", "W03..W01", "W01,W01..W02", "Wx", "..", "W1..", "W256", ","] {
            assert!(parse_wafers(bad, 12).is_err(), "{bad}");
        }
    }
}
