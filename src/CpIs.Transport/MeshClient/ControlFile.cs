using System.Xml;
using System.Xml.Linq;

namespace CpIs.Transport.MeshClient;

/// <summary>A MESH client's <c>.ctl</c> file (reference mesh-api section 10). Whatever it does not say is null.</summary>
internal sealed record ControlFile(
    string? MessageType,
    string? WorkflowId,
    string? From,
    string? LocalId,
    string? MessageId,
    string? LinkedMessageId,
    string? Event,
    string? Status,
    string? StatusCode,
    string? Description)
{
    private const int MaxCharacters = 1_000_000;

    public bool IsReport => string.Equals(MessageType, "Report", StringComparison.OrdinalIgnoreCase);

    public bool IsData => string.Equals(MessageType, "Data", StringComparison.OrdinalIgnoreCase);

    /// <summary>The status says that the transfer went well: SUCCESS in any case, and code 0 or 00 where there is one.</summary>
    public bool IsSuccess =>
        string.Equals(Status, "SUCCESS", StringComparison.OrdinalIgnoreCase) && StatusCode is null or "0" or "00";

    public TransportReport ToReport(bool isError) => new(LinkedMessageId ?? MessageId, LocalId, isError, Event, StatusCode, SafeText.Of(Description));

    /// <summary>Reads a control file, whatever the order and letter case of its elements.</summary>
    /// <exception cref="XmlException">It is not well-formed, declares a DTD, or is no control file.</exception>
    public static ControlFile Parse(Stream stream)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxCharacters };
        using var reader = XmlReader.Create(stream, settings);
        var root = XDocument.Load(reader).Root!;
        if (!Named(root, "DTSControl"))
        {
            throw new XmlException("It is not a control file.");
        }

        var status = root.Elements().FirstOrDefault(e => Named(e, "StatusRecord"));
        return new ControlFile(
            Text(root, "MessageType"),
            Text(root, "WorkflowId"),
            Text(root, "From_DTS"),
            Text(root, "LocalId"),
            Text(root, "DTSId"),
            Text(root, "LinkedMsgId"),
            Text(status, "Event"),
            Text(status, "Status"),
            Text(status, "StatusCode"),
            Text(status, "Description"));
    }

    /// <summary>The control file of an upload.</summary>
    public static byte[] ForUpload(MeshClientOptions options, string localId)
    {
        using var buffer = new MemoryStream();
        using (var writer = XmlWriter.Create(buffer, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            new XElement(
                "DTSControl",
                new XElement("Version", "1.0"),
                new XElement("AddressType", "DTS"),
                new XElement("MessageType", "Data"),
                new XElement("WorkflowId", options.WorkflowIds.Upload.Trim()),
                new XElement("To_DTS", options.Recipient.Trim()),
                new XElement("From_DTS", options.Mailbox.Trim()),
                new XElement("Subject"),
                new XElement("LocalId", localId),
                new XElement("Compress", options.Compress ? "Y" : "N"),
                new XElement("AllowChunking", "Y"),
                new XElement("Encrypted", "N")).WriteTo(writer);
        }

        return buffer.ToArray();
    }

    private static string? Text(XElement? parent, string name)
    {
        var text = parent?.Elements().FirstOrDefault(e => Named(e, name))?.Value.Trim();
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static bool Named(XElement element, string name) => string.Equals(element.Name.LocalName, name, StringComparison.OrdinalIgnoreCase);
}
