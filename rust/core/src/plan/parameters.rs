//! Every parameter, typed: one struct for each part of the model, in the order of the day.
//!
//! A field is called as the last part of the parameter's id, and its documentation ends with the unit.

use serde::Deserialize;

use crate::caseload::clinical::ClinicalParams;
use crate::caseload::wellbeing::WellbeingParams;
use crate::plan::population::{Illness, Justice, People};
use crate::{hazards, law};

/// Every parameter, grouped as the ids are: `relapse.prison` is `relapse` here and `prison` there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// How people come and go.
    pub people: People,
    /// Severe mental disorder in the population.
    pub illness: Illness,
    /// Offending and criminal justice in the population.
    pub justice: Justice,
    /// Terms fixed by statute.
    pub law: law::Law,
    /// Latent state.
    pub clinical: ClinicalParams,
    /// Home, relationships and physical health.
    pub wellbeing: WellbeingParams,
    /// Natural death.
    pub death: hazards::death::DeathParams,
    /// Suicide.
    pub suicide: hazards::suicide::SuicideParams,
    /// Relapse.
    pub relapse: hazards::relapse::RelapseParams,
    /// Recovery.
    pub recovery: hazards::recovery::RecoveryParams,
    /// Reoffending.
    pub reoffence: hazards::reoffence::ReoffenceParams,
    /// Supervision under an order in the community.
    pub supervision: SupervisionParams,
    /// Absconding and return.
    pub abscond: hazards::abscond::AbscondParams,
    /// Assaults.
    pub assault: hazards::assault::AssaultParams,
    /// Being noticed.
    pub notice: hazards::noticed::NoticeParams,
    /// Paid work.
    pub work: hazards::work::WorkParams,
    /// Applications and hearings.
    pub tribunal: hazards::application::TribunalParams,
    /// Absolute discharge.
    pub absolute: hazards::absolute::AbsoluteParams,
    /// Licence.
    pub licence: hazards::licence::LicenceParams,
    /// Referral and assessment.
    pub referral: ReferralParams,
    /// Inpatient care.
    pub inpatient: InpatientParams,
    /// Courts and sentences.
    pub court: CourtParams,
    /// Beds and queues.
    pub beds: BedsParams,
    /// Leaving hospital.
    pub discharge: DischargeParams,
    /// Life after discharge.
    pub aftercare: AftercareParams,
    /// Prices and costs.
    pub money: MoneyParams,
    /// Utilities.
    pub utility: UtilityParams,
    /// The cross-section at the start.
    pub start: StartParams,
}

/// Courts and sentences.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourtParams {
    /// Share of defendants who are convicted [share].
    pub convicted: f64,
    /// Share of Crown Court defendants with an acute psychosis, or an intellectual disability, found unfit or insane [share].
    pub unfit: f64,
    /// Share found unfit or insane of those who are still acutely ill when the court waits for their treatment no longer [share].
    pub unfit_treated: f64,
    /// Days from a transfer before trial until which a court waits for the treatment of somebody who is acutely ill [d].
    pub waits_for_treatment: f64,
    /// Spread of the logarithm of the days until a court sits [ln d].
    pub delay_sigma: f64,
    /// Days before release that a long sentence must last for licence to follow [d].
    pub licence_over: f64,
    /// Median length of a mental health treatment requirement [d].
    pub requirement_days: f64,
    /// Spread of its logarithm [ln d].
    pub requirement_sigma: f64,
    /// Breaches of a treatment requirement by somebody of middling engagement [1/a].
    pub breach: f64,
    /// Fall of the logarithm of that rate with full engagement [1].
    pub breach_engagement: f64,
    /// Longest adjournment for a report [d].
    pub adjourned: f64,
    /// Days from the need until which a court waits for an assessment under way [d].
    pub waits_for_assessment: f64,
}

/// Referral of those who are noticed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferralParams {
    /// Share of cases not referred on the day on which the need is identified [share].
    pub late_share: f64,
    /// Median days until such a case is referred [d].
    pub late_days: f64,
    /// Spread of its logarithm [ln d].
    pub late_sigma: f64,
    /// Days after which a person who was held, or refused, is looked at again [d].
    pub again: f64,
    /// Refusals after which a referral is given up [count].
    pub most_refusals: f64,
    /// How often a referral is passed on between tiers before the unit that is asked takes the person itself [count].
    pub most_passes: f64,
    /// Days after which medical reports have lapsed, and have to be made anew [d].
    pub reports_valid: f64,
    /// Median days until both medical reports are in [d].
    pub report_days: f64,
    /// Spread of its logarithm [ln d].
    pub report_sigma: f64,
    /// Spread of the logarithm of the time an assessment takes [ln d].
    pub assessment_sigma: f64,
    /// Days after the Ministry's query or a lapsed warrant until it is asked again [d].
    pub query_days: f64,
}

