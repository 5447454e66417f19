use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

const INVALID: Outcome = Outcome::Failed(FaultCode(3));

/// An inspection in which every check passed.
fn passed() -> Inspection {
    Check::ALL
        .into_iter()
        .fold(Inspection::unmade(1), |list, check| {
            list.with(check, Outcome::Passed)
        })
}

fn listed(codes: &[u64]) -> Vec<(CheckCode, Outcome)> {
    codes
        .iter()
        .map(|code| (CheckCode(*code), Outcome::Passed))
        .collect()
}

#[test]
fn a_list_is_refused_unless_sorted_unique_and_within_its_limit() {
    let too_long: Vec<u64> = (1..=65).collect();
    let cases: [(&[u64], BadInspection); 7] = [
        (&[], BadInspection::Empty),
        (&too_long, BadInspection::TooLong { checks: 65 }),
        (
            &[1, 1],
            BadInspection::Twice {
                check: CheckCode(1),
            },
        ),
        (
            &[1, 2, 3, 3],
            BadInspection::Twice {
                check: CheckCode(3),
            },
        ),
        (
            &[2, 1],
            BadInspection::Unsorted {
                check: CheckCode(1),
            },
        ),
        (
            &[1, 3, 2],
            BadInspection::Unsorted {
                check: CheckCode(2),
            },
        ),
        (
            &[u64::MAX, 0],
            BadInspection::Unsorted {
                check: CheckCode(0),
            },
        ),
    ];
    for (codes, refusal) in cases {
        assert_eq!(Inspection::new(1, listed(codes)), Err(refusal), "{codes:?}");
        assert!(!refusal.to_string().is_empty());
    }
    for codes in [&[1][..], &[0, 1, 2], &[7, 900, u64::MAX], &too_long[..64]] {
        let inspection = Inspection::new(7, listed(codes)).expect("sorted and within the limit");
        assert_eq!(
            (inspection.rule_set(), inspection.results()),
            (7, &listed(codes)[..])
        );
    }
}

#[test]
fn what_nobody_looked_at_is_not_checked_and_blocks_a_receipt() {
    let unmade = Inspection::unmade(4);
    assert_eq!(unmade.results().len(), Check::ALL.len());
    for check in Check::ALL {
        assert_eq!(
            unmade.outcome(check),
            Some(Outcome::NotChecked),
            "{check:?}"
        );
        let refusal = NotReceivable::NotChecked { check };
        assert_eq!(unmade.allows_receipt(&[check]), Err(refusal), "{check:?}");
    }
    assert!(unmade.missing_mandatory(&Check::MANDATORY).is_empty());
    let again = Inspection::new(4, unmade.results().to_vec());
    assert_eq!(again.as_ref(), Ok(&unmade));
}

#[test]
fn each_mandatory_check_blocks_alone_and_no_optional_one_does() {
    assert_eq!(passed().allows_receipt(&Check::MANDATORY), Ok(()));
    for check in Check::ALL {
        let results = passed().results().to_vec();
        let spoil = |outcome: Option<Outcome>| {
            let kept = results
                .iter()
                .filter_map(|(code, before)| match (*code, outcome) {
                    (code, Some(outcome)) if code == CheckCode::from(check) => {
                        Some((code, outcome))
                    }
                    (code, None) if code == CheckCode::from(check) => None,
                    (code, _) => Some((code, *before)),
                });
            Inspection::new(1, kept.collect()).expect("still sorted")
        };
        let fault = FaultCode::from(Fault::Invalid);
        let cases = [
            (Some(INVALID), NotReceivable::Failed { check, fault }),
            (
                Some(Outcome::NotChecked),
                NotReceivable::NotChecked { check },
            ),
            (None, NotReceivable::Missing { check }),
        ];
        for (outcome, refusal) in cases {
            let spoilt = spoil(outcome);
            let found = spoilt.allows_receipt(&Check::MANDATORY);
            if Check::MANDATORY.contains(&check) {
                assert_eq!(found, Err(refusal), "{check:?} {outcome:?}");
            } else {
                assert_eq!(found, Ok(()), "{check:?} {outcome:?}");
            }
            let missing = spoilt.missing_mandatory(&[check]);
            assert_eq!(
                missing.is_empty(),
                outcome.is_some(),
                "{check:?} {outcome:?}"
            );
        }
    }
}

#[test]
fn a_policy_may_ask_for_more_than_the_usual_checks() {
    let lax = Check::ALL
        .into_iter()
        .filter(|check| *check != Check::Layout)
        .fold(Inspection::unmade(1), |list, check| {
            list.with(check, Outcome::Passed)
        });
    assert_eq!(lax.allows_receipt(&Check::MANDATORY), Ok(()));
    let strict = [&Check::MANDATORY[..], &[Check::Layout]].concat();
    let refusal = NotReceivable::NotChecked {
        check: Check::Layout,
    };
    assert_eq!(lax.allows_receipt(&strict), Err(refusal));
}

