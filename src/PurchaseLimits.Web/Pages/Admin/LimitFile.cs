using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Reads and writes CSV files with the columns customer, limit, window and until.</summary>
public static class LimitFile
{
    public const long MaxBytes = 8 * 1024 * 1024;
    public const int MaxRows = 100_000;
    public const string NoLimit = "no limit";

    // PostgreSQL's moments go on; .NET's end with the year 9999.
    private const int LastYear = 9998;

    private static readonly CsvFileShape s_shape = new(["customer", "limit", "window", "until"], ["customer", "limit"], MaxRows);

    private static readonly string[] s_windows = [.. Enum.GetValues<LimitWindow>().Select(window => window.SqlName())];

    /// <summary>Row by row, as they are asked for.</summary>
    /// <param name="stream">UTF-8, with or without its mark.</param>
    /// <param name="errors">Takes what is wrong; rows that are in error are left out.</param>
    public static IEnumerable<LimitImportRow> Read(Stream stream, FileErrors errors)
    {
        var seen = new Dictionary<(long, string), long>();
        foreach (var row in CsvFile.Read(stream, s_shape, errors))
        {
            if (RowOrNull(row, errors) is not { } read)
                continue;
            if (seen.TryAdd((read.CustomerId, read.WindowName), row.RowNumber))
                yield return read;
            else
                errors.Add(row.RowNumber, "customer", $"Row {seen[(read.CustomerId, read.WindowName)]} sets the same limit of this customer.");
        }
    }

    /// <summary>What is wrong with a row when it is compared with what there is, and in which column.</summary>
    public static (string Column, string Sentence) WhatIsWrong(LimitImportProblem problem) => problem.Problem switch
    {
        "unknown_customer" => ("customer", "There is no customer with this number."),
        "ends_in_past" => ("until", "This day is over."),
        "needs_right" => ("limit", "Only an admin with the right to “no limit” can set it."),
        "needs_second_admin" => ("limit", $"A raise from {Words(problem.LimitBefore ?? 0)} to this much takes a second admin. Ask for it on the customer's page."),
        _ => throw new InvalidOperationException($"A row of limits cannot be {problem.Problem}."),
    };

    /// <summary>An amount as people read it.</summary>
    public static string Words(decimal limit) => limit == Limit.None ? NoLimit : Display.Money(limit);

    /// <summary>An amount as the file has it.</summary>
    public static string Cell(decimal limit) => limit == Limit.None ? NoLimit : limit.ToString("0.00", CultureInfo.InvariantCulture);

    /// <summary>When a limit ends, as the file has it: a day of the store's zone where it ends with one.</summary>
    public static string Cell(DateTimeOffset validTo, DateOnly? lastDay)
    {
        if (validTo == DateTimeOffset.MaxValue)
            return "";
        return lastDay is { } day
            ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : validTo.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
    }

    private static LimitImportRow? RowOrNull(CsvFileRow row, FileErrors errors)
    {
        var errorsBefore = errors.Count;
        if (!StrictInput.TryId(row["customer"], out var customerId))
            errors.Add(row.RowNumber, "customer", "Write a customer's number in digits.");
        var limit = Limit.None;
        if (row["limit"] != NoLimit && !FileCells.TryAmount(row["limit"], out limit, out var isTooFine))
            errors.Add(row.RowNumber, "limit", isTooFine ? "A limit has two decimals at most." : "Write an amount in dollars like 750 or 750.50, or the words “no limit”.");
        var window = row["window"] is { Length: > 0 } named ? named : LimitWindow.Lifetime.SqlName();
        if (!s_windows.Contains(window))
            errors.Add(row.RowNumber, "window", $"Write {string.Join(", ", s_windows[..^1])} or {s_windows[^1]}, or nothing for lifetime.");
        DateOnly? lastDay = null;
        DateTimeOffset? validTo = null;
        if (row["until"] is { Length: > 0 } typed)
        {
            if (DateOnly.TryParseExact(typed, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year <= LastYear)
                lastDay = day;
            else if (MomentInput.TryIso(typed, out var moment) && moment.Year <= LastYear)
                validTo = moment;
            else
                errors.Add(row.RowNumber, "until", "Write a day like 2027-01-31, or nothing for a limit that does not end.");
        }

        return errors.Count == errorsBefore ? new LimitImportRow(row.RowNumber, customerId, window, limit, lastDay, validTo) : null;
    }
}
