//! What the phases let agents answer, held against the Act: every decision, every legal status, every place where a person
//! under that status can be asked, and the circumstances that matter.
//!
//! The phases may leave open less than [`act::allowed`] does, and more only where [`KNOWN_DEPARTURES`] says so. The test fails
//! when a departure appears that isn't listed, and when one that is listed is gone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use enumset::EnumSet;

use super::aftercare::concern as concern_may;
use super::courts::allowed as court_may;
use super::matching::may_go_to_rehabilitation;
use super::referrals::allowed as referral_may;
use super::reviews::allowed as review_may;
use super::tribunals::allowed as tribunal_may;
use super::tribunals::tests::{is_heard, ministry_may_answer};
use crate::caseload::{Case, Wait};
use crate::codes::{
    AskedFor, Assessment, Decision, Discharge, Disposal, Hearing, Legal, Offence, Place, Question, Recall, Review,
    Route, Sex, Stage,
};
use crate::ids::PersonId;
use crate::law::act::{self, Circumstances};
use crate::law::{self, places, stages};
use crate::transitions::admission;
use crate::world::World;

/// Answers that the phases leave open and the Act doesn't.
struct Departure {
    decision: Decision,
    statuses: &'static [Legal],
    places: &'static [Place],
    /// In which circumstances.
    when: fn(Circumstances) -> bool,
    beyond: &'static [&'static str],
    reason: &'static str,
}

/// Convicted by the Crown Court before 21 years of age of an offence whose sentence isn't fixed.
fn under_21(c: Circumstances) -> bool {
    c.under_21 && c.crown && !c.murder && !c.unfit
}
const COMMUNITY: &[Place] = &[Place::Home, Place::Supported];
const PRISON: &[Place] = &[Place::Remand, Place::Prison];
const HOSPITAL: &[Place] =
    &[Place::High, Place::Medium, Place::Low, Place::Picu, Place::Acute, Place::OpenRehab, Place::LockedRehab];
/// Detained until a court disposes.
const BEFORE_COURT: &[Legal] = &[Legal::S35, Legal::S36, Legal::S38, Legal::S48S49];
/// In the community, or detained there until an acute ward has a bed.
const OUTSIDE: &[Legal] = &[
    Legal::None,
    Legal::S2,
    Legal::S3,
    Legal::Cd,
    Legal::CdDol,
    Legal::Cto,
    Legal::Mhtr,
    Legal::Licence,
    Legal::AbsoluteDischarge,
    Legal::Supervision,
];
/// The same, but for those who are conditionally discharged.
const UNRESTRICTED_OUTSIDE: &[Legal] = &[
    Legal::None,
    Legal::S2,
    Legal::S3,
    Legal::Cto,
    Legal::Mhtr,
    Legal::Licence,
    Legal::AbsoluteDischarge,
    Legal::Supervision,
];
/// What custody doesn't end.
const IN_PRISON: &[Legal] = &[Legal::None, Legal::Cd, Legal::CdDol];
/// In hospital under anything but what a court has still to dispose of.
const NOT_BEFORE_COURT: &[Legal] = &[
    Legal::None,
    Legal::S2,
    Legal::S3,
    Legal::S37,
    Legal::Notional37,
    Legal::S37S41,
    Legal::Cpia,
    Legal::S45A,
    Legal::S47S49,
    Legal::S47,
    Legal::Cd,
    Legal::CdDol,
    Legal::Cto,
    Legal::Mhtr,
    Legal::Licence,
    Legal::AbsoluteDischarge,
    Legal::Supervision,
];

