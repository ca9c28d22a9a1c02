using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>What admins and customers do with limits.</summary>
public sealed partial class Store
{
    private const string LimitChangeColumns =
        "replace(outcome, '_', '') AS outcome, limit_before, limit_amount, left_amount, over_by, sequence_number";

    /// <summary>Changes one of a customer's limits: at once, or from a date, or until one.</summary>
    public Task<LimitChangeReply> ChangeLimitAsync(LimitChangeRequest request) =>
        ChangeAsync(
            dataSources.AdminMoney,
            "store.change_limit(@CustomerId, @LimitChangeId, @WindowName, @LimitSequenceNumber, @LimitAfter, @ValidFrom, @ValidTo, @Reason, @Actor)",
            request.CustomerId, request);

    /// <summary>Lowers a limit at once and for good, as its customer.</summary>
    public Task<LimitChangeReply> LowerOwnLimitAsync(long customerId, Guid limitChangeId, LimitWindow window, decimal limitAfter) =>
        ChangeAsync(
            dataSources.Money, "store.lower_own_limit(@customerId, @limitChangeId, @windowName, @limitAfter)",
            customerId, new { customerId, limitChangeId, windowName = window.SqlName(), limitAfter });

    /// <summary>Takes a change of a limit back before it begins, or ends it before its time.</summary>
    /// <param name="customerId">Whose limit.</param>
    /// <param name="limitChangeId">Which change.</param>
    /// <param name="limitSequenceNumber">The last event about this customer's limits that the page showed.</param>
    /// <param name="reason">1 to 500 characters.</param>
    /// <param name="actor">Who, as the ledger names them.</param>
    public Task<LimitEndReply> EndLimitChangeAsync(
        long customerId, Guid limitChangeId, long limitSequenceNumber, string reason, string actor) =>
        EndAsync(dataSources.AdminMoney, "store.end_limit_change(@customerId, @limitChangeId, @limitSequenceNumber, @reason, @actor)",
            customerId, new { customerId, limitChangeId, limitSequenceNumber, reason, actor });

    /// <summary>Takes back a raise the customer asked for, before it begins, as that customer.</summary>
    public Task<LimitEndReply> EndOwnLimitChangeAsync(long customerId, Guid limitChangeId) =>
        EndAsync(dataSources.Money, "store.end_own_limit_change(@customerId, @limitChangeId)", customerId, new { customerId, limitChangeId });

    /// <summary>Asks for a raise as the customer.</summary>
    public Task<LimitRaiseReply> RequestOwnLimitAsync(LimitRaiseRequest request) =>
        RaiseAsync(
            dataSources.Money, "store.request_own_limit(@CustomerId, @LimitRequestId, @WindowName, @LimitWanted, @ValidTo, @Note)",
            request.CustomerId, request);

    /// <summary>Asks for a raise that takes a second admin.</summary>
    public Task<LimitRaiseReply> RequestLimitAsync(LimitRaiseRequest request, string actor) =>
        RaiseAsync(
            dataSources.AdminMoney, "store.request_limit(@CustomerId, @LimitRequestId, @WindowName, @LimitWanted, @ValidTo, @Note, @actor)",
            request.CustomerId,
            new { request.CustomerId, request.LimitRequestId, request.WindowName, request.LimitWanted, request.ValidTo, request.Note, actor });

    /// <summary>Grants a raise that somebody else asked for.</summary>
    public Task<LimitApprovalReply> ApproveLimitRequestAsync(LimitApproval approval) =>
        CallInLineAsync(
            dataSources.AdminMoney, approval.CustomerId,
            """
            SELECT replace(outcome, '_', '') AS outcome, status, valid_from
            FROM store.approve_limit_request(@CustomerId, @LimitRequestId, @LimitChangeId, @LimitAfter, @ValidTo, @Reason, @Actor)
            """,
            approval,
            busy: new LimitApprovalReply { Outcome = LimitApprovalOutcome.Busy },
            inDoubt: new LimitApprovalReply { Outcome = LimitApprovalOutcome.InDoubt });

    /// <summary>Says no to a raise that somebody else asked for, and why.</summary>
    public Task<LimitRequestClosedReply> DenyLimitRequestAsync(long customerId, Guid limitRequestId, string reason, string actor) =>
        CloseAsync(dataSources.AdminMoney, "store.deny_limit_request(@customerId, @limitRequestId, @reason, @actor)",
            customerId, new { customerId, limitRequestId, reason, actor });

    /// <summary>Takes back what this admin asked for.</summary>
    public Task<LimitRequestClosedReply> CancelLimitRequestAsync(long customerId, Guid limitRequestId, string actor) =>
        CloseAsync(dataSources.AdminMoney, "store.cancel_limit_request(@customerId, @limitRequestId, @actor)",
            customerId, new { customerId, limitRequestId, actor });

    /// <summary>Takes back what the customer asked for.</summary>
    public Task<LimitRequestClosedReply> CancelOwnLimitRequestAsync(long customerId, Guid limitRequestId) =>
        CloseAsync(dataSources.Money, "store.cancel_own_limit_request(@customerId, @limitRequestId)",
            customerId, new { customerId, limitRequestId });

    private Task<LimitChangeReply> ChangeAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        CallInLineAsync(
            source, customerId,
            $"SELECT {LimitChangeColumns} FROM {call}",
            arguments,
            busy: new LimitChangeReply { Outcome = LimitChangeOutcome.Busy },
            inDoubt: new LimitChangeReply { Outcome = LimitChangeOutcome.InDoubt });

    private Task<LimitEndReply> EndAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        CallInLineAsync(
            source, customerId,
            $"SELECT replace(outcome, '_', '') AS outcome FROM {call}",
            arguments,
            busy: new LimitEndReply { Outcome = LimitEndOutcome.Busy },
            inDoubt: new LimitEndReply { Outcome = LimitEndOutcome.InDoubt });

    private Task<LimitRaiseReply> RaiseAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        CallInLineAsync(
            source, customerId,
            $"SELECT replace(outcome, '_', '') AS outcome, limit_amount FROM {call}",
            arguments,
            busy: new LimitRaiseReply { Outcome = LimitRaiseOutcome.Busy },
            inDoubt: new LimitRaiseReply { Outcome = LimitRaiseOutcome.InDoubt });

    private Task<LimitRequestClosedReply> CloseAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        CallInLineAsync(
            source, customerId,
            $"SELECT replace(outcome, '_', '') AS outcome, status FROM {call}",
            arguments,
            busy: new LimitRequestClosedReply { Outcome = LimitRequestClosedOutcome.Busy },
            inDoubt: new LimitRequestClosedReply { Outcome = LimitRequestClosedOutcome.InDoubt });
}
