using CpIs.Files;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// Sends a file once. A first sending is not repeatable: MESH makes a second message of it. So after an outcome that is not known,
/// MESH is asked what it has under our local id; only when it twice has nothing, with a wait in between, is the file sent again, and
/// then it is asked once more whether there are two.
/// </summary>
internal sealed class MeshSender(MeshApiClient client, MeshApiOptions options, ITransportState state, TimeProvider clock, ILogger logger)
{
    private const int Sendings = 2;

    public async Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken)
    {
        try
        {
            var result = await (file.Begun is null ? BeginAsync(file, journal, cancellationToken) : ResumeAsync(file, file.Begun, journal, cancellationToken));
            if (result.Outcome != SendOutcome.Unknown)
            {
                await ForgetPlanAsync(file, CancellationToken.None);
            }

            return result;
        }
        catch (MeshCallException e) when (e.Failure.Kind is FailureKind.NotReached or FailureKind.Untrusted || e.Failure.Status == 403)
        {
            throw e.ToTransport();
        }
        catch (MeshCallException e) when (e.Failure.Call == MeshCall.Track)
        {
            return Unknown(file, "What became of it cannot be asked: " + e.Failure.Detail, null, e.Failure.Code);
        }
    }

    private async Task<SendResult> BeginAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken)
    {
        if (await ProblemOfAsync(file, cancellationToken) is { } problem)
        {
            return problem;
        }

        var plan = CurrentPlan(file);
        if (plan.Count > 1)
        {
            await state.SetAsync(PlanKey(file), plan.ToString(), cancellationToken);
        }
        else
        {
            await ForgetPlanAsync(file, cancellationToken);
        }

        await journal.BeginAsync(file, cancellationToken);
        return await FirstAsync(file, plan, journal, again: false, cancellationToken);
    }

    private async Task<SendResult> ResumeAsync(OutboundFile file, BegunSending begun, ISendJournal journal, CancellationToken cancellationToken)
    {
        if (begun.MessageId is null)
        {
            return await AskAsync(file, journal, sendingsLeft: Sendings, cancellationToken);
        }

        var tracked = await client.TrackAsync(begun.MessageId, cancellationToken);
        return tracked is null
            ? Unknown(file, $"MESH gave it the id {begun.MessageId} and does not know that now. Ask the MESH service desk.", begun.MessageId)
            : await ContinueAsync(file, tracked, verify: true, cancellationToken);
    }

    /// <summary>Sends the file or its first chunk. Whatever leaves the outcome open is settled by asking.</summary>
    private async Task<SendResult> FirstAsync(OutboundFile file, SendPlan plan, ISendJournal journal, bool again, CancellationToken cancellationToken, int sendingsLeft = Sendings)
    {
        string messageId;
        try
        {
            messageId = await client.SendAsync(file, plan, cancellationToken);
        }
        catch (MeshCallException e) when (e.Failure.Kind == FailureKind.NoAnswer || MeshErrors.RetryOf(e.Failure) == MeshRetry.Settle)
        {
            logger.LogInformation("File {FileNumber}: the outcome of its sending is not known ({Reason}). MESH is asked.", file.FileNumber, e.Failure.Cause ?? e.Failure.Code);
            return await AskAsync(file, journal, sendingsLeft - 1, cancellationToken);
        }
        catch (MeshCallException e) when (e.Failure.Kind == FailureKind.Answer && e.Failure.Status != 403)
        {
            var outcome = MeshErrors.RetryOf(e.Failure) == MeshRetry.Backoff ? SendOutcome.NotSent : SendOutcome.Refused;
            return new SendResult(outcome, Code: e.Failure.Code, Detail: e.Failure.Detail);
        }

        await journal.MessageIdAsync(file, messageId, CancellationToken.None);
        return plan.Count == 1
            ? await AcceptedAsync(file, messageId, again, cancellationToken)
            : await ChunksAsync(file, plan, messageId, again, cancellationToken);
    }

    private async Task<SendResult> AskAsync(OutboundFile file, ISendJournal journal, int sendingsLeft, CancellationToken cancellationToken)
    {
        var known = await client.TrackByLocalIdAsync(file.LocalId, cancellationToken);
        if (known is { Message: null, Several: false })
        {
            // Not to be known yet is no proof: MESH may be slow, and the wait is what makes a second sending safe.
            await Task.Delay(TimeSpan.FromSeconds(options.WaitBeforeResendSeconds), clock, cancellationToken);
            known = await client.TrackByLocalIdAsync(file.LocalId, cancellationToken);
        }

        if (known.Several)
        {
            return Several(file);
        }

        if (known.Message is { } message)
        {
            await journal.MessageIdAsync(file, message.MessageId, CancellationToken.None);
            return await ContinueAsync(file, message, verify: false, cancellationToken);
        }

        if (sendingsLeft <= 0)
        {
            return Unknown(file, "It was sent twice without an answer, and MESH does not know it yet.", null);
        }

        if (await ProblemOfAsync(file, cancellationToken) is { } problem)
        {
            return problem;
        }

        logger.LogInformation("File {FileNumber}: MESH does not know it; it is sent again.", file.FileNumber);
        return await FirstAsync(file, await PlanAsync(file, cancellationToken), journal, again: true, cancellationToken, sendingsLeft);
    }

    /// <summary>Goes on with a message that MESH knows.</summary>
    private async Task<SendResult> ContinueAsync(OutboundFile file, Tracked message, bool verify, CancellationToken cancellationToken)
    {
        if (message.IsAccepted)
        {
            return await AcceptedAsync(file, message.MessageId, verify, cancellationToken);
        }

        if (message.IsFailed)
        {
            return new SendResult(
                SendOutcome.Refused,
                message.MessageId,
                message.Code,
                $"MESH did not deliver it. {MeshErrors.Explain(message.Event, message.Code)}{(message.Description is null ? "" : " MESH says: " + message.Description)}");
        }

        if (!message.IsUploading && !message.SaysNoStatus)
        {
            return Unknown(file, "MESH gives a status that is not in its published list.", message.MessageId);
        }

        if (await ProblemOfAsync(file, cancellationToken) is { } problem)
        {
            return problem;
        }

        var plan = await PlanAsync(file, cancellationToken);
        if (message.SaysNoStatus)
        {
            // With a single part there is nothing that MESH could still wait for once it knows the message.
            return plan.Count == 1
                ? await AcceptedAsync(file, message.MessageId, verify, cancellationToken)
                : Unknown(file, "MESH knows it and gives no status.", message.MessageId);
        }

        return plan.Count == 1
            ? Unknown(file, "MESH waits for further parts of a file that has only one.", message.MessageId)
            : await ChunksAsync(file, plan, message.MessageId, verify, cancellationToken);
    }

    private async Task<SendResult> ChunksAsync(OutboundFile file, SendPlan plan, string messageId, bool verify, CancellationToken cancellationToken)
    {
        for (var chunk = 2; chunk <= plan.Count; chunk++)
        {
            try
            {
                await client.SendChunkAsync(file, plan, messageId, chunk, cancellationToken);
            }
            catch (MeshCallException e) when (e.Failure.Status == 423)
            {
                // Closed to further parts: when the answer to the last one was lost, that is success.
                var message = await client.TrackAsync(messageId, cancellationToken);
                return message is null || message.IsUploading
                    ? Unknown(file, e.Failure.Detail, messageId, e.Failure.Code)
                    : await ContinueAsync(file, message, verify, cancellationToken);
            }
            catch (MeshCallException e) when (e.Failure.Kind == FailureKind.NoAnswer || MeshErrors.RetryOf(e.Failure) == MeshRetry.Backoff && e.Failure.Kind == FailureKind.Answer)
            {
                return Unknown(file, $"Part {plan.Range(chunk)} did not get through. {e.Failure.Detail}", messageId, e.Failure.Code);
            }
            catch (MeshCallException e) when (e.Failure.Kind == FailureKind.Answer && e.Failure.Status != 403)
            {
                return new SendResult(SendOutcome.Refused, messageId, e.Failure.Code, $"Part {plan.Range(chunk)}: {e.Failure.Detail} What was sent of it is never delivered.");
            }
        }

        return await AcceptedAsync(file, messageId, verify, cancellationToken);
    }

    /// <param name="verify">An earlier sending may have arrived as well: MESH is asked whether there are two.</param>
    private async Task<SendResult> AcceptedAsync(OutboundFile file, string messageId, bool verify, CancellationToken cancellationToken)
    {
        if (!verify)
        {
            return new SendResult(SendOutcome.Accepted, messageId);
        }

        try
        {
            var known = await client.TrackByLocalIdAsync(file.LocalId, cancellationToken);
            return known.Several || known.Message is null ? Several(file) with { MessageId = messageId, Outcome = SendOutcome.Accepted } : new SendResult(SendOutcome.Accepted, messageId);
        }
        catch (MeshCallException e)
        {
            return new SendResult(SendOutcome.Accepted, messageId, e.Failure.Code, "It was sent, and whether an earlier attempt arrived as well could not be asked. " + e.Failure.Detail, DuplicateRisk: true);
        }
    }

    private SendResult Several(OutboundFile file) => new(
        CurrentPlan(file).Count == 1 ? SendOutcome.Accepted : SendOutcome.Unknown,
        Detail: $"MESH may hold several messages under our local id {file.LocalId}: the file may be delivered more than once. Ask the MESH service desk, and tell CP-IS.",
        DuplicateRisk: true);

    private static SendResult Unknown(OutboundFile file, string detail, string? messageId, string? code = null) =>
        new(SendOutcome.Unknown, messageId ?? file.Begun?.MessageId, code, detail + " The next run settles it before anything is sent again.");

    private static async Task<SendResult?> ProblemOfAsync(OutboundFile file, CancellationToken cancellationToken)
    {
        try
        {
            if (!File.Exists(file.Path))
            {
                return Outbound.Missing;
            }

            return await DurableFile.HashAsync(file.Path, cancellationToken) == file.Sha256 && new FileInfo(file.Path).Length > 0 ? null : Outbound.Changed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Outbound.Missing;
        }
    }

    private SendPlan CurrentPlan(OutboundFile file) => new(new FileInfo(file.Path) is { Exists: true } found ? found.Length : 0, options.ChunkBytes, options.Compress);

    private async Task<SendPlan> PlanAsync(OutboundFile file, CancellationToken cancellationToken)
    {
        var current = CurrentPlan(file);
        return SendPlan.Parse(await state.GetAsync(PlanKey(file), cancellationToken), current.Length) ?? current;
    }

    private async Task ForgetPlanAsync(OutboundFile file, CancellationToken cancellationToken)
    {
        if (await state.GetAsync(PlanKey(file), cancellationToken) is not null)
        {
            await state.SetAsync(PlanKey(file), null, cancellationToken);
        }
    }

    private static string PlanKey(OutboundFile file) => "mesh-api/sending/" + file.LocalId;
}
