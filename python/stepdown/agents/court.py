"""Courts: the criminal courts, the First-tier Tribunal and the Ministry of Justice."""

from stepdown.agents.choices import Choice, Consent, Disposal, Hearing, Warrant
from stepdown.agents.institution import Institution, attribute


class Court(Institution):
    """Decides in law. It sees reports and readings, never the latent risk."""


class CriminalCourt(Court):
    """A region's magistrates' courts and Crown Court: dispose of defendants with a disorder."""

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
    disposal = Choice(Disposal, asked_of="defendants with a disorder, when the court sits", scores="disposal")


class Tribunal(Court):
    """The First-tier Tribunal: hears applications and references; sees reports, never the latent risk."""

    kind = "tribunal"
    capacity = attribute("Hearings that can be held", unit="1/wk", evidence="institution.tribunal.capacity")
    hearing = Choice(Hearing, asked_of="patients whose listed hearing falls today", scores="tribunal")


class Ministry(Court):
    """The Ministry of Justice: warrants for transfer and remission, consent for restricted patients."""

    kind = "ministry"
    capacity = attribute("Answers that can be given", unit="1/d", evidence="institution.ministry.capacity")
    minimum = attribute("Days that an answer takes at least", unit="d", evidence="institution.ministry.minimum")
    warrant = Choice(
        Warrant,
        asked_of="prisoners with a bed held and two reports, and remissions, when the answer is due",
        scores="warrant",
    )
    consent = Choice(
        Consent,
        asked_of="restricted patients' leave, transfer, discharge and absolute discharge, when the answer is due",
        scores="consent",
    )
