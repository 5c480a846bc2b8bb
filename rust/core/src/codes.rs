//! The vocabulary: every place, status, stage, reason and event that a row of output can name.
//!
//! Codes are permanent: never reuse or renumber one. Names are what a reader of the data sees.

/// Declares a closed list of codes: an enum on `u8`, with `ALL`, `name`, `doc` and `from_code`. It is kept as its code.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal, $text:literal, $doc:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $(#[doc = $doc] $variant = $code,)+ }

        impl $name {
            /// Every code, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// Returns the name that the data carries.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }

            /// Returns one line on what it means.
            pub const fn doc(self) -> &'static str {
                match self { $($name::$variant => $doc,)+ }
            }

            /// Returns the code's variant, if there is one.
            pub const fn from_code(code: u8) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }

            /// Returns the variant with this name, if there is one.
            pub fn from_name(name: &str) -> Option<$name> {
                Self::ALL.iter().copied().find(|v| v.name() == name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_u8(*self as u8)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let code = u8::deserialize(from)?;
                let unknown = || serde::de::Error::custom(concat!(stringify!($name), " has no such code"));
                $name::from_code(code).ok_or_else(unknown)
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// Sex, as recorded at birth.
    Sex {
        Male = 0, "male", "Male.";
        Female = 1, "female", "Female.";
    }
}

codes! {
    /// Ethnic group, in the five groups of the census.
    Ethnicity {
        White = 0, "white", "White.";
        Asian = 1, "asian", "Asian, Asian British or Asian Welsh.";
        Black = 2, "black", "Black, Black British, Black Welsh, Caribbean or African.";
        Mixed = 3, "mixed", "Mixed or multiple ethnic groups.";
        Other = 4, "other", "Any other ethnic group.";
    }
}

codes! {
    /// Main offence of a charge, in the groups of the criminal justice statistics.
    Offence {
        None = 0, "none", "No offence.";
        Murder = 1, "murder", "Murder: the sentence is fixed by law.";
        Violence = 2, "violence", "Violence against the person, other than murder.";
        Sexual = 3, "sexual", "Sexual offences.";
        Robbery = 4, "robbery", "Robbery.";
        Theft = 5, "theft", "Theft, burglary and fraud.";
        Arson = 6, "arson", "Criminal damage and arson.";
        Drugs = 7, "drugs", "Drug offences.";
        Weapons = 8, "weapons", "Possession of weapons.";
        PublicOrder = 9, "public order", "Public order offences.";
        Other = 10, "other", "All other offences.";
    }
}

codes! {
    /// Where a person stands with criminal justice.
    Justice {
        None = 0, "none", "Not under any order or charge.";
        Bail = 1, "bail", "Charged, at liberty until the court decides.";
        Remand = 2, "remand", "Charged, in custody until the court decides.";
        Sentenced = 3, "sentenced", "Serving a sentence in prison.";
        Licence = 4, "licence", "Released from a sentence, under supervision.";
        Recalled = 5, "recalled", "Recalled to prison on licence.";
        Order = 6, "community order", "Serving a sentence in the community.";
    }
}

codes! {
    /// Place: the first of the four parallel states.
    Place {
        Home = 0, "own home", "In the community, in one's own home or the family's.";
        Supported = 1, "supported accommodation", "In supported accommodation.";
        Remand = 2, "prison (remand)", "In prison, not sentenced.";
        Prison = 3, "prison (sentenced)", "In prison, sentenced or recalled.";
        High = 4, "high secure", "In a high secure hospital.";
        Medium = 5, "medium secure", "In a medium secure unit.";
        Low = 6, "low secure", "In a low secure unit.";
        Picu = 7, "PICU", "On a psychiatric intensive care unit.";
        Acute = 8, "acute ward", "On an acute mental health ward.";
        OpenRehab = 9, "open rehabilitation", "On an open rehabilitation ward.";
        LockedRehab = 10, "locked rehabilitation", "On a locked rehabilitation ward.";
        Awol = 11, "absent without leave", "Absent without leave from hospital.";
        Dead = 12, "dead", "Dead.";
        Left = 13, "left", "Left England, or left the pathway's books.";
    }
}

codes! {
    /// Legal status under the Mental Health Act 1983 as amended, or the criminal law.
    Legal {
        None = 0, "none", "No order: informal, or a prisoner under criminal law alone.";
        S2 = 1, "s2", "Detained for assessment, 28 days.";
        S3 = 2, "s3", "Detained for treatment, 6 months, 6 months, then yearly.";
        S35 = 3, "s35", "Remanded to hospital for a report.";
        S36 = 4, "s36", "Remanded to hospital for treatment (Crown Court).";
        S37 = 5, "s37", "Hospital order without restriction.";
        Notional37 = 6, "notional s37", "As if under a hospital order: a sentence ended in hospital.";
        S38 = 7, "s38", "Interim hospital order.";
        S37S41 = 8, "s37/41", "Hospital order with restriction (Crown Court).";
        Cpia = 9, "CPIA s37/41", "Hospital order with restriction after a finding of unfitness or insanity.";
        S45A = 10, "s45A", "Hospital direction with a prison sentence and a limitation direction.";
        S47S49 = 11, "s47/49", "Sentenced prisoner transferred, restricted.";
        S47 = 12, "s47", "Sentenced prisoner transferred, without restriction.";
        S48S49 = 13, "s48/49", "Unsentenced prisoner transferred, restricted.";
        Cd = 14, "conditional discharge", "Restricted patient discharged on conditions.";
        CdDol = 15, "conditional discharge with deprivation of liberty", "Conditional discharge whose conditions deprive of liberty (from 18 February 2026).";
        Cto = 16, "community treatment order", "Discharged from detention under a community treatment order.";
        Mhtr = 17, "mental health treatment requirement", "Community order with a mental health treatment requirement.";
        Licence = 18, "licence", "Released from prison on licence.";
        AbsoluteDischarge = 19, "absolute discharge", "Discharged absolutely.";
        Supervision = 20, "supervision order", "Supervised in the community after a finding of unfitness or insanity.";
    }
}

codes! {
    /// Stage: where a person stands in waiting for, or going through, care.
    Stage {
        None = 0, "none", "Not waiting and not in treatment.";
        AwaitingCourt = 1, "awaiting court", "Charged; the court has still to dispose.";
        Unseen = 2, "unseen", "In need of hospital, not identified yet.";
        Identified = 3, "identified", "The need is identified; nobody has referred yet.";
        Referred = 4, "referred", "Referred; waits for an assessment.";
        Accepted = 5, "accepted", "Accepted; waits for a bed.";
        BedHeld = 6, "bed held", "A bed is offered and held; reports and warrant are awaited.";
        Reported = 7, "reported", "Two medical reports are with the Ministry.";
        Warranted = 8, "warranted", "The warrant is issued; it names the hospital and lapses after 14 days.";
        Admission = 9, "admission", "Just admitted; assessment on the ward.";
        Treatment = 10, "treatment", "In treatment, no leave.";
        EscortedLeave = 11, "escorted leave", "In treatment, with escorted leave.";
        UnescortedLeave = 12, "unescorted leave", "In treatment, with unescorted leave.";
        Trial = 13, "trial", "On trial leave to the next place.";
        Ready = 14, "ready", "Ready to leave; something is missing.";
        FollowUp = 15, "follow-up", "Discharged, under a team.";
        Settled = 16, "settled", "Discharged, no team.";
    }
}

codes! {
    /// What a ready person still lacks: why a discharge, a move or a remission waits.
    Reason {
        Place = 0, "place", "No accommodation.";
        Team = 1, "team", "No community team has accepted.";
        Consent = 2, "consent", "Ministry or tribunal has still to agree.";
        Funding = 3, "funding", "No funder has agreed to pay.";
        NextBed = 4, "next bed", "No bed at the next tier.";
        Prison = 5, "prison", "Prison has still to take the person back.";
        Court = 6, "court", "The court has still to sit.";
    }
}

codes! {
    /// What happened: the kind of a row in `events`.
    Event {
        Enter = 0, "enter", "A person becomes known to the pathway.";
        Leave = 1, "leave", "A person leaves the pathway's books.";
        Charge = 2, "charge", "Charged with an offence.";
        Move = 3, "move", "The place changes.";
        Status = 4, "status", "The legal status changes.";
        Stage = 5, "stage", "The stage changes.";
        Decision = 6, "decision", "An agent decided.";
        Blocked = 7, "blocked", "What is missing for leaving changed.";
        Unwell = 8, "unwell", "Relapse, or the illness becomes acute.";
        Recovered = 9, "recovered", "The acute illness remits.";
        Reconviction = 10, "reconviction", "Convicted again.";
        Grave = 11, "grave offence", "A grave offence.";
        Abscond = 12, "abscond", "Absconded, or failed to return from leave.";
        Return = 13, "return", "Returned after absconding.";
        Assault = 14, "assault", "A serious assault in hospital.";
        Recall = 15, "recall", "Recalled to hospital or prison.";
        Employment = 16, "employment", "Started or ended paid work.";
        Death = 17, "death", "Died.";
        Suicide = 18, "suicide", "Died by suicide.";
        Clock = 19, "clock", "A statutory or clinical clock started, stopped or passed its limit.";
        Anomaly = 20, "anomaly", "The law left no option: the default was taken.";
        Programme = 21, "programme", "A treatment programme was completed.";
        Hearing = 22, "hearing", "A tribunal hearing was listed, held or withdrawn.";
    }
}

codes! {
    /// The twelve decisions: the only places where an agent's judgement enters.
    Decision {
        Disposal = 0, "disposal", "Criminal court: what becomes of a defendant with a disorder.";
        Referral = 1, "referral", "In-reach, court liaison or acute ward: refer to a tier, or hold.";
        Assessment = 2, "assessment", "Receiving unit: accept at a tier, refuse, or ask for another assessment.";
        Warrant = 3, "warrant", "Ministry of Justice: grant, query or refuse a transfer or remission.";
        Placement = 4, "placement", "Commissioner: which of the free beds, or wait.";
        Review = 5, "review", "Responsible clinician: stay, leave, step up, step down, ready, remit.";
        Consent = 6, "consent", "Ministry of Justice: leave, transfer, discharge, absolute discharge.";
        Tribunal = 7, "tribunal", "First-tier Tribunal: discharge or not.";
        Discharge = 8, "discharge", "Funders: who pays for which place and team, or not yet.";
        Recall = 9, "recall", "Community team: watch, ask for recall, recall, admit.";
        Engagement = 10, "engagement", "Patient: engage, withhold, be anxious about discharge, take up employment support.";
        Commissioning = 11, "commissioning", "Commissioner, quarterly: open, close, buy, move money.";
    }
}

codes! {
    /// How a spell ended.
    Ending {
        Open = 0, "open", "Not ended when the run ended.";
        Transfer = 1, "transfer", "Moved on to another place.";
        Discharge = 2, "discharge", "Discharged to the community.";
        Remission = 3, "remission", "Sent back to prison or court.";
        Death = 4, "death", "Died.";
        Abscond = 5, "abscond", "Absconded.";
        Admission = 6, "admission", "Admitted to hospital.";
        Custody = 7, "custody", "Taken into custody.";
        Release = 8, "release", "Released from prison.";
        Left = 9, "left", "Left England or the books.";
    }
}

codes! {
    /// Who pays.
    PayerKind {
        Collaborative = 0, "collaborative", "One of the provider collaboratives (medium and low secure).";
        National = 1, "NHS England", "NHS England (high secure).";
        Aftercare = 2, "aftercare", "An area's NHS and councils together (acute, rehabilitation, s117 aftercare).";
        Justice = 3, "justice", "Prisons, courts, tribunal and Ministry.";
        Society = 4, "society", "Victims and society (cost of crime).";
    }
}

codes! {
    /// What money was spent on, or what health was gained.
    Spend {
        HighBed = 0, "high secure bed", "High secure bed-days.";
        MediumBed = 1, "medium secure bed", "Medium secure bed-days.";
        LowBed = 2, "low secure bed", "Low secure bed-days.";
        PicuBed = 3, "PICU bed", "PICU bed-days.";
        AcuteBed = 4, "acute bed", "Acute bed-days.";
        RehabBed = 5, "rehabilitation bed", "Open and locked rehabilitation bed-days.";
        Supported = 6, "supported accommodation", "Supported places.";
        Forensic = 7, "community forensic team", "Specialist community forensic follow-up.";
        Mainstream = 8, "mainstream team", "Mainstream community mental health team.";
        Assessment = 9, "assessment", "Assessments for admission.";
        Tribunal = 10, "tribunal", "Tribunal hearings.";
        Casework = 11, "casework", "Ministry casework on restricted patients.";
        Prison = 12, "prison", "Prison places, with the supplement while acutely ill.";
        Crime = 13, "crime", "Cost of crime.";
        Spot = 14, "spot purchase", "Secure beds bought outside the contract.";
        Employment = 15, "employment support", "Individual placement and support.";
        Qaly = 16, "QALY", "Quality-adjusted life years lived by people on the pathway.";
        Reinvested = 17, "reinvested", "Savings spent on other parts of the pathway.";
        Liaison = 18, "liaison and diversion", "Liaison and diversion assessments.";
    }
}

/// A value of `from` or `to` in a row of events: one vocabulary over places, legal statuses, stages, reasons and answers.
///
/// Zero is "nothing". Blocks of 32 keep the lists apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Label(pub u16);

impl Label {
    /// Nothing to say.
    pub const NONE: Label = Label(0);

    /// The label of a place.
    pub const fn place(p: Place) -> Label {
        Label(32 + p as u16)
    }
    /// The label of a legal status.
    pub const fn legal(l: Legal) -> Label {
        Label(64 + l as u16)
    }
    /// The label of a stage.
    pub const fn stage(s: Stage) -> Label {
        Label(96 + s as u16)
    }
    /// The label of a set of reasons: a bit mask over [`Reason`] (so 128 values).
    pub const fn reasons(mask: u8) -> Label {
        Label(128 + (mask & 127) as u16)
    }
    /// The label of an offence.
    pub const fn offence(o: Offence) -> Label {
        Label(256 + o as u16)
    }
    /// The label of an answer to a decision.
    pub const fn answer(decision: Decision, option: u8) -> Label {
        Label(288 + decision as u16 * 32 + option as u16)
    }

    /// Returns every label with its text, in order of code; the public dictionary of `from` and `to`.
    pub fn vocabulary() -> Vec<(u16, String)> {
        let mut out = vec![(0, "none".to_owned())];
        out.extend(Place::ALL.iter().map(|v| (Label::place(*v).0, v.name().to_owned())));
        out.extend(Legal::ALL.iter().map(|v| (Label::legal(*v).0, v.name().to_owned())));
        out.extend(Stage::ALL.iter().map(|v| (Label::stage(*v).0, v.name().to_owned())));
        for mask in 0..128u8 {
            let names: Vec<&str> =
                Reason::ALL.iter().filter(|r| mask & (1 << **r as u8) != 0).map(|r| r.name()).collect();
            let text = if names.is_empty() { "nothing missing".to_owned() } else { names.join(" + ") };
            out.push((Label::reasons(mask).0, text));
        }
        out.extend(Offence::ALL.iter().map(|v| (Label::offence(*v).0, v.name().to_owned())));
        for d in Decision::ALL {
            for (k, name) in crate::choices::choice::options(*d).iter().enumerate() {
                out.push((Label::answer(*d, k as u8).0, (*name).to_owned()));
            }
        }
        out
    }
}
