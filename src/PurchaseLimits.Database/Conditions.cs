using System.Text;
using System.Text.RegularExpressions;

namespace PurchaseLimits.Database;

/// <summary>
/// Writes conditions so that the same ones are the same text. PostgreSQL writes <c>(a AND b) AND c</c> down as it was parsed, and
/// once that was dumped and restored as <c>a AND b AND c</c>.
/// </summary>
internal static partial class Conditions
{
    /// <param name="sql">As pg_get_constraintdef, pg_get_viewdef and so on write it; no dollar quotes.</param>
    public static string Flatten(string sql)
    {
        var position = 0;
        var text = new StringBuilder();
        Write(Flat(Read(sql, ref position)), text);
        return text.ToString();
    }

    // A piece of text, a quoted piece, or what is in parentheses.
    private abstract record Piece;

    private sealed record Plain(string Text) : Piece;

    private sealed record Quoted(string Text) : Piece;

    private sealed record Group(IReadOnlyList<Piece> Pieces) : Piece;

    private static List<Piece> Read(string sql, ref int position)
    {
        var pieces = new List<Piece>();
        var plain = new StringBuilder();
        while (position < sql.Length && sql[position] != ')')
        {
            var c = sql[position++];
            if (c is '\'' or '"')
            {
                // A doubled quote ends one quoted piece and begins the next, which is the same text in the end.
                var end = sql.IndexOf(c, position);
                end = end < 0 ? sql.Length - 1 : end;
                EndPlain();
                pieces.Add(new Quoted(sql[(position - 1)..(end + 1)]));
                position = end + 1;
            }
            else if (c == '(')
            {
                EndPlain();
                pieces.Add(new Group(Read(sql, ref position)));
                position++;
            }
            else
            {
                plain.Append(c);
            }
        }

        EndPlain();
        return pieces;

        void EndPlain()
        {
            if (plain.Length > 0)
                pieces.Add(new Plain(plain.ToString()));
            plain.Clear();
        }
    }

    private static List<Piece> Flat(IReadOnlyList<Piece> pieces)
    {
        List<Piece> inner = [.. pieces.Select(piece => piece is Group group ? new Group(Flat(group.Pieces)) : piece)];
        var operation = Operation(inner);
        var flat = new List<Piece>();
        for (var i = 0; i < inner.Count; i++)
        {
            if (inner[i] is Group { Pieces: [Group only] })
                inner[i] = only;
            if (operation is not null && inner[i] is Group group && Operation(group.Pieces) == operation && IsOperand(i))
                flat.AddRange(group.Pieces);
            else
                flat.Add(inner[i]);
        }

        return flat;

        bool IsOperand(int i) =>
            (i == 0 || (inner[i - 1] is Plain before && EndsWithOperation().IsMatch(before.Text)))
            && (i == inner.Count - 1 || (inner[i + 1] is Plain after && BeginsWithOperation().IsMatch(after.Text)));
    }

    // AND or OR, where nothing else connects these pieces.
    private static string? Operation(IReadOnlyList<Piece> pieces)
    {
        var operations = pieces.OfType<Plain>().SelectMany(plain => AnyOperation().Matches(plain.Text)).Select(match => match.Value).Distinct().ToList();
        return operations.Count == 1 ? operations[0] : null;
    }

    private static void Write(IReadOnlyList<Piece> pieces, StringBuilder text)
    {
        foreach (var piece in pieces)
        {
            switch (piece)
            {
                case Plain plain:
                    text.Append(plain.Text);
                    break;
                case Quoted quoted:
                    text.Append(quoted.Text);
                    break;
                case Group group:
                    text.Append('(');
                    Write(group.Pieces, text);
                    text.Append(')');
                    break;
            }
        }
    }

    [GeneratedRegex(@"\b(AND|OR)\b")]
    private static partial Regex AnyOperation();

    [GeneratedRegex(@"\b(AND|OR)\s*$")]
    private static partial Regex EndsWithOperation();

    [GeneratedRegex(@"^\s*(AND|OR)\b")]
    private static partial Regex BeginsWithOperation();
}
