using System.IO.Compression;
using System.Text;
using CpIs.Domain.Exchange;
using CpIs.Messages.Inbound;
using CpIs.Messages.Tests.Support;

namespace CpIs.Messages.Tests.Inbound;

public class InboundReaderTests
{
    private const string Xml = """
        <CP-ISAccessToServiceNotification xmlns="urn:hl7-org:v3"><pertinentInformation><pertinentTotalReturnedRecords><value value="0"/></pertinentTotalReturnedRecords></pertinentInformation></CP-ISAccessToServiceNotification>
        """;

    private const string Csv = "nhs_number,local_person_id,replacement_nhs_numbers,upload_file_number\r\n9990000018,Łódź,,1\r\n";
    private const string Json = "{\"resourceType\":\"Bundle\",\"id\":\"é\"}";

    private readonly InboundReader _reader = new(stream =>
    {
        using var text = new StreamReader(stream, new UTF8Encoding(false, true), detectEncodingFromByteOrderMarks: false);
        return new InboundReading("fhir", null, text.ReadToEnd());
    });

    public static TheoryData<string, bool> Encodings => new()
    {
        { "utf-8", false },
        { "utf-8", true },
        { "utf-16", true },
        { "utf-16BE", true },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void K6_every_format_is_read_in_every_encoding_allowed(string encoding, bool mark)
    {
        _reader.Read(Bytes(Xml, encoding, mark)).Message.ShouldBeOfType<AccessNotification>();
        _reader.Read(Bytes(Csv, encoding, mark)).Message.ShouldBeOfType<InactiveNotification>().Subjects[0].LocalPersonId.ShouldBe("Łódź");
        _reader.Read(Bytes(Json, encoding, mark)).Problem.ShouldBe(Json);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void K6_utf16_without_byte_order_mark_is_refused_as_such(string encoding)
    {
        foreach (var text in new[] { Xml, Csv, Json })
        {
            Problem(Bytes(text, encoding, mark: false)).ShouldContain("byte order mark");
        }
    }

    [Theory]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    public void K6_utf32_is_refused(string encoding) => Problem(Bytes(Xml, encoding, mark: true)).ShouldBe(EncodedText.BrokenEncoding);

    [Fact]
    public void K6_bytes_that_do_not_fit_the_encoding_are_refused()
    {
        Problem(Encoding.Latin1.GetBytes(Csv.Replace("Łódź", "é", StringComparison.Ordinal))).ShouldBe(EncodedText.BrokenEncoding);
        Problem(Encoding.Latin1.GetBytes("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><é/>")).ShouldBe(EncodedText.BrokenEncoding);
        Problem([.. Encoding.UTF8.GetBytes(Json[..^2]), 0xC3]).ShouldBe(EncodedText.BrokenEncoding);
        Problem([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Xml), 0x20]).ShouldBe(EncodedText.BrokenEncoding);
        Problem([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Csv), 0x00, 0xD8]).ShouldBe(EncodedText.BrokenEncoding);
        Problem([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Json), 0x00, 0xD8]).ShouldBe(EncodedText.BrokenEncoding);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    [InlineData("\uFEFF")]
    public void K6_an_empty_file_is_refused(string text) => Problem(Sample.Utf8(text)).ShouldContain("empty");

    [Fact]
    public void K6_archives_are_refused_by_their_first_bytes()
    {
        var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("a.xml").Open();
            entry.Write(Sample.Utf8(Xml));
        }

        var empty = new MemoryStream();
        new ZipArchive(empty, ZipArchiveMode.Create, leaveOpen: true).Dispose();
        var gzip = new MemoryStream();
        using (var compressed = new GZipStream(gzip, CompressionMode.Compress, leaveOpen: true))
        {
            compressed.Write(Sample.Utf8(Xml));
        }

        Problem(zip.ToArray()).ShouldContain("zip");
        Problem(empty.ToArray()).ShouldContain("zip");
        Problem(gzip.ToArray()).ShouldContain("gzip");

