//! What can happen, and how a spell ends.

use super::declare::codes;

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
        Breach = 23, "breach", "A treatment requirement isn't kept to, and the court hears of it.";
        WardClosed = 24, "ward closed", "Moved to another unit of the tier, because the ward closes.";
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
        WardClosed = 10, "ward closed", "Moved to another unit of the tier, because the ward closed.";
    }
}

codes! {
    /// What happened to a ward.
    WardEvent {
        Ordered = 0, "closing ordered", "The commissioner gave notice: nobody is admitted to these beds any more.";
        Closed = 1, "closed", "The ward closed: its fixed cost ends.";
        Shut = 2, "beds shut", "Beds of a ward that stays open were shut: its fixed cost goes on.";
        Building = 3, "opening ordered", "Staff are recruited and a ward is fitted out.";
        Opened = 4, "opened", "The ward opened.";
        CalledOff = 5, "called off", "Beds that were to close stay open.";
    }
}
