//! Dates on the pages of the admin.

use maud::{Markup, html};

use crate::model::Timestamp;

/// A moment down to the second, in UTC; its digits below are in the machine's part.
pub(super) fn moment(moment: Timestamp) -> Markup {
    html! {
        time datetime=(moment) { (moment.to_datetime().format("%Y-%m-%d %H:%M:%S")) }
    }
}