/// Every departure of the phases from the Act.
const KNOWN_DEPARTURES: &[Departure] = &[
    Departure {
        decision: Decision::Disposal,
        statuses: NOT_BEFORE_COURT,
        places: HOSPITAL,
        when: |c| c.murder && !c.unfit,
        beyond: &["community"],
        reason: "The model's courts leave an inpatient in hospital whatever the charge, though the sentence for murder is fixed.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: Legal::ALL,
        places: HOSPITAL,
        when: |c| c.murder && c.unfit,
        beyond: &["community"],
        reason: "After a finding on murder CPIA s5(3) compels a restricted order; the model's courts may make a supervision order.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: OUTSIDE,
        places: COMMUNITY,
        when: |c| c.murder && c.unfit,
        beyond: &["community"],
        reason: "As above, for a defendant on bail.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: IN_PRISON,
        places: PRISON,
        when: |c| c.murder && c.unfit,
        beyond: &["community"],
        reason: "As above, for a defendant in custody.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: BEFORE_COURT,
        places: HOSPITAL,
        when: under_21,
        beyond: &["s45A"],
        reason: "A sentence of imprisonment needs 21 years of age; the model's courts don't look at age.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: UNRESTRICTED_OUTSIDE,
        places: COMMUNITY,
        when: |c| under_21(c) && c.bed_in_28_days,
        beyond: &["s45A"],
        reason: "As above, for a defendant on bail.",
    },
    Departure {
        decision: Decision::Disposal,
        statuses: &[Legal::None],
        places: PRISON,
        when: |c| under_21(c) && c.bed_in_28_days,
        beyond: &["s45A"],
        reason: "As above, for a defendant in custody.",
    },
];

/// Somebody who is asked about.
struct Asked {
    decision: Decision,
    legal: Legal,
    place: Place,
    circumstances: Circumstances,
    /// What the phase leaves open.
    open: Vec<&'static str>,
}

impl Asked {
    /// What the phase leaves open and the Act doesn't.
    fn beyond(&self) -> BTreeSet<&'static str> {
        let lawful = act::allowed(self.decision, self.legal, self.place, self.circumstances);
        self.open.iter().copied().filter(|answer| !lawful.contains(answer)).collect()
    }

    /// The question in words.
    fn words(&self) -> String {
        let (decision, legal, place) = (self.decision.name(), self.legal.name(), self.place.name());
        // The circumstances that are given, by name.
        let circumstances = format!("{:?}", self.circumstances);
        let given = circumstances.split([',', '{', '}']).map(str::trim);
        let given: Vec<&str> = given.filter_map(|c| c.strip_suffix(": true").or(c.strip_prefix("asked: "))).collect();
        format!("{decision} of {legal} in {place} ({})", given.join(", "))
    }

    /// Whether a departure is about this question.
    fn is_of(&self, d: &Departure) -> bool {
        d.decision == self.decision
            && d.statuses.contains(&self.legal)
            && d.places.contains(&self.place)
            && (d.when)(self.circumstances)
    }
}

fn labels<Q: Question>(answers: EnumSet<Q>) -> Vec<&'static str> {
    answers.iter().map(|answer| Q::DECISION.options()[usize::from(answer.code())]).collect()
}

fn case(legal: Legal, place: Place) -> Case {
    let mut c = Case::new(PersonId(1), 0, 30_000, Sex::Male, 45_000);
    (c.legal, c.place) = (legal, place);
    c
}

/// Where a person under a status can be: detained in hospital, or at home while an acute ward has no bed; in prison under
/// nothing that custody ends; anywhere outside prison under the rest.
fn stands(legal: Legal, place: Place) -> bool {
    if places::hospital(place) {
        true
    } else if places::prison(place) {
        !law::ends_in_custody(legal)
    } else if places::community(place) {
        !law::detained(legal) || matches!(legal, Legal::S2 | Legal::S3)
    } else {
        false
    }
}

/// Every status with every place where a person under it can be.
fn standings() -> impl Iterator<Item = (Legal, Place)> {
    let each = |legal: &Legal| {
        let legal = *legal;
        Place::ALL.iter().filter(move |place| stands(legal, **place)).map(move |place| (legal, *place))
    };
    Legal::ALL.iter().flat_map(each)
}

const BOTH: [bool; 2] = [false, true];

