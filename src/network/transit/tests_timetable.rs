//! Which vehicles run on a day, and how they are divided into patterns.

#![allow(clippy::unwrap_used)]

use jiff::civil::{Date, date};

use super::{NetworkError, Timetable, TimetableOptions};
use crate::formats::gtfs::fixture::Fixture;
use crate::model::Feed;

const DAY: Date = date(2026, 5, 5);

fn build(feed: Feed) -> (Timetable, Vec<String>) {
    let (timetable, notices) =
        Timetable::build(&[feed], DAY, &TimetableOptions { wheelchair: false, span: 0..86_400 })
            .unwrap();
    (timetable, notices.iter().map(ToString::to_string).collect())
}

#[test]
fn a_date_outside_the_calendar_names_the_range() {
    let feeds = [Fixture::line().feed()];
    let error =
        Timetable::build(&feeds, date(2027, 1, 1), &TimetableOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2027-01-01 lies outside the calendar of every feed: \
         feed.zip runs from 2026-01-01 to 2026-12-31"
    );
    let none = Timetable::build(&[], DAY, &TimetableOptions::default());
    assert_eq!(none.unwrap_err(), NetworkError::NoFeeds);
}

#[test]
fn a_feed_that_does_not_know_the_date_is_told_when_another_does() {
    let calendar = "service_id,date,exception_type\ndaily,20250101,1\n";
    let old = Fixture::line().without("calendar.txt").with("calendar_dates.txt", calendar).feed();
    let feeds = [old, Fixture::line().feed()];
    let (timetable, notices) =
        Timetable::build(&feeds, DAY, &TimetableOptions { wheelchair: false, span: 0..86_400 })
            .unwrap();
    assert_eq!(timetable.trip_count(), 1);
    assert!(notices[0].what.contains("runs from 2025-01-01 to 2025-01-01"), "{notices:?}");
}

#[test]
fn a_day_with_unusually_few_trips_is_told() {
    let fixture = Fixture::line()
        .with("calendar_dates.txt", "service_id,date,exception_type\ndaily,20260505,2\n");
    let (timetable, notices) = build(fixture.feed());
    assert_eq!(timetable.trip_count(), 0);
    assert_eq!(notices, ["feed.zip: 0 trips run on 2026-05-05, on the median day 1"]);
}

#[test]
fn an_ordinary_day_is_the_tuesday_of_the_busiest_week_of_all_feeds() {
    let calendar =
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n";
    let feed = |rows: &str| Fixture::line().with("calendar.txt", &format!("{calendar}{rows}"));
    let typical = |feeds: &[Feed]| Timetable::typical_day(feeds);
    // 4 May 2026 is a Monday. The first of equally busy weeks counts.
    let may = || feed("daily,1,1,1,1,1,0,0,20260504,20260524\n");
    assert_eq!(typical(&[may().feed()]), Some(date(2026, 5, 5)));
    // No trips on the first Tuesday, then a Thursday off: the third week is the busiest.
    let days_off = "service_id,date,exception_type\ndaily,20260505,2\ndaily,20260514,2\n";
    let holidays = may().with("calendar_dates.txt", days_off).feed();
    assert_eq!(typical(&[holidays]), Some(date(2026, 5, 19)));
    // The other feed begins on the second Wednesday, so that only the third Tuesday lies in both.
    let later = feed("daily,1,1,1,1,1,1,1,20260513,20261231\n").feed();
    assert_eq!(typical(&[may().feed(), later]), Some(date(2026, 5, 19)));
    // Weekends only: the first of the busiest days.
    let weekend = feed("daily,0,0,0,0,0,1,1,20260504,20260524\n").feed();
    assert_eq!(typical(&[weekend]), Some(date(2026, 5, 9)));
    assert_eq!(typical(&[]), None);
}

#[test]
fn exceptions_add_and_take_out_trips() {
    let fixture = Fixture::line()
        .and("trips.txt", "r,extra,u\n")
        .and("stop_times.txt", "u,9:00:00,9:00:00,a,1\nu,9:10:00,9:10:00,b,2\n")
        .with(
            "calendar_dates.txt",
            "service_id,date,exception_type\ndaily,20260505,2\nextra,20260505,1\n",
        );
    let (timetable, _) = build(fixture.feed());
    assert_eq!(timetable.trips(), [(0, 1)]);
}

