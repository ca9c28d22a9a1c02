using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace PurchaseLimits.Tests.Support;

/// <summary>What happens to a message on a <see cref="MessageWire"/>.</summary>
public enum AtMessage
{
    Pass,

    /// <summary>The wire is cut, and whom it was for never sees it.</summary>
    CutBefore,

    /// <summary>It arrives; then the wire is cut.</summary>
    CutAfter,

    /// <summary>
    /// Neither it nor what follows it arrives, and the wire stays: silence. What follows is still shown to <see cref="MessageWire.At"/>,
    /// whatever that says.
    /// </summary>
    Hold,
}

/// <param name="FromServer">Else from the client.</param>
/// <param name="Type">As the protocol has it: <c>B</c> Bind, <c>E</c> Execute, <c>C</c> CommandComplete …; NUL for what begins a connection.</param>
/// <param name="IsSignedIn">Whether the server had said that it is ready before: what comes earlier is the sign-in.</param>
public sealed record WireMessage(bool FromServer, char Type, bool IsSignedIn);

/// <summary>
/// A wire between the store and PostgreSQL that knows where a message of the protocol ends, unlike <see cref="TcpProxy"/>, so that a
/// test can cut it between any two.
/// </summary>
public sealed class MessageWire(string host, int port) : Wire(host, port)
{
    /// <summary>Asked about each message of every connection, in the order in which they pass. Called by several threads.</summary>
    public Func<WireMessage, AtMessage> At { get; set; } = _ => AtMessage.Pass;

    protected override async Task PassAsync(TcpClient toClient, TcpClient toServer)
    {
        var connection = new Connection();
        var requests = PassAsync(connection, toClient.GetStream(), toServer.GetStream(), fromServer: false);
        var replies = PassAsync(connection, toServer.GetStream(), toClient.GetStream(), fromServer: true);
        var first = await Task.WhenAny(requests, replies);
        // Whoever was sent a last message gets to read it; all else is a reset, not a polite end.
        var passedTheLast = await first;
        if (first != requests || !passedTheLast)
            EndByReset(toServer);
        if (first != replies || !passedTheLast)
            EndByReset(toClient);
    }

    /// <summary>Returns, when this way has ended, whether all that was read was passed on.</summary>
    private async Task<bool> PassAsync(Connection connection, NetworkStream from, NetworkStream to, bool fromServer)
    {
        var reader = PipeReader.Create(from);
        var isTyped = fromServer; // a client's first message has no type
        var isHeld = false;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(Stopped);
                var rest = read.Buffer;
                while (TryTake(ref rest, isTyped, out var type, out var message))
                {
                    isTyped = true;
                    var act = At(new WireMessage(fromServer, type, connection.IsSignedIn));
                    isHeld |= act == AtMessage.Hold;
                    if (isHeld)
                        continue;
                    if (act == AtMessage.CutBefore)
                        return false;
                    foreach (var part in message)
                        await to.WriteAsync(part, Stopped);
                    if (act == AtMessage.CutAfter)
                        return true;
                    connection.IsSignedIn |= fromServer && type == 'Z';
                }

                reader.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    // Silence has no end, not even when the other side hangs up.
                    if (isHeld)
                        await Task.Delay(Timeout.Infinite, Stopped);
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return false; // the other way was cut, or the test is over
        }
    }

    private static bool TryTake(ref ReadOnlySequence<byte> rest, bool isTyped, out char type, out ReadOnlySequence<byte> message)
    {
        type = '\0';
        message = default;
        var reader = new SequenceReader<byte>(rest);
        if (isTyped)
        {
            if (!reader.TryRead(out var first))
                return false;
            type = (char)first;
        }

        // The length counts itself, not the type.
        if (!reader.TryReadBigEndian(out int length) || rest.Length < length + (isTyped ? 1 : 0))
            return false;
        message = rest.Slice(0, length + (isTyped ? 1 : 0));
        rest = rest.Slice(message.End);
        return true;
    }

    private sealed class Connection
    {
        public volatile bool IsSignedIn;
    }
}
