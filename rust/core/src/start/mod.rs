//! The synthetic cross-section: who is on the pathway when the settling period begins, and since when.

mod candidates;
mod inpatients;
mod outside;
mod prisoners;
mod status;

use crate::codes::Place;
use crate::ids::UnitId;
use crate::world::World;

use candidates::Candidates;
use inpatients::inpatient;
use outside::{Outside, discharged};
use prisoners::prisoners;

/// Fills the pathway.
pub fn cross_section(world: &mut World) {
    let mut candidates = Candidates::new(world);
    let s = world.p.start.clone();
    for unit in (0..world.units.all.len()).map(|k| UnitId(k as u16)) {
        let tier = world.units[unit].tier;
        let t = if tier == Place::High {
            &s.high
        } else if tier == Place::Medium {
            &s.medium
        } else {
            &s.low
        };
        let n = libm::round(f64::from(world.units[unit].beds) * t.occupancy) as u64;
        for k in 0..n {
            inpatient(world, &mut candidates, t, unit, slot(1, u64::from(unit.0), k));
        }
    }
    let fraction = world.plan.mode.fraction;
    for k in 0..libm::round(s.conditional * fraction) as u64 {
        discharged(world, &mut candidates, true, slot(2, 0, k));
    }
    for k in 0..libm::round(Outside::of(world).persons() * fraction) as u64 {
        discharged(world, &mut candidates, false, slot(3, 0, k));
    }
    prisoners(world);
    world.reset_clocks();
}

/// Identity of a slot at the start, for draws that belong to no person yet.
fn slot(kind: u64, a: u64, b: u64) -> u64 {
    kind << 56 | a << 28 | b
}

#[cfg(test)]
mod tests {
    use super::candidates::{area_of, ethnic_group};
    use super::inpatients::{setbacks_at_start, stay_so_far};
    use super::outside::left_secure_care;
    use super::status::{convicted_at_start, legal_at_start, offence_at_start, status_after};
    use super::*;
    use crate::calendar::{Day, YEAR};
    use crate::caseload::agenda::Due;
    use crate::caseload::case::Life;
    use crate::caseload::{Case, Team};
    use crate::codes::{Ethnicity, Legal, Offence, Reason, Sex, Stage};
    use crate::ids::CommissionerId;
    use crate::law::{self, places};
    use crate::plan::{Plan, TierStart};
    use crate::transitions::entry;
    use crate::world::capacity::Ward;

    /// A plan with some thousand people, half of them with a disorder, from whom the pathway takes its own.
    fn peopled() -> Plan {
        let mut plan = World::small_plan();
        for count in plan.population.persons.iter_mut().flatten().flat_map(|ages| ages.iter_mut()) {
            *count *= 20;
        }
        let p = &mut plan.parameters;
        p.illness.personality = 0.5;
        p.justice.arrests = 80.0;
        // Sixty of the others, with hardly anybody let go.
        (p.start.conditional, p.start.discharges, p.start.discharge_ends) = (30.0, 15.0, 0.25);
        // As old as the people whom there are.
        (p.start.discharged_age, p.start.discharged_age_sd) = (36.0, 6.0);
        plan
    }

    fn started(change: impl FnOnce(&mut Plan)) -> World {
        let mut plan = peopled();
        change(&mut plan);
        World::of_plan(plan)
    }

    fn inpatients(w: &World) -> Vec<&Case> {
        w.caseload.cases.iter().filter(|c| places::secure(c.place)).collect()
    }

    fn of_tier(w: &World, tier: Place) -> Vec<&Case> {
        w.caseload.cases.iter().filter(|c| c.place == tier).collect()
    }

    /// Those who were in secure care and live in the community.
    fn outside(w: &World) -> Vec<&Case> {
        w.caseload.cases.iter().filter(|c| places::community(c.place)).collect()
    }

    /// A tier whose shares are all nothing, but for what is changed.
    fn tier(change: impl FnOnce(&mut TierStart)) -> TierStart {
        let mut t = World::small_plan().parameters.start.medium;
        for share in [&mut t.s37_41, &mut t.s47_49, &mut t.s48_49, &mut t.s45a, &mut t.s37] {
            *share = 0.0;
        }
        change(&mut t);
        t
    }