/// A criminal court: each charge, each court, each finding, either age, a bed or none.
fn disposals() -> Vec<Asked> {
    let mut out = Vec::new();
    for (legal, place) in standings() {
        for (offence, crown) in [(Offence::Violence, false), (Offence::Violence, true), (Offence::Murder, true)] {
            for (unfit, under_21, accepted) in three() {
                if unfit && !crown {
                    continue;
                }
                let mut c = case(legal, place);
                c.offending.offence = offence;
                (c.offending.crown, c.offending.charged) = (crown, true);
                c.stage = if accepted { Stage::Accepted } else { Stage::AwaitingCourt };
                let bed = accepted || places::hospital(place);
                let circumstances = Circumstances {
                    crown,
                    murder: offence == Offence::Murder,
                    unfit,
                    under_21,
                    // Acceptance is the promise of a bed; the days within which it must be there are those of the order.
                    bed_in_28_days: bed,
                    bed_in_7_days: bed,
                    court_awaited: true,
                    ..Default::default()
                };
                let open = labels::<Disposal>(court_may(&c, unfit, true));
                out.push(Asked { decision: Decision::Disposal, legal, place, circumstances, open });
            }
        }
    }
    out
}

fn three() -> impl Iterator<Item = (bool, bool, bool)> {
    BOTH.into_iter().flat_map(|a| BOTH.into_iter().flat_map(move |b| BOTH.into_iter().map(move |c| (a, b, c))))
}

/// Whether a sentence runs and whether a court is awaited, as far as the status settles it.
fn sentences_and_charges(legal: Legal) -> impl Iterator<Item = (bool, bool)> {
    let all = BOTH.into_iter().flat_map(|sentenced| BOTH.into_iter().map(move |charged| (sentenced, charged)));
    all.filter(move |(sentenced, charged)| match legal {
        // The end of the sentence ends the status.
        Legal::S45A | Legal::S47S49 | Legal::S47 => *sentenced,
        // So does the end of the charge.
        Legal::S35 | Legal::S36 | Legal::S38 | Legal::S48S49 => *charged,
        _ => true,
    })
}

/// The responsible clinician of a patient in a unit: each stage, with a request before the Ministry or none.
fn reviewed() -> Vec<Asked> {
    let mut out = Vec::new();
    for (legal, place) in standings().filter(|(_, place)| places::secure(*place)) {
        for (sentenced, charged) in sentences_and_charges(legal) {
            for (stage, pending) in Stage::ALL.iter().flat_map(|stage| BOTH.map(|pending| (*stage, pending))) {
                let mut c = case(legal, place);
                (c.stage, c.grade) = (stage, Stage::EscortedLeave);
                c.asked = pending.then_some(AskedFor::Leave);
                c.offending.release = sentenced.then_some(46_000);
                c.offending.charged = charged;
                let circumstances = Circumstances {
                    on_leave: stages::escorted(c.leave()),
                    most_leave: stage == Stage::Trial,
                    sentence_running: sentenced,
                    court_awaited: charged,
                    ..Default::default()
                };
                let open = labels::<Review>(review_may(&c));
                out.push(Asked { decision: Decision::Review, legal, place, circumstances, open });
            }
        }
    }
    out
}

/// The tribunal, of whoever can be listed and heard.
fn heard() -> Vec<Asked> {
    let ask = |(legal, place)| {
        let c = case(legal, place);
        let open = if is_heard(&c) { labels::<Hearing>(tribunal_may(&c)) } else { Vec::new() };
        Asked { decision: Decision::Hearing, legal, place, circumstances: Circumstances::default(), open }
    };
    standings().map(ask).collect()
}

/// Which requests the phases put to the Ministry, by status and place.
fn is_put(what: AskedFor, legal: Legal, place: Place) -> bool {
    match what {
        // At a review in a unit.
        AskedFor::Leave | AskedFor::Transfer => places::secure(place) && law::restricted(legal),
        // For a patient who is ready for the community: no serving prisoner, and nobody who awaits a court.
        AskedFor::Discharge => places::hospital(place) && law::restricted(legal) && !law::transferred(legal),
        // By the hazard of it, which runs in the community; a voluntary admission leaves it open.
        AskedFor::AbsoluteDischarge => law::conditional(legal) && !places::prison(place),
        // When both reports are in and a bed is held.
        AskedFor::Admission => places::prison(place),
        // At a review, at the end of a stay on a ward, or after a hearing.
        AskedFor::Remission => places::hospital(place) && law::transferred(legal),
    }
}

