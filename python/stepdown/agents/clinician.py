"""Clinical teams: those who notice, refer, assess, review and follow up patients."""

from stepdown.agents.choices import Assessment, Choice, Coding, Recall, Referral, Review
from stepdown.agents.institution import Institution, attribute


class Clinician(Institution):
    """A team of clinicians. It sees readings of a person, never the latent risk.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> sorted(kind for kind, agents in model.institutions.items() if isinstance(agents[0], Clinician))
    ['acute_ward', 'assessment_team', 'community_team', 'court_liaison', 'in_reach', 'responsible_clinician']
    """


class InReach(Clinician):
    """A prison's mental health team: notices an acutely ill prisoner, works up the case, refers or holds.

    The same referral is asked of court liaison and of acute wards, on the same scores: the case says where the person is.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> in_reach, *_ = model.institutions["in_reach"]
    >>> in_reach.notice, in_reach.referral.asked_of
    (12.0, 'identified people, when their case has been worked up')
    """

    kind = "in_reach"
    capacity = attribute("Referrals that the team can work up", unit="1/wk", evidence="institution.in_reach.capacity")
    notice = attribute("Hazard of noticing an acutely ill prisoner", unit="1/a", evidence="institution.in_reach.notice")
    referral = Choice(
        Referral,
        asked_of="identified people, when their case has been worked up",
        scores="referral",
        phases=("referrals",),
        begins="an illness that is noticed",
        leads_to={
            "assessment": "who is referred",
        },
        then="whoever is held is asked about again",
        engine=(("referrals::worked_up",), ("referrals::refer",)),
        acted_on_by=(
            "in_reach.capacity",
            "in_reach.notice",
            "acute_ward.notice",
            "court_liaison.coverage",
            "court_liaison.quality",
            "aftercare_funder.acute_beds",
            "commissioner.limit",
            "lever.transfer_priority",
        ),
        law="The law leaves every tier open; the receiving unit says whether it accepts.",
        allowed=dict.fromkeys(Referral, "always"),
    )


class CourtLiaison(Clinician):
    """Liaison and diversion in courts and custody suites: its report is what the court sees of an illness.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> court_liaison, *_ = model.institutions["court_liaison"]
    >>> court_liaison.quality = 0.9  # from the next day on
    >>> court_liaison.coverage, court_liaison.quality
    (1.0, 0.9)
    """

    kind = "court_liaison"
    coverage = attribute(
        "Courts and custody suites covered", unit="share", evidence="institution.court_liaison.coverage"
    )
    quality = attribute(
        "Reports that are ready when the court sits", unit="share", evidence="institution.court_liaison.quality"
    )


class AcuteWard(Clinician):
    """An area's acute wards: notice who needs more security than they have.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> acute_ward, *_ = model.institutions["acute_ward"]
    >>> acute_ward.notice
    26.0
    """

    kind = "acute_ward"
    notice = attribute(
        "Hazard of noticing the need for secure care", unit="1/a", evidence="institution.acute_ward.notice"
    )


class AssessmentTeam(Clinician):
    """The team of a commissioner's units that assesses referrals and accepts at a tier, refuses, or looks again.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> assessment_team, *_ = model.institutions["assessment_team"]
    >>> assessment_team.capacity *= 2  # from the next day on
    >>> assessment_team.duration
    5.5
    """

    kind = "assessment_team"
    capacity = attribute(
        "Assessments that the team can make", unit="1/wk", evidence="institution.assessment_team.capacity"
    )
    noise = attribute(
        "Noise of a reading of the need for security", unit="SD", evidence="institution.assessment_team.noise"
    )
    duration = attribute("Median length of one assessment", unit="d", evidence="institution.assessment_team.duration")
    assessment = Choice(
        Assessment,
        asked_of="referrals, when their assessment is done",
        scores="assessment",
        phases=("referrals",),
        begins="a ward stay that ends under restrictions",
        leads_to={
            "placement": "who is accepted",
            "disposal": "a defendant with a bed on offer",
            "referral": "who is refused",
        },
        engine=(("referrals::allowed",), ("referrals::conclude",)),
        acted_on_by=(
            "assessment_team.capacity",
            "assessment_team.duration",
            "assessment_team.noise",
            "commissioner.contract",
            "commissioner.cquin",
            "commissioner.clustering",
            "commissioner.limit",
            "lever.single_assessment",
            "lever.transfer_priority",
        ),
        law="A unit may accept at another tier than was asked for, but a move up or down a tier is for that tier or none.",
        allowed={
            Assessment.REFUSE: "always",
            Assessment.HIGH: "unless the move is to another tier",
            Assessment.MEDIUM: "unless the move is to another tier",
            Assessment.LOW: "unless the move is to another tier",
            Assessment.PICU: "from prison, acute wards and rehabilitation wards",
            Assessment.ANOTHER: "unless one assessment holds for every unit and tier",
        },
    )


