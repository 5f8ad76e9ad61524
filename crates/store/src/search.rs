//! How texts are compared by a search: whatever their case, also that of the Turkish i.

/// Returns a text as a search compares it: in lower case, and with the four Turkish letters I, İ, ı and i as one.
/// Whoever types `ÇAĞRI`, `çağrı` or `çağri` means the same, and so does whoever types `istanbul` or `İSTANBUL`.
pub fn folded(text: &str) -> String {
    // Lower-case İ is an i with a dot above it, U+0307.
    let letters = text.chars().flat_map(char::to_lowercase).filter(|letter| *letter != '\u{307}');
    letters.map(|letter| if letter == 'ı' { 'i' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn the_case_does_not_matter_in_turkish_either() {
        for spelling in ["Çağrı", "ÇAĞRI", "çağri", "ÇAĞRİ"] {
            assert_eq!(folded(spelling), "çağri", "{spelling}");
        }
        for spelling in ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul"] {
            assert_eq!(folded(spelling), "istanbul", "{spelling}");
        }
    }
}
