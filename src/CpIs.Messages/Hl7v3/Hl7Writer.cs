using System.Text;
using System.Xml;

namespace CpIs.Messages.Hl7v3;

/// <summary>Writes elements of the message namespace, streaming: UTF-8 without byte order mark, the stream left open.</summary>
internal sealed class Hl7Writer : IAsyncDisposable
{
    private readonly XmlWriter _xml;

    public Hl7Writer(Stream stream) => _xml = XmlWriter.Create(stream, new XmlWriterSettings
    {
        Async = true,
        CloseOutput = false,
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        Indent = true,
        NewLineChars = "\n",

        // A file that was given up half-way must not be closed into one that looks whole.
        WriteEndDocumentOnClose = false,
    });

    public async Task StartDocumentAsync(string root)
    {
        await _xml.WriteStartDocumentAsync();
        await _xml.WriteStartElementAsync(null, root, Wire.Namespace);
        await _xml.WriteAttributeStringAsync("xmlns", Wire.LocalPrefix, null, Wire.LocalNamespace);
    }

    public async Task EndDocumentAsync()
    {
        await _xml.WriteEndDocumentAsync();
        await _xml.FlushAsync();
    }

    public Task StartAsync(string name) => _xml.WriteStartElementAsync(null, name, Wire.Namespace);

    /// <summary>Starts elements, each inside the one before.</summary>
    public async Task StartAsync(string name, params IEnumerable<string> inner)
    {
        await StartAsync(name);
        foreach (var next in inner)
        {
            await StartAsync(next);
        }
    }

    public async Task EndAsync(int levels = 1)
    {
        for (var i = 0; i < levels; i++)
        {
            await _xml.WriteEndElementAsync();
        }
    }

    /// <summary>An element with attributes only; those without value are left out.</summary>
    public async Task EmptyAsync(string name, params IEnumerable<(string Name, string? Value)> attributes)
    {
        await StartAsync(name);
        await AttributesAsync(attributes);
        await EndAsync();
    }

    public async Task AttributesAsync(params IEnumerable<(string Name, string? Value)> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            if (value is not null)
            {
                await _xml.WriteAttributeStringAsync(null, name, null, XmlText.Clean(value));
            }
        }
    }

    public Task ValueAsync(string name, string value) => EmptyAsync(name, ("value", value));

    public async Task TextAsync(string name, string text)
    {
        await StartAsync(name);
        await _xml.WriteStringAsync(XmlText.Clean(text));
        await EndAsync();
    }

    public async Task ContentIdAsync(Template template)
    {
        await _xml.WriteStartElementAsync(Wire.LocalPrefix, "contentId", Wire.LocalNamespace);
        await AttributesAsync(("root", Wire.ContentIdRoot), ("extension", template.ContentId));
        await EndAsync();
    }

    public ValueTask DisposeAsync() => _xml.DisposeAsync();
}