class ResponsibleClinician(Clinician):
    """A unit's responsible clinicians: review each inpatient on readings, never on the latent risk.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> responsible_clinician, *_ = model.institutions["responsible_clinician"]
    >>> responsible_clinician.threshold -= 0.5  # finds fewer patients ready
    >>> responsible_clinician.interval, responsible_clinician.threshold
    (91.0, -0.5)
    """

    kind = "responsible_clinician"
    threshold = attribute(
        "Reading at which half of the reviews find the patient ready",
        unit="SD",
        evidence="institution.responsible_clinician.threshold",
    )
    noise = attribute(
        "Noise of a reading of dynamic risk", unit="SD", evidence="institution.responsible_clinician.noise"
    )
    interval = attribute("Days between reviews", unit="d", evidence="institution.responsible_clinician.interval")
    review = Choice(
        Review,
        asked_of="inpatients, on their review day",
        scores="review",
        phases=("reviews",),
        begins="a review day",
        leads_to={
            "assessment": "a move up or down a tier",
            "consent": "a restricted patient's leave or move",
            "discharge": "who is ready to leave",
            "warrant": "who is to go back to prison or court",
        },
        then="everyone else is reviewed again",
        engine=(("reviews::allowed",), ("reviews::apply",)),
        acted_on_by=(
            "responsible_clinician.interval",
            "responsible_clinician.noise",
            "commissioner.contract",
            "commissioner.gain_share",
            "commissioner.cquin",
            "commissioner.clustering",
            "lever.standardised_treatment",
        ),
        law="Restricted patients need the Ministry's consent to leave, moves and discharge: while a request is pending, no other is made.",
        allowed={
            Review.STAY: "always",
            Review.MORE_LEAVE: "in treatment, no request pending, not on trial leave yet",
            Review.LESS_LEAVE: "on leave, or ready",
            Review.STEP_UP: "in treatment or on leave, in medium or low secure care",
            Review.STEP_DOWN: "in high or medium secure care, no request pending, not awaiting the court",
            Review.READY: "no request pending, neither awaiting the court nor serving a sentence",
            Review.REMIT: "transferred from prison or under s45A, serving or charged, no request pending",
        },
    )
    coding = Choice(
        Coding,
        asked_of="inpatients without a code, on their review day, where the contract pays by need group",
        scores="coding",
        phases=("reviews",),
        begins="a contract that pays by need group",
        then="days are paid by the code until the patient leaves the unit",
        engine=(("reviews::to_code",), ("reviews::review",)),
        acted_on_by=("responsible_clinician.interval", "commissioner.clustering"),
        law="The law says nothing on it.",
        allowed={Coding.STANDARD: "always", Coding.COMPLEX: "always"},
    )


class CommunityTeam(Clinician):
    """An area's community teams: follow people up and watch, ask for recall, recall or admit.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> community_team, *_ = model.institutions["community_team"]
    >>> community_team.interval
    28.0
    """

    kind = "community_team"
    forensic_capacity = attribute(
        "People whom the specialist forensic team can follow",
        unit="persons",
        evidence="institution.community_team.forensic_capacity",
    )
    mainstream_capacity = attribute(
        "People of the pathway whom mainstream teams will take",
        unit="persons",
        evidence="institution.community_team.mainstream_capacity",
    )
    excludes_pd = attribute(
        "Mainstream teams exclude personality disorder",
        unit="flag",
        evidence="institution.community_team.excludes_pd",
    )
    interval = attribute(
        "Days between contacts that are reviewed", unit="d", evidence="institution.community_team.interval"
    )
    recall = Choice(
        Recall,
        asked_of="people followed up who are unwell or read as rising in risk, at their contact",
        scores="recall",
        phases=("aftercare",),
        begins="a relapse, a charge, a reading above the team's concern",
        leads_to={
            "placement": "a conditionally discharged patient who is recalled",
            "referral": "who comes to an acute ward after secure care",
        },
        then="everyone else is met again",
        engine=(("aftercare::concern",), ("aftercare::bring_back",)),
        acted_on_by=(
            "community_team.interval",
            "aftercare_funder.acute_beds",
        ),
        law="Only a conditional discharge and a community treatment order let somebody be recalled; the Ministry, taken to agree, recalls the former.",
        allowed={
            Recall.WATCH: "always",
            Recall.ASK: "on conditional discharge",
            Recall.CTO: "under a community treatment order",
            Recall.VOLUNTARY: "acutely unwell",
        },
    )
