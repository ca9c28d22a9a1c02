using Dapper;
using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>The last proof of a rule that has one.</summary>
public sealed record RuleReading
{
    /// <summary>I1 to I15.</summary>
    public string Rule { get; init; } = "";

    /// <summary>What was written later the proof did not see; null: it was never proved.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    public TimeSpan? Age { get; init; }
    public TimeSpan Took { get; init; }
    public long ViolationCount { get; init; }

    /// <summary>Some of them, each with its customer.</summary>
    public string[] Sample { get; init; } = [];

    /// <summary>Why it could not be proved since; null where it could.</summary>
    public string? Error { get; init; }

    /// <summary>Every rule that has a view, proved or not. Reads the newest of the few proofs that are kept, no ledger.</summary>
    public const string Sql =
        """
        SELECT r.rule, p.started_at, statement_timestamp() - p.started_at AS age, coalesce(p.finished_at - p.started_at, '0') AS took,
               coalesce(p.violation_count, 0) AS violation_count, coalesce(p.sample, '{}') AS sample, e.error
        FROM (
            SELECT concat('I', substr(c.relname, 12, 2)::bigint) AS rule, c.relname
            FROM pg_class c
            WHERE c.relnamespace = 'store'::regnamespace
              AND c.relkind = 'v'
              AND c.relname ~ '^integrity_i[0-9]{2}_'
        ) r
        LEFT JOIN LATERAL (
            SELECT k.*
            FROM store.integrity_proof k
            WHERE k.rule = r.rule
              AND k.error IS NULL
            ORDER BY k.started_at DESC
            LIMIT 1
        ) p ON true
        LEFT JOIN LATERAL (
            SELECT k.error
            FROM store.integrity_proof k
            WHERE k.rule = r.rule
              AND k.error IS NOT NULL
              AND k.started_at > coalesce(p.started_at, '-infinity')
            ORDER BY k.started_at DESC
            LIMIT 1
        ) e ON true
        ORDER BY r.relname
        """;

    /// <inheritdoc cref="Sql"/>
    public static async Task<IReadOnlyList<RuleReading>> ReadAsync(NpgsqlConnection connection) =>
        (await connection.QueryAsync<RuleReading>(Sql)).AsList();
}

/// <summary>What the last proofs say in all.</summary>
public sealed record RulesState
{
    /// <summary>Rules that were broken when they were proved last.</summary>
    public required int Broken { get; init; }

    public required long Violations { get; init; }
    public required int NeverProved { get; init; }

    /// <summary>Rules that could not be proved when that was tried last.</summary>
    public required int Failed { get; init; }

    /// <summary>Of the oldest of the last proofs; null where there is none.</summary>
    public required TimeSpan? Age { get; init; }

    /// <summary>That one is older than three times as long as it should be.</summary>
    public required bool IsTooOld { get; init; }

    /// <param name="rules">All that have a view.</param>
    /// <param name="proveEvery">The setting.</param>
    public static RulesState Of(IReadOnlyList<RuleReading> rules, TimeSpan proveEvery)
    {
        // As finish_proof has it: a round and twenty times as long of rest, or longer where the setting says so.
        var round = rules.Aggregate(TimeSpan.Zero, (sum, rule) => sum + rule.Took);
        var due = 21 * round > proveEvery ? 21 * round : proveEvery;
        var age = rules.Max(rule => rule.Age);
        return new RulesState
        {
            Broken = rules.Count(rule => rule.ViolationCount > 0),
            Violations = rules.Sum(rule => rule.ViolationCount),
            NeverProved = rules.Count(rule => rule.StartedAt is null),
            Failed = rules.Count(rule => rule.Error is not null),
            Age = age,
            IsTooOld = age > (3 * due) + round,
        };
    }
}
