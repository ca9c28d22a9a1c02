using System.Diagnostics;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>One call of a function of the database with all its tries, as metrics and a trace see it. No argument of it is kept.</summary>
internal sealed class MeasuredCall : IDisposable
{
    private readonly StoreMetrics _metrics;
    private readonly string _command;
    private readonly Activity? _span;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly int? _groupOf;
    private int _tries = 1;
    private string? _lastFailure;
    private bool _inDoubt;
    private bool _ended;

    /// <param name="metrics">Counts it.</param>
    /// <param name="sql">The statement.</param>
    /// <param name="groupOf">How many requests are answered together; null: it is one alone.</param>
    public MeasuredCall(StoreMetrics metrics, string sql, int? groupOf = null)
    {
        _metrics = metrics;
        _groupOf = groupOf;
        _command = NameOf(sql);
        _span = StoreTraces.Source.StartActivity(_command);
    }

    /// <summary>The same was sent before, and it is not known whether it was committed.</summary>
    public void BeganInDoubt() => _inDoubt = true;

    /// <summary>This try failed; it is known or not whether it was committed.</summary>
    public void Failed(Exception failure, bool inDoubt)
    {
        _inDoubt |= inDoubt;
        _lastFailure = StoreMetrics.ErrorType(failure);
    }

    public void TriedAgain(Exception failure)
    {
        _tries++;
        _metrics.CountRetry(_command, failure);
    }

    /// <summary>The database answered.</summary>
    public TReply Answered<TReply>(TReply reply)
    {
        End(OutcomeNames.OfReply(reply), ending: "resolved");
        return reply;
    }

    /// <summary>The database answered each of a group.</summary>
    public List<TReply> Answered<TReply>(List<TReply> replies)
    {
        _ended = true;
        foreach (var reply in replies)
            _metrics.CountCommand(_command, OutcomeNames.OfReply(reply));
        _metrics.RecordDuration(_command, _started);
        if (_inDoubt)
            _metrics.CountDoubt(_command, "resolved");
        Describe(replies.Count == 1 ? OutcomeNames.OfReply(replies[0]) : "done");
        _span?.SetTag("purchase_limits.together", replies.Count);
        return replies;
    }

    /// <summary>The last try failed.</summary>
    public void GaveUp() => End(_inDoubt ? "in_doubt" : "busy", ending: "unresolved");

    /// <summary>It is over, with an outcome that no reply says.</summary>
    public void End(string outcome, string ending = "failed")
    {
        if (_ended)
            return;
        _ended = true;
        for (var i = 0; i < (_groupOf ?? 1); i++)
            _metrics.CountCommand(_command, outcome);
        _metrics.RecordDuration(_command, _started);
        if (_inDoubt)
            _metrics.CountDoubt(_command, ending);
        Describe(outcome);
    }

    /// <summary>Ends as <c>failed</c> what ended in no other way: something was thrown.</summary>
    public void Dispose()
    {
        if (_groupOf > 1 && !_ended)
            Describe("failed");
        else
            End("failed");
        _span?.Dispose();
    }

    private void Describe(string outcome)
    {
        if (_span is null)
            return;
        _span.SetTag("purchase_limits.command", _command);
        _span.SetTag("purchase_limits.outcome", outcome);
        _span.SetTag("purchase_limits.tries", _tries);
        _span.SetTag("purchase_limits.last_failure", _lastFailure);
        if (outcome is "in_doubt" or "failed")
            _span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>The first function with a schema in a statement: <c>place_purchase</c> of <c>SELECT replace(outcome, …) FROM store.place_purchase(…)</c>.</summary>
    internal static string NameOf(string sql)
    {
        for (var open = sql.IndexOf('('); open >= 0; open = sql.IndexOf('(', open + 1))
        {
            var begin = open;
            while (begin > 0 && (char.IsAsciiLetterOrDigit(sql[begin - 1]) || sql[begin - 1] == '_'))
                begin--;
            if (begin < open && begin > 0 && sql[begin - 1] == '.')
                return sql[begin..open];
        }

        return "unknown";
    }
}
