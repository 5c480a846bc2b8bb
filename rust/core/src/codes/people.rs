//! Who a person is, and where that person stands with criminal justice.

use super::declare::codes;

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
        Life = 7, "life sentence", "In prison under a sentence without a release date, or recalled to one.";
    }
}

codes! {
    /// A kind of disorder; a person can have several.
    Diagnosis {
        Psychosis = 0, "psychosis", "A psychotic illness.";
        Personality = 1, "personality disorder", "A personality disorder.";
        Disability = 2, "intellectual disability or autism", "An intellectual disability or autism.";
        Substance = 3, "substance use", "A substance use disorder.";
    }
}

codes! {
    /// Severe mental disorder that the population knows of.
    Disorder {
        None = 0, "none", "None.";
        Psychosis = 1, "psychosis", "Severe mental illness: psychosis or severe affective disorder.";
        Personality = 2, "personality disorder", "Severe personality disorder that needs specialist care.";
        Disability = 3, "intellectual disability or autism", "Intellectual disability, or autism with high needs.";
    }
}
