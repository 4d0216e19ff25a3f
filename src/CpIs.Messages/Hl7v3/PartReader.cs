using System.Xml;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>
/// Reads an XML document child by child of its root: DTDs prohibited, no external resource, depth and length limited (rule K6). Only one
/// child is in memory at a time.
/// </summary>
internal sealed class PartReader : IDisposable
{
    private readonly XmlReader _xml;
    private readonly bool _empty;

    /// <exception cref="XmlException">Not XML, or has a DOCTYPE.</exception>
    public PartReader(TextReader text)
    {
        _xml = XmlReader.Create(text, new XmlReaderSettings
        {
            CloseInput = false,
            DtdProcessing = DtdProcessing.Prohibit,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            MaxCharactersFromEntities = 1024,
            MaxCharactersInDocument = InboundReader.MaxCharacters,
            XmlResolver = null,
        });
        try
        {
            _xml.MoveToContent();
            Root = Start();
            _empty = _xml.IsEmptyElement;
        }
        catch
        {
            _xml.Dispose();
            throw;
        }
    }

    /// <summary>The root element, its attributes only; <see cref="Next"/> adds text that stands directly inside it.</summary>
    public XmlPart Root { get; }

    /// <summary>The next child of the root, or null at the end of the document, which is then known to be whole.</summary>
    /// <exception cref="XmlException">Not well-formed, or cut off.</exception>
    /// <exception cref="TooDeepException">Nested too deep.</exception>
    public XmlPart? Next()
    {
        while (!_empty && _xml.Read() && _xml.NodeType != XmlNodeType.EndElement)
        {
            if (_xml.NodeType == XmlNodeType.Element)
            {
                return ReadElement();
            }

            if (IsText(_xml.NodeType))
            {
                Root.AddText(_xml.Value);
            }
        }

        // What follows the root must be well-formed too, or the file was damaged.
        while (_xml.Read())
        {
        }

        return null;
    }

    public void Dispose() => _xml.Dispose();

    private static bool IsText(XmlNodeType type) =>
        type is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace;

    // Begins on the element's start and ends on its last node, so that an element is had whole even if the next byte is broken.
    private XmlPart ReadElement()
    {
        var whole = Start();
        var open = new Stack<XmlPart>();
        if (!_xml.IsEmptyElement)
        {
            open.Push(whole);
        }

        while (open.TryPeek(out var holder) && _xml.Read())
        {
            switch (_xml.NodeType)
            {
                case XmlNodeType.Element:
                    var part = Start();
                    holder.Add(part);
                    if (!_xml.IsEmptyElement)
                    {
                        open.Push(part);
                    }

                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case var type when IsText(type):
                    holder.AddText(_xml.Value);
                    break;
                default:
                    break;
            }
        }

        return whole;
    }

    private XmlPart Start()
    {
        if (_xml.Depth >= InboundReader.MaxDepth)
        {
            throw new TooDeepException();
        }

        var part = new XmlPart(_xml.LocalName, _xml.NamespaceURI);
        if (_xml.MoveToFirstAttribute())
        {
            do
            {
                if (_xml.NamespaceURI != "http://www.w3.org/2000/xmlns/")
                {
                    part.Add(new XmlPart.Attribute(_xml.NamespaceURI, _xml.LocalName, _xml.Value));
                }
            }
            while (_xml.MoveToNextAttribute());
            _xml.MoveToElement();
        }

        return part;
    }

    internal sealed class TooDeepException() : Exception("Nested too deep.");
}
