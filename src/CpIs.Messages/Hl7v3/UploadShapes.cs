using System.Globalization;

namespace CpIs.Messages.Hl7v3;

/// <summary>The elements of an upload (reference section b, with what its message definition allows and prohibits).</summary>
internal static class UploadShapes
{
    private static readonly string[] TelecomUses = ["H", "HP", "HV", "WP", "AS", "EC", "PG", "MC"];

    private static readonly Shape ContentId = new(Wire.LocalNamespace, "contentId")
    {
        Attributes = [new("root", Any), new("extension", Any)],
    };

    private static readonly Shape PersonName = Of("name") with { Slots = [Slot.One(Text("given")), Slot.One(Text("family"))] };

    private static readonly Shape Timestamp = Of("birthTime", new ShapeAttribute("value", Hl7Time.HasTimestampForm));

    private static readonly Shape PersonId =
        Of("id", new("root", Any), new("extension", Any), new("assigningAuthorityName", Any, IsRequired: false));

    private static readonly Shape Organisation = Of("organisation") with
    {
        Slots =
        [
            Slot.One(Of("id", new("root", v => v is Wire.OrganisationRoot or Wire.SiteRoot), new("extension", Any))),
            Slot.One(Text("name")),
            Slot.Several(Of("telecom", new("use", TelecomUses.Contains), new("value", IsTelephone)), max: 2),
        ],
    };

    private static readonly Shape Child = Of(Wire.Child.Element) with
    {
        Slots =
        [
            Slot.Several(PersonId, max: 2),
            Slot.One(Of("childPerson") with { Slots = [Slot.One(Timestamp), Slot.One(PersonName)] }),
        ],
    };

    private static readonly Shape UnbornChild = Of(Wire.UnbornChild.Element) with
    {
        Slots =
        [
            Slot.One(Of("parentMotherPerson") with
            {
                Slots =
                [
                    Slot.One(Timestamp),
                    Slot.One(PersonName),
                    Slot.One(Of("playedMother") with { Slots = [Slot.Several(PersonId, max: 2)] }),
                ],
            }),
        ],
    };

    private static readonly Shape Record = Of("record") with
    {
        Slots =
        [
            Slot.One(Of("CP-ISRecord") with
            {
                Slots =
                [
                    Slot.Several(
                        Of("pertinentInformation") with { Slots = [Slot.One(ContentId), Slot.One([.. Wire.PlanBlocks.Select(Plan)])] },
                        max: Wire.PlanBlocks.Count),
                    Slot.Several(
                        Of("subject") with { Slots = [Slot.One(ContentId), Slot.One(Child, UnbornChild)] },
                        max: 2),
                ],
            }),
        ],
    };

    /// <summary>The root without its children, which are met one by one.</summary>
    public static Shape Root { get; } = Of(Wire.UploadRoot);

    /// <summary>The root's children in order.</summary>
    public static IReadOnlyList<Slot> RootSlots { get; } =
    [
        Slot.One(Of("creationTime", new ShapeAttribute("value", Hl7Time.HasTimestampForm))),
        Slot.One(Of("id", new ShapeAttribute("extension", Any))),
        Slot.One(Of("transmissionQuantity", new ShapeAttribute("value", IsInteger))),
        Slot.One(Of("communicationFunctionSnd") with { Slots = [Slot.One(Organisation)] }),
        Slot.Several(Record),
    ];

    private static Shape Plan(PlanBlock block)
    {
        var isUnborn = block.Type.SubjectRole == Domain.Values.SubjectRole.Mother;
        var end = PlanDate("component1", block.End) with { IsNillable = !isUnborn };
        return Of(block.Template.Element) with
        {
            Slots =
            [
                Slot.One(PlanDate("component", block.Start)),
                isUnborn ? Slot.One(end) : Slot.Optional(end),
                Slot.Optional(PlanDate("component2", block.Delete)),
            ],
        };
    }

    private static Shape PlanDate(string component, string name) => Of(component) with
    {
        Slots = [Slot.One(Of(name) with { Slots = [Slot.One(Of("value", new ShapeAttribute("value", Hl7Time.HasPlanDateForm)))] })],
    };

    private static Shape Of(string name, params IReadOnlyList<ShapeAttribute> attributes) => new(Wire.Namespace, name) { Attributes = attributes };

    private static Shape Text(string name) => Of(name) with { HasText = true };

    private static bool Any(string value) => true;

    private static bool IsInteger(string value) => int.TryParse(value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static bool IsTelephone(string value)
    {
        if (!value.StartsWith(Wire.TelephoneScheme, StringComparison.Ordinal))
        {
            return false;
        }

        var digits = value.AsSpan(Wire.TelephoneScheme.Length);
        digits = digits.StartsWith('+') ? digits[1..] : digits;
        return digits.IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
