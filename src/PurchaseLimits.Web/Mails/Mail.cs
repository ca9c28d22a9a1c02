namespace PurchaseLimits.Web.Mails;

/// <summary>
/// What a mail says, once: its text and its HTML part are both made from this, so that they cannot say different things.
/// </summary>
public sealed record Mail
{
    /// <summary>What happened, by how much, what is left: most people read no further.</summary>
    public required string Subject { get; init; }

    /// <summary>A paragraph each. Plain text; whatever people wrote is in here as they wrote it.</summary>
    public required IReadOnlyList<string> Sentences { get; init; }

    /// <summary>Numbers and what they are, one below the other.</summary>
    public IReadOnlyList<MailFact> Facts { get; init; } = [];

    /// <summary>Where to read on, or what to do.</summary>
    public required MailLink Link { get; init; }

    /// <summary>After the link: until when it works, or what to do if this was not you.</summary>
    public string? Afterword { get; init; }
}

/// <param name="Name">What it is: <c>Left</c>.</param>
/// <param name="Value">How much: <c>$440.00</c>.</param>
public sealed record MailFact(string Name, string Value);

/// <param name="Text">Where it leads.</param>
/// <param name="Path">Below the store's address, with a slash in front.</param>
public sealed record MailLink(string Text, string Path);