#[test]
fn a_failure_is_not_passed_over_later() {
    let other = Outcome::Failed(Fault::Absent.into());
    let cases = [
        (vec![INVALID, Outcome::Passed], INVALID),
        (vec![INVALID, Outcome::NotChecked], INVALID),
        (vec![INVALID, other], INVALID),
        (vec![Outcome::Passed, INVALID, Outcome::Passed], INVALID),
        (
            vec![Outcome::Passed, Outcome::NotChecked],
            Outcome::NotChecked,
        ),
        (vec![Outcome::NotChecked, Outcome::Passed], Outcome::Passed),
    ];
    for (outcomes, expected) in cases {
        let list = outcomes
            .iter()
            .fold(Inspection::unmade(1), |list, outcome| {
                list.with(Check::Seal, *outcome)
            });
        assert_eq!(list.outcome(Check::Seal), Some(expected), "{outcomes:?}");
    }
    let failed = Inspection::unmade(1)
        .with(Check::Seal, INVALID)
        .with(Check::Level, other);
    let failures: Vec<_> = failed.failures().collect();
    assert_eq!(
        failures,
        [(CheckCode(4), FaultCode(1)), (CheckCode(5), FaultCode(3))]
    );
}

#[test]
fn checks_and_faults_of_newer_rules_are_kept_and_pass_for_nothing() {
    let results = vec![
        (CheckCode(3), Outcome::Passed),
        (CheckCode(700), Outcome::Failed(FaultCode(99))),
    ];
    let newer = Inspection::new(9, results.clone()).expect("sorted");
    assert_eq!(newer.results(), results);
    assert_eq!(CheckCode(700).known(), None);
    assert_eq!(FaultCode(99).known(), None);
    assert_eq!(newer.allows_receipt(&[Check::Integrity]), Ok(()));
    let refusal = NotReceivable::Missing { check: Check::Seal };
    assert_eq!(newer.allows_receipt(&[Check::Seal]), Err(refusal));
    let more = newer
        .with(Check::Seal, Outcome::Passed)
        .with(Check::Sender, Outcome::Passed);
    let order: Vec<u64> = more.results().iter().map(|(code, _)| code.0).collect();
    assert_eq!(order, [1, 3, 5, 700]);
}

#[test]
fn a_full_list_of_unknown_checks_takes_no_more() {
    let codes: Vec<u64> = (100..164).collect();
    let full = Inspection::new(1, listed(&codes)).expect("exactly the limit");
    let same = full.clone().with(Check::Sender, Outcome::Passed);
    assert_eq!(same, full);
    assert_eq!(same.missing_mandatory(&[Check::Sender]), [Check::Sender]);
}

#[test]
fn outcomes_go_and_come_back_and_nothing_else_does() {
    for outcome in [Outcome::Passed, Outcome::NotChecked, INVALID] {
        assert_eq!(
            Outcome::from_code(outcome.code(), outcome.fault()),
            Some(outcome)
        );
    }
    let fault = Some(FaultCode(3));
    for (code, fault) in [
        (0, None),
        (4, None),
        (u64::MAX, None),
        (2, None),
        (0, fault),
        (1, fault),
        (3, fault),
    ] {
        assert_eq!(Outcome::from_code(code, fault), None, "{code} {fault:?}");
    }
}

/// Does not compile once one is added, so that the list is not forgotten.
fn place_of_check(it: Check) -> usize {
    match it {
        Check::Sender => 0,
        Check::Signatures => 1,
        Check::Integrity => 2,
        Check::Level => 3,
        Check::Seal => 4,
        Check::Format => 5,
        Check::Recipients => 6,
        Check::Duplicate => 7,
        Check::Metadata => 8,
        Check::Attachments => 9,
        Check::Layout => 10,
        Check::ActiveContent => 11,
        Check::LevelMarks => 12,
        Check::SealPlacement => 13,
        Check::Number => 14,
    }
}

/// Does not compile once one is added, so that the list is not forgotten.
fn place_of_fault(it: Fault) -> usize {
    match it {
        Fault::Absent => 0,
        Fault::Mismatch => 1,
        Fault::Invalid => 2,
        Fault::OutOfDate => 3,
        Fault::Revoked => 4,
        Fault::NotEntitled => 5,
        Fault::Unreadable => 6,
        Fault::Truncated => 7,
        Fault::Forbidden => 8,
        Fault::CommitmentMismatch => 9,
        Fault::Unknown => 10,
    }
}

/// Does not compile once one is added, so that the list is not forgotten.
fn place_of_reason(it: ReturnReason) -> usize {
    match it {
        ReturnReason::Sender => 0,
        ReturnReason::Signature => 1,
        ReturnReason::Incomplete => 2,
        ReturnReason::Level => 3,
        ReturnReason::Seal => 4,
        ReturnReason::Format => 5,
        ReturnReason::Misdirected => 6,
        ReturnReason::Duplicate => 7,
        ReturnReason::Metadata => 8,
        ReturnReason::Attachments => 9,
        ReturnReason::UnsafeContent => 10,
        ReturnReason::Unreadable => 11,
        ReturnReason::CommitmentMismatch => 12,
        ReturnReason::NotOurBusiness => 13,
        ReturnReason::Routing => 14,
        ReturnReason::Kind => 15,
        ReturnReason::NotConsulted => 16,
        ReturnReason::Drafting => 17,
        ReturnReason::Other => 18,
    }
}