/// Inpatient care.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InpatientParams {
    /// Reading of symptoms below which a transferred prisoner counts as treated [SD].
    pub recovered_below: f64,
    /// Spread of review days round the interval, as a share of it [share].
    pub review_jitter: f64,
}

/// How far a bed is, and who is placed first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedsParams {
    /// Distance of a unit in another area of one's own collaborative [share].
    pub distance_collaborative: f64,
    /// Distance of a unit in one's own region [share].
    pub distance_region: f64,
    /// Distance of a unit anywhere else [share].
    pub distance_elsewhere: f64,
    /// Place in the queue of prisoners, lower is sooner [class].
    pub class_prison: f64,
    /// ... of people whom a court has ordered to hospital [class].
    pub class_court: f64,
    /// ... of recalled people [class].
    pub class_recall: f64,
    /// ... of patients of acute wards [class].
    pub class_civil: f64,
    /// ... of patients who step down [class].
    pub class_step_down: f64,
    /// ... of patients who step up [class].
    pub class_step_up: f64,
    /// ... of prisoners past their commissioner's limit [class].
    pub class_over_limit: f64,
    /// Reading of risk above which a case is urgent [SD].
    pub urgent_above: f64,
    /// Days by which an urgent case is put forward in the lists for assessment and for a bed [d].
    pub urgent_days: f64,
    /// Share of free beds whose unit refuses the person who comes next [share].
    pub refused: f64,
    /// How many times as often it refuses people with a primary personality disorder [ratio].
    pub refused_personality: f64,
    /// Days after which a unit that has refused a person looks again [d].
    pub refused_days: f64,
    /// Median days from a held bed (and warrant, where one is needed) to admission [d].
    pub admission_days: f64,
    /// Spread of its logarithm [ln d].
    pub admission_sigma: f64,
}

/// Leaving hospital.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DischargeParams {
    /// Days after which funders look again at a patient who is ready [d].
    pub again: f64,
    /// Share of unrestricted patients discharged under a community treatment order [share].
    pub cto_share: f64,
    /// Share of conditional discharges that deprive of liberty, once lawful [share].
    pub dol_share: f64,
    /// Median days until prison or court takes a patient back [d].
    pub remit_days: f64,
    /// Spread of its logarithm [ln d].
    pub remit_sigma: f64,
    /// Median days on an acute ward [d].
    pub acute_days: f64,
    /// Median days on a PICU [d].
    pub picu_days: f64,
    /// The same of a transferred prisoner [d].
    pub picu_prisoner_days: f64,
    /// Median days on a rehabilitation ward [d].
    pub rehab_days: f64,
    /// Spread of the logarithm of a ward stay [ln d].
    pub ward_sigma: f64,
    /// Days after which a person who was never in secure care, and has no order or charge, leaves the books [d].
    pub books_days: f64,
    /// Share of a rehabilitation ward's patients on a locked one [share].
    pub locked_share: f64,
}

/// What supervision under an order, with the power of recall, sees and prevents.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisionParams {
    /// Offences that a breach of conditions, or a deterioration, comes before [share].
    pub warned: f64,
    /// Mean days between the two [d].
    pub warning_days: f64,
    /// Breaches seen after which the team leaves the person at large and yet prevents the offence [share].
    pub managed: f64,
    /// Part of the effect of substance use that a condition to abstain, with tests, takes away [share].
    pub abstinent: f64,
}

/// Costs of crime for each conviction, at the prices of the year of the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrimeParams {
    /// Homicide [£].
    pub murder: f64,
    /// Violence, with injury or without [£].
    pub violence: f64,
    /// Wounding with intent and the like [£].
    pub wounding: f64,
    /// Sexual offences but rape [£].
    pub sexual: f64,
    /// Rape [£].
    pub rape: f64,
    /// Robbery [£].
    pub robbery: f64,
    /// Theft and burglary [£].
    pub theft: f64,
    /// Criminal damage [£].
    pub damage: f64,
    /// Arson that endangers life [£].
    pub arson: f64,
    /// Drugs, weapons, public order and all others [£].
    pub other: f64,
    /// Offences committed for each that is convicted, homicide apart [ratio].
    pub offences: f64,
    /// Part of the cost that is harm to victims and their lost output [share].
    pub victims: f64,
}

