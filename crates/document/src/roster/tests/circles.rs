//! Units that would be above each other in a circle.

use super::land::{Land, UNIT, unit};
use crate::roster::act::Change;
use crate::roster::record::Unit;
use crate::roster::{BadChange, RosterRefused};
use crate::signed::SlotRole;

#[test]
fn g1_units_are_never_above_each_other_in_a_circle() {
    let mut land = Land::grown();
    let below = |parent: &str| Unit {
        parent: Some(parent.parse().unwrap()),
        ..unit("单位")
    };
    let (first, second, third) = ("513210-zf", "513211-zf", "513212-zf");
    // One that an act would make at once, of units that are not there yet.
    for circle in [
        vec![(first, second), (second, first)],
        vec![(first, second), (second, third), (third, first)],
        // The one that is put last hangs below a circle, without being part of it.
        vec![(second, third), (third, second), (first, second)],
    ] {
        let changes = circle
            .iter()
            .map(|(id, above)| Change::put(id, &below(above)));
        let signed = land.signed_act(SlotRole::Officer, changes.collect());
        let refused = RosterRefused::Change(BadChange::Circle);
        assert_eq!(land.refusal(&signed), refused, "{circle:?}");
    }
    // One that closes over units that stand.
    let chain = vec![
        Change::put(first, &below(UNIT)),
        Change::put(second, &below(first)),
        Change::put(third, &below(second)),
    ];
    land.officer_puts(chain);
    for above in [first, second, third] {
        let signed = land.signed_act(SlotRole::Officer, vec![Change::put(UNIT, &below(above))]);
        let refused = RosterRefused::Change(BadChange::Circle);
        assert_eq!(land.refusal(&signed), refused, "{above}");
    }
    // The order may be turned round where no circle is left.
    let mut turned = vec![Change::put(first, &unit("单位"))];
    turned.push(Change::put(UNIT, &below(third)));
    land.officer_puts(turned);
}