    #[test]
    fn units_are_occupied_as_the_evidence_says_and_the_world_holds_together() {
        let mut w = started(|_| {});
        for u in &w.units.all {
            let expected = if u.tier == Place::High { 10 } else { 9 };
            // Among so few people nobody may be of the age that a place asks for: it stays empty.
            assert!((expected - 1..=expected).contains(&u.occupied), "{}: {}", u.tier.name(), u.occupied);
        }
        w.must_hold();
    }

    #[test]
    fn nobody_is_taken_twice_and_everybody_is_held_by_the_caseload() {
        let w = started(|_| {});
        let mut rows: Vec<u32> = w.caseload.cases.iter().map(|c| c.row).collect();
        let n = rows.len();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!((rows.len(), w.caseload.by_person.len()), (n, n));
        assert!(n > 150);
    }

    #[test]
    fn without_people_who_have_a_disorder_the_pathway_is_empty() {
        let w = started(|plan| plan.parameters.illness.personality = 0.0);
        assert!(w.caseload.cases.is_empty());
        assert!(w.units.all.iter().all(|u| u.occupied == 0));
    }

    #[test]
    fn statuses_of_inpatients_come_in_their_shares() {
        use Legal::*;
        let t = tier(|t| (t.s37_41, t.s47_49, t.s48_49, t.s45a, t.s37) = (0.1, 0.2, 0.1, 0.3, 0.1));
        let mut s = World::small().p.start.clone();
        (s.unfit, s.notional) = (0.2, 0.5);
        let found = [0.0, 0.099, 0.11, 0.29, 0.31, 0.39, 0.41, 0.69, 0.71, 0.79, 0.81, 1.0]
            .map(|u| legal_at_start(&t, &s, [u, 0.5]));
        assert_eq!(found, [Cpia, S37S41, S47S49, S47S49, S48S49, S48S49, S45A, S45A, S37, S37, S3, S3]);
        assert_eq!([0.69, 0.71].map(|u| legal_at_start(&t, &s, [u, 0.4])), [S45A, Notional37]);
    }

    #[test]
    fn long_stays_have_outlasted_remand_and_sentence_but_not_life() {
        let mut s = World::small().p.start.clone();
        (s.awaited_longest, s.served_longest) = (2.0, 6.0);
        let after = |legal, years, life| status_after(legal, &s, years, life);
        for (legal, years, life, expected) in [
            (Legal::S48S49, 1.9, false, Legal::S48S49),
            (Legal::S48S49, 2.1, true, Legal::S37S41),
            (Legal::S47S49, 5.9, false, Legal::S47S49),
            (Legal::S47S49, 6.1, false, Legal::Notional37),
            (Legal::S45A, 6.1, false, Legal::Notional37),
            (Legal::S47S49, 20.0, true, Legal::S47S49),
            (Legal::S37S41, 20.0, false, Legal::S37S41),
        ] {
            assert_eq!(after(legal, years, life), expected, "{} after {years}", legal.name());
        }
    }

    #[test]
    fn setbacks_come_with_the_years_of_a_stay_and_convictions_with_the_order() {
        let even = |n: u32| (0..n).map(move |k| (f64::from(k) + 0.5) / f64::from(n));
        let s = World::small().p.start.clone();
        for years in [0.0, 1.0, 8.0] {
            let mean = even(2000).map(|u| f64::from(setbacks_at_start(&s, years, u))).sum::<f64>() / 2000.0;
            let expected = s.setbacks_soon + s.setbacks * years;
            assert!((mean / expected - 1.0).abs() < 0.01, "{mean} for {expected}");
        }
        let mut w = World::small();
        let mut of = |legal, chance: f64| {
            let i = w.put(Place::Medium, legal);
            let counts = even(1000).map(|u| {
                let mut c = w.case(i).clone();
                convicted_at_start(&mut c, &s, u);
                f64::from(c.offending.convictions)
            });
            let expected = chance + chance * chance + chance * chance * chance;
            let mean = counts.sum::<f64>() / 1000.0;
            assert!((mean - expected).abs() < 0.005, "{mean} for {expected}");
        };
        of(Legal::S37S41, s.convicted);
        of(Legal::Notional37, s.convicted);
        of(Legal::S3, s.convicted_other);
    }

