"""Clinical teams: those who notice, refer, assess, review and follow up patients."""

from stepdown.agents.choices import Assessment, Choice, Recall, Referral, Review
from stepdown.agents.institution import Institution, attribute


class Clinician(Institution):
    """A team of clinicians. It sees readings of a person, never the latent risk."""


class InReach(Clinician):
    """A prison's mental health team: notices an acutely ill prisoner, works up the case, refers or holds.

    The same referral is asked of court liaison and of acute wards, on the same scores: the case says where the person is.
    """

    kind = "in_reach"
    capacity = attribute("Referrals that the team can work up", unit="1/wk", evidence="institution.in_reach.capacity")
    notice = attribute("Hazard of noticing an acutely ill prisoner", unit="1/a", evidence="institution.in_reach.notice")
    referral = Choice(Referral, asked_of="identified people, when their case has been worked up", scores="referral")


class CourtLiaison(Clinician):
    """Liaison and diversion in courts and custody suites: its report is what the court sees of an illness."""

    kind = "court_liaison"
    coverage = attribute(
        "Courts and custody suites covered", unit="share", evidence="institution.court_liaison.coverage"
    )
    quality = attribute(
        "Reports that are ready when the court sits", unit="share", evidence="institution.court_liaison.quality"
    )


class AcuteWard(Clinician):
    """An area's acute wards: notice who needs more security than they have."""

    kind = "acute_ward"
    notice = attribute(
        "Hazard of noticing the need for secure care", unit="1/a", evidence="institution.acute_ward.notice"
    )


class AssessmentTeam(Clinician):
    """The team of a commissioner's units that assesses referrals and accepts at a tier, refuses, or looks again."""

    kind = "assessment_team"
    capacity = attribute(
        "Assessments that the team can make", unit="1/wk", evidence="institution.assessment_team.capacity"
    )
    noise = attribute(
        "Noise of a reading of the need for security", unit="SD", evidence="institution.assessment_team.noise"
    )
    duration = attribute("Median length of one assessment", unit="d", evidence="institution.assessment_team.duration")
    assessment = Choice(Assessment, asked_of="referrals, when their assessment is done", scores="assessment")


class ResponsibleClinician(Clinician):
    """A unit's responsible clinicians: review each inpatient on readings, never on the latent risk."""

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
    review = Choice(Review, asked_of="inpatients, on their review day", scores="review")


class CommunityTeam(Clinician):
    """An area's community teams: follow people up and watch, ask for recall, recall or admit."""

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
    )
