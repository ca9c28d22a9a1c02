using Dapper;
using Npgsql;

namespace PurchaseLimits.Benchmarks.History;

/// <summary>What the store's settings and its clock say about a history. Moments are microseconds since 1970, amounts cents.</summary>
internal sealed record StoreFacts
{
    /// <summary>When each day began in the store's zone; the last one is today.</summary>
    public required long[] DayStarts { get; init; }

    /// <summary>Now: nothing happens later.</summary>
    public required long End { get; init; }

    public required long DefaultLimit { get; init; }

    public required bool RefundRestoresAllowance { get; init; }

    /// <summary>For how long a page's prices hold, in microseconds.</summary>
    public required long QuoteLife { get; init; }

    public static async Task<StoreFacts> ReadAsync(NpgsqlConnection database, int days)
    {
        var row = await database.QuerySingleAsync<(long[], long, long, bool, long)>(
            """
            SELECT
                ARRAY(
                    SELECT (extract(epoch FROM store.first_moment(
                        ((c.now AT TIME ZONE s.time_zone)::date - n)::timestamp, s.time_zone)) * 1000000)::bigint
                    FROM generate_series(@days - 1, 0, -1) n
                    ORDER BY n DESC),
                (extract(epoch FROM c.now) * 1000000)::bigint,
                (s.default_limit * 100)::bigint,
                s.refund_restores_allowance,
                (extract(epoch FROM s.quote_life) * 1000000)::bigint
            FROM store.store_setting s
            CROSS JOIN (SELECT statement_timestamp() AS now) c
            WHERE s.store_setting_id = 1
            """,
            new { days });
        return new StoreFacts
        {
            DayStarts = row.Item1,
            End = row.Item2,
            DefaultLimit = row.Item3,
            RefundRestoresAllowance = row.Item4,
            QuoteLife = row.Item5,
        };
    }
}