    #[test]
    fn offences_behind_the_patients_of_the_first_day_are_those_of_their_status_and_sex() {
        let s = World::small().p.start.clone();
        let even = |n: u32| (0..n).map(move |k| (f64::from(k) + 0.5) / f64::from(n));
        let share = |sex, legal, wanted: fn((Offence, bool)) -> bool| {
            let all = even(400).flat_map(|u| even(20).map(move |v| [u, v]));
            all.filter(|u| wanted(offence_at_start(&s, sex, legal, *u))).count() as f64 / 8000.0
        };
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 0.004, "{found} for {wanted}");
        for legal in [Legal::S37S41, Legal::S47S49, Legal::Cd] {
            near(share(Sex::Male, legal, |o| o.0 == Offence::Violence), 0.615);
            near(share(Sex::Male, legal, |o| o.0 == Offence::Sexual), 0.136);
            near(share(Sex::Female, legal, |o| o.0 == Offence::Sexual), 0.01);
            near(share(Sex::Female, legal, |o| o.0 == Offence::Arson), 0.223);
            near(share(Sex::Male, legal, |o| o.0 == Offence::None), 0.0);
        }
        let grave = |legal| share(Sex::Male, legal, |o| o.1);
        assert!(grave(Legal::Cd) < grave(Legal::S37S41));
        assert!(grave(Legal::S37S41) > 0.3 && grave(Legal::S37) < 0.05 && grave(Legal::S3) < grave(Legal::S37));
        near(share(Sex::Male, Legal::S3, |o| o.0 == Offence::None), s.no_offence);
        near(share(Sex::Male, Legal::S37, |o| o.0 == Offence::None), 0.0);
        assert_eq!(share(Sex::Female, Legal::S3, |o| o.0 == Offence::Robbery && !o.1), 0.0, "robbery is always grave");
    }

    #[test]
    fn ethnic_groups_of_inpatients_come_in_their_shares() {
        use Ethnicity::*;
        let t = tier(|t| (t.black, t.asian, t.mixed) = (0.2, 0.1, 0.1));
        let found = [0.0, 0.19, 0.21, 0.29, 0.31, 0.39, 0.41, 0.99].map(|u| ethnic_group(&t, u));
        assert_eq!(found, [Black, Black, Asian, Asian, Mixed, Mixed, White, White]);
    }

    #[test]
    fn an_area_is_drawn_by_its_people_among_those_of_the_commissioner() {
        let w = World::small();
        let people = [300, 100];
        let of = |commissioner: Option<u8>| {
            [0.0, 0.7, 0.8, 0.999].map(|u| area_of(&w, &people, commissioner.map(CommissionerId), u))
        };
        assert_eq!(of(None), [0, 0, 1, 1]);
        assert_eq!((of(Some(0)), of(Some(1))), ([0; 4], [1; 4]));
        // Of NHS England there is none: somebody has to be from somewhere.
        assert_eq!(of(Some(2)), [0; 4]);
    }

    #[test]
    fn longer_stays_are_met_more_often() {
        let t = tier(|t| (t.stay_mu, t.stay_sigma) = (0.0, 1.0));
        // The median of what is met is the mean of what begins, times e to half the variance.
        assert_eq!(stay_so_far(&t, 0.0, 1.0), (libm::exp(1.0) * YEAR) as Day);
        assert_eq!(stay_so_far(&t, 0.0, 0.5), (libm::exp(1.0) * 0.5 * YEAR) as Day);
        assert!(stay_so_far(&t, 1.0, 0.5) > stay_so_far(&t, 0.0, 0.5));
        assert_eq!(stay_so_far(&t, 3.0, 0.0), 0);
    }

    #[test]
    fn a_slot_has_an_identity_of_its_own() {
        let mut all: Vec<u64> =
            (1..4).flat_map(|kind| (0..20).flat_map(move |a| (0..20).map(move |b| slot(kind, a, b)))).collect();
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), n);
    }

    #[test]
    fn a_stay_began_before_today_and_after_the_age_of_an_inpatient() {
        let w = started(|_| {});
        for c in inpatients(&w) {
            let p = &c.placement;
            assert!(p.since <= w.today() && f64::from(p.since - c.born) >= w.p.start.age_inpatient * YEAR - 1.0);
            assert_eq!((p.secure_since, p.provider_since, c.spell.start), (Some(p.since), Some(p.since), p.since));
            assert_eq!((c.spell.source, c.spell.legal, c.past.ever_secure), (None, c.legal, true));
            assert_eq!(p.payer, Some(w.commissioner(c.area, c.place)));
        }
        assert!(inpatients(&w).iter().any(|c| w.today() - c.placement.since > 1000));
    }

    #[test]
    fn every_inpatient_has_a_review_within_an_interval_and_a_reference_to_the_tribunal() {
        let w = started(|plan| plan.parameters.inpatient.review_jitter = 0.0);
        for (i, _) in w.caseload.iter().filter(|(_, c)| places::secure(c.place)) {
            assert!(w.due_in(i, Due::Review).is_some_and(|days| (1..=91).contains(&days)));
            assert!(w.due_in(i, Due::Apply).is_some());
        }
        let days: std::collections::BTreeSet<Option<Day>> =
            inpatients(&w).iter().map(|c| c.due.get(Due::Review)).collect();
        assert!(days.len() > 20, "reviews are spread: {}", days.len());
    }

    #[test]
    fn who_awaits_the_court_is_charged_and_who_is_sentenced_will_be_released() {
        for (legal, charged, sentenced) in [
            (Legal::S48S49, true, false),
            (Legal::S47S49, false, true),
            (Legal::S45A, false, true),
            (Legal::S37S41, false, false),
            (Legal::S3, false, false),
        ] {
            let mut w = started(|plan| {
                let of = |t: &mut TierStart| {
                    let shares = [
                        (&mut t.s37_41, Legal::S37S41),
                        (&mut t.s47_49, Legal::S47S49),
                        (&mut t.s48_49, Legal::S48S49),
                        (&mut t.s45a, Legal::S45A),
                        (&mut t.s37, Legal::S37),
                    ];
                    for (share, l) in shares {
                        *share = f64::from(u8::from(l == legal));
                    }
                };
                let s = &mut plan.parameters.start;
                (s.unfit, s.notional) = (0.0, 0.0);
                (s.awaited_longest, s.served_longest) = (f64::INFINITY, f64::INFINITY);
                [&mut s.high, &mut s.medium, &mut s.low].into_iter().for_each(of);
            });
            for c in inpatients(&w) {
                assert_eq!((c.legal, c.offending.charged, c.sentenced()), (legal, charged, sentenced));
                assert_eq!(c.due.get(Due::Court).is_some(), charged);
                assert_eq!(c.due.get(Due::Release).is_some(), sentenced);
                assert_eq!(c.offending.release.is_some(), sentenced && c.offending.life == Life::No);
                assert_eq!(c.due.get(Due::Expiry).is_some(), legal == Legal::S3, "{}", legal.name());
            }
            w.must_hold();
        }
    }

    #[test]
    fn leave_is_held_in_its_shares_and_by_nobody_who_is_acutely_ill() {
        let stages = |escorted, unescorted| {
            let w = started(|plan| {
                let t = &mut plan.parameters.start.medium;
                (t.escorted, t.unescorted, t.ready) = (escorted, unescorted, 0.0);
            });
            let ill = |c: &&Case| c.clinical.unwell;
            assert!(of_tier(&w, Place::Medium).into_iter().filter(ill).all(|c| c.stage == Stage::Treatment));
            let well = of_tier(&w, Place::Medium).into_iter().filter(|c| !ill(c));
            let stages: Vec<Stage> = well.map(|c| c.stage).collect();
            assert!(of_tier(&w, Place::Medium).iter().all(|c| c.grade == c.stage));
            stages
        };
        assert!(stages(0.0, 0.0).iter().all(|s| *s == Stage::Treatment));
        assert!(stages(1.0, 0.0).iter().all(|s| *s == Stage::EscortedLeave));
        assert!(stages(1.0, 1.0).iter().all(|s| *s == Stage::UnescortedLeave));
    }

    #[test]
    fn the_ready_wait_for_a_home_or_for_the_tier_below_unless_a_court_or_a_sentence_keeps_them() {
        let w = started(|plan| {
            plan.parameters.start.low.ready = 1.0;
            (plan.parameters.start.medium.ready, plan.parameters.start.medium.step_down) = (1.0, 1.0);
            plan.parameters.start.high.ready = 0.0;
        });
        let medium = of_tier(&w, Place::Medium);
        let down = medium.iter().filter(|c| c.stage == Stage::Ready);
        assert!(down.clone().count() > 10);
        assert!(down.into_iter().all(|c| c.target == Place::Low && c.readiness.missing.contains(Reason::NextBed)));
        let low = of_tier(&w, Place::Low);
        assert!(!low.is_empty());
        for c in low {
            let kept = c.sentenced() || law::awaits_court(c.legal) || c.clinical.unwell;
            assert_eq!(c.stage == Stage::Ready, !kept, "{}", c.legal.name());
            if !kept {
                assert!(c.due.get(Due::Discharge).is_some_and(|day| day > w.today()));
                assert!(!c.readiness.missing.contains(Reason::Consent), "nobody has asked for it");
            }
        }
        assert!(of_tier(&w, Place::High).iter().all(|c| c.stage != Stage::Ready));
    }

    #[test]
    fn patients_from_outside_are_in_units_of_another_collaborative() {
        for (share, all) in [(0.0, false), (1.0, true)] {
            let w = started(|plan| {
                plan.parameters.start.medium.out_of_area = share;
                plan.parameters.start.low.out_of_area = share;
                plan.parameters.start.out_of_area_women = share;
            });
            let away = inpatients(&w).iter().filter(|c| c.placement.out_of_area).count();
            assert_eq!(away > 0, all);
            for c in inpatients(&w).iter().filter(|c| c.place != Place::High) {
                let unit = c.placement.unit.expect("a unit");
                assert_eq!(c.placement.out_of_area, w.units[unit].commissioner != w.collaborative(c.area));
            }
            assert!(of_tier(&w, Place::High).iter().all(|c| !c.placement.out_of_area));
        }
    }

    #[test]
    fn the_discharged_are_as_many_as_the_evidence_says_each_with_a_day_of_discharge() {
        let w = started(|_| {});
        let out = outside(&w);
        assert_eq!(out.len(), 90);
        assert_eq!(out.iter().filter(|c| c.legal == Legal::Cd).count(), 30);
        for c in &out {
            assert!(c.past.secure_exit.is_some_and(|day| day <= w.today()) && c.past.discharged == c.past.secure_exit);
            assert!(c.past.ever_secure && c.clinical.programme == 1.0);
            assert_eq!((c.placement.since, c.spell.legal), (c.past.secure_exit.expect("a day"), c.legal));
            assert!(c.due.get(Due::Contact).is_some_and(|day| day > w.today()));
            assert_eq!(c.stage, if c.follow_up.team.is_some() { Stage::FollowUp } else { Stage::Settled });
        }
    }

    #[test]
    fn the_longer_a_stay_the_likelier_is_an_illness_that_does_not_respond() {
        let w = started(|plan| {
            for t in [&mut plan.parameters.start.medium, &mut plan.parameters.start.low] {
                (t.resistant, t.personality, t.disability, t.stay_mu) = (0.5, 0.0, 0.0, -1.0);
            }
            plan.parameters.start.resistant_by_stay = 1e3;
        });
        // By length alone: who has been there for long has a long stay, and an illness that doesn't respond.
        let long: Vec<&Case> = inpatients(&w)
            .into_iter()
            .filter(|c| c.place != Place::High && w.today() - c.placement.since > 2 * 365)
            .collect();
        assert!(!long.is_empty() && long.iter().all(|c| c.clinical.resistant));
        assert!(inpatients(&w).iter().any(|c| !c.clinical.resistant));
    }

    #[test]
    fn as_many_live_outside_as_their_flow_and_its_end_make_and_none_for_longer_than_they_are_known() {
        let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9 * wanted, "{found} for {wanted}");
        // Whom nothing takes away are as many as come in all the years; whom something does, by Little's law.
        near(Outside { a_year: 100.0, ends: 1e-15, longest: 20.0 }.persons(), 2000.0);
        near(Outside { a_year: 100.0, ends: 5.0, longest: 20.0 }.persons(), 20.0);
        let some = Outside { a_year: 100.0, ends: 0.1, longest: 20.0 };
        assert_eq!((some.years(1.0), some.years(0.0).round()), (0.0, 20.0));
        // The mean of an exponential of ten years that is cut off at twenty.
        let mean = (0..10_000).map(|k| some.years((f64::from(k) + 0.5) / 10_000.0)).sum::<f64>() / 10_000.0;
        assert!((mean - (10.0 - 20.0 / (libm::exp(2.0) - 1.0))).abs() < 1e-3, "{mean}");
        let w = started(|plan| plan.parameters.aftercare.known_years = 3.0);
        for c in outside(&w).iter().filter(|c| c.legal != Legal::Cd) {
            let (out, left) = (c.past.secure_exit.expect("a day"), c.due.get(Due::Close).expect("a day"));
            assert!(w.today() - out <= 1096 && (left - out - 1096).abs() <= 1, "{out} {left}");
        }
    }

    #[test]
    fn an_inpatient_was_admitted_at_the_age_of_admission_and_is_older_the_longer_the_stay() {
        let w = started(|plan| {
            for t in [&mut plan.parameters.start.medium, &mut plan.parameters.start.low] {
                (t.age, t.age_sd) = (25.0, 0.0);
            }
        });
        let window = 2.0 * w.p.start.age_window;
        for c in inpatients(&w).iter().filter(|c| c.place != Place::High) {
            let admitted = f64::from(c.placement.since - c.born) / YEAR;
            assert!((admitted - 25.0).abs() <= 2.0 * window, "{admitted}");
        }
    }

    #[test]
    fn at_a_fraction_of_the_population_as_small_a_share_was_discharged() {
        let w = started(|plan| {
            plan.mode.fraction = 0.5;
            for count in plan.population.persons.iter_mut().flatten().flat_map(|ages| ages.iter_mut()) {
                *count *= 2;
            }
        });
        assert_eq!(outside(&w).len(), 45);
    }

    #[test]
    fn community_treatment_orders_among_the_discharged_come_in_their_share_and_expire() {
        for (share, legal) in [(1.0, Legal::Cto), (0.0, Legal::None)] {
            let w = started(|plan| plan.parameters.start.cto = share);
            let others: Vec<&Case> = outside(&w).into_iter().filter(|c| c.legal != Legal::Cd).collect();
            assert_eq!(others.len(), 60);
            assert!(
                others.iter().all(|c| c.legal == legal && c.due.get(Due::Expiry).is_some() == (legal == Legal::Cto))
            );
        }
    }

    #[test]
    fn supported_places_go_to_their_share_of_the_discharged_as_long_as_there_are_any() {
        let supported = |share: f64, places: f64| {
            let w = started(|plan| {
                plan.parameters.start.supported = share;
                let funders = plan.agents.get_mut("aftercare_funder").expect("declared");
                let at = funders.columns.iter().position(|c| c == "supported_places").expect("declared");
                funders.values.iter_mut().for_each(|row| row[at] = places);
            });
            assert_eq!(w.wards.used(Ward::Supported), of_tier(&w, Place::Supported).len() as i64);
            of_tier(&w, Place::Supported).len()
        };
        assert_eq!((supported(0.0, 100.0), supported(1.0, 100.0), supported(1.0, 7.0)), (0, 90, 14));
    }

    #[test]
    fn who_is_under_an_order_is_followed_up_and_who_left_long_ago_is_not() {
        let w = started(|plan| {
            let p = &mut plan.parameters;
            p.start.since_conditional = 0.1;
            (p.start.discharges, p.start.discharge_ends, p.aftercare.known_years) = (0.06, 0.001, 10_000.0);
            plan.parameters.start.cto = 0.0;
        });
        for c in outside(&w) {
            let years = w.p.aftercare.mainstream_years * YEAR;
            let recent = c.past.secure_exit.is_some_and(|day| f64::from(w.today() - day) < years);
            if c.legal == Legal::Cd {
                assert_eq!(c.follow_up.team, Some(Team::Forensic));
            } else {
                assert_eq!(c.follow_up.team.is_some(), recent);
            }
        }
        let teams = w.wards.used(Ward::Forensic) + w.wards.used(Ward::Mainstream);
        assert_eq!(teams, outside(&w).iter().filter(|c| c.follow_up.team.is_some()).count() as i64);
    }

    #[test]
    fn prisoners_with_a_disorder_have_their_court_or_their_release_before_them() {
        let mut w = started(|plan| plan.parameters.justice.arrests = 3000.0);
        let prisoners: Vec<&Case> = w.caseload.cases.iter().filter(|c| places::prison(c.place)).collect();
        assert!(prisoners.len() > 5, "{}", prisoners.len());
        for c in prisoners {
            let remand = c.place == Place::Remand;
            assert_eq!((c.offending.charged, c.sentenced()), (remand, !remand));
            let due = c.due.get(if remand { Due::Court } else { Due::Release });
            assert!(due.is_some_and(|day| day > w.today()));
        }
        w.must_hold();
    }

    #[test]
    fn secure_care_lies_behind_prisoners_in_its_share_and_who_serves_life_has_no_date() {
        for share in [0.0, 1.0] {
            let w = started(|plan| {
                plan.parameters.justice.arrests = 3000.0;
                plan.parameters.start.prisoners_known = share;
            });
            for c in w.caseload.cases.iter().filter(|c| places::prison(c.place)) {
                assert_eq!(c.past.ever_secure, share > 0.0);
                assert!(!c.offending.grave || c.offending.crown, "only the Crown Court tries something grave");
                assert_eq!(c.offending.release.is_some(), c.sentenced() && c.offending.life == Life::No);
            }
        }
    }

    #[test]
    fn sentenced_patients_of_the_first_day_are_under_life_sentences_in_their_share() {
        for (share, life) in [(0.0, Life::No), (1.0, Life::Serving)] {
            let w = started(|plan| {
                (plan.parameters.start.life, plan.parameters.start.served_longest) = (share, f64::INFINITY);
                for t in [&mut plan.parameters.start.medium, &mut plan.parameters.start.low] {
                    (t.s37_41, t.s47_49) = (0.0, 1.0);
                }
            });
            let all = of_tier(&w, Place::Medium);
            // Who has a date may serve life all the same, for murder.
            assert!(!all.is_empty() && all.iter().all(|c| share == 0.0 || c.offending.life == life));
            assert!(all.iter().all(|c| c.sentenced() && c.due.get(Due::Release).is_some()));
        }
    }

    #[test]
    fn a_discharge_long_ago_leaves_a_treated_person() {
        let w = World::small();
        let mut c = entry::case_of(&w, &w.population.resident(0), 0, false);
        let (risk, lasting) = (c.clinical.risk, c.clinical.lasting);
        left_secure_care(&mut c, &w.p.clinical, &w.p.start, 2.0);
        let (p, k) = (&w.p.clinical, &c.clinical);
        assert_eq!((c.past.secure_exit, k.programme, c.past.ever_secure), (Some(w.today() - 730), 1.0, true));
        let treated = w.p.start.discharged_risk + p.programme + p.engagement * k.engagement;
        assert!((k.risk - risk - treated).abs() < 1e-12);
        assert!((k.lasting - lasting - w.p.start.discharged_risk).abs() < 1e-12);
    }

    #[test]
    fn a_month_can_be_lived_from_the_first_day_on() {
        let mut w = started(|plan| plan.parameters.justice.arrests = 1000.0);
        for _ in 0..30 {
            w.step(&std::sync::atomic::AtomicBool::new(false)).expect("nothing is wrong");
        }
        assert!(w.counts.decisions > 0 && w.log.events.is_empty());
    }
}
