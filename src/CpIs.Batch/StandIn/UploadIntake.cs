using CpIs.Batch.Commands;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages;
using CpIs.Messages.Hl7v3;

namespace CpIs.Batch.StandIn;

/// <summary>What became of the records of an upload.</summary>
internal readonly record struct IntakeTally(int Loaded, int Removed, int Rejected);

/// <summary>How uploads are met.</summary>
/// <param name="Fallback">The council as configured, for an upload that does not say whose it is.</param>
/// <param name="ForcedFileCode">Answer with this code and load nothing; null = as the file deserves.</param>
/// <param name="TakesAnyNumber">False refuses numbers that could be a real person's.</param>
internal sealed record IntakeSettings(RuleSettings Rules, Authority Fallback, string? ForcedFileCode, bool TakesAnyNumber);

/// <summary>
/// Takes one upload: checks it as CP-IS would, loads what is good and notes how it is to be answered. One record is in memory at a time.
/// Runs in the caller's transaction.
/// </summary>
internal sealed class UploadIntake(StandInStore store, RecordJudge judge, IntakeSettings settings)
{
    /// <summary>Numbers that begin so are never given to patients.</summary>
    private const string TestRange = "999";

    /// <summary>Where the upload reader finds faults of the sender. CP-IS checks the sender with every record, so that they are faults of all.</summary>
    private const string SenderPath = "/File/communicationFunctionSnd";

    private readonly long _uploadId = store.NextUploadId();
    private readonly List<string> _senderFaults = [];
    private UploadHead? _head;
    private SequenceNumber? _number;
    private bool _isNumberUsed;
    private bool _isBroken;
    private IntakeTally _tally;

    private string OdsCode => _head?.OdsCode ?? settings.Fallback.OdsCode;

    private bool LoadsNothing => settings.ForcedFileCode is not null || _isBroken || _isNumberUsed;

    /// <param name="content">The upload; seekable.</param>
    /// <param name="sourceName">Its name in the council's folder.</param>
    /// <param name="takenName">Its name in the stand-in's own.</param>
    /// <exception cref="UsageException">It carries a number outside the test range, and that is not allowed.</exception>
    public (TakenUpload Upload, IntakeTally Tally) Take(Stream content, string sourceName, string takenName, string sha256, DateTimeOffset now)
    {
        const string BeforeLoading = "before_loading";
        store.Mark(BeforeLoading);
        foreach (var part in Hl7v3UploadReader.Read(content))
        {
            Take(part, sourceName);
            if (_isBroken && _head is not null)
            {
                break;
            }
        }

        if (LoadsNothing)
        {
            store.BackTo(BeforeLoading);
            _tally = default;
        }

        var processed = _tally.Loaded + _tally.Removed + _tally.Rejected;
        var upload = new TakenUpload
        {
            UploadId = _uploadId,
            Sha256 = sha256,
            SourceName = sourceName,
            TakenName = takenName,
            TakenAt = StandInText.Of(now),
            OdsCode = OdsCode,
            CouncilName = _head?.Name ?? settings.Fallback.Name,
            OfficePhone = _head?.OfficePhone,
            DutyPhone = _head?.EmergencyDutyPhone ?? settings.Fallback.EmergencyDutyPhone,
            FileNumber = _number?.Value,
            StatedNumber = _number is null ? "-1" : _head!.FileNumber!,
            FileCode = FileCode(),
            Processed = _head is null ? null : processed,
            Successful = _tally.Loaded + _tally.Removed,
            Failed = _tally.Rejected,
        };
        store.Add(upload);
        return (upload, _tally);
    }

    private string FileCode() => settings.ForcedFileCode ?? (
        _isBroken ? AnswerCodes.FileLevelError
        : _isNumberUsed || _tally.Loaded + _tally.Removed == 0 ? AnswerCodes.NotLoaded
        : _tally.Rejected == 0 ? AnswerCodes.Loaded
        : AnswerCodes.LoadedInPart);

    private void Take(UploadPart part, string sourceName)
    {
        switch (part)
        {
            case UploadHead head:
                _head = head;
                _number = SequenceNumber.TryParse(head.FileNumber, out var number) ? number : null;
                _isNumberUsed = _number is not null && store.IsFileNumberUsed(OdsCode, number.Value);
                break;
            case UploadFileFault { Fault: { Kind: UploadFaultKind.Content, Where: SenderPath } fault }:
                _senderFaults.Add(fault.Problem);
                break;
            case UploadFileFault:
                _isBroken = true;
                break;
            case UploadEntry entry:
                RefuseRealNumber(entry.Claim, sourceName);
                _isBroken |= entry.Faults.Any(f => f.Kind == UploadFaultKind.Malformed);
                if (!LoadsNothing)
                {
                    Load(entry);
                }

                break;
            default:
                break;
        }
    }

    private void Load(UploadEntry entry)
    {
        var verdict = judge.Judge(entry, _senderFaults.Count == 0 ? null : string.Join(' ', _senderFaults));
        if (!verdict.IsLoaded)
        {
            store.Reject(_uploadId, entry.Number, verdict.Code, verdict.Detail);
            _tally = _tally with { Rejected = _tally.Rejected + 1 };
        }
        else if (entry.Record!.DeleteDate is null)
        {
            store.Hold(RowOf(entry.Record));
            _tally = _tally with { Loaded = _tally.Loaded + 1 };
        }
        else
        {
            var key = entry.Record.Key;
            store.Remove(OdsCode, key.NhsNumber.Value, key.PlanType.Code, StandInText.Of(key.Start));
            _tally = _tally with { Removed = _tally.Removed + 1 };
        }
    }

    private HeldRecord RowOf(UploadRecord record) => new()
    {
        OdsCode = OdsCode,
        NhsNumber = record.Key.NhsNumber.Value,
        PlanType = record.Key.PlanType.Code,
        StartDate = StandInText.Of(record.Key.Start),
        EndDate = record.Content.End is { } end ? StandInText.Of(end) : null,
        VisibleUntil = Visibility.Until(record.Key.PlanType, record.Content.End, settings.Rules) is { } until ? StandInText.Of(until) : null,
        FamilyName = record.Content.FamilyName,
        GivenName = record.Content.GivenName,
        BirthDate = StandInText.Of(record.Content.BirthDate),
        LocalPersonId = record.Content.LocalPersonId.Length == 0 ? null : record.Content.LocalPersonId,
        UploadId = _uploadId,
    };

    /// <summary>Whoever starts the stand-in on a live system by mistake would otherwise take children's records away from CP-IS.</summary>
    private void RefuseRealNumber(UploadClaim claim, string sourceName)
    {
        if (!settings.TakesAnyNumber
            && NhsNumber.TryParse(claim.NhsNumber, out var number)
            && !number.Value.StartsWith(TestRange, StringComparison.Ordinal))
        {
            throw new UsageException(
                $"{sourceName} carries NHS numbers outside the range 999, which may be real people's; it was left where it is. "
                + "simulate stands in for CP-IS on trial systems only. If this is one, run it with --any-number.");
        }
    }
}
