using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Explanation;
using CpIs.Domain.Values;

namespace CpIs.Batch.Report;

/// <summary>Writes a report as one page: no script, nothing from elsewhere, the same bytes for the same data.</summary>
internal sealed class ReportPage
{
    private static readonly string s_style = Style();
    private static readonly string[] s_weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    private static readonly string[] s_decisions = ["new", "update", "end", "remove"];

    private static readonly (string Id, string Title)[] s_sections =
    [
        ("tonight", "What changed"), ("shared", "Who is shared"), ("withheld", "Withheld"), ("numbers", "NHS numbers"), ("rejections", "Rejections"),
        ("accesses", "Accesses"), ("patterns", "Access patterns"), ("files", "Files without an answer"), ("notes", "How to read this"),
    ];

    private readonly HtmlText _page = new();
    private readonly Plots _plots;
    private readonly ReportData _data;

    private ReportPage(ReportData data)
    {
        _data = data;
        _plots = new Plots(_page);
    }

    private bool IsIdentified => _data.Identified is not null;

    /// <summary>The page in UTF-8.</summary>
    public static byte[] Write(ReportData data) => Encoding.UTF8.GetBytes(new ReportPage(data).Write());

    private string Write()
    {
        Head();
        Summary();
        Section("tonight", Tonight);
        Section("shared", Shared);
        Section("withheld", Withheld);
        Section("numbers", Numbers);
        Section("rejections", Rejections);
        Section("accesses", Accesses);
        Section("patterns", Patterns);
        Section("files", Files);
        Section("notes", Notes);
        _page.Add($"</main><footer><p>CP-IS morning report of {_data.Council} for {_data.AsOf}, written by cpis {Version()}. Confidential: for the council's own use.</p></footer></body></html>");
        return _page.ToString();
    }

