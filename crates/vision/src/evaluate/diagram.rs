//! A reliability diagram as SVG: bars say how often decisions of one bin were right, points stand at their mean probability,
//! whiskers say how sure that is, and on the dashed line a probability means what it says. Its words are in both languages, since a
//! picture has no settings. Pure.

use std::fmt::Write;

use super::reliability::{Bin, Reliability};

/// Pixels of the picture and of the field in it.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 470.0;
const LEFT: f64 = 78.0;
const TOP: f64 = 74.0;
const FIELD: (f64, f64) = (450.0, 300.0);

/// Ink, lines, bars, points: each at least 4.5 to 1 against white where it is read, 3 to 1 where it is seen.
const INK: &str = "#1b1f24";
const FAINT: &str = "#d5d9de";
const BAR: &str = "#a9c9ee";
const EDGE: &str = "#2f6db5";
const POINT: &str = "#a3330b";

/// Draws what was counted.
pub fn diagram(found: &Reliability) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"'Noto Sans CJK SC','Noto Sans','PingFang SC','Microsoft YaHei',sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let error = found.expected_calibration_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.3}"));
    text(
        &mut svg,
        (LEFT, 28.0),
        "start",
        "font-size=\"16\" font-weight=\"700\"",
        "概率可靠性 Reliability of the probability",
    );
    let counted = format!("{} 次判定 decisions · 期望校准误差 expected calibration error {error}", found.n);
    text(&mut svg, (LEFT, 50.0), "start", "", &counted);
    grid(&mut svg);
    for bin in &found.bins {
        bar(&mut svg, bin);
    }
    let ((x0, y0), (x1, y1)) = (at(0.0, 0.0), at(1.0, 1.0));
    line(&mut svg, (x0, y0), (x1, y1), &format!("stroke=\"{INK}\" stroke-width=\"1.5\" stroke-dasharray=\"6 5\""));
    for bin in &found.bins {
        point(&mut svg, bin);
    }
    let (middle, under) = (LEFT + FIELD.0 / 2.0, TOP + FIELD.1);
    text(&mut svg, (middle, under + 60.0), "middle", "", "识别为首位商品的概率 probability of the first product");
    text(&mut svg, (LEFT - 8.0, under + 37.0), "end", "", "次数 n");
    let turned = format!("transform=\"rotate(-90 24 {})\"", TOP + FIELD.1 / 2.0);
    text(&mut svg, (24.0, TOP + FIELD.1 / 2.0), "middle", &turned, "实际正确的比例 share that was right");
    legend(&mut svg, under + 82.0);
    svg.push_str("</svg>\n");
    svg
}

/// Where a probability and a share stand, in pixels.
fn at(probability: f64, share: f64) -> (f64, f64) {
    (LEFT + probability * FIELD.0, TOP + (1.0 - share) * FIELD.1)
}

fn grid(svg: &mut String) {
    for step in 0..=5 {
        let value = f64::from(step) / 5.0;
        let ((left, y), (right, _)) = (at(0.0, value), at(1.0, value));
        let colour = if step == 0 { INK } else { FAINT };
        line(svg, (left, y), (right, y), &format!("stroke=\"{colour}\""));
        text(svg, (left - 8.0, y + 4.0), "end", "", &format!("{value:.1}"));
        let (x, bottom) = at(value, 0.0);
        text(svg, (x, bottom + 18.0), "middle", "", &format!("{value:.1}"));
    }
}

fn bar(svg: &mut String, bin: &Bin) {
    let ((left, bottom), (right, _)) = (at(bin.from, 0.0), at(bin.to, 0.0));
    text(svg, ((left + right) / 2.0, bottom + 37.0), "middle", "", &bin.n.to_string());
    let Some(share) = bin.right else { return };
    let (_, top) = at(bin.from, share);
    let (x, width, height) = (left + 2.0, right - left - 4.0, bottom - top);
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{BAR}\" stroke=\"{EDGE}\"/>"
    );
}

fn point(svg: &mut String, bin: &Bin) {
    let (Some(probability), Some(right), Some(low), Some(high)) =
        (bin.probability, bin.right, bin.right_low, bin.right_high)
    else {
        return;
    };
    let ((x, y), (_, from), (_, to)) = (at(probability, right), at(probability, low), at(probability, high));
    let stroke = format!("stroke=\"{POINT}\" stroke-width=\"1.5\"");
    line(svg, (x, from), (x, to), &stroke);
    for end in [from, to] {
        line(svg, (x - 4.0, end), (x + 4.0, end), &stroke);
    }
    let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{POINT}\"/>");
}

fn legend(svg: &mut String, y: f64) {
    let _ = writeln!(svg, "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{POINT}\"/>", LEFT + 4.0, y - 4.0);
    text(svg, (LEFT + 14.0, y), "start", "font-size=\"11\"", "平均概率，95% 区间 mean probability, 95 % interval");
    let dashes = format!("stroke=\"{INK}\" stroke-width=\"1.5\" stroke-dasharray=\"6 5\"");
    line(svg, (LEFT + 290.0, y - 4.0), (LEFT + 318.0, y - 4.0), &dashes);
    text(svg, (LEFT + 325.0, y), "start", "font-size=\"11\"", "理想 as it should be");
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), style: &str) {
    let _ = writeln!(svg, "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, style: &str, words: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {style}>{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::reliability;

    /// Heights of the bars, pixels.
    fn heights(svg: &str) -> Vec<f64> {
        let bars = svg.lines().filter(|line| line.starts_with("<rect x="));
        let height = |line: &str| line.split("height=\"").nth(1)?.split('"').next()?.parse().ok();
        bars.filter_map(height).collect()
    }

    #[test]
    fn bars_are_as_high_as_decisions_were_right_and_empty_bins_have_none() {
        let svg = diagram(&reliability([(0.95, true), (0.95, true), (0.95, false), (0.95, true), (0.35, false)]));
        assert_eq!(heights(&svg), [0.0, 0.75 * FIELD.1], "{svg}");
        assert_eq!(
            svg.matches("r=\"4\"").count(),
            3,
            "a point for each bin with something in it, and one in the legend"
        );
        assert!(svg.contains("5 次判定 decisions") && svg.contains("error 0.230"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn of_nothing_there_is_an_empty_field() {
        let svg = diagram(&reliability([]));
        assert!(heights(&svg).is_empty() && svg.contains("0 次判定") && svg.contains("error -"));
        assert!(!svg.contains("NaN"));
    }
}
