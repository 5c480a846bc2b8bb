"""Former and everyday names: what `stepdown explain` takes them to mean. This is the only list of them."""

from collections.abc import Mapping

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    # Who decides.
    "tribunal": ("hearing",),
    "tribunals": ("hearing",),
    "first-tier tribunal": ("hearing",),
    "mental health tribunal": ("hearing",),
    "panel": ("hearing",),
    "court": ("disposal",),
    "courts": ("disposal",),
    "judge": ("disposal",),
    "magistrates": ("disposal",),
    "ministry": ("warrant", "consent"),
    "ministry of justice": ("warrant", "consent"),
    "moj": ("warrant", "consent"),
    "clinician": ("review", "referral", "assessment", "recall"),
    "psychiatrist": ("review",),
    "rc": ("review",),
    "responsible clinician": ("review",),
    "in-reach": ("referral",),
    "in_reach": ("referral",),
    "commissioner": ("placement", "commissioning"),
    "collaborative": ("placement", "discharge"),
    "funder": ("discharge",),
    "council": ("discharge",),
    "community team": ("recall",),
    "patient": ("engagement",),
    # What is decided.
    "trial": ("disposal",),
    "verdict": ("disposal",),
    "sentencing": ("disposal",),
    "hospital order": ("disposal", "s37", "s37/41"),
    "refer": ("referral",),
    "screening": ("referral",),
    "clustering": ("coding", "clustering"),
    "up-coding": ("coding",),
    "gatekeeping": ("assessment",),
    "admission": ("placement", "assessment"),
    "transfer": ("referral", "warrant"),
    "remission": ("warrant", "review"),
    "bed": ("placement",),
    "beds": ("placement", "institution.beds"),
    "queue": ("placement",),
    "priority": ("placement",),
    "leave": ("review", "consent"),
    "step down": ("review",),
    "stepdown": ("review",),
    "step up": ("review",),
    "ready": ("review", "discharge"),
    "readiness": ("review", "discharge"),
    "risk": ("case.reading",),
    "hcr-20": ("case.reading",),
    "dundrum": ("case.security",),
    "permission": ("consent",),
    "release": ("discharge", "hearing", "s47/49"),
    "aftercare": ("discharge", "recall"),
    "s117": ("discharge",),
    "delayed discharge": ("discharge",),
    "conditional": ("hearing", "conditional discharge"),
    "cd": ("conditional discharge",),
    "cto": ("community treatment order", "recall"),
    "revocation": ("recall",),
    "readmission": ("recall",),
    "disengagement": ("engagement",),
    "adherence": ("engagement",),
    "ips": ("employment_support", "engagement"),
    "procurement": ("commissioning",),
    # Words of the law and of places.
    "mhtr": ("mental health treatment requirement",),
    "requirement": ("mental health treatment requirement", "treatment requirement"),
    "treatment requirement": ("mental health treatment requirement",),
    "s41": ("s37/41",),
    "s47": ("s47/49",),
    "s48": ("s48/49",),
    "notional 37": ("notional s37",),
    "notional37": ("notional s37",),
    "hsu": ("high secure",),
    "msu": ("medium secure",),
    "lsu": ("low secure",),
    "awol": ("absent without leave",),
    # What else can be asked for.
    "phases": ("day",),
    "order of the day": ("day",),
    "policies": ("levers",),
    "policy": ("levers",),
    "outcomes": ("estimands",),
    "outputs": ("estimands", "tables"),
    "attributes": ("agents",),
    "institutions": ("agents",),
    "rules": ("decisions",),
    "choices": ("decisions",),
    "columns": ("case", "option"),
    "observations": ("case", "option"),
    "help": ("topics",),
}
"""Names as people say them, in small letters, and the topics that they mean."""


def meant(name: str) -> tuple[str, ...]:
    """Return the topics that a former or everyday name means.

    Examples
    --------
    >>> meant("Tribunal")
    ('hearing',)
    >>> meant("relapse")
    ()
    """
    said = " ".join(name.lower().replace("_", " ").split())
    return SYNONYMS.get(name.lower(), SYNONYMS.get(said, ()))
