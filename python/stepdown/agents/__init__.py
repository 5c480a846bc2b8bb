"""The agents of the model: clinicians, courts, commissioners and patients, with the attributes and decisions that each declares.

Judgement enters the model here and nowhere else. To change a decision, subclass the agent and pass the subclass to
`stepdown.run` or `SecureCareModel` as ``agents=[...]``.
"""

from collections.abc import Mapping

from stepdown.agents.clinician import (
    AcuteWard,
    AssessmentTeam,
    Clinician,
    CommunityTeam,
    CourtLiaison,
    InReach,
    ResponsibleClinician,
)
from stepdown.agents.commissioner import (
    AftercareFunder,
    Collaborative,
    Commissioner,
    NationalCommissioner,
)
from stepdown.agents.court import Court, CriminalCourt, Ministry, Tribunal
from stepdown.agents.institution import Attribute, Institution, StandIn, attribute
from stepdown.agents.patient import Patient, UserColumn, column
from stepdown.agents.quarter import Money, Quarter

KINDS: Mapping[str, type[Institution]] = {
    kind.kind: kind
    for kind in (
        InReach,
        CourtLiaison,
        AcuteWard,
        AssessmentTeam,
        ResponsibleClinician,
        CommunityTeam,
        CriminalCourt,
        Tribunal,
        Ministry,
        Commissioner,
        AftercareFunder,
    )
}
"""Every kind of institution, in the order of the plan."""

__all__ = [
    "KINDS",
    "AcuteWard",
    "AftercareFunder",
    "AssessmentTeam",
    "Attribute",
    "Clinician",
    "Collaborative",
    "Commissioner",
    "CommunityTeam",
    "Court",
    "CourtLiaison",
    "CriminalCourt",
    "InReach",
    "Institution",
    "Ministry",
    "Money",
    "NationalCommissioner",
    "Patient",
    "Quarter",
    "ResponsibleClinician",
    "StandIn",
    "Tribunal",
    "UserColumn",
    "attribute",
    "column",
]
