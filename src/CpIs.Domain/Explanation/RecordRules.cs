using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Source;
using CpIs.Domain.Time;
using CpIs.Domain.Values;

namespace CpIs.Domain.Explanation;

/// <summary>The rules that a record meets once its rows ask for it: how rows become one record, its dates, its number, what CP-IS holds.</summary>
internal sealed class RecordRules(Household household, DecisionContext context, IReadOnlyCollection<RecordKey> lapsed)
{
    private DateOnly Today => context.BusinessDate;

    /// <summary>How the rows become one record (rules S4, S6, S7, S9, S14).</summary>
    public static IEnumerable<RuleStep> Joining(WantedRecord wanted, IReadOnlyList<SourceRow> rows, string about)
    {
        var born = wanted.Subject?.DateOfBirth;
        var span = Words.Span(wanted.Span.Start, wanted.Span.End);
        if (wanted.PlanType == PlanType.Lac)
        {
            yield return new RuleStep(
                "S4", about, $"Legal statuses of this child that overlap, or follow each other without a free day: {Words.List(wanted.SourceIds)}.",
                $"{(wanted.SourceIds.Count == 1 ? "It is a record by itself" : "They are one record")}, {span}.");
        }
        else if (wanted.PlanType == PlanType.Cpp)
        {
            yield return new RuleStep(
                "S14", about, $"Plans of this child with the same start: {Words.List(wanted.SourceIds)}.",
                $"{(wanted.SourceIds.Count == 1 ? "It is a record by itself" : "They are one record")}, {span}.");
            if (wanted.DateReason == Reasons.EndedBeforeBirth)
            {
                yield return Stop("S9", about, $"The child was born on {Words.Day(born, "an unknown date")}.", "The plan ended before the birth, so there is no plan of the born child.", Reasons.EndedBeforeBirth);
            }
            else if (born is { } birth && rows.Any(r => r.Start < birth))
            {
                yield return new RuleStep("S9", about, $"The plan was made before the birth on {Words.Day(birth)}.", "It goes on under the child's own number from the birth.");
            }
        }
        else
        {
            yield return new RuleStep(
                "S7", about, $"Plans of this mother's children, made before the birth, that overlap or follow each other: {Words.List(wanted.SourceIds)}.",
                $"{(wanted.SourceIds.Count == 1 ? "It is a record by itself" : "They are one record")}, {span}.");
            yield return new RuleStep(
                "S6", about, "The end is the plan's own end or the expected date of birth (for a child born since, the birth), whichever is earlier, and never before the start.",
                $"It ends on {Words.Day(wanted.Span.End, "no date")}{(wanted.EndIsForecast ? ", which is only the date expected" : string.Empty)}.");
        }
    }

    /// <summary>Whether its dates allow it to be shared (rules S13, S12, S10, S6).</summary>
    public IEnumerable<RuleStep> Dates(WantedRecord wanted, string about)
    {
        if (wanted.PlanType == PlanType.Ucpp)
        {
            yield return new RuleStep("S13", about, "An unborn child's plan.", "The mother's age does not matter.");
        }
        else
        {
            var born = wanted.Subject?.DateOfBirth;
            yield return Visibility.IsAdult(born, Today)
                ? Stop("S13", about, $"Born on {Words.Day(born!.Value)}.", "18 or older: nothing is sent any more; CP-IS closes such records by itself.", Reasons.Aged18)
                : new RuleStep("S13", about, $"Born on {Words.Day(born, "a date that is not known")}.", born is null ? "The age is not known." : "Younger than 18.");
        }

        yield return wanted.Span.Start > Today
            ? Stop("S12", about, $"It starts on {Words.Day(wanted.Span.Start)}.", "It has not started yet and waits for that day.", Reasons.StartsInFuture)
            : new RuleStep("S12", about, $"It starts on {Words.Day(wanted.Span.Start)}.", "It has started.");
        var rule = wanted.PlanType == PlanType.Ucpp ? "S6" : "S10";
        yield return Visibility.Until(wanted.PlanType, wanted.Span.End, context.Settings) is not { } until
            ? new RuleStep(rule, about, "It has no end.", "Shown without limit.")
            : until < Today
                ? Stop(rule, about, $"It ended on {Words.Day(wanted.Span.End!.Value)} and was to be shown until {Words.Day(until)}.", "That time is over.", Reasons.RetentionExpired)
                : new RuleStep(rule, about, $"It ends on {Words.Day(wanted.Span.End!.Value)}.", $"Shown until {Words.Day(until)}.");
    }

