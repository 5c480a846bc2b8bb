"""Courts: the criminal courts, the First-tier Tribunal and the Ministry of Justice."""

from stepdown.agents.choices import Choice, Consent, Disposal, Hearing, Warrant
from stepdown.agents.institution import Institution, attribute


class Court(Institution):
    """Decides in law. It sees reports and readings, never the latent risk.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> sorted(kind for kind, agents in model.institutions.items() if isinstance(agents[0], Court))
    ['criminal_court', 'ministry', 'tribunal']
    """


class CriminalCourt(Court):
    """A region's magistrates' courts and Crown Court: dispose of defendants with a disorder.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> criminal_court, *_ = model.institutions["criminal_court"]
    >>> criminal_court.magistrates_delay, criminal_court.crown_delay
    (45.0, 200.0)
    """

    kind = "criminal_court"
    magistrates_delay = attribute(
        "Median days from charge to disposal in a magistrates' court",
        unit="d",
        evidence="institution.criminal_court.magistrates_delay",
    )
    crown_delay = attribute(
        "Median days from charge to disposal in the Crown Court",
        unit="d",
        evidence="institution.criminal_court.crown_delay",
    )
    disposal = Choice(
        Disposal,
        asked_of="defendants with a disorder, when the court sits",
        scores="disposal",
        phases=("courts",),
        begins="a charge",
        leads_to={
            "placement": "an order to hospital needs a bed",
            "referral": "who is ill in prison is noticed there",
            "review": "a patient who stays under an order",
        },
        then="everyone else lives in the community or in prison",
        engine=(("courts::allowed",), ("courts::dispose",)),
        acted_on_by=(
            "criminal_court.magistrates_delay",
            "criminal_court.crown_delay",
            "court_liaison.coverage",
            "court_liaison.quality",
        ),
        law=(
            "Every order to hospital needs a bed: one that is offered, or the one that the defendant is in. Somebody detained for other "
            "reasons can only get community or, from s3, a CTO or an informal stay, s37 or s37/41; somebody on conditional discharge only community, custody or s37/41."
        ),
        allowed={
            Disposal.COMMUNITY: "always, but for murder by somebody fit to plead who isn't detained already",
            Disposal.TREATMENT: "fit to plead, not for murder",
            Disposal.CUSTODY: "fit to plead, not detained for other reasons",
            Disposal.S35: "fit to plead, not for murder, a bed offered, not in hospital yet",
            Disposal.S36: "as s35, in the Crown Court, from remand in prison",
            Disposal.S38: "fit to plead, not for murder, with a bed, not under s38 already",
            Disposal.S37: "fit to plead, not for murder, with a bed",
            Disposal.S37S41: "as s37, in the Crown Court; or unfit to plead, with a bed",
            Disposal.S45A: "as s37, in the Crown Court",
        },
    )


class Tribunal(Court):
    """The First-tier Tribunal: hears applications and references; sees reports, never the latent risk.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> tribunal, *_ = model.institutions["tribunal"]
    >>> tribunal.capacity *= 2  # from the next day on
    >>> tribunal.capacity
    220.0
    """

    kind = "tribunal"
    capacity = attribute("Hearings that can be held", unit="1/wk", evidence="institution.tribunal.capacity")
    hearing = Choice(
        Hearing,
        asked_of="patients whose listed hearing falls today",
        scores="hearing",
        phases=("tribunals",),
        begins="an application, an automatic reference",
        leads_to={
            "discharge": "a discharge that is deferred",
            "warrant": "a prisoner who would be discharged",
            "recall": "who is discharged at once, at contacts",
        },
        then="everyone else stays, and may be heard again",
        engine=(("tribunals::allowed",), ("tribunals::conclude",)),
        acted_on_by=("tribunal.capacity",),
        law=(
            "Of prisoners transferred to hospital and patients under s45A the tribunal only tells the Ministry whether they would be entitled "
            "to discharge."
        ),
        allowed={
            Hearing.NO_DISCHARGE: "detained or conditionally discharged, not transferred",
            Hearing.CONDITIONAL: "detained with restrictions, not transferred",
            Hearing.DEFERRED: "detained with restrictions, not transferred",
            Hearing.ABSOLUTE: "detained with restrictions, not transferred; or conditionally discharged",
            Hearing.DISCHARGE: "detained without restrictions, not transferred",
            Hearing.NOT_ENTITLED: "transferred from prison, or under s45A",
            Hearing.ENTITLED: "transferred from prison, or under s45A",
        },
    )


class Ministry(Court):
    """The Ministry of Justice: warrants for transfer and remission, consent for restricted patients.

    Examples
    --------
    >>> from stepdown import SecureCareModel
    >>> model = SecureCareModel("baseline", seed=7, population=0.0005, years=1)
    >>> ministry, *_ = model.institutions["ministry"]
    >>> ministry.capacity, ministry.minimum
    (60.0, 1.0)
    """

    kind = "ministry"
    capacity = attribute("Answers that can be given", unit="1/d", evidence="institution.ministry.capacity")
    minimum = attribute("Days that an answer takes at least", unit="d", evidence="institution.ministry.minimum")
    warrant = Choice(
        Warrant,
        asked_of="prisoners with a bed held and two reports, and remissions, when the answer is due",
        scores="warrant",
        phases=("tribunals",),
        begins="the end of a stay on a PICU",
        leads_to={
            "review": "a prisoner, once admitted",
        },
        then="phase 8, moves, admits a prisoner and takes a patient back to prison or court",
        engine=(("tribunals::answers",), ("tribunals::warrant",)),
        acted_on_by=(
            "ministry.capacity",
            "ministry.minimum",
            "lever.remission_speed",
            "lever.reports_on_time",
        ),
        law="The Ministry may answer any request as it sees fit.",
        allowed=dict.fromkeys(Warrant, "always"),
    )
    consent = Choice(
        Consent,
        asked_of="restricted patients' leave, transfer, discharge and absolute discharge, when the answer is due",
        scores="consent",
        phases=("tribunals",),
        begins="a wish to end a conditional discharge",
        leads_to={
            "placement": "a move that is agreed",
            "recall": "who is discharged, at contacts",
            "review": "who stays",
        },
        then="phase 8, moves, discharges on the same day whoever has place and team",
        engine=(("tribunals::answers",), ("tribunals::consent",)),
        acted_on_by=(
            "ministry.capacity",
            "ministry.minimum",
        ),
        law="The Ministry may answer any request as it sees fit.",
        allowed=dict.fromkeys(Consent, "always"),
    )
