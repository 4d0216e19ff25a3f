using CpIs.Domain.Exchange;
using CpIs.Domain.Values;

namespace CpIs.Messages.Hl7v3;

/// <summary>The blocks that an upload and its acknowledgement share (reference sections b and c).</summary>
internal static class SubjectXml
{
    public static async Task WriteOrganisationAsync(Hl7Writer xml, string function, Authority authority)
    {
        await xml.StartAsync(function, "organisation");
        await xml.EmptyAsync("id", ("root", Wire.OrganisationRoot), ("extension", authority.OdsCode));
        await xml.TextAsync("name", authority.Name);
        if (authority.OfficePhone is { } office)
        {
            await xml.EmptyAsync("telecom", ("use", Wire.OfficeUse), ("value", Wire.TelephoneScheme + office));
        }

        await xml.EmptyAsync("telecom", ("use", Wire.EmergencyDutyUse), ("value", Wire.TelephoneScheme + authority.EmergencyDutyPhone));
        await xml.EndAsync(levels: 2);
    }

    public static async Task WritePlanAsync(Hl7Writer xml, UploadClaim claim)
    {
        if (claim.PlanType is null)
        {
            return;
        }

        var block = Wire.BlockOf(claim.PlanType);
        await xml.StartAsync("pertinentInformation");
        await xml.ContentIdAsync(block.Template);
        await xml.StartAsync(block.Template.Element);
        await WriteDateAsync(xml, "component", block.Start, claim.StartDate);
        await WriteDateAsync(xml, "component1", block.End, claim.EndDate);
        await WriteDateAsync(xml, "component2", block.Delete, claim.DeleteDate);
        await xml.EndAsync(levels: 2);
    }

    public static async Task WriteSubjectAsync(Hl7Writer xml, UploadClaim claim, Authority authority)
    {
        if (claim.SubjectRole is not { } role)
        {
            return;
        }

        var template = Wire.SubjectOf(role);
        await xml.StartAsync("subject");
        await xml.ContentIdAsync(template);
        await xml.StartAsync(template.Element);
        if (role == SubjectRole.Mother)
        {
            await xml.StartAsync("parentMotherPerson");
            await WritePersonAsync(xml, claim);
            await xml.StartAsync("playedMother");
            await WriteIdsAsync(xml, "id", claim.NhsNumber, claim.LocalPersonId, authority.OdsCode, authority.Name);
            await xml.EndAsync(levels: 2);
        }
        else
        {
            await WriteIdsAsync(xml, "id", claim.NhsNumber, claim.LocalPersonId, authority.OdsCode, authority.Name);
            await xml.StartAsync("childPerson");
            await WritePersonAsync(xml, claim);
            await xml.EndAsync();
        }

        await xml.EndAsync(levels: 2);
    }

    /// <summary>NHS number and local person id of a person, each where there is one, in elements of the name given.</summary>
    public static async Task WriteIdsAsync(Hl7Writer xml, string element, string? nhsNumber, string? localPersonId, string odsCode, string council)
    {
        if (nhsNumber is not null)
        {
            await xml.EmptyAsync(element, ("root", Wire.NhsNumberRoot), ("extension", nhsNumber));
        }

        if (!string.IsNullOrWhiteSpace(localPersonId))
        {
            await xml.EmptyAsync(
                element,
                ("root", Wire.LocalPersonRoot),
                ("extension", localPersonId),
                ("assigningAuthorityName", $"{odsCode}:{council}"));
        }
    }

    private static async Task WritePersonAsync(Hl7Writer xml, UploadClaim claim)
    {
        if (claim.BirthDate is { } birth)
        {
            await xml.ValueAsync("birthTime", birth);
        }

        await xml.StartAsync("name");
        await xml.TextAsync("given", claim.GivenName ?? string.Empty);
        await xml.TextAsync("family", claim.FamilyName ?? string.Empty);
        await xml.EndAsync();
    }

    private static async Task WriteDateAsync(Hl7Writer xml, string component, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        await xml.StartAsync(component, name);
        await xml.ValueAsync("value", value);
        await xml.EndAsync(levels: 2);
    }
}
