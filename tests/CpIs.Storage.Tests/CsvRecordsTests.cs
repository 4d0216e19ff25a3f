using System.Text;
using CpIs.Storage.Source;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class CsvRecordsTests
{
    [Theory]
    [InlineData("a,b\r\n1,2\r\n", "1:a|b", "2:1|2")]
    [InlineData("\uFEFFa,b\n1,2", "1:a|b", "2:1|2")]
    [InlineData("a,b\r1,2\r", "1:a|b", "2:1|2")]
    [InlineData("a,b\n\n   \n1,\n", "1:a|b", "4:1|")]
    [InlineData("a\n\"x,\"\"y\"\"\"\n", "1:a", "2:x,\"y\"")]
    [InlineData("a,b\n\"one\ntwo\",2\n3,4\n", "1:a|b", "2:one\ntwo|2", "4:3|4")]
    [InlineData("a,b\n\"one\r\n\r\ntwo\",2\r\n3,4\r\n", "1:a|b", "2:one\n\ntwo|2", "5:3|4")]
    [InlineData("a,b\nAl\"ex,2\n3,4\n", "1:a|b", "2!", "3:3|4")]
    [InlineData("a,b\n\"Al\"ex,2\n3,4\n", "1:a|b", "2!", "3:3|4")]
    [InlineData("a,b\n\"Alex,2\n3,4\n5,6\n", "1:a|b", "2!", "3:3|4", "4:5|6")]
    [InlineData("a,b\n\"Alex,2\n\"3\",\"4\"\n\"5\",6\n", "1:a|b", "2!", "3:3|4", "4:5|6")]
    [InlineData("a,b\n1,2\n3,\"4", "1:a|b", "2:1|2", "3!")]
    [InlineData("a,b\n\"", "1:a|b", "2!")]
    [InlineData("a,b\n,\n", "1:a|b", "2:|")]
    [InlineData("")]
    [InlineData("\n\n")]
    public async Task S16_a_bad_record_costs_itself_alone(string file, params string[] expected) => (await ReadAsync(file)).ShouldBe(expected);

    [Fact]
    public async Task S16_a_line_without_end_is_set_aside_and_not_kept_in_memory()
    {
        var file = "a,b\n" + new string('x', 200_000) + ",2\n3,4\n\"" + new string('y', 200_000) + "\n5,6\n\"never closed\n" + string.Concat(Enumerable.Repeat("7,8\n", 40_000));
        var records = await ReadAsync(file);
        records.Take(6).ShouldBe(["1:a|b", "2!", "3:3|4", "4!", "5:5|6", "6!"]);
        records.Skip(6).ShouldAllBe(r => r.EndsWith(":7|8", StringComparison.Ordinal));
        records.Count.ShouldBe(6 + 40_000);
    }

    [Fact]
    public async Task S16_bytes_that_are_no_UTF8_stay_visible()
    {
        var records = new List<CsvRecord>();
        await foreach (var r in CsvRecords.ReadAsync(new MemoryStream([(byte)'a', (byte)'\n', 0xC3, 0x28, (byte)'\n']), default))
        {
            records.Add(r);
        }

        records[1].Cells[0].ShouldContain('\uFFFD');
    }

    [Fact]
    public void Whatever_is_written_by_RFC_4180_is_read_again()
    {
        var cell = Gen.Elements("", "x", "a,b", "\"", "\"\"", "l1\nl2", " lead", "trail ", "𠮷", ",", "'", "\n").ListOf().Select(string.Concat);
        var row = cell.ListOf(3).Where(r => !string.IsNullOrWhiteSpace(string.Concat(r)));
        Prop.ForAll(row.ListOf().ToArbitrary(), rows =>
        {
            var text = string.Concat(rows.Select(r => string.Join(',', r.Select(Quote)) + "\r\n"));
            var read = ReadCellsAsync(text).GetAwaiter().GetResult();
            return read.SequenceEqual(rows.Select(r => string.Join('\u0001', r)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_file_of_any_garbage_neither_fails_nor_hides_a_good_last_line()
    {
        var piece = Gen.Elements("\"", ",", "\n", "\r", "x", "\"\"", ",\"", "\",");
        Prop.ForAll(piece.ListOf().Select(string.Concat).ToArbitrary(), garbage =>
        {
            // No quote follows the last line, so nothing open before it may take it in.
            var read = ReadAsync(garbage + "\nlast,line\n").GetAwaiter().GetResult();
            return read[^1].EndsWith(":last|line", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    private static string Quote(string cell) => "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static async Task<List<string>> ReadCellsAsync(string text)
    {
        var rows = new List<string>();
        await foreach (var r in CsvRecords.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), default))
        {
            rows.Add(string.Join('\u0001', r.Cells));
        }

        return rows;
    }

    private static async Task<List<string>> ReadAsync(string text)
    {
        var rows = new List<string>();
        await foreach (var r in CsvRecords.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), default))
        {
            rows.Add(r.Problem is null ? $"{r.Line}:{string.Join('|', r.Cells)}" : $"{r.Line}!");
        }

        return rows;
    }
}
