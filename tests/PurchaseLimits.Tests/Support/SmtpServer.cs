using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace PurchaseLimits.Tests.Support;

/// <summary>What a mail server does once it has read a message.</summary>
public enum SmtpAnswer
{
    Accept,
    RefuseForNow,
    RefuseForGood,

    /// <summary>Says nothing any more, on this connection.</summary>
    Hang,

    /// <summary>Keeps the message and hangs up before it says so.</summary>
    AcceptAndHangUp,
}

/// <summary>A mail server on loopback that does as a test says. It keeps what it accepted.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<MimeMessage> _accepted = new();
    private readonly Task _accepting;

    /// <param name="port">Zero: a free one.</param>
    public SmtpServer(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, or did.</summary>
    public int Port { get; }

    public Func<MimeMessage, SmtpAnswer> Answer { get; set; } = _ => SmtpAnswer.Accept;

    public IReadOnlyList<MimeMessage> Accepted => [.. _accepted];

    /// <summary>Connections so far.</summary>
    public int Connections { get; private set; }

    /// <summary>The server is gone, as for good. Once more is fine.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
                Connections++;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            using var stop = _stop.Token.Register(client.Dispose);
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
            await writer.WriteLineAsync("220 test");
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                var command = line.Split(' ')[0].ToUpperInvariant();
                if (command == "DATA")
                {
                    await writer.WriteLineAsync("354 go on");
                    if (!await TakeAsync(await ReadMessageAsync(reader), writer))
                        return;
                }
                else
                {
                    await writer.WriteLineAsync(command switch { "EHLO" => "250 test", "QUIT" => "221 bye", _ => "250 fine" });
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client hung up, or the test is over.
        }
    }

    /// <summary>False when the connection is over.</summary>
    private async Task<bool> TakeAsync(MimeMessage message, StreamWriter writer)
    {
        var answer = Answer(message);
        if (answer is SmtpAnswer.Accept or SmtpAnswer.AcceptAndHangUp)
            _accepted.Enqueue(message);
        if (answer == SmtpAnswer.AcceptAndHangUp)
            return false;
        if (answer == SmtpAnswer.Hang)
            await Task.Delay(Timeout.Infinite, _stop.Token);
        await writer.WriteLineAsync(answer switch
        {
            SmtpAnswer.RefuseForNow => "451 not now",
            SmtpAnswer.RefuseForGood => "550 never",
            _ => "250 taken",
        });
        return true;
    }

    private async Task<MimeMessage> ReadMessageAsync(StreamReader reader)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        using var bytes = new MemoryStream(Encoding.Latin1.GetBytes(text.ToString()));
        return await MimeMessage.LoadAsync(bytes, _stop.Token);
    }
}