        // Text that merely begins like one is judged as text.
        Problem(Sample.Utf8("PK,b\r\n1,2\r\n")).ShouldNotContain("zip");
    }

    [Theory]
    [InlineData("<!DOCTYPE x>")]
    [InlineData("<?xml version=\"1.0\"?>\n<!-- <a> -- ><b> --><?pi ?> <!DOCTYPE CP-ISAccessToServiceNotification [<!ENTITY a \"b\">]>")]
    [InlineData("<?xml version=\"1.0\"?><!DOCTYPE CP-ISAccessToServiceNotification SYSTEM \"file:///etc/passwd\">")]
    public void K6_any_DOCTYPE_is_refused_and_named(string prolog)
    {
        // "-- >" inside a comment is not allowed in XML; a comment is spelt rightly in the case that must get past it.
        var text = prolog.Replace(" -- ><b> ", " <b> ", StringComparison.Ordinal) + Xml;

        Problem(Sample.Utf8(text)).ShouldContain("DOCTYPE");
    }

    [Fact]
    public void K6_the_word_DOCTYPE_elsewhere_is_only_bad_xml()
    {
        Problem(Sample.Utf8(Xml.Replace("<pertinentInformation>", "<!DOCTYPE x><pertinentInformation>", StringComparison.Ordinal))).ShouldContain("not well-formed");
        _reader.Read(Sample.Utf8("<!-- <!DOCTYPE x> -->" + Xml)).Message.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("<File xmlns=\"urn:hl7-org:v3\"/>")]
    [InlineData("<CP-ISAccessToServiceNotification/>")]
    [InlineData("<html><body>Service unavailable</body></html>")]
    [InlineData("<CP-ISAccessToServiceNotification xmlns=\"urn:other\"/>")]
    public void K6_another_root_is_refused(string text) => Problem(Sample.Utf8(text)).ShouldContain("root");

    [Fact]
    public void K6_xml_cut_off_or_with_something_behind_it_is_refused_whole()
    {
        Problem(Sample.Utf8(Xml.TrimEnd()[..^1])).ShouldContain("not well-formed");
        Problem(Sample.Utf8(Xml + "<more/>")).ShouldContain("not well-formed");
        Problem(Sample.Utf8(Xml + "more")).ShouldContain("not well-formed");
        _reader.Read(Sample.Utf8("\n\n" + Xml + "\n<!-- end -->\n")).Message.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(InboundReader.MaxDepth, true)]
    [InlineData(InboundReader.MaxDepth + 1, false)]
    [InlineData(100_000, false)]
    public void K6_nesting_is_limited(int levels, bool isRead)
    {
        var inner = levels - 1;
        var deep = string.Concat(Enumerable.Repeat("<a>", inner)) + string.Concat(Enumerable.Repeat("</a>", inner));
        var text = Xml.Replace("<pertinentInformation>", deep + "<pertinentInformation>", StringComparison.Ordinal);

        var reading = _reader.Read(Sample.Utf8(text));

        (reading.Message is not null).ShouldBe(isRead);
        if (!isRead)
        {
            reading.Problem!.ShouldContain("deeper");
        }
    }

    [Fact]
    public void K6_no_problem_repeats_what_the_message_holds()
    {
        string[] texts =
        [
            Xml.Replace("value=\"0\"", "value=\"SECRET\"", StringComparison.Ordinal),
            Xml.Replace("<value", "<SECRET></OTHER><value", StringComparison.Ordinal),
            Xml.Replace("<value value=\"0\"", "<value value=SECRET", StringComparison.Ordinal),
            "<SECRET/>",
            "<SECRET xmlns=\"urn:hl7-org:v3\"/>",
            "SECRET,b\nSECRET,SECRET",
            "query_id,SECRET\nSECRET,SECRET",
        ];

        foreach (var text in texts)
        {
            Problem(Sample.Utf8(text)).ShouldNotContain("SECRET");
        }
    }

    [Fact]
    public void K6_without_a_json_reader_json_is_a_problem_not_an_error() => new InboundReader().Read(Sample.Utf8(Json)).Problem.ShouldNotBeNull();

    [Fact]
    public void Contract_5_a_stream_is_read_from_where_it_stands_and_left_open_seekable_or_not()
    {
        var bytes = Sample.Utf8("junk" + new string('\n', 20_000) + Xml);
        var memory = new MemoryStream(bytes) { Position = 4 };
        _reader.Read(memory).Message.ShouldNotBeNull();
        memory.CanRead.ShouldBeTrue();

        _reader.Read(new Trickle(bytes[4..], seekable: true)).Message.ShouldNotBeNull();
        _reader.Read(new Trickle(bytes[4..], seekable: false)).Message.ShouldNotBeNull();
    }

    [Fact]
    public void K6_comments_and_sections_by_the_hundred_thousand_are_read_in_time()
    {
        var text = Xml.Replace("<pertinentInformation>", "<x>" + string.Concat(Enumerable.Repeat("a<!---->b<![CDATA[c]]>", 200_000)) + "</x><pertinentInformation>", StringComparison.Ordinal);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        _reader.Read(Sample.Utf8(text)).Message.ShouldNotBeNull();

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    private static byte[] Bytes(string text, string encoding, bool mark)
    {
        var e = Encoding.GetEncoding(encoding);
        return mark ? [.. e.GetPreamble(), .. e.GetBytes(text)] : e.GetBytes(text);
    }

    private string Problem(byte[] bytes)
    {
        var reading = _reader.Read(bytes);
        reading.Message.ShouldBeNull();
        return reading.Problem.ShouldNotBeNull();
    }

    /// <summary>Hands out one byte at a time.</summary>
    private sealed class Trickle(byte[] bytes, bool seekable) : MemoryStream(bytes)
    {
        public override bool CanSeek => seekable;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
    }
}