/// Main offences of patients of the first day by kind; what is left is other [share].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffenceMix {
    /// Violence against the person, manslaughter too.
    pub violence: f64,
    /// Sexual offences.
    pub sexual: f64,
    /// Arson and criminal damage.
    pub arson: f64,
    /// Robbery.
    pub robbery: f64,
    /// Possession of weapons.
    pub weapons: f64,
    /// Theft.
    pub theft: f64,
    /// Public order.
    pub public_order: f64,
}

/// Of restricted patients' offences of the first day, those that are grave, by kind; robbery always is [share].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraveMix {
    /// Violence: homicide and wounding with intent.
    pub violence: f64,
    /// Sexual offences: rape.
    pub sexual: f64,
    /// Arson that endangers life.
    pub arson: f64,
    /// Of the conditionally discharged, relative to these [ratio].
    pub discharged: f64,
}

/// Life after discharge.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AftercareParams {
    /// Days from discharge to the first contact [d].
    pub contact_days: f64,
    /// Reading of risk at which a team considers recall of somebody who is well [SD].
    pub concern: f64,
    /// Rate of moving on from supported accommodation to one's own home [1/a].
    pub move_on: f64,
    /// Years after which a forensic team hands over to a mainstream one [a].
    pub forensic_years: f64,
    /// Mean years until a mainstream team closes the case of somebody without an order [a].
    pub mainstream_years: f64,
    /// Share of people ready to leave whom a forensic team that has room refuses for a round [share].
    pub refused_forensic: f64,
    /// ... whom a mainstream team refuses [share].
    pub refused_mainstream: f64,
    /// Days after which a team that has refused a person looks again [d].
    pub refused_days: f64,
    /// Share of restricted recalls that need medium rather than low security [share].
    pub recall_medium: f64,
    /// Age from which other services than secure care take who falls ill again [a].
    pub secure_until: f64,
    /// Years in the community after which secure care no longer matters, and the pathway lets somebody go [a].
    pub known_years: f64,
}

/// Prices, costs and utilities.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyParams {
    /// High secure bed-day [£/d].
    pub high: f64,
    /// Medium secure bed-day [£/d].
    pub medium: f64,
    /// Low secure bed-day [£/d].
    pub low: f64,
    /// PICU bed-day [£/d].
    pub picu: f64,
    /// Acute bed-day [£/d].
    pub acute: f64,
    /// Rehabilitation bed-day [£/d].
    pub rehab: f64,
    /// Supported place [£/d].
    pub supported: f64,
    /// Specialist community forensic follow-up [£/d].
    pub forensic: f64,
    /// Mainstream team [£/d].
    pub mainstream: f64,
    /// Prison place [£/d].
    pub prison: f64,
    /// Supplement for a prisoner who is acutely ill [£/d].
    pub prison_unwell: f64,
    /// One assessment for admission [£].
    pub assessment: f64,
    /// One tribunal hearing [£].
    pub hearing: f64,
    /// Ministry casework on a restricted patient [£/d].
    pub casework: f64,
    /// Liaison and diversion per assessed defendant [£].
    pub liaison: f64,
    /// Treatment in primary care, per treatment requirement [£].
    pub requirement: f64,
    /// Employment support per client [£].
    pub employment: f64,
    /// Costs of crime.
    pub crime: CrimeParams,
    /// Premium of a spot purchase over the contract's price [ratio].
    pub spot_premium: f64,
    /// Share of a ward's cost that does not vary with one patient [share].
    pub fixed_share: f64,
    /// Share of a provider's cost that is pay [share].
    pub staff_share: f64,
    /// Occupation at which a bed's price covers its cost.
    pub norm: NormParams,
    /// Opening and closing wards.
    pub ward: WardParams,
    /// What programmes buy.
    pub programme: ProgrammeParams,
    /// Share of collaboratives' budgets that follows a formula, and not what they spent [share].
    pub formula: f64,
    /// How far a commissioner may be overspent before it refuses, as a share of its budget [share].
    pub overdraft: f64,
    /// Share of the price that an emptied bed releases under a block contract [share].
    pub block_release: f64,
    /// Price of a personality disorder or disability cluster relative to the tier's mean [ratio].
    pub cluster_price: f64,
    /// Expected cost of such a patient relative to the tier's mean [ratio].
    pub cluster_cost: f64,
    /// Income that depends on goals.
    pub goal: GoalsParams,
}

