using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Storage.Source;

/// <summary>A record of a CSV file.</summary>
/// <param name="Line">Line on which it begins, from 1.</param>
/// <param name="Cells">Its cells as given; empty when it cannot be taken apart.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
internal readonly record struct CsvRecord(long Line, string[] Cells, string? Problem);

/// <summary>Reads CSV records (RFC 4180, UTF-8 with or without BOM); a badly quoted one costs itself alone, never the rest of the file.</summary>
internal static class CsvRecords
{
    private static readonly CsvConfiguration Configuration = new(CultureInfo.InvariantCulture)
    {
        Delimiter = ",",
        Mode = CsvMode.RFC4180,
        IgnoreBlankLines = true,
        BadDataFound = null,
    };

    /// <summary>Blank lines are passed over; the header is the first record.</summary>
    public static async IAsyncEnumerable<CsvRecord> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // No detection of other encodings: what is not UTF-8 shall show as such.
        using var text = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), detectEncodingFromByteOrderMarks: false);
        using var gate = new WellQuotedReader(text);
        using var parser = new CsvParser(gate, Configuration, leaveOpen: true);
        while (await parser.ReadAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var line = gate.Lines.Dequeue();
            while (gate.Bad.TryPeek(out var bad) && bad < line)
            {
                yield return Unusable(gate.Bad.Dequeue());
            }

            yield return new(line, parser.Record!, null);
        }

        while (gate.Bad.TryDequeue(out var bad))
        {
            yield return Unusable(bad);
        }
    }

    private static CsvRecord Unusable(long line) => new(line, [], "badly quoted, or longer than a row can be");

    /// <summary>
    /// Lets only well-quoted records through to the parser and keeps the line numbers of all. After a bad one it goes on with the next
    /// line, so that a quote that is never closed does not swallow what follows.
    /// </summary>
    private sealed class WellQuotedReader(TextReader source) : TextReader
    {
        // All cells of the widest row, at their longest and every character quoted, are far shorter.
        private const int MaxRecord = 64 * 1024;

        private readonly char[] _buffer = new char[16 * 1024];
        private readonly LinkedList<Line> _pushedBack = new();
        private int _position;
        private int _length;
        private long _lineNumber;
        private bool _skipLineFeed;
        private string _record = "";
        private int _recordPosition;

        public Queue<long> Lines { get; } = new();

        public Queue<long> Bad { get; } = new();

        public override int Peek() => Fill() ? _record[_recordPosition] : -1;

        public override int Read() => Fill() ? _record[_recordPosition++] : -1;

        public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

        public override int Read(Span<char> buffer)
        {
            if (buffer.IsEmpty || !Fill())
            {
                return 0;
            }

            var take = Math.Min(buffer.Length, _record.Length - _recordPosition);
            _record.AsSpan(_recordPosition, take).CopyTo(buffer);
            _recordPosition += take;
            return take;
        }

        public override Task<int> ReadAsync(char[] buffer, int index, int count) => Task.FromResult(Read(buffer, index, count));

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        private bool Fill()
        {
            while (_recordPosition == _record.Length)
            {
                if (NextLine() is not { } first)
                {
                    return false;
                }

                if (first.Text.AsSpan().Trim().IsEmpty && !first.TooLong)
                {
                    continue;
                }

                if (Complete(first) is { } record)
                {
                    Lines.Enqueue(first.Number);
                    _record = record;
                    _recordPosition = 0;
                }
                else
                {
                    Bad.Enqueue(first.Number);
                }
            }

            return true;
        }

        /// <returns>The record that begins on a line, with a line end; null when it is bad, what follows its first line being pushed back.</returns>
        private string? Complete(Line first)
        {
            var state = first.TooLong ? State.Bad : Scan(first.Text, State.FieldStart);
            if (state is State.FieldStart or State.Plain or State.AfterQuote)
            {
                return first.Text + "\n";
            }

            if (state == State.Bad)
            {
                return null;
            }

            var more = new List<Line>();
            var record = new StringBuilder(first.Text);
            while (state == State.Quoted && record.Length <= MaxRecord && NextLine() is { } line)
            {
                more.Add(line);
                record.Append('\n').Append(line.Text);
                state = line.TooLong ? State.Bad : Scan(line.Text, State.Quoted);
            }

            if (state is State.FieldStart or State.Plain or State.AfterQuote && record.Length <= MaxRecord)
            {
                return record.Append('\n').ToString();
            }

            for (var i = more.Count - 1; i >= 0; i--)
            {
                _pushedBack.AddFirst(more[i]);
            }

            return null;
        }

        private static State Scan(string line, State state)
        {
            foreach (var c in line)
            {
                state = (state, c) switch
                {
                    (State.Quoted, '"') => State.AfterQuote,
                    (State.Quoted, _) => State.Quoted,
                    (State.AfterQuote, '"') => State.Quoted,
                    (_, ',') => State.FieldStart,
                    (State.FieldStart, '"') => State.Quoted,
                    (State.FieldStart or State.Plain, not '"') => State.Plain,
                    _ => State.Bad,
                };
                if (state == State.Bad)
                {
                    break;
                }
            }

            return state;
        }

        private Line? NextLine()
        {
            if (_pushedBack.First is { } again)
            {
                _pushedBack.RemoveFirst();
                return again.Value;
            }

            StringBuilder? pieces = null;
            var tooLong = false;
            while (Buffered())
            {
                var rest = _buffer.AsSpan(_position, _length - _position);
                var end = rest.IndexOfAny('\r', '\n');
                var piece = end < 0 ? rest : rest[..end];
                if (end >= 0)
                {
                    _skipLineFeed = rest[end] == '\r';
                }

                _position += piece.Length + (end < 0 ? 0 : 1);
                if (end >= 0 && pieces is null)
                {
                    return new(++_lineNumber, new string(piece), false);
                }

                pieces ??= new StringBuilder();
                tooLong |= pieces.Length + piece.Length > MaxRecord;
                if (tooLong)
                {
                    pieces.Clear();
                }
                else
                {
                    pieces.Append(piece);
                }

                if (end >= 0)
                {
                    break;
                }
            }

            return pieces is null ? null : new(++_lineNumber, pieces.ToString(), tooLong);
        }

        /// <returns>False at the end of the file.</returns>
        private bool Buffered()
        {
            while (true)
            {
                if (_position == _length)
                {
                    _position = 0;
                    _length = source.Read(_buffer, 0, _buffer.Length);
                    if (_length == 0)
                    {
                        return false;
                    }
                }

                if (!_skipLineFeed)
                {
                    return true;
                }

                _skipLineFeed = false;
                if (_buffer[_position] != '\n')
                {
                    return true;
                }

                _position++;
            }
        }

        private enum State
        {
            FieldStart,
            Plain,
            Quoted,
            AfterQuote,
            Bad,
        }

        private readonly record struct Line(long Number, string Text, bool TooLong);
    }
}