    /// <summary>Whether anything can be sent under the subject's number (rules N2, N1, N6, N3, N5, in the order of U4).</summary>
    public IEnumerable<RuleStep> Number(PlanType planType, Person? subject, string about)
    {
        var ofMother = planType == PlanType.Ucpp;
        var whose = ofMother ? "The mother's NHS number" : "The NHS number";
        if (subject is null)
        {
            yield return ofMother
                ? Stop("N2", about, "No mother is linked who is in the care database.", "There is no number to send it under.", Reasons.MotherNotLinked)
                : Stop("N2", about, "There is no person row.", "There is no number to send it under.", Reasons.PersonMissing);
            yield break;
        }

        if (string.IsNullOrWhiteSpace(subject.NhsNumber))
        {
            yield return Stop("N2", about, $"{whose} is not entered.", "Without a number the record cannot be sent.", ofMother ? Reasons.MotherNumberMissing : Reasons.NumberMissing);
            yield break;
        }

        yield return new RuleStep("N2", about, $"{whose} is entered.", "There is a number to send it under.");
        if (NumberRules.NumberOf(subject) is not { } number)
        {
            yield return Stop("N1", about, $"{whose} is not ten digits with a right check digit.", "It is nobody's number.", ofMother ? Reasons.MotherNumberInvalid : Reasons.NumberInvalid);
            yield break;
        }

        yield return new RuleStep("N1", about, $"{whose} has ten digits and a right check digit.", "A possible number.");
        if (household.SharedNumbers.Contains(number))
        {
            yield return Stop("N6", about, "Somebody else whose record is or would be shared has this number too.", "Nobody is told under it until it is known whose it is.", Reasons.NumberDuplicate);
            yield break;
        }

        yield return new RuleStep("N6", about, "Nobody else whose record is or would be shared has this number.", "It is clear whose it is.");
        if (household.InactiveNumbers.Contains(number))
        {
            yield return Stop("N3", about, "The NHS has said that this number is no longer in use.", "Nothing is sent under it; the care database must hold another.", Reasons.NumberInactive);
            yield break;
        }

        yield return new RuleStep("N3", about, "The NHS has not said that the number is out of use.", "It can be used.");
        var missing = NumberRules.Fault(subject, planType.SubjectRole, household);
        yield return missing is not null
            ? Stop("N5", about, ReasonWords.Of(missing), "CP-IS checks names and birth date and would refuse it.", missing)
            : new RuleStep("N5", about, "Family name, first given name and birth date are there.", "CP-IS can check who it is.");
    }

    /// <summary>What CP-IS holds of the record and what follows (rules U2, K1, U9, U1, U4).</summary>
    /// <param name="endsWhatIsHeld">True after a birth (rule S9): what was told and not answered counts as held.</param>
    public IEnumerable<RuleStep> Comparison(WantedRecord wanted, string about, bool endsWhatIsHeld = false)
    {
        var key = wanted.Key!;
        yield return new RuleStep("U2", about, "The council, the NHS number, the kind of plan and the start date.", "They tell this record from every other on CP-IS.");
        var entry = lapsed.Contains(key) ? null : household.Ledger.FirstOrDefault(e => e.Key == key);
        if (entry?.Last is { IsRemoval: false, Outcome: RecordOutcome.Rejected } refused && refused.Content == wanted.Content)
        {
            yield return Stop("K1", about, $"CP-IS refused it in the answer to file {refused.FileNumber}{Code(refused)}, and its content is the same.", "It is not sent again until something changes.", Reasons.UploadRejected);
            yield break;
        }

        var before = entry?.ForComparison(context.Now, context.Settings.AcknowledgementWindow);
        yield return Known(entry, about);
        if (before is null)
        {
            yield return endsWhatIsHeld
                ? Decide("S9", about, "CP-IS was told it and has not answered, and the last of its children has a record of their own.", "The mother's record is ended with the birth.", DecisionKind.End)
                : Decide("U4", about, "It should be on CP-IS, and by what CP-IS was told it is not.", "It is sent as a new record.", DecisionKind.New);
            yield break;
        }

        var differences = Differences(before, wanted);
        if (differences.Count == 0)
        {
            yield return new RuleStep("U1", about, "End date, family name, first given name, birth date and local id.", "The same as CP-IS was told.");
            var waits = before.Outcome == RecordOutcome.Unanswered;
            yield return context.Full
                ? Decide("U8", about, "Everything is to be sent again (--full).", "It is sent as an update.", DecisionKind.Update)
                : waits ? Decide("U9", about, $"File {before.FileNumber} says the same and waits for its answer.", "It is not sent twice: nothing is sent.", DecisionKind.Unchanged)
                : Decide("U4", about, "CP-IS was told it as it is now.", "Nothing is sent.", DecisionKind.Unchanged);
            yield break;
        }

        yield return new RuleStep("U1", about, "End date, family name, first given name, birth date and local id.", $"Other than CP-IS was told: {Words.List(differences)}.");
        var ends = IsClosed(wanted.PlanType, wanted.Span.End, wanted.EndIsForecast) && !IsClosed(wanted.PlanType, before.Content.End, before.EndIsForecast);
        yield return ends
            ? Decide(endsWhatIsHeld ? "S9" : "U4", about, endsWhatIsHeld ? "The last of its children has a record of their own." : "CP-IS holds it as open, and it has ended.", "Its end is sent.", DecisionKind.End)
            : Decide(endsWhatIsHeld ? "S9" : "U4", about, "CP-IS holds it with other details.", "They are sent as an update.", DecisionKind.Update);
    }