#[test]
fn codes_names_and_lists_are_whole() {
    let checks: Vec<u64> = Check::ALL.iter().map(|check| check.code()).collect();
    assert_eq!(checks, (1..=15).collect::<Vec<u64>>());
    let faults: Vec<u64> = Fault::ALL.iter().map(|fault| fault.code()).collect();
    assert_eq!(faults, (1..=11).collect::<Vec<u64>>());
    let reasons: Vec<u64> = ReturnReason::ALL
        .iter()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(
        reasons,
        (1..=13).chain(33..=37).chain([63]).collect::<Vec<u64>>()
    );
    assert!(Check::ALL.into_iter().map(place_of_check).eq(0..15));
    assert!(Fault::ALL.into_iter().map(place_of_fault).eq(0..11));
    assert!(ReturnReason::ALL.into_iter().map(place_of_reason).eq(0..19));
    for check in Check::ALL {
        assert_eq!(CheckCode::from(check).known(), Some(check));
        assert!(
            ReturnReason::ALL.contains(&check.return_reason()),
            "{check:?}"
        );
    }
    for fault in Fault::ALL {
        assert_eq!(FaultCode::from(fault).known(), Some(fault));
    }
    for reason in ReturnReason::ALL {
        assert_eq!(ReturnCode::from(reason).known(), Some(reason));
        assert_eq!(
            reason.needs_text(),
            reason == ReturnReason::Other,
            "{reason:?}"
        );
    }
    for code in [0, 16, 64, u64::MAX] {
        assert_eq!(CheckCode(code).known(), None, "{code}");
        assert_eq!(FaultCode(code).known(), None, "{code}");
        assert_eq!(ReturnCode(code).known(), None, "{code}");
    }
    for code in [14, 31, 32, 38, 62] {
        assert_eq!(ReturnCode(code).known(), None, "{code}");
    }
}

#[test]
fn no_two_names_are_the_same() {
    let lists: [(usize, Vec<&str>); 6] = [
        (15, Check::ALL.iter().map(|it| it.zh()).collect()),
        (15, Check::ALL.iter().map(|it| it.en()).collect()),
        (11, Fault::ALL.iter().map(|it| it.zh()).collect()),
        (11, Fault::ALL.iter().map(|it| it.en()).collect()),
        (19, ReturnReason::ALL.iter().map(|it| it.zh()).collect()),
        (19, ReturnReason::ALL.iter().map(|it| it.en()).collect()),
    ];
    for (expected, names) in lists {
        let unique: HashSet<_> = names.iter().collect();
        assert_eq!(unique.len(), expected, "{names:?}");
    }
}

#[test]
fn a_refused_receipt_says_which_check_and_why() {
    let check = Check::Seal;
    let cases = [
        (
            NotReceivable::Missing { check },
            "the inspection lacks the mandatory check of the seal",
        ),
        (
            NotReceivable::NotChecked { check },
            "the seal was not checked",
        ),
        (
            NotReceivable::Failed {
                check,
                fault: Fault::Revoked.into(),
            },
            "the check of the seal failed: it is suspended or revoked",
        ),
        (
            NotReceivable::Failed {
                check,
                fault: FaultCode(99),
            },
            "the check of the seal failed with code 99",
        ),
    ];
    for (refusal, text) in cases {
        assert_eq!(refusal.to_string(), text);
    }
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Passed),
        1 => Just(Outcome::NotChecked),
        1 => any::<u64>().prop_map(|code| Outcome::Failed(FaultCode(code))),
    ]
}

proptest! {
    #[test]
    fn a_receipt_is_allowed_exactly_when_every_mandatory_check_passed(
        results in proptest::collection::vec((0..20_u64, any_outcome()), 0..30),
    ) {
        let results: Vec<_> =
            results.into_iter().map(|(code, outcome)| (CheckCode(code), outcome)).collect();
        let rising = results.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let is_list = rising && !results.is_empty();
        prop_assert_eq!(Inspection::new(1, results.clone()).is_ok(), is_list);
        let sorted: std::collections::BTreeMap<_, _> = results.into_iter().collect();
        prop_assume!(!sorted.is_empty());
        let inspection = Inspection::new(1, sorted.clone().into_iter().collect());
        let inspection = inspection.expect("a map is sorted");
        let passes = Check::MANDATORY
            .iter()
            .all(|check| sorted.get(&CheckCode(check.code())) == Some(&Outcome::Passed));
        prop_assert_eq!(inspection.allows_receipt(&Check::MANDATORY).is_ok(), passes);
    }
}