/// The Ministry: each request that the phases put to it.
fn requested() -> Vec<Asked> {
    let mut w = World::small();
    let i = w.put(Place::Home, Legal::None);
    let mut out = Vec::new();
    for what in AskedFor::ALL {
        for (legal, place) in standings().filter(|(legal, place)| is_put(*what, *legal, *place)) {
            let notices = if *what == AskedFor::Remission { &BOTH[..] } else { &BOTH[..1] };
            for (sentenced, charged) in sentences_and_charges(legal) {
                for (notified, crown) in notices.iter().flat_map(|notified| BOTH.map(|crown| (*notified, crown))) {
                    let c = w.case_mut(i);
                    (c.legal, c.place, c.asked) = (legal, place, Some(*what));
                    c.offending.release = sentenced.then_some(46_000);
                    (c.offending.charged, c.offending.crown) = (charged, crown);
                    c.hearing.notified = notified;
                    if *what == AskedFor::Remission && !c.remittable() {
                        continue;
                    }
                    let circumstances = Circumstances {
                        crown,
                        sentence_running: sentenced,
                        court_awaited: charged,
                        notified,
                        two_reports: true,
                        asked: what.name(),
                        ..Default::default()
                    };
                    let (decision, open) = match ministry_may_answer(&mut w, i) {
                        (warrants, None) => (Decision::Warrant, labels(warrants.unwrap_or_default())),
                        (_, Some(consents)) => (Decision::Consent, labels(consents)),
                    };
                    out.push(Asked { decision, legal, place, circumstances, open });
                }
            }
        }
    }
    out
}

/// The community team, of whoever lives in the community: well or unwell, charged or not, with a reading that is high or low.
fn watched() -> Vec<Asked> {
    let mut out = Vec::new();
    for (legal, place) in standings().filter(|(_, place)| places::community(*place)) {
        for (unwell, charged, high) in three() {
            let mut c = case(legal, place);
            (c.clinical.unwell, c.offending.charged) = (unwell, charged);
            let concern = if high { f64::NEG_INFINITY } else { f64::INFINITY };
            let circumstances = Circumstances { court_awaited: charged, ..Default::default() };
            let open = concern_may(&c, concern).map(labels::<Recall>).unwrap_or_default();
            out.push(Asked { decision: Decision::Recall, legal, place, circumstances, open });
        }
    }
    out
}

/// Where a person is who comes to need a bed by a route, and the tier that a move between tiers is to.
fn comes(route: Route, place: Place) -> Option<Place> {
    match route {
        Route::Prison if places::prison(place) => Some(Place::Medium),
        Route::Court if places::community(place) || places::prison(place) => Some(Place::Medium),
        Route::Recall if places::community(place) || place == Place::Acute => Some(Place::Medium),
        Route::Civil if places::hospital(place) && !places::secure(place) => Some(Place::Medium),
        Route::StepDown if places::secure(place) => places::below(place),
        Route::StepUp if places::secure(place) => places::above(place),
        _ => None,
    }
}

/// The receiving unit: each route by which a person can come to it.
fn assessed() -> Vec<Asked> {
    let mut out = Vec::new();
    for (legal, place) in standings() {
        for route in Route::ALL {
            let Some(target) = comes(*route, place) else { continue };
            let mut c = case(legal, place);
            (c.route, c.target, c.stage) = (*route, target, Stage::Referred);
            c.offending.release = (place == Place::Prison).then_some(46_000);
            // Nobody is admitted by a court's order before it is made.
            c.wait = (*route == Route::Court).then(|| Wait { ordered: Some(Legal::S37), ..Wait::default() });
            let voluntary = !law::detained(admission::tests::status_after(&c));
            let circumstances = Circumstances { voluntary, ..Default::default() };
            let open = labels::<Assessment>(referral_may(&c));
            out.push(Asked { decision: Decision::Assessment, legal, place, circumstances, open });
        }
    }
    out
}