    /// <summary>What became of the last thing that CP-IS was told (rules U9, K2).</summary>
    public RuleStep Known(LedgerEntry? entry, string about)
    {
        if (entry?.Last is not { } last)
        {
            return new RuleStep("U9", about, "CP-IS has never been told this record, or what it was told is over.", "There is nothing to compare with.");
        }

        var told = $"{(last.IsRemoval ? "Its removal was" : "It was")} last told in file {last.FileNumber} on {Words.Day(London.DateOf(last.ToldAt))}";
        var confirmed = entry.Confirmed is { } c ? $"what file {c.FileNumber} told counts" : "nothing of it counts as held";
        var hours = context.Settings.AcknowledgementWindow.TotalHours;
        return last.Outcome switch
        {
            RecordOutcome.Confirmed => new RuleStep("U9", about, $"{told}, and CP-IS confirmed it.", last.IsRemoval ? "CP-IS no longer holds it." : "That is what CP-IS holds."),
            RecordOutcome.Rejected => new RuleStep("K1", about, $"{told}, and CP-IS refused it{Code(last)}.", $"What was told before stands: {confirmed}."),
            RecordOutcome.Failed => new RuleStep("K2", about, $"{told}, and that came to nothing: CP-IS took none of the file, or an older file came to it afterwards.", $"It is due again: {confirmed}."),
            _ when context.Now - last.ToldAt >= context.Settings.AcknowledgementWindow =>
                new RuleStep("U9", about, $"{told}, and there was no answer for {hours:0} hours.", $"It counts as lost: {confirmed}."),
            _ => new RuleStep("U9", about, $"{told}, and the answer is awaited.", last.IsRemoval ? "CP-IS counts as holding it no longer." : "It counts as told and is not sent again while it is the same."),
        };
    }

    private static List<string> Differences(LedgerEvent before, WantedRecord wanted)
    {
        var (was, now) = (before.Content, wanted.Content);
        return
        [
            .. was.End != now.End ? [$"end date ({Words.Day(was.End, "none")}, now {Words.Day(now.End, "none")})"] : Array.Empty<string>(),
            .. was.FamilyName != now.FamilyName ? ["family name"] : Array.Empty<string>(),
            .. was.GivenName != now.GivenName ? ["first given name"] : Array.Empty<string>(),
            .. was.BirthDate != now.BirthDate ? ["birth date"] : Array.Empty<string>(),
            .. was.LocalPersonId != now.LocalPersonId ? ["local person id"] : Array.Empty<string>(),
        ];
    }

    private static bool IsClosed(PlanType planType, DateOnly? end, bool isForecast) => planType == PlanType.Ucpp ? !isForecast : end is not null;

    private static string Code(LedgerEvent refused) => refused.RejectionCode is { } code ? $" ({code})" : string.Empty;

    private static RuleStep Stop(string rule, string about, string input, string outcome, string reason) =>
        new(rule, about, input, outcome, reason, DecisionKind.Withheld);

    private static RuleStep Decide(string rule, string about, string input, string outcome, DecisionKind kind) => new(rule, about, input, outcome, string.Empty, kind);
}
