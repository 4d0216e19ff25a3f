using System.Text;
using System.Xml;
using CpIs.Domain.Values;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Hl7v3;

/// <summary>
/// Reads an upload as CP-IS would: strictly by the message definition (order of elements, prohibited attributes, forms of values), and
/// by what the definition leaves to the receiver (reference section b). For the stand-in CP-IS and for tests.
/// </summary>
/// <remarks>It goes beyond CP-IS in one point: a record with several plan types or subjects is a fault here (rule S8).</remarks>
public static class Hl7v3UploadReader
{
    /// <summary>
    /// Reads a file, one record in memory at a time. First comes the head, if the file gets that far; faults of the file may come at
    /// any place, so that nothing may be loaded before the end is reached. Nothing in the bytes makes it throw.
    /// </summary>
    /// <param name="stream">Seekable; left open.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IEnumerable<UploadPart> Read(Stream stream)
    {
        using var file = new UploadFileXml();
        file.Open(stream);
        while (file.Next() is { } part)
        {
            yield return part;
        }
    }
}

/// <summary>One pass over an upload file.</summary>
internal sealed class UploadFileXml : IDisposable
{
    private const string Where = "/" + Wire.UploadRoot;

    private readonly Queue<UploadPart> _waiting = new();
    private readonly List<UploadFault> _faults = [];
    private readonly Dictionary<string, XmlPart> _head = new(StringComparer.Ordinal);
    private readonly SlotCursor _cursor;
    private TextReader? _text;
    private PartReader? _parts;
    private bool _headDone;
    private int _records;

    public UploadFileXml() => _cursor = new SlotCursor(UploadShapes.RootSlots, Where, _faults);

    public void Open(Stream stream)
    {
        if (EncodedText.Open(stream, out var problem) is not { } text)
        {
            Break(problem!);
            return;
        }

        Guard(() =>
        {
            _text = text.Read();
            _parts = new PartReader(_text);
            if (!_parts.Root.Is(Wire.UploadRoot))
            {
                Break("The root element is not File.");
                return;
            }

            UploadShapes.Root.Check(_parts.Root, Where, _faults);
        });
    }

    /// <summary>The next part, or null at the end.</summary>
    public UploadPart? Next()
    {
        while (_waiting.Count == 0 && _parts is not null)
        {
            Guard(Advance);
        }

        return _waiting.TryDequeue(out var part) ? part : null;
    }

    public void Dispose() => Stop();

    private void Advance()
    {
        var part = _parts!.Next();
        if (part is null)
        {
            _cursor.End();
            EndHead();
            if (!string.IsNullOrWhiteSpace(_parts.Root.Text))
            {
                _faults.Add(Shape.Malformed(Where, "Text is not allowed here."));
            }

            if (_head.GetValueOrDefault("transmissionQuantity")?.Number("value") is { } stated && stated != _records)
            {
                _faults.Add(new UploadFault(UploadFaultKind.Content, Where + "/transmissionQuantity", "It is not the number of records."));
            }

            Stop();
        }
        else if (_cursor.Take(part) is { } shape)
        {
            Take(part, shape);
        }

        FlushFaults();
    }

    private void Take(XmlPart part, Shape shape)
    {
        if (part.LocalName == "record")
        {
            EndHead();
            FlushFaults();
            var where = $"{Where}/record[{++_records}]";
            var faults = new List<UploadFault>();
            shape.Check(part, where, faults);
            _waiting.Enqueue(UploadRecordXml.Read(part, _records, where, faults));
        }
        else
        {
            shape.Check(part, _cursor.Where(part), _faults);
            _head[part.LocalName] = part;
        }
    }

    private void EndHead()
    {
        if (_headDone)
        {
            return;
        }

        _headDone = true;
        var organisation = _head.GetValueOrDefault("communicationFunctionSnd")?.Child("organisation");
        var telecoms = organisation?.All("telecom").ToLookup(t => t.Value("use") == Wire.EmergencyDutyUse, Number);
        var head = new UploadHead(
            PartText.Extension(_head.GetValueOrDefault("id")),
            _head.GetValueOrDefault("creationTime") is { } time ? PartText.MadeAt(time) : null,
            _head.GetValueOrDefault("transmissionQuantity")?.Number("value"),
            PartText.Extension(organisation?.Child("id")),
            PartText.Text(organisation?.Child("name")),
            telecoms?[false].FirstOrDefault(),
            telecoms?[true].FirstOrDefault());
        _waiting.Enqueue(head);

        Require(SequenceNumber.TryParse(head.FileNumber, out _), "id", "It is not a file number of 1 or more.");
        Require(head.CreatedAt is not null, "creationTime", "It is not a full date or time of the calendar.");
        Require(head.OdsCode is not null && head.Name is not null, "communicationFunctionSnd", "The organisation's code or name is blank.");
        Require(telecoms?[true].Count() == 1, "communicationFunctionSnd", "Exactly one emergency duty number (EC) is needed.");
        Require(telecoms is null || telecoms.SelectMany(t => t).All(n => n is not null), "communicationFunctionSnd", "A telephone number is empty.");
    }

    private static string? Number(XmlPart telecom)
    {
        var value = telecom.Value("value");
        var number = value?.StartsWith(Wire.TelephoneScheme, StringComparison.Ordinal) == true ? value[Wire.TelephoneScheme.Length..] : value;
        return number is null || number.All(c => !char.IsAsciiDigit(c)) ? null : number;
    }

    private void Require(bool holds, string element, string problem)
    {
        if (!holds)
        {
            _faults.Add(new UploadFault(UploadFaultKind.Content, $"{Where}/{element}", problem));
        }
    }

    private void FlushFaults()
    {
        foreach (var fault in _faults)
        {
            _waiting.Enqueue(new UploadFileFault(fault));
        }

        _faults.Clear();
    }

    // Ends the reading, with what was understood of the head so that the answer can name the file.
    private void Break(string problem)
    {
        Stop();
        if (_head.Count > 0)
        {
            EndHead();
        }

        _faults.Add(Shape.Malformed(Where, problem));
        FlushFaults();
    }

    private void Guard(Action step)
    {
        try
        {
            step();
        }
        catch (XmlException e)
        {
            Break($"The XML is not well-formed or has a DOCTYPE (line {e.LineNumber}, position {e.LinePosition}).");
        }
        catch (PartReader.TooDeepException)
        {
            Break($"The XML is nested deeper than {InboundReader.MaxDepth} levels.");
        }
        catch (DecoderFallbackException)
        {
            Break(EncodedText.BrokenEncoding);
        }
    }

    private void Stop()
    {
        _parts?.Dispose();
        _parts = null;
        _text?.Dispose();
        _text = null;
    }
}
