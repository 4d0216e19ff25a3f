using System.Xml;
using CpIs.Domain.Exchange;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>Tells the three inbound messages apart by their root and reads them (reference sections c, d, e; rule K6).</summary>
internal static class Hl7v3InboundReader
{
    public const string FormatName = "hl7v3";

    /// <param name="text">The document.</param>
    /// <param name="hasDoctype">Asked only about a document that the parser refused before its root.</param>
    public static InboundReading Read(TextReader text, Func<bool> hasDoctype)
    {
        var started = false;
        try
        {
            using var parts = new PartReader(text);
            started = true;
            return Read(parts);
        }
        catch (XmlException e)
        {
            return Unreadable(!started && hasDoctype()
                ? "The XML has a DOCTYPE, which is not allowed."
                : $"The XML is not well-formed (line {e.LineNumber}, position {e.LinePosition}).");
        }
        catch (PartReader.TooDeepException)
        {
            return Unreadable($"The XML is nested deeper than {InboundReader.MaxDepth} levels.");
        }
    }

    private static InboundReading Read(PartReader parts)
    {
        if (parts.Root.Namespace != Wire.Namespace)
        {
            return Unreadable("The XML's root element is not in the namespace of the CP-IS messages.");
        }

        Reading reading = parts.Root.LocalName switch
        {
            Wire.AcknowledgementRoot => new AcknowledgementReader().Read(parts),
            Wire.AccessRoot => new AccessNotificationReader().Read(parts),
            Wire.InactiveRoot => new InactiveNotificationReader().Read(parts),
            _ => "The XML's root element is none of the messages that CP-IS sends to a council.",
        };
        return new InboundReading(FormatName, reading.Message, reading.Problem);
    }

    private static InboundReading Unreadable(string problem) => new(FormatName, null, problem);
}

/// <summary>What a reader made of a document: a message, or the reason why there is none.</summary>
internal readonly record struct Reading(InboundMessage? Message, string? Problem)
{
    public static implicit operator Reading(InboundMessage message) => new(message, null);

    public static implicit operator Reading(string problem) => new(null, problem);
}
