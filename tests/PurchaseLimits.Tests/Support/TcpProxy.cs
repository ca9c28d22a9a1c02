using System.Net.Sockets;

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// A wire between the store and PostgreSQL that a test can cut. What passes is not understood, only looked at: the server's
/// bytes by <see cref="Reply"/>, the client's by <see cref="Request"/>.
/// </summary>
public sealed class TcpProxy(string host, int port) : Wire(host, port)
{
    /// <summary>Sees what the client sends before it is passed on; false cuts the wire instead, both ways.</summary>
    public Func<ReadOnlyMemory<byte>, bool> Request { get; set; } = _ => true;

    /// <summary>Sees what the server sends before it is passed on; false cuts the wire instead, both ways.</summary>
    public Func<ReadOnlyMemory<byte>, bool> Reply { get; set; } = _ => true;

    protected override async Task PassAsync(TcpClient toClient, TcpClient toServer)
    {
        // Whichever way ends first ends both: a cut is a cut.
        await Task.WhenAny(
            PassAsync(toClient.GetStream(), toServer.GetStream(), bytes => Request(bytes)),
            PassAsync(toServer.GetStream(), toClient.GetStream(), bytes => Reply(bytes)));
        EndByReset(toClient);
        EndByReset(toServer);
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, Func<ReadOnlyMemory<byte>, bool> mayPass)
    {
        var buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer, Stopped)) > 0 && mayPass(buffer.AsMemory(0, count)))
                await to.WriteAsync(buffer.AsMemory(0, count), Stopped);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other way was cut, or the test is over.
        }
    }
}
