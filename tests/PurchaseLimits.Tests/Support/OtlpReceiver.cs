using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PurchaseLimits.Tests.Support;

/// <summary>Takes what is sent to it over OTLP/HTTP, as a collector does, and keeps the spans.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Span> _spans = new();
    private int _metrics;

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>
    /// What a library, the scope, says that was done; ids are hexadecimal, a root's parent is empty. Attributes of its events stand behind
    /// the event's name and a slash.
    /// </summary>
    public sealed record Span(
        string Scope, string Name, string Trace, string Id, string Parent, IReadOnlyDictionary<string, string> Attributes,
        IReadOnlyDictionary<string, string> Resource)
    {
        public string? this[string attribute] => Attributes.GetValueOrDefault(attribute);

        public override string ToString() => $"{Scope} {Name}: {string.Join(", ", Attributes)}";
    }

    public IReadOnlyList<Span> Spans => [.. _spans];

    /// <summary>How many times metrics came.</summary>
    public int MetricRequests => Volatile.Read(ref _metrics);

    public string Address => _app.Urls.Single();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", async context => receiver.Keep(await ReadAsync(context)));
        app.MapPost("/v1/metrics", async context =>
        {
            if ((await ReadAsync(context)).Length > 0)
                Interlocked.Increment(ref receiver._metrics);
        });
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }

    // opentelemetry/proto/trace/v1/trace.proto: the numbers are those of its fields.
    private void Keep(byte[] request)
    {
        foreach (var resourceSpans in Field.Of(request).Where(field => field.Number == 1).Select(field => field.Parts))
        {
            var resource = Attributes(resourceSpans.Where(field => field.Number == 1).SelectMany(field => field.Parts), number: 1);
            foreach (var scopeSpans in resourceSpans.Where(field => field.Number == 2).Select(field => field.Parts))
            {
                var scope = Text(scopeSpans.Single(field => field.Number == 1).Parts, 1);
                foreach (var span in scopeSpans.Where(field => field.Number == 2).Select(field => field.Parts))
                {
                    var attributes = Attributes(span, number: 9);
                    foreach (var happened in span.Where(field => field.Number == 11).Select(field => field.Parts))
                    {
                        foreach (var (name, value) in Attributes(happened, number: 3))
                            attributes[$"{Text(happened, 2)}/{name}"] = value;
                    }

                    _spans.Enqueue(new Span(scope, Text(span, 5), Hex(span, 1), Hex(span, 2), Hex(span, 4), attributes, resource));
                }
            }
        }
    }

    private static Dictionary<string, string> Attributes(IEnumerable<Field> fields, int number) =>
        fields.Where(field => field.Number == number).Select(field => field.Parts).ToDictionary(
            pair => Text(pair, 1),
            pair => string.Join(' ', pair.Single(field => field.Number == 2).Parts.Select(value => value.Number switch
            {
                1 => Encoding.UTF8.GetString(value.Bytes),
                4 => $"{BitConverter.UInt64BitsToDouble(value.Value)}",
                _ => $"{value.Value}",
            })));

    private static string Text(IEnumerable<Field> fields, int number) =>
        Encoding.UTF8.GetString(fields.SingleOrDefault(field => field.Number == number)?.Bytes ?? []);

    private static string Hex(IEnumerable<Field> fields, int number) =>
        Convert.ToHexString(fields.SingleOrDefault(field => field.Number == number)?.Bytes ?? []);

    /// <summary>A field of a protobuf message, whatever the message is.</summary>
    private sealed record Field(int Number, ulong Value, byte[] Bytes)
    {
        public List<Field> Parts => [.. Of(Bytes)];

        public static IEnumerable<Field> Of(byte[] message)
        {
            for (var at = 0; at < message.Length;)
            {
                var tag = Varint(message, ref at);
                ulong value = 0;
                byte[] bytes = [];
                switch (tag & 7)
                {
                    case 0:
                        value = Varint(message, ref at);
                        break;
                    case 1:
                        value = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(at, 8));
                        at += 8;
                        break;
                    case 2:
                        var length = (int)Varint(message, ref at);
                        bytes = message[at..(at + length)];
                        at += length;
                        break;
                    case 5:
                        at += 4;
                        break;
                    default:
                        throw new InvalidDataException($"No protobuf: wire type {tag & 7}.");
                }

                yield return new Field((int)(tag >> 3), value, bytes);
            }
        }

        private static ulong Varint(byte[] message, ref int at)
        {
            ulong value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (ulong)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }
        }
    }
}