/// The funders, of a move to a rehabilitation ward. Who is to be discharged to the community is settled before they are asked.
fn funded() -> Vec<Asked> {
    let mut out = Vec::new();
    for (legal, place) in standings().filter(|(_, place)| places::hospital(*place)) {
        for (sentenced, charged) in sentences_and_charges(legal) {
            let mut c = case(legal, place);
            c.stage = Stage::Ready;
            c.offending.release = sentenced.then_some(46_000);
            c.offending.charged = charged;
            let circumstances =
                Circumstances { sentence_running: sentenced, court_awaited: charged, ..Default::default() };
            let rehabilitation = if may_go_to_rehabilitation(&c) {
                EnumSet::only(Discharge::AftercareRehabilitation)
            } else {
                EnumSet::empty()
            };
            let open = labels(rehabilitation | Discharge::NotYet);
            out.push(Asked { decision: Decision::Discharge, legal, place, circumstances, open });
        }
    }
    out
}

/// Everybody who can be asked about, in any decision on which the Act says anything. Those whom the Act doesn't tell apart are
/// one: what the phase leaves open to any of them.
fn everybody() -> Vec<Asked> {
    let mut together: BTreeMap<String, Asked> = BTreeMap::new();
    let all = [disposals(), reviewed(), heard(), requested(), watched(), assessed(), funded()];
    for asked in all.into_iter().flatten() {
        match together.entry(asked.words()) {
            Entry::Vacant(new) => {
                new.insert(asked);
            }
            Entry::Occupied(mut same) => same.get_mut().open.extend(asked.open),
        }
    }
    together.into_values().collect()
}

#[test]
fn the_phases_leave_open_only_what_the_act_leaves_open_but_for_the_known_departures() {
    let mut wrong: Vec<String> = Vec::new();
    for asked in everybody() {
        let known = KNOWN_DEPARTURES.iter().filter(|d| asked.is_of(d));
        let known: BTreeSet<&str> = known.flat_map(|d| d.beyond.iter().copied()).collect();
        // A phase that doesn't ask at all leaves nothing open.
        let found = asked.beyond();
        if found != known {
            wrong.push(format!("{}: beyond the Act {found:?}, listed {known:?}", asked.words()));
        }
    }
    assert!(wrong.is_empty(), "{} departures are not as listed:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_known_departure_is_of_a_person_who_can_be_asked_about() {
    let everybody = everybody();
    for d in KNOWN_DEPARTURES {
        assert!(d.reason.ends_with('.'), "a sentence: {}", d.reason);
        for legal in d.statuses {
            for place in d.places {
                let found = everybody.iter().any(|a| a.legal == *legal && a.place == *place && a.is_of(d));
                assert!(found, "{} of {} in {}: {}", d.decision.name(), legal.name(), place.name(), d.reason);
            }
        }
    }
}

#[test]
fn the_act_leaves_referral_engagement_placement_and_commissioning_to_those_who_are_asked() {
    for decision in
        [Decision::Referral, Decision::Engagement, Decision::Placement, Decision::Coding, Decision::Commissioning]
    {
        for (legal, place) in standings() {
            assert_eq!(act::allowed(decision, legal, place, Circumstances::default()), decision.options());
        }
    }
}

#[test]
fn somebody_is_asked_about_under_every_status_and_in_every_place_but_absence() {
    let everybody = everybody();
    for legal in Legal::ALL {
        assert!(everybody.iter().any(|a| a.legal == *legal && !a.open.is_empty()), "{}", legal.name());
    }
    for place in Place::ALL.iter().filter(|p| !matches!(p, Place::Awol | Place::Dead | Place::Left)) {
        assert!(everybody.iter().any(|a| a.place == *place && !a.open.is_empty()), "{}", place.name());
    }
}
