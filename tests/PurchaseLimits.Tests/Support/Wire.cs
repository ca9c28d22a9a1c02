using System.Net;
using System.Net.Sockets;

namespace PurchaseLimits.Tests.Support;

/// <summary>A wire between the store and PostgreSQL, at a port of its own. What passes is the derived one's to say.</summary>
public abstract class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly string _host;
    private readonly int _port;

    protected Wire(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends when the wire is disposed of.</summary>
    protected CancellationToken Stopped => _stop.Token;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Passes on what comes from either side of one connection, until one of them ends.</summary>
    protected abstract Task PassAsync(TcpClient toClient, TcpClient toServer);

    /// <summary>From now on closing it is a reset, not a polite end.</summary>
    protected static void EndByReset(TcpClient connection) => connection.LingerState = new LingerOption(true, 0);

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
        await PassAsync(toClient, toServer);
    }
}