/// The goals on which a part of a provider's income depends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalsParams {
    /// Stays.
    pub stay: GoalParams,
    /// Waits.
    pub wait: GoalParams,
    /// Readmissions.
    pub readmission: GoalParams,
    /// Outcomes.
    pub recovery: GoalParams,
    /// Service-user feedback.
    pub feedback: GoalParams,
    /// When a day in a unit is a long one.
    pub long: LongParams,
    /// Days after moving on within which a return counts as a readmission [d].
    pub soon: f64,
    /// How much likelier a clinician takes a return to be by the reading [ln/SD].
    pub by_reading: f64,
}

/// A goal: what it pays for what is measured, from nothing at the threshold to all at the other level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalParams {
    /// Part of the income at risk that goes with it, relative to those of the others [share].
    pub weight: f64,
    /// Level at which it pays nothing; in the unit of what is measured.
    pub threshold: f64,
    /// Level at which it pays in full; in the unit of what is measured.
    pub full: f64,
}

/// Days in a unit of a tier after which a day is a long one [d].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongParams {
    /// High secure.
    pub high: f64,
    /// Medium secure.
    pub medium: f64,
    /// Low secure.
    pub low: f64,
}

/// Share of the beds of a ward that are occupied where its price covers its cost [share].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NormParams {
    /// High secure.
    pub high: f64,
    /// Medium secure.
    pub medium: f64,
    /// Low secure.
    pub low: f64,
}

/// What it takes to open and to close a ward.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WardParams {
    /// Days from the order until a ward may close [d].
    pub notice: f64,
    /// Days from the order until its patients are moved [d].
    pub moves_after: f64,
    /// Cost of closing, for each bed [£].
    pub close_cost: f64,
    /// Days from a commissioner's order until a ward opens [d].
    pub open_days: f64,
    /// Cost of opening, for each bed [£].
    pub open_cost: f64,
}

/// What it takes to set up what a programme buys, and how bids for its money are judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeParams {
    /// Value that money of a programme in cash loses in a year [1/a].
    pub inflation: f64,
    /// Days from the award until a place or a bed is open [d].
    pub place_days: f64,
    /// Days from the award until a team follows more people up [d].
    pub team_days: f64,
    /// Cost of setting up a supported place [£].
    pub place_cost: f64,
    /// Cost of setting up the follow-up of one more person by a forensic team [£].
    pub forensic_cost: f64,
    /// Cost of setting up the follow-up of one more person by a mainstream team [£].
    pub mainstream_cost: f64,
    /// Cost of setting up a rehabilitation bed [£].
    pub bed_cost: f64,
    /// Cost of a post [£/d].
    pub post_day: f64,
    /// Cost of filling a post, once [£].
    pub post_cost: f64,
    /// Days from the award until a post is filled [d].
    pub post_days: f64,
    /// Referrals that a post in a prison's team works up [1/wk].
    pub in_reach_week: f64,
    /// Assessments that a post makes [1/wk].
    pub assessment_week: f64,
    /// Weight of the number of people for whom an area bids, in the logarithm.
    pub bid_size: f64,
    /// Noise of the judgement of a bid, in the logarithm of its benefit [SD].
    pub bid_noise: f64,
}

/// Utilities by place [QALY/a].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UtilityParams {
    /// High secure.
    pub high: f64,
    /// Medium secure.
    pub medium: f64,
    /// Low secure, PICU, acute and rehabilitation.
    pub low: f64,
    /// Supported accommodation.
    pub supported: f64,
    /// Independent community.
    pub home: f64,
    /// Prison, treated or well.
    pub prison: f64,
    /// Prison, acutely ill.
    pub prison_unwell: f64,
    /// Lost while acutely ill elsewhere.
    pub unwell: f64,
    /// Gained by paid work.
    pub employed: f64,
}

