using System.Net;
using System.Net.Sockets;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A wire between the store and PostgreSQL that a test can cut. What passes is not understood, only looked at: the server's
/// bytes by <see cref="Reply"/>, the client's by <see cref="Request"/>.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly string _host;
    private readonly int _port;

    public TcpProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Sees what the client sends before it is passed on; false cuts the wire instead, both ways.</summary>
    public Func<ReadOnlyMemory<byte>, bool> Request { get; set; } = _ => true;

    /// <summary>Sees what the server sends before it is passed on; false cuts the wire instead, both ways.</summary>
    public Func<ReadOnlyMemory<byte>, bool> Reply { get; set; } = _ => true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var toClient = client;
        using var toServer = new TcpClient();
        await toServer.ConnectAsync(_host, _port);
        toClient.NoDelay = toServer.NoDelay = true;
        // Whichever way ends first ends both: a cut is a cut.
        await Task.WhenAny(
            PassAsync(toClient.GetStream(), toServer.GetStream(), bytes => Request(bytes)),
            PassAsync(toServer.GetStream(), toClient.GetStream(), bytes => Reply(bytes)));
        // A reset, not a polite end.
        toClient.LingerState = toServer.LingerState = new LingerOption(true, 0);
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, Func<ReadOnlyMemory<byte>, bool> mayPass)
    {
        var buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, _stop.Token)) > 0 && mayPass(buffer.AsMemory(0, count)))
                await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other way was cut, or the test is over.
        }
    }
}
