//! What the built-in table makes of tags.

#![allow(clippy::unwrap_used)]

use super::profile::minutes_of;
use super::*;
use crate::model::osm::Tags;

fn on(mode: Mode, tags: &[(&str, &str)]) -> (f32, f32) {
    let passage = Profiles::built_in().unwrap().of(mode).passage(Tags(tags));
    (passage.forward, passage.backward)
}

#[test]
fn a_motorway_is_for_cars_one_way() {
    let tags = [("highway", "motorway"), ("maxspeed", "90")];
    assert_eq!(on(Mode::Car, &tags), (90.0, 0.0));
    assert_eq!(on(Mode::Walk, &tags), (0.0, 0.0));
    assert_eq!(on(Mode::Bicycle, &tags), (0.0, 0.0));
}

#[test]
fn a_ferry_that_says_how_long_it_takes_is_boarded() {
    let profiles = Profiles::built_in().unwrap();
    let open = |tags: &[(&str, &str)]| {
        let passages = profiles.passages(Tags(tags))?;
        Some((passages.by_mode.map(Passage::is_open), passages.crossing_min?))
    };
    let ferry = [("route", "ferry"), ("duration", "00:25")];
    assert_eq!(open(&ferry), Some(([true, true, false], 25.0)));
    let of_cars = [ferry[0], ferry[1], ("motor_vehicle", "yes"), ("bicycle", "no")];
    assert_eq!(open(&of_cars), Some(([true, false, true], 25.0)));
    assert_eq!(open(&ferry[..1]), None, "nobody knows how long");
    for (text, minutes) in [
        ("12", Some(12.0)),
        ("1:05:30", Some(65.5)),
        ("PT1H20M", Some(80.0)),
        ("PT45M", Some(45.0)),
        ("00:00", None),
        ("soon", None),
        ("-5", None),
        ("P1D", None),
        ("PT5Mx", None),
    ] {
        assert_eq!(minutes_of(text), minutes, "{text}");
    }
}

#[test]
fn a_one_way_street_is_walked_both_ways() {
    let tags = [("highway", "residential"), ("oneway", "yes")];
    assert_eq!(on(Mode::Walk, &tags), (5.0, 5.0));
    assert_eq!(on(Mode::Bicycle, &tags), (15.0, 0.0));
    let back = [("highway", "residential"), ("oneway", "-1")];
    assert_eq!(on(Mode::Car, &back), (0.0, 30.0));
}

#[test]
fn a_bicycle_may_ride_against_a_one_way_street_that_is_tagged_so() {
    let exempt = [("highway", "residential"), ("oneway", "yes"), ("oneway:bicycle", "no")];
    assert_eq!(on(Mode::Bicycle, &exempt), (15.0, 15.0));
    let lane = [("highway", "residential"), ("oneway", "yes"), ("cycleway", "opposite_lane")];
    assert_eq!(on(Mode::Bicycle, &lane), (15.0, 15.0));
    assert_eq!(on(Mode::Car, &lane), (30.0, 0.0));
}

#[test]
fn the_most_specific_access_tag_decides() {
    let walkers_only = [("highway", "service"), ("access", "no"), ("foot", "yes")];
    assert_eq!(on(Mode::Walk, &walkers_only), (5.0, 5.0));
    assert_eq!(on(Mode::Car, &walkers_only), (0.0, 0.0));
    let private = [("highway", "service"), ("access", "private")];
    assert_eq!(on(Mode::Walk, &private), (0.0, 0.0));
}

#[test]
fn a_closed_class_is_opened_by_its_own_tag_or_a_sidewalk() {
    assert_eq!(on(Mode::Bicycle, &[("highway", "footway")]), (0.0, 0.0));
    let shared = [("highway", "footway"), ("bicycle", "yes")];
    assert_eq!(on(Mode::Bicycle, &shared), (15.0, 15.0));
    let sidewalk = [("highway", "trunk"), ("sidewalk", "both")];
    assert_eq!(on(Mode::Walk, &sidewalk), (5.0, 5.0));
    assert_eq!(on(Mode::Walk, &[("highway", "trunk")]), (0.0, 0.0));
}

#[test]
fn speed_limits_are_read_in_both_units() {
    let mph = [("highway", "primary"), ("maxspeed", "30 mph")];
    assert!((on(Mode::Car, &mph).0 - 48.28).abs() < 0.01);
    let word = [("highway", "primary"), ("maxspeed", "SE:urban")];
    assert_eq!(on(Mode::Car, &word), (60.0, 60.0));
}

#[test]
fn a_bollard_stops_cars_and_a_gate_for_walkers_does_not_stop_them() {
    let table = Profiles::built_in().unwrap();
    let bollard = table.blocks(Tags(&[("barrier", "bollard")])).unwrap();
    assert_eq!(bollard, [false, false, true]);
    assert_eq!(table.blocks(Tags(&[("barrier", "kerb")])), None);
    let locked = table.blocks(Tags(&[("barrier", "gate"), ("access", "private")])).unwrap();
    assert_eq!(locked, [true, true, true]);
}

#[test]
fn bridges_and_tunnels_are_lifted_off_the_ground_and_passages_through_buildings_are_not() {
    let lifted = |tag| {
        let tags = [("highway", "residential"), tag];
        Profiles::built_in().unwrap().passages(Tags(&tags)).unwrap().lifted
    };
    assert!(lifted(("bridge", "viaduct")) && lifted(("tunnel", "yes")));
    assert!(!lifted(("tunnel", "building_passage")) && !lifted(("bridge", "no")));
}

#[test]
fn a_misspelt_table_is_refused() {
    let text = Profiles::built_in_text().replace("oneway_by_class", "onway_by_class");
    let error = Profiles::parse(&text).unwrap_err();
    assert!(error.to_string().contains("onway_by_class"), "{error}");
}
