//! Draws a bar for each ratio, with a line from the minimum to the maximum of the rounds.

use std::path::Path;

use plotters::prelude::*;

use crate::{
    Failure,
    figures::{Comparison, Row},
};

const WIDTH: u32 = 800;
const MARGIN: i32 = 160;
const OF_A_BAR: i32 = 28;
const INK: RGBColor = RGBColor(40, 40, 40);
const BAR: RGBColor = RGBColor(110, 150, 200);
const TOP: i32 = 44;

/// Draws the ratios of one figure.
pub(crate) fn of(rows: &[&Row], figure: &str, title: &str, file: &Path) -> Result<(), Failure> {
    let rows = rows.iter().filter(|row| row.figure == figure && row.comparison == Comparison::Ratio);
    let rows = rows.collect::<Vec<_>>();
    let most = rows.iter().map(|row| row.max).fold(1.0, f64::max);
    let height = TOP + OF_A_BAR * i32::try_from(rows.len())? + 12;
    let picture = SVGBackend::new(file, (WIDTH, u32::try_from(height)?)).into_drawing_area();
    picture.fill(&WHITE)?;
    let text = |size: i32| ("sans-serif", size).into_font().color(&INK);
    picture.draw(&Text::new(title.to_owned(), (12, 10), text(16)))?;
    let scale = f64::from(i32::try_from(WIDTH)? - MARGIN - 70) / most;
    let at = |ratio: f64| MARGIN + (ratio * scale).round() as i32;
    for (row, top) in rows.iter().zip((TOP..).step_by(OF_A_BAR.unsigned_abs() as usize)) {
        let (middle, bottom) = (top + 10, top + 20);
        picture.draw(&Text::new(row.measurement.clone(), (12, top + 2), text(13)))?;
        picture.draw(&Rectangle::new([(MARGIN, top), (at(row.median), bottom)], BAR.filled()))?;
        picture.draw(&PathElement::new([(at(row.min), middle), (at(row.max), middle)], INK))?;
        picture.draw(&Text::new(format!("{:.2}", row.median), (at(row.max) + 8, top + 2), text(13)))?;
    }
    // A line at the ratio 1, where both are equal.
    picture.draw(&PathElement::new([(at(1.0), TOP - 8), (at(1.0), height - 8)], INK))?;
    picture.present()?;
    Ok(())
}
