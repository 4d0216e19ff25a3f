namespace CpIs.Messages.Fhir.Model;

/// <summary>The primitive types of R4 that are text in JSON.</summary>
internal enum TextKind
{
    /// <summary>Any text.</summary>
    String,

    /// <summary>Logical id: 1 to 64 of letters, digits, hyphen and dot.</summary>
    Id,

    /// <summary>A code whose set is open.</summary>
    Code,

    /// <summary>Text without white space.</summary>
    Uri,

    /// <summary>Year, month or day.</summary>
    Date,

    /// <summary>Year, month, day, or day with time and offset.</summary>
    DateTime,

    /// <summary>Day with time and offset.</summary>
    Instant,

    /// <summary>An instant or, as rule A1 asks in every inbound format, one without offset or without time.</summary>
    AccessTime,

    /// <summary>Bytes in base 64.</summary>
    Base64,
}

/// <summary>Says which primitive type of R4 a text is; a text without it is a string.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FhirTextAttribute(TextKind kind) : Attribute
{
    public TextKind Kind => kind;
}

/// <summary>Marks the alternatives of an element with a choice of types: at most one of those with the same name may be there.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FhirChoiceAttribute(string name) : Attribute
{
    public string Name => name;

    /// <summary>True when one of them must be there.</summary>
    public bool Required { get; init; }
}
