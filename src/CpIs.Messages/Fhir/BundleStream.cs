using System.Text.Json;
using System.Text.Unicode;

namespace CpIs.Messages.Fhir;

/// <summary>
/// Reads a Bundle part by part: each property of the Bundle and each entry is handed over by itself and then forgotten. What is held never
/// exceeds <see cref="MaxPartBytes"/>, whatever the size of the file or of a single text in it.
/// </summary>
internal sealed class BundleStream(Stream stream)
{
    /// <summary>Levels of objects and arrays, the Bundle itself being the first.</summary>
    public const int MaxDepth = 64;

    /// <summary>The largest entry. R4 itself limits a text to one mebibyte.</summary>
    public const int MaxPartBytes = 4 * 1024 * 1024;

    private const int FirstBufferBytes = 64 * 1024;
    private const int None = -1;
    private readonly List<Level> _levels = [];
    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _next;
    private int _end;
    private bool _final;
    private int _partStart = None;
    private int _partLevel;
    private FhirFault? _partFault;
    private bool _closed;

    /// <summary>A property of the Bundle other than <c>entry</c>, in the order of the file.</summary>
    /// <returns>A fault that ends the reading, or null.</returns>
    public required Func<string, JsonElement, FhirFault?> OnProperty { get; init; }

    /// <summary>An entry with its index from 0; the fault, where there is one, is a name that it holds twice.</summary>
    /// <returns>A fault that ends the reading, or null.</returns>
    public required Func<int, JsonElement, FhirFault?, FhirFault?> OnEntry { get; init; }

    /// <summary>Reads to the end.</summary>
    /// <returns>What makes the file unreadable as a whole, or null.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public FhirFault? Read()
    {
        if (!SkipByteOrderMark())
        {
            return new FhirFault("$", "not UTF-8");
        }

        // One level more than allowed, so that the limit is met here and can be named.
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        try
        {
            while (true)
            {
                var reader = new Utf8JsonReader(_buffer.AsSpan(_next, _end - _next), _final, state);
                while (reader.Read())
                {
                    if (Token(ref reader) is { } fault)
                    {
                        return fault;
                    }
                }

                state = reader.CurrentState;
                _next += (int)reader.BytesConsumed;
                if (_final)
                {
                    return null;
                }

                if (!Fill())
                {
                    return new FhirFault(Path(), $"larger than the {MaxPartBytes / 1024 / 1024} MiB that one part may have");
                }
            }
        }
        catch (JsonException e)
        {
            return _closed
                ? new FhirFault("$", "something follows after the end of the Bundle")
                : new FhirFault(Path(), $"not well-formed JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})");
        }
    }

    private FhirFault? Token(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                return IsText(ref reader) ? Name(reader.GetString()!) : NotText();

            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                if (Begin(ref reader) is { } misplaced)
                {
                    return misplaced;
                }

                _levels.Add(new Level(reader.TokenType == JsonTokenType.StartArray));
                return _levels.Count > MaxDepth ? new FhirFault(Path(), $"nested deeper than {MaxDepth} levels") : null;

            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                _levels.RemoveAt(_levels.Count - 1);
                _closed = _levels.Count == 0;
                return End(ref reader);

            case JsonTokenType.String when !IsText(ref reader):
                return NotText();

            default:
                return Begin(ref reader) ?? End(ref reader);
        }
    }

    private FhirFault? Name(string name)
    {
        var level = _levels[^1];
        level.Name = name;
        if (level.Names!.Add(name))
        {
            return null;
        }

        var fault = new FhirFault(Path(), "the same name twice in one object");
        if (_levels.Count == 1)
        {
            return fault;
        }

        _partFault ??= fault;
        return null;
    }

    private FhirFault? Begin(ref Utf8JsonReader reader)
    {
        if (_levels.Count == 0)
        {
            return reader.TokenType == JsonTokenType.StartObject ? null : new FhirFault("$", "an object is expected");
        }

        if (_levels[^1] is { IsArray: true } array)
        {
            array.Index++;
        }

        var isEntries = string.Equals(_levels[0].Name, "entry", StringComparison.Ordinal);
        if (_levels.Count == 1 && isEntries)
        {
            return reader.TokenType == JsonTokenType.StartArray ? null : new FhirFault("$.entry", "an array is expected");
        }

        if (_levels.Count == (isEntries ? 2 : 1))
        {
            _partStart = _next + (int)reader.TokenStartIndex;
            _partLevel = _levels.Count;
        }

        return null;
    }

    private FhirFault? End(ref Utf8JsonReader reader)
    {
        if (_partStart == None || _levels.Count != _partLevel)
        {
            return null;
        }

        var part = _buffer.AsMemory(_partStart, _next + (int)reader.BytesConsumed - _partStart);
        var fault = _partFault;
        _partStart = None;
        _partFault = null;
        using var document = JsonDocument.Parse(part, new JsonDocumentOptions { MaxDepth = MaxDepth });
        if (_partLevel == 2)
        {
            return OnEntry(_levels[^1].Index, document.RootElement, fault);
        }

        return fault ?? OnProperty(_levels[0].Name!, document.RootElement);
    }

    private bool SkipByteOrderMark()
    {
        _end = stream.ReadAtLeast(_buffer, 3, throwOnEndOfStream: false);
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _next = 3;
        }

        return _buffer.AsSpan(0, _end) is not ([0xFE, 0xFF, ..] or [0xFF, 0xFE, ..]);
    }

    /// <returns>False when what must be kept fills the largest buffer.</returns>
    private bool Fill()
    {
        var keep = _partStart == None ? _next : _partStart;
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            _next -= keep;
            _end -= keep;
            _partStart = _partStart == None ? None : 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MaxPartBytes)
            {
                return false;
            }

            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MaxPartBytes));
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _final = read == 0;
        return true;
    }

    /// <summary>The reader checks UTF-8 and surrogates only when a text is asked for.</summary>
    private static bool IsText(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Utf8.IsValid(reader.ValueSpan);
        }

        try
        {
            return reader.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private FhirFault NotText() => new(Path(), "not valid UTF-8 or half of a character");

    private string Path()
    {
        var path = "$";
        foreach (var level in _levels)
        {
            path = level switch
            {
                { IsArray: true, Index: >= 0 } => FhirFault.Item(path, level.Index),
                { IsArray: false, Name: { } name } => FhirFault.Child(path, name),
                _ => path,
            };
        }

        return path;
    }

    private sealed class Level(bool isArray)
    {
        public bool IsArray => isArray;

        public int Index { get; set; } = None;

        public string? Name { get; set; }

        public HashSet<string>? Names { get; } = isArray ? null : new HashSet<string>(StringComparer.Ordinal);
    }
}
