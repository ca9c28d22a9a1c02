namespace PurchaseLimits.Web;

/// <summary>How <c>store.change_settings</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum SettingsChangeOutcome
{
    Changed,

    /// <summary>Nothing changed: it loosens a rule that takes two admins, and is proposed to a second one now.</summary>
    NeedsSecondAdmin,
    AlreadyRecorded,

    /// <summary>Nothing changed: the settings are another version than the page showed.</summary>
    ChangedMeanwhile,
    Unchanged,

    /// <summary>Nothing changed: this admin may not let new customers begin without a limit.</summary>
    NeedsRight,
    UnknownTimeZone,
    Busy,
    InDoubt,
}
