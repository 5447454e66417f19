use super::*;

/// 2026-11-26, a Thursday, in days since 1970-01-01.
const THURSDAY: u64 = 20_783;

fn office() -> Calendar {
    let span = |from: u16, until: u16| MinuteSpan {
        from: from * 60,
        until: until * 60,
    };
    Calendar {
        ahead_minutes: 480,
        hours: vec![span(9, 12), span(14, 17)],
        weekdays: 0b001_1111,
        holidays: Vec::new(),
        workdays: Vec::new(),
    }
}

fn at(calendar: &Calendar, day: u64, hour: u16) -> Timestamp {
    calendar.instant(day, hour * 60)
}

#[test]
fn the_day_and_the_minute_are_local() {
    let calendar = office();
    // 2026-11-26T00:30+08:00 is still the 25th in Greenwich.
    let early = Timestamp::from_unix_ms(1_795_624_200_000);
    assert_eq!(calendar.day_of(early), (THURSDAY, 30 * 60_000));
    assert_eq!(calendar.instant(THURSDAY, 30), early);
    assert!(calendar.works_on(THURSDAY));
    assert!(!calendar.works_on(THURSDAY + 2), "a Saturday");
}

#[test]
fn a_limit_runs_while_offices_work() {
    let calendar = office();
    let due = |day, hour, hours: u32| calendar.after(at(&calendar, day, hour), hours * 60);
    let is = |day, hour| Some(at(&calendar, day, hour));
    assert_eq!(due(THURSDAY, 9, 2), is(THURSDAY, 11));
    assert_eq!(due(THURSDAY, 9, 3), is(THURSDAY, 12), "to the last minute");
    assert_eq!(due(THURSDAY, 11, 2), is(THURSDAY, 15), "over noon");
    assert_eq!(due(THURSDAY, 13, 1), is(THURSDAY, 15), "sent at noon");
    assert_eq!(due(THURSDAY, 20, 1), is(THURSDAY + 1, 10), "sent at night");
    assert_eq!(
        due(THURSDAY + 1, 16, 8),
        is(THURSDAY + 5, 10),
        "over a weekend: an hour on Friday, six on Monday, one on Tuesday"
    );
}

#[test]
fn c4_holidays_and_adjusted_workdays_are_kept() {
    let mut calendar = office();
    let friday = u32::try_from(THURSDAY + 1).unwrap();
    calendar.holidays = vec![friday];
    calendar.workdays = vec![friday + 1];
    assert!(calendar.is_sound());
    assert!(!calendar.works_on(THURSDAY + 1));
    assert!(calendar.works_on(THURSDAY + 2), "the Saturday in its place");
    let due = calendar.after(at(&calendar, THURSDAY, 16), 120);
    assert_eq!(due, Some(at(&calendar, THURSDAY + 2, 10)));
}

#[test]
fn a_calendar_that_is_not_in_order_is_refused() {
    let spoil: [fn(&mut Calendar); 9] = [
        |it| it.hours.clear(),
        |it| it.hours.reverse(),
        |it| it.hours[0].until = it.hours[0].from,
        |it| it.hours[1].until = DAY_MINUTES + 1,
        |it| it.weekdays = 0,
        |it| it.weekdays = 0x80,
        |it| it.ahead_minutes = 841,
        |it| it.holidays = vec![2, 1],
        |it| (it.holidays, it.workdays) = (vec![1], vec![1]),
    ];
    assert!(office().is_sound());
    for (case, spoil) in spoil.into_iter().enumerate() {
        let mut calendar = office();
        spoil(&mut calendar);
        assert!(!calendar.is_sound(), "case {case}");
    }
}

#[test]
fn a_limit_that_never_ends_is_an_answer() {
    let mut calendar = office();
    let first = u32::try_from(THURSDAY).unwrap();
    calendar.holidays = (first..first + 90).collect();
    assert!(calendar.is_sound());
    assert_eq!(calendar.after(at(&calendar, THURSDAY, 9), 60), None);
}

#[test]
fn no_time_is_too_late_to_be_reckoned_with() {
    let calendar = office();
    let end = Timestamp::from_unix_ms(u64::MAX);
    let _ = calendar.after(end, u32::MAX);
    let _ = calendar.instant(u64::MAX, u16::MAX);
}

#[test]
fn months_are_those_of_the_calendar() {
    let cases = [
        (0, 197_001),
        (30, 197_001),
        (31, 197_002),
        (58, 197_002),
        (59, 197_003),
        (364, 197_012),
        (365, 197_101),
        // The 29th of February, and the day after it.
        (11_016, 200_002),
        (11_017, 200_003),
        (THURSDAY, 202_611),
        (THURSDAY + 5, 202_612),
    ];
    for (day, month) in cases {
        assert_eq!(month_of(day), month, "{day}");
    }
    let _ = month_of(u64::MAX);
}
