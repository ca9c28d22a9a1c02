using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PurchaseLimits.Tests.Proof;

/// <summary>What a server answered, as it came.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Location">Where to; null: nowhere.</param>
internal sealed record RawAnswer(int Status, string? Location)
{
    /// <summary>The store says: not now, send it again.</summary>
    public bool IsBusy => Status is 429 or 503;
}

/// <summary>
/// A request on a connection of its own, all of which is sent but the last byte of its body: the server has read who asks, and waits
/// to hear for what. With that byte it goes on at once, whatever opening a connection takes.
/// </summary>
internal sealed class HeldRequest : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private byte[] _last = [];

    /// <summary>Sends all but the end of it.</summary>
    public static async Task<HeldRequest> SendAsync(Uri server, HttpRequestMessage request, string cookies)
    {
        var body = await request.Content!.ReadAsByteArrayAsync();
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {request.RequestUri} HTTP/1.1\r\nHost: {server.Authority}\r\nCookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        var held = new HeldRequest { _last = body[^1..] };
        await held._client.ConnectAsync(server.Host, server.Port);
        await held._client.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body[..^1]]);
        return held;
    }

    /// <summary>Sends the end of all, and reads their answers.</summary>
    public static async Task<RawAnswer[]> ReleaseAsync(IReadOnlyList<HeldRequest> requests)
    {
        foreach (var request in requests)
            request._client.Client.Send(request._last);
        return await Task.WhenAll(requests.Select(request => request.ReadAsync()));
    }

    public void Dispose() => _client.Dispose();

    private async Task<RawAnswer> ReadAsync()
    {
        // To its end: the server closes what asked for it.
        using var reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
        var lines = (await reader.ReadToEndAsync()).Split("\r\n");
        var location = lines.TakeWhile(line => line != "").FirstOrDefault(line => line.StartsWith("Location: ", StringComparison.OrdinalIgnoreCase));
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), location?["Location: ".Length..]);
    }
}