#[test]
fn trips_that_overtake_go_into_a_sibling_pattern() {
    let fixture = Fixture::line().and("trips.txt", "r,daily,fast\nr,daily,later\n").and(
        "stop_times.txt",
        "fast,8:05:00,8:05:00,a,1\nfast,8:07:00,8:07:00,b,2\nfast,8:09:00,8:09:00,c,3\n\
         later,9:00:00,9:00:00,a,1\nlater,9:10:00,9:11:00,b,2\nlater,9:20:00,9:20:00,c,3\n",
    );
    let (timetable, _) = build(fixture.feed());
    assert_eq!((timetable.pattern_count(), timetable.trip_count()), (2, 3));
}

#[test]
fn what_may_be_done_at_a_stop_divides_patterns() {
    let fixture = Fixture::line()
        .with(
            "stop_times.txt",
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n\
             t,8:00:00,8:00:00,a,1,0\nt,8:10:00,8:10:00,b,2,0\nt,8:20:00,8:20:00,c,3,\n\
             u,9:00:00,9:00:00,a,1,\nu,9:10:00,9:10:00,b,2,1\nu,9:20:00,9:20:00,c,3,\n",
        )
        .and("trips.txt", "r,daily,u\n");
    let (timetable, _) = build(fixture.feed());
    assert_eq!(timetable.pattern_count(), 2);
}

#[test]
fn stops_without_a_place_are_passed_and_trips_without_stops_counted() {
    let fixture = Fixture::line()
        .with("stops.txt", "stop_id,stop_lat,stop_lon\na,59.3,18\nb,,\nc,59.3,18.2\n")
        .and("trips.txt", "r,daily,u\n")
        .and("stop_times.txt", "u,9:00:00,9:00:00,a,1\nu,9:10:00,9:10:00,b,2\n");
    let (timetable, notices) = build(fixture.read().unwrap().0);
    let ids: Vec<&str> = timetable.stops().iter().map(|stop| stop.id.as_str()).collect();
    assert_eq!(ids, ["a", "c"]);
    assert_eq!(
        notices,
        ["feed.zip: trips.txt: the trip has fewer than two stops with coordinates; left out"]
    );
}

#[test]
fn frequencies_become_trips_at_the_stated_phase() {
    let fixture = Fixture::line().with(
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs\nt,10:00:00,10:30:00,600\nt,12:00:00,12:01:00,600\n",
    );
    let (timetable, _) = build(fixture.feed());
    let epoch = super::timetable::EPOCH;
    let first = timetable.boardings(timetable.stop(0, "a").unwrap())[0];
    let departures: Vec<u32> = timetable.departures(first).iter().map(|&at| at - epoch).collect();
    assert_eq!(departures, [36_000, 36_600, 37_200, 43_200], "not at the end itself, nor at 8:00");
    assert_eq!(timetable.pattern(0).arrivals(3)[2] - epoch, 43_200 + 1_200);
}

#[test]
fn an_absurd_headway_is_refused_instead_of_filling_memory() {
    let rows = "t,0:00:00,100:00:00,1\n".repeat(300);
    let head = "trip_id,start_time,end_time,headway_secs\n";
    let fixture = Fixture::line().with("frequencies.txt", &format!("{head}{rows}"));
    let error = Timetable::build(&[fixture.feed()], DAY, &TimetableOptions::default());
    assert!(matches!(error, Err(NetworkError::TooLarge { what: "stop times", .. })));
}

#[test]
fn wheelchairs_need_trips_and_stops_that_say_yes() {
    let fixture = Fixture::line()
        .with(
            "trips.txt",
            "route_id,service_id,trip_id,wheelchair_accessible\nr,daily,t,1\nr,daily,u,\n",
        )
        .and("stop_times.txt", "u,9:00:00,9:00:00,a,1\nu,9:10:00,9:10:00,b,2\n");
    let options = TimetableOptions { wheelchair: true, span: 0..86_400 };
    let (timetable, notices) = Timetable::build(&[fixture.feed()], DAY, &options).unwrap();
    assert_eq!(timetable.trips(), [(0, 0)]);
    let told: Vec<String> = notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "feed.zip: trips.txt: the trip does not say that a wheelchair can use it; left out",
            "feed.zip: stops.txt: no stop says that a wheelchair can board; none can be used",
        ]
    );
    assert!((0..3).all(|stop| timetable.boardings(stop).is_empty()));
}

#[test]
fn rules_that_do_not_name_both_stops_are_counted_as_passed_over() {
    let fixture = Fixture::line().with(
        "transfers.txt",
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_route_id\n,b,2,60,r\na,,3,,r\na,b,3,,r\n",
    );
    let (_, notices) = build(fixture.feed());
    assert_eq!(
        notices,
        ["feed.zip: transfers.txt, line 2: a rule for changing does not name both its stops, \
         or joins trips that it does not name; row passed over (2 cases)"]
    );
}
