using Npgsql;
using NpgsqlTypes;

namespace PurchaseLimits.Benchmarks.History;

/// <summary>One binary COPY into one table. Moments are microseconds since 1970, amounts cents.</summary>
internal sealed class TableCopy(NpgsqlConnection database, string table, string columns) : IDisposable
{
    private readonly NpgsqlBinaryImporter _importer = database.BeginBinaryImport($"COPY store.{table} ({columns}) FROM STDIN (FORMAT binary)");

    public TableCopy Row()
    {
        _importer.StartRow();
        return this;
    }

    public TableCopy Number(long value)
    {
        _importer.Write(value, NpgsqlDbType.Bigint);
        return this;
    }

    public TableCopy Number(long? value) => value is { } number ? Number(number) : Null();

    public TableCopy Text(string? value)
    {
        if (value is null)
            return Null();
        _importer.Write(value, NpgsqlDbType.Text);
        return this;
    }

    public TableCopy Money(long cents)
    {
        _importer.Write(new decimal((int)cents, (int)(cents >> 32), 0, false, 2), NpgsqlDbType.Numeric);
        return this;
    }

    public TableCopy Moment(long microseconds)
    {
        _importer.Write(DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), NpgsqlDbType.TimestampTz);
        return this;
    }

    public TableCopy Moment(long? microseconds) => microseconds is { } moment ? Moment(moment) : Null();

    public TableCopy Forever()
    {
        _importer.Write(DateTime.MaxValue, NpgsqlDbType.TimestampTz); // what Npgsql takes for infinity
        return this;
    }

    public TableCopy Key(Guid? value)
    {
        if (value is null)
            return Null();
        _importer.Write(value.Value, NpgsqlDbType.Uuid);
        return this;
    }

    public TableCopy Bytes(byte[] value)
    {
        _importer.Write(value, NpgsqlDbType.Bytea);
        return this;
    }

    /// <summary>Without this nothing is written.</summary>
    /// <returns>How many rows.</returns>
    public long Complete() => (long)_importer.Complete();

    public void Dispose() => _importer.Dispose();

    private TableCopy Null()
    {
        _importer.WriteNull();
        return this;
    }
}
