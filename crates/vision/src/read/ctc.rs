//! From the reader's probabilities to text.

/// The blank between two characters; the first class of the model.
const BLANK: usize = 0;

/// The characters of a model, by class. Shape: blank, those of its metadata one a line, a space.
pub fn classes(metadata: &str) -> Vec<String> {
    let own = metadata.lines().map(|line| line.trim_end_matches('\r').to_owned());
    std::iter::once(String::new()).chain(own).chain(std::iter::once(" ".to_owned())).collect()
}

/// The text of one line and the mean probability of its characters (0 for none). Shape: `steps` is columns x classes,
/// row-major. Each column's likeliest class counts, repeats are one character, blanks are none.
/// Source: Graves et al., "Connectionist Temporal Classification" (ICML 2006), best path decoding.
pub fn decode(steps: &[f32], classes: &[String]) -> (String, f32) {
    let (mut text, mut sum, mut count, mut last) = (String::new(), 0.0_f32, 0_u32, BLANK);
    for step in steps.chunks_exact(classes.len().max(1)) {
        let best = step.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((class, probability)) = best else { continue };
        if class != BLANK && class != last {
            text.push_str(classes.get(class).map_or("", String::as_str));
            sum += probability;
            count += 1;
        }
        last = class;
    }
    (text, if count == 0 { 0.0 } else { sum / count as f32 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_are_those_of_the_original() {
        #[derive(serde::Deserialize)]
        struct Recorded {
            text: String,
            confidence: f32,
            /// The likeliest class of each column and its probability.
            columns: Vec<(usize, f32)>,
        }
        // What rapidocr-onnxruntime 1.4.4 reads in tests/words/tea.png.
        let recorded: Vec<Recorded> = serde_json::from_slice(include_bytes!("../../tests/words/columns.json")).unwrap();
        let mut classes = vec![String::new(); 6625];
        assert_eq!(recorded.len(), 4);
        for line in &recorded {
            // The model's own characters, as far as this line shows them: one for each class in order.
            let mut last = 0;
            let mut letters = line.text.chars();
            for (class, _) in &line.columns {
                if *class != 0 && *class != last {
                    classes[*class] = letters.next().unwrap().to_string();
                }
                last = *class;
            }
            let (text, confidence) = decode(&steps(&line.columns, classes.len()), &classes);
            assert_eq!(text, line.text);
            assert!((confidence - line.confidence).abs() < 1e-4, "{confidence} against {}", line.confidence);
        }
    }

    /// Columns in which one class has the given probability.
    fn steps(likeliest: &[(usize, f32)], classes: usize) -> Vec<f32> {
        let column = |(class, probability): &(usize, f32)| {
            let rest = (1.0 - probability) / (classes - 1) as f32;
            (0..classes).map(|index| if index == *class { *probability } else { rest }).collect::<Vec<_>>()
        };
        likeliest.iter().flat_map(column).collect()
    }

    #[test]
    fn repeats_are_one_character_unless_a_blank_parts_them() {
        let classes = classes("牛\n奶\r\na");
        assert_eq!(classes, ["", "牛", "奶", "a", " "]);
        let sure = |class: usize| (class, 0.9);
        let cases: [(&[usize], &str); 5] =
            [(&[1, 1, 0, 2, 2], "牛奶"), (&[3, 0, 3], "aa"), (&[3, 3, 4, 1], "a 牛"), (&[0, 0], ""), (&[], "")];
        for (path, want) in cases {
            let path: Vec<_> = path.iter().copied().map(sure).collect();
            let (text, confidence) = decode(&steps(&path, classes.len()), &classes);
            assert_eq!(text, want);
            assert!((confidence - if want.is_empty() { 0.0 } else { 0.9 }).abs() < 1e-6);
        }
    }

    #[test]
    fn confidence_is_that_of_the_first_column_of_each_character() {
        let classes = classes("a\nb");
        let (text, confidence) = decode(&steps(&[(1, 0.8), (1, 0.99), (2, 0.6)], classes.len()), &classes);
        assert_eq!(text, "ab");
        assert!((confidence - 0.7).abs() < 1e-6, "{confidence}");
    }
}