/// The cross-section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartParams {
    /// High secure.
    pub high: TierStart,
    /// Medium secure.
    pub medium: TierStart,
    /// Low secure.
    pub low: TierStart,
    /// Conditionally discharged in the community, England [persons].
    pub conditional: f64,
    /// Others who begin to live in the community after secure care in a year: discharged, or released [persons/a].
    pub discharges: f64,
    /// Rate at which that ends: in hospital, in prison, or by death [1/a].
    pub discharge_ends: f64,
    /// Of those who are there, under a community treatment order [share].
    pub cto: f64,
    /// Lasting risk of the discharged above that of all who enter the pathway [SD].
    pub discharged_risk: f64,
    /// Mean age at discharge of the discharged [a].
    pub discharged_age: f64,
    /// Standard deviation of that age [a].
    pub discharged_age_sd: f64,
    /// Women among the discharged [share].
    pub women: f64,
    /// Women in medium and low secure units from outside the collaborative; `out_of_area` of a tier is that of men [share].
    pub out_of_area_women: f64,
    /// Mean time since discharge of the conditionally discharged [a].
    pub since_conditional: f64,
    /// In supported accommodation among the discharged [share].
    pub supported: f64,
    /// Of sentenced prisoners in hospital, those under a sentence without a release date [share].
    pub life: f64,
    /// Share of restricted hospital orders at the start that followed a finding of unfitness or insanity [share].
    pub unfit: f64,
    /// Prisoners with a disorder who were in secure care before [share].
    pub prisoners_known: f64,
    /// Acutely ill among prisoners with a severe mental illness [share].
    pub unwell_prison: f64,
    /// Acutely ill among secure patients early in their stay [share].
    pub unwell_hospital: f64,
    /// Share of the stay that is early [share].
    pub unwell_until: f64,
    /// Acutely ill among defendants with a disorder when they are charged [share].
    pub unwell_charged: f64,
    /// Offences of restricted men.
    pub restricted_men: OffenceMix,
    /// Offences of restricted women.
    pub restricted_women: OffenceMix,
    /// Offences of patients who aren't restricted, of those who have one.
    pub unrestricted: OffenceMix,
    /// Patients under a civil section, and the discharged without an order, who have no offence behind them [share].
    pub no_offence: f64,
    /// Grave offences among those of restricted patients.
    pub grave: GraveMix,
    /// Lasting risk of secure patients, per standard deviation of the logarithm of their whole stay [SD].
    pub risk_by_stay: f64,
    /// Log odds that a psychotic illness doesn't respond to treatment, per standard deviation of that logarithm [logit].
    pub resistant_by_stay: f64,
    /// Widest difference of age when a person is looked for [a].
    pub age_window: f64,
    /// Setbacks of a secure patient soon after admission [count].
    pub setbacks_soon: f64,
    /// Setbacks from then on [1/a].
    pub setbacks: f64,
    /// Chance of a conviction before, and of each further one, of whom a court has sent or discharged [share].
    pub convicted: f64,
    /// ... of anybody else who is or was in secure care [share].
    pub convicted_other: f64,
    /// Years after which a court has decided on whoever came from remand [a].
    pub awaited_longest: f64,
    /// Years after which no sentence but life is still served [a].
    pub served_longest: f64,
    /// Under notional s37, of those under it or s37 [share].
    pub notional: f64,
    /// Least age at admission of secure patients [a].
    pub age_inpatient: f64,
    /// Least age of the discharged [a].
    pub age_discharged: f64,
}

/// Who is in a tier at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierStart {
    /// Share of beds occupied [share].
    pub occupancy: f64,
    /// Lasting risk of its patients above that of all who enter the pathway [SD].
    pub risk: f64,
    /// Psychotic illnesses that don't respond to treatment, of a stay of middling length [share].
    pub resistant: f64,
    /// Mean age at admission [a].
    pub age: f64,
    /// Standard deviation of age [a].
    pub age_sd: f64,
    /// Mean of the logarithm of a whole stay in years [ln a].
    pub stay_mu: f64,
    /// Standard deviation of that logarithm [ln a].
    pub stay_sigma: f64,
    /// Personality disorder primary [share].
    pub personality: f64,
    /// Intellectual disability or autism primary [share].
    pub disability: f64,
    /// Black ethnic groups [share].
    pub black: f64,
    /// Asian [share].
    pub asian: f64,
    /// Mixed [share].
    pub mixed: f64,
    /// Under s37/41, including findings of unfitness or insanity [share].
    pub s37_41: f64,
    /// Under s47/49 [share].
    pub s47_49: f64,
    /// Under s48/49 [share].
    pub s48_49: f64,
    /// Under s45A [share].
    pub s45a: f64,
    /// Under s37 or notional s37 [share].
    pub s37: f64,
    /// Men from outside the collaborative [share].
    pub out_of_area: f64,
    /// Residents who hold escorted leave or more [share].
    pub escorted: f64,
    /// Residents who hold unescorted leave or more [share].
    pub unescorted: f64,
    /// Ready to leave or to step down, and waiting [share].
    pub ready: f64,
    /// Of the ready, those who wait for a bed of the tier below [share].
    pub step_down: f64,
}
