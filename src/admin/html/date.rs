//! Renders dates.

use maud::{Markup, html};

use crate::model::Timestamp;

/// Renders a moment in UTC, to the second. The `datetime` attribute has the full precision.
pub(super) fn moment(moment: Timestamp) -> Markup {
    html! {
        time datetime=(moment) { (moment.to_datetime().format("%Y-%m-%d %H:%M:%S")) }
    }
}