    private void Head()
    {
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(s_style)));
        _page.Add($"<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">");
        _page.Add($"<title>CP-IS morning report, {_data.AsOf}</title>").AddStyle(s_style).Add($"</head><body><a class=\"skip\" href=\"#main\">Skip to the report</a>");
        _page.Add($"<header><h1>CP-IS morning report</h1><p class=\"soft\">{_data.Council}, {_data.AsOf.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture)}</p></header><nav aria-label=\"Sections\"><ul>");
        foreach (var (id, title) in s_sections)
        {
            _page.Add($"<li><a href=\"#{id}\">{title}</a></li>");
        }

        _page.Add($"</ul></nav><main id=\"main\">");
        if (_data.Identified is { } identified)
        {
            _page.Add($"<div class=\"notice\" role=\"note\"><p><strong>This page shows names, birth dates and NHS numbers.</strong> It was asked for by {identified.User}, which is recorded as entry {identified.TrailId} of the trail. Handle it as part of the children's files, and delete it when it is read.</p></div>");
        }

        if (_data.Tonight is null)
        {
            _page.Add($"<div class=\"notice\" role=\"note\"><p><strong>There was no night in the last {ReportGatherer.TrendDays} days.</strong> The figures say only what CP-IS was told before.</p></div>");
        }
        else if (_data.Tonight.AsOf < _data.AsOf)
        {
            _page.Add($"<div class=\"notice\" role=\"note\"><p><strong>The last night was that of {_data.Tonight.AsOf}.</strong> What has changed since is not told to CP-IS yet.</p></div>");
        }

        if (_data.IsRunning)
        {
            _page.Add($"<div class=\"notice\" role=\"note\"><p>A run was at work or had been broken off when this page was made: some figures may be of before it and some of after.</p></div>");
        }

        if (_data.Needs.Any)
        {
            _page.Add($"<div class=\"notice\" role=\"note\"><p><strong>Something needs an operator</strong> (<code>cpis status</code>):</p><ul>");
            foreach (var (type, number) in _data.Needs.RoleAlerts.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                _page.Add($"<li>{Count(number, "open role alert", "open role alerts")}: {type}</li>");
            }

            if (_data.Needs.Rejected > 0)
            {
                _page.Add($"<li>{Count(_data.Needs.Rejected, "record", "records")} refused by CP-IS and unchanged since</li>");
            }

            if (_data.Needs.Refused > 0)
            {
                _page.Add($"<li>{Count(_data.Needs.Refused, "file", "files")} refused by the transport</li>");
            }

            if (_data.Needs.Stuck > 0)
            {
                _page.Add($"<li>{Count(_data.Needs.Stuck, "file", "files")} not taken by the transport for long</li>");
            }

            _page.Add($"</ul></div>");
        }
    }

    private void Summary()
    {
        var latest = _data.MatchRate.Latest?.Rate;
        _page.Add($"<h2 id=\"summary\">At a glance</h2><dl class=\"tiles\">");
        var waiting = _data.Shared.Where(s => !s.IsConfirmed).Sum(s => s.Number);
        Tile(
            $"records that CP-IS confirmed and shows{(waiting > 0 ? $"; {Number(waiting)} more told, answer awaited" : string.Empty)}",
            Number(_data.Shared.Where(s => s.IsConfirmed).Sum(s => s.Number)), string.Empty);
        Tile("withheld", Number(_data.Withheld.Totals.LastOrDefault(t => t is not null) ?? 0), string.Empty);
        Tile("of people in scope have a usable NHS number", latest is { } rate ? Rate(rate) : "no figure", latest is null ? string.Empty : latest < _data.MatchRate.Floor ? "bad" : "good");
        Tile("children without an NHS number", Number(_data.Missing.People.Total), string.Empty);
        Tile("records refused and unchanged", Number(_data.Rejections.Standing.Total), _data.Rejections.Standing.Total > 0 ? "bad" : "good");
        Tile("files without an answer", Number(_data.Unanswered.Files.Total), string.Empty);
        _page.Add($"</dl>");
    }

    private void Tile(string what, string figure, string mood) => _page.Add($"<div><dt>{what}</dt><dd class=\"{mood}\">{figure}</dd></div>");

    private void Tonight()
    {
        if (_data.Tonight is not { } night)
        {
            _page.Add($"<p>There was no night to tell of.</p>");
            return;
        }

        _page.Add($"<p>Night of {night.AsOf}, run <code>{night.RunId}</code>, {(night.ExitCode is { } code ? $"ended with exit code {Number(code)}" : "not ended")}.</p>");
        var sent = _data.Changes.Sent;
        _page.Add($"<table><caption>Records put into files, by kind of plan</caption><thead><tr><th scope=\"col\">Kind of plan</th>");
        foreach (var decision in s_decisions)
        {
            _page.Add($"<th scope=\"col\" class=\"n\">{decision}</th>");
        }

        _page.Add($"</tr></thead><tbody>");
        foreach (var type in PlanType.All)
        {
            _page.Add($"<tr><th scope=\"row\">{Plan(type)}</th>");
            foreach (var decision in s_decisions)
            {
                _page.Add($"<td class=\"n\">{sent.Where(s => s.PlanType == type && s.Decision == decision).Sum(s => s.Number)}</td>");
            }

            _page.Add($"</tr>");
        }

        _page.Add($"</tbody></table>");
        var removals = sent.Where(s => s.Decision == "remove").GroupBy(s => s.Reason, StringComparer.Ordinal)
            .Select(g => new Band(ReasonWords.Of(g.Key), g.Sum(s => s.Number))).OrderByDescending(b => b.Number).ThenBy(b => b.Label, StringComparer.Ordinal).ToList();
        if (removals.Count > 0)
        {
            Table("Why records were taken off", "Reason", "Records", removals);
        }

        if (_data.Changes.Files.Count > 0)
        {
            _page.Add($"<table><caption>Files</caption><thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Records</th><th scope=\"col\">Where it stands</th></tr></thead><tbody>");
            foreach (var file in _data.Changes.Files)
            {
                _page.Add($"<tr><th scope=\"row\">{file.Number.ToString()}</th><td class=\"n\">{file.Records}</td><td>{file.Status}</td></tr>");
            }

            _page.Add($"</tbody></table>");
        }

        _page.Add($"<p>{Count(_data.Changes.Accesses, "access", "accesses")} added to the audit.</p>");
        if (_data.Changes.Alerts.Count > 0)
        {
            Table("Alerts raised, one for each recipient", "Alert", "Number", [.. _data.Changes.Alerts.Select(a => new Band(a.Key, a.Value))]);
        }
    }

    private void Shared()
    {
        long Of(PlanType type, bool ended) => _data.Shared.Where(s => s.PlanType == type && s.IsEnded == ended).Sum(s => s.Number);
        long Waiting(PlanType? type) => _data.Shared.Where(s => (type is null || s.PlanType == type) && !s.IsConfirmed).Sum(s => s.Number);
        Figure("Records that CP-IS shows, by kind of plan", [.. PlanType.All.Select(t => new Band(Plan(t), Of(t, false) + Of(t, true)))], table: false);
        _page.Add($"<table><caption>Records that CP-IS shows on {_data.AsOf}, by what it was told and has not refused</caption><thead><tr><th scope=\"col\">Kind of plan</th><th scope=\"col\" class=\"n\">Open</th><th scope=\"col\" class=\"n\">Ended, still shown</th><th scope=\"col\" class=\"n\">All</th><th scope=\"col\" class=\"n\">Of these, answer awaited</th></tr></thead><tbody>");
        foreach (var type in PlanType.All)
        {
            _page.Add($"<tr><th scope=\"row\">{Plan(type)}</th><td class=\"n\">{Of(type, false)}</td><td class=\"n\">{Of(type, true)}</td><td class=\"n\">{Of(type, false) + Of(type, true)}</td><td class=\"n\">{Waiting(type)}</td></tr>");
        }

        _page.Add($"</tbody><tfoot><tr><th scope=\"row\">All</th><td class=\"n\">{PlanType.All.Sum(t => Of(t, false))}</td><td class=\"n\">{PlanType.All.Sum(t => Of(t, true))}</td><td class=\"n\">{_data.Shared.Sum(s => s.Number)}</td><td class=\"n\">{Waiting(null)}</td></tr></tfoot></table>");
    }

    private void Withheld()
    {
        var reasons = _data.Withheld.Reasons;
        if (reasons.Count == 0)
        {
            _page.Add($"<p>Nothing was withheld in the last {ReportGatherer.TrendDays} days.</p>");
            return;
        }

        _page.Add($"<figure><figcaption>All records withheld, night by night</figcaption>");
        _plots.Columns("All records withheld, night by night", $"{Trend(_data.Withheld.Totals)} The figures are in the tables below.", _data.Days, _data.Withheld.Totals);
        _page.Add($"</figure><table><caption>By reason, over the last {ReportGatherer.TrendDays} days</caption><thead><tr><th scope=\"col\">Reason</th><th scope=\"col\" class=\"n\">Last night</th><th scope=\"col\" class=\"n\">First night</th><th scope=\"col\">Trend</th></tr></thead><tbody>");
        foreach (var reason in reasons)
        {
            _page.Add($"<tr><th scope=\"row\">{ReasonWords.Of(reason.Reason)}<br><code class=\"soft\">{reason.Reason}</code></th><td class=\"n\">{reason.Latest}</td><td class=\"n\">{reason.First}</td><td class=\"trend\">");
            _plots.Spark($"Trend of {reason.Reason}", reason.ByDay);
            _page.Add($"</td></tr>");
        }

        _page.Add($"</tbody></table>");
        Daily("Withheld by reason, every night", "withheld-daily", [.. reasons.Select(r => r.Reason), "all"], i =>
            _data.Withheld.Totals[i] is { } total ? [.. reasons.Select(r => Number(r.ByDay[i] ?? 0)), Number(total)] : null);
    }

    private void Numbers()
    {
        var rates = _data.MatchRate.ByDay.Select(f => f?.Rate).ToList();
        _page.Add($"<h3>Match rate</h3>");
        if (_data.MatchRate.Latest is { Rate: { } latest } figure)
        {
            _page.Add($"<p><strong>{Rate(latest)}</strong> ({figure.Matched} of {figure.InScope} people in scope) have a usable NHS number; {Rate(_data.MatchRate.Floor)} is wanted, and {(latest < _data.MatchRate.Floor ? "this is below it" : "this reaches it")}.</p><figure><figcaption>Match rate, night by night (dashed: {Rate(_data.MatchRate.Floor)})</figcaption>");
            _plots.Line("NHS number match rate, night by night", $"The last is {Rate(latest)}; {Rate(_data.MatchRate.Floor)} is wanted. The figures are in the table below.", _data.Days, rates, _data.MatchRate.Floor);
            _page.Add($"</figure>");
            Daily("Match rate, every night", "match-daily", ["in scope", "usable number", "rate"], i => _data.MatchRate.ByDay[i] is { } f
                ? [Number(f.InScope), Number(f.Matched), f.Rate is { } rate ? Rate(rate) : "nobody in scope"]
                : null);
        }
        else
        {
            _page.Add($"<p>There is no figure of the last {ReportGatherer.TrendDays} days.</p>");
        }

        _page.Add($"<h3>Missing numbers</h3>");
        if (_data.Missing.People.Total == 0)
        {
            _page.Add($"<p>Nobody's number is missing.</p>");
            return;
        }

        Figure("Children without an NHS number, by days outstanding", _data.Missing.Bands);
        PeopleTable("The longest outstanding", ["Since", "Days", "Alert"], [false, true, false], _data.Missing.People, p => p.PersonId, p =>
            [Day(p.Since), Number(_data.AsOf.DayNumber - p.Since.DayNumber), p.IsOpen ? "open" : "completed, number still missing"]);
    }

    private void Rejections()
    {
        var codes = _data.Rejections.ByCode;
        if (codes.Total == 0)
        {
            _page.Add($"<p>CP-IS refused no record in the last {ReportGatherer.TrendDays} days.</p>");
            return;
        }

        Figure($"Rejections of the last {ReportGatherer.TrendDays} days, by code", [.. codes.Items.Select(c => new Band(c.Code ?? "no code", c.Number))], table: false);
        _page.Add($"<table><caption>By code</caption><thead><tr><th scope=\"col\">Code</th><th scope=\"col\">What it means</th><th scope=\"col\" class=\"n\">Last {ReportGatherer.TrendDays} days</th><th scope=\"col\" class=\"n\">Still stand</th></tr></thead><tbody>");
        foreach (var code in codes.Items)
        {
            _page.Add($"<tr><th scope=\"row\"><bdi>{code.Code ?? "no code"}</bdi></th><td>{RecordCodes.Problem(code.Code, ofMother: false)}</td><td class=\"n\">{code.Number}</td><td class=\"n\">{code.Standing}</td></tr>");
        }

        _page.Add($"</tbody></table>");
        LeftOut(codes.LeftOut, "code", "codes");
        if (_data.Rejections.Standing.Total > 0)
        {
            PeopleTable("Records that stand refused", ["Plan", "From", "File", "Code"], [false, false, false, false], _data.Rejections.Standing, p => p.PersonId, p =>
                [p.PlanType.Code, Day(p.Start), p.FileNumber.ToString("D6", CultureInfo.InvariantCulture), p.Code ?? "no code"]);
        }
    }

    private void Accesses()
    {
        var accesses = _data.Accesses;
        if (accesses.WithoutPerson > 0)
        {
            _page.Add($"<p>{Count(accesses.WithoutPerson, "access matches", "accesses match")} nobody yet; each has its alert to the duty role.</p>");
        }

        if (accesses.Total == 0)
        {
            _page.Add($"<p>Nobody accessed a record in the last {ReportGatherer.TrendDays} days.</p>");
            return;
        }

        _page.Add($"<p>{Count(accesses.Total, "access", "accesses")} in the last {ReportGatherer.TrendDays} days. That a record was accessed does not say why, nor what happened to the child.</p><div class=\"side\"><div>");
        Figure("Kind of service, as far as the organisation's own name says it", accesses.Kinds);
        _page.Add($"</div><div>");
        Figure("Job role, as given", accesses.Roles.Items, hostile: true);
        LeftOut(accesses.Roles.LeftOut, "role", "roles");
        _page.Add($"</div></div>");
        Figure("Organisations", accesses.Organisations.Items, hostile: true);
        LeftOut(accesses.Organisations.LeftOut, "organisation", "organisations");

        var busiest = Enumerable.Range(0, 7 * 24).MaxBy(i => accesses.Grid[i / 24][i % 24]);
        _page.Add($"<figure><figcaption>By weekday and hour (London time); the stronger the colour, the more</figcaption>");
        _plots.Grid(
            "Accesses by weekday and hour, London time",
            $"The most, {Number(accesses.Grid[busiest / 24][busiest % 24])}, on {s_weekdays[busiest / 24]}s between {HourSpan(busiest % 24)}. The figures are in the table below.",
            accesses.Grid);
        _page.Add($"</figure>");
        if (accesses.WithoutTime > 0)
        {
            _page.Add($"<p>{Count(accesses.WithoutTime, "access", "accesses")} of which only the day was told {(accesses.WithoutTime == 1 ? "is" : "are")} not in it.</p>");
        }

        _page.Add($"<details><summary>By weekday and hour: the figures</summary><div class=\"scroll\" role=\"region\" aria-label=\"Accesses by weekday and hour\" tabindex=\"0\"><table><caption>Accesses by weekday and hour, London time</caption><thead><tr><th scope=\"col\">Hour</th>");
        foreach (var day in s_weekdays)
        {
            _page.Add($"<th scope=\"col\" class=\"n\">{day}</th>");
        }

        _page.Add($"</tr></thead><tbody>");
        for (var hour = 0; hour < 24; hour++)
        {
            _page.Add($"<tr><th scope=\"row\">{HourSpan(hour)}</th>");
            for (var day = 0; day < 7; day++)
            {
                _page.Add($"<td class=\"n\">{accesses.Grid[day][hour]}</td>");
            }

            _page.Add($"</tr>");
        }

        _page.Add($"</tbody></table></div></details>");
    }

    private void Patterns()
    {
        if (_data.Patterns.Total == 0)
        {
            _page.Add($"<p>Nobody's accesses made a pattern in the last 30 days.</p>");
            return;
        }

        _page.Add($"<p>{Count(_data.Patterns.Total, "person", "people")} whose record was accessed several times, or by several organisations, within a short time.</p>");
        PeopleTable("Access patterns of the last 30 days", ["Newest alert", "Accesses", "Services"], [false, true, true], _data.Patterns, p => p.PersonId, p =>
            [Day(p.On), Number(p.Accesses), Number(p.Organisations)]);
    }

    private void Files()
    {
        if (_data.Unanswered.Files.Total == 0)
        {
            _page.Add($"<p>Every file that was sent has its answer.</p>");
            return;
        }

        Figure("Files without an answer, by the days since they were sent", _data.Unanswered.Bands);
        _page.Add($"<table><caption>The oldest</caption><thead><tr><th scope=\"col\">File</th><th scope=\"col\" class=\"n\">Records</th><th scope=\"col\">Sent on</th><th scope=\"col\" class=\"n\">Days</th></tr></thead><tbody>");
        foreach (var file in _data.Unanswered.Files.Items)
        {
            _page.Add($"<tr><th scope=\"row\">{file.Number.ToString()}</th><td class=\"n\">{file.Records}</td><td>{file.ToldOn}</td><td class=\"n\">{file.Days}</td></tr>");
        }

        _page.Add($"</tbody></table>");
        LeftOut(_data.Unanswered.Files.LeftOut, "file", "files");
    }

    private void Notes()
    {
        _page.Add($"<ul><li>Days are London days up to {_data.AsOf}. A night that was restricted to some people is not in the trends; a day without a night is a gap.</li>");
        _page.Add($"<li>\"CP-IS shows\" is what CP-IS was told and has not refused, minus what was taken off and what is no longer shown by age of its end.</li>");
        _page.Add($"<li>The kind of service is taken from words in the organisation's own name and from nothing else; codes of organisations do not say it.</li>");
        _page.Add($"<li>An access through a mother's number that reaches several children's files counts once.</li>");
        _page.Add($"<li><code>cpis explain --person ID</code> says for one person why they are, or are not, on CP-IS.</li></ul>");
    }

    private void Section(string id, Action content)
    {
        var title = Array.Find(s_sections, s => s.Id == id).Title;
        _page.Add($"<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2>");
        content();
        _page.Add($"</section>");
    }

    /// <summary>Bars with their table behind them.</summary>
    /// <param name="table">False where a fuller table follows.</param>
    /// <param name="hostile">True when the labels come from messages: they are set apart from the text around them.</param>
    private void Figure(string title, IReadOnlyList<Band> bands, bool table = true, bool hostile = false)
    {
        var most = bands.MaxBy(b => b.Number)!;
        _page.Add($"<figure class=\"bars\"><figcaption>{title}</figcaption>");
        _plots.Bars(title, $"{Count(bands.Count, "bar", "bars")}; the longest is {most.Label} with {Number(most.Number)}. The figures are in the table that follows.", bands);
        _page.Add($"</figure>");
        if (table)
        {
            _page.Add($"<details><summary>{title}: the figures</summary>");
            Table(title, "Group", "Number", bands, hostile);
            _page.Add($"</details>");
        }
    }

    private void Table(string caption, string what, string number, IReadOnlyList<Band> rows, bool hostile = false)
    {
        _page.Add($"<table class=\"pairs\"><caption>{caption}</caption><thead><tr><th scope=\"col\">{what}</th><th scope=\"col\" class=\"n\">{number}</th></tr></thead><tbody>");
        foreach (var row in rows)
        {
            if (hostile)
            {
                _page.Add($"<tr><th scope=\"row\"><bdi>{row.Label}</bdi></th><td class=\"n\">{row.Number}</td></tr>");
            }
            else
            {
                _page.Add($"<tr><th scope=\"row\">{row.Label}</th><td class=\"n\">{row.Number}</td></tr>");
            }
        }

        _page.Add($"</tbody></table>");
    }

    /// <summary>A list of people by their local ids; with <c>--identified</c> also by name, birth date and number.</summary>
    private void PeopleTable<T>(string caption, string[] columns, bool[] isNumber, Capped<T> people, Func<T, string> id, Func<T, string[]> cells)
    {
        _page.Add($"<table><caption>{caption}</caption><thead><tr><th scope=\"col\">Person</th>");
        for (var i = 0; i < columns.Length; i++)
        {
            _page.Add($"<th scope=\"col\" class=\"{(isNumber[i] ? "n" : string.Empty)}\">{columns[i]}</th>");
        }

        _page.Add($"</tr></thead><tbody>");
        foreach (var person in people.Items)
        {
            _page.Add($"<tr><th scope=\"row\"><bdi>{id(person)}</bdi>");
            if (IsIdentified)
            {
                var who = _data.Identified!.ById.GetValueOrDefault(id(person));
                _page.Add($"<br><bdi>{(who is null ? "not in the care database" : $"{who.FamilyName}, {who.GivenNames}")}</bdi>");
                _page.Add($"<br><span class=\"soft\">{(who is null ? string.Empty : $"born {who.DateOfBirth ?? "(not entered)"}, NHS number {(string.IsNullOrWhiteSpace(who.NhsNumber) ? "(none)" : who.NhsNumber)}")}</span>");
            }

            _page.Add($"</th>");
            var values = cells(person);
            for (var i = 0; i < values.Length; i++)
            {
                _page.Add($"<td class=\"{(isNumber[i] ? "n" : string.Empty)}\"><bdi>{values[i]}</bdi></td>");
            }

            _page.Add($"</tr>");
        }

        _page.Add($"</tbody></table>");
        LeftOut(people.LeftOut, "person or record", "people or records");
    }

    /// <summary>The figures of a trend, newest day first, in a box that scrolls by itself.</summary>
    /// <param name="row">The cells of a day; null for a day without a night.</param>
    private void Daily(string title, string id, IReadOnlyList<string> columns, Func<int, IReadOnlyList<string>?> row)
    {
        _page.Add($"<details class=\"daily\"><summary>{title}</summary><div class=\"scroll\" role=\"region\" aria-labelledby=\"{id}\" tabindex=\"0\"><table><caption id=\"{id}\">{title}, the newest first</caption><thead><tr><th scope=\"col\">Night of</th>");
        foreach (var column in columns)
        {
            _page.Add($"<th scope=\"col\" class=\"n\">{column}</th>");
        }

        _page.Add($"</tr></thead><tbody>");
        for (var i = _data.Days.Count - 1; i >= 0; i--)
        {
            if (row(i) is not { } cells)
            {
                continue;
            }

            _page.Add($"<tr><th scope=\"row\">{_data.Days[i]}</th>");
            foreach (var cell in cells)
            {
                _page.Add($"<td class=\"n\">{cell}</td>");
            }

            _page.Add($"</tr>");
        }

        _page.Add($"</tbody></table></div></details>");
    }

    private void LeftOut(long number, string one, string many)
    {
        if (number > 0)
        {
            _page.Add($"<p class=\"soft\">{Count(number, one, many)} more {(number == 1 ? "is" : "are")} left out here.</p>");
        }
    }

    private static string Trend(IReadOnlyList<long?> numbers)
    {
        var given = numbers.OfType<long>().ToList();
        return given.Count == 0 ? "There is no figure." : $"From {Number(given[0])} on the first night to {Number(given[^1])} on the last, between {Number(given.Min())} and {Number(given.Max())}.";
    }

    private static string Plan(PlanType type) =>
        type == PlanType.Cpp ? "Child protection plan (CPP)" : type == PlanType.Lac ? "Looked-after child (LAC)" : "Unborn child's plan (UCPP)";

    private static string HourSpan(int hour) => string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00 and {(hour + 1) % 24:00}:00");

    private static string Day(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    private static string Count(long number, string one, string many) => $"{Number(number)} {(number == 1 ? one : many)}";

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Cut, not rounded: a rate below the floor must not read as one that reaches it.</summary>
    private static string Rate(decimal rate) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(rate * 1000) / 10:0.#}%");

    private static string Version() => typeof(ReportPage).Assembly.GetName().Version is { } v ? v.ToString(3) : string.Empty;

    private static string Style()
    {
        using var reader = new StreamReader(typeof(ReportPage).Assembly.GetManifestResourceStream("report.css")!);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
