using System.Text;
using CpIs.Domain.Values;
using CpIs.Messages.Flat;
using CpIs.Messages.Tests.Support;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Flat;

public class FlatUploadTests
{
    private const string Header =
        "file_number,record_number,authority_ods_code,subject_role,nhs_number,local_person_id,family_name,given_name,date_of_birth,plan_type,start_date,end_date,delete_date,visible_until";

    private const string Row = "000123,1,X99,child,9990000018,P1,Sample,Alex,2018-05-04,CPP,2026-01-15,2026-03-09,,2027-03-09";

    private readonly FlatFormat _format = new();

    [Fact]
    public async Task Contract_5_columns_and_values_of_an_upload()
    {
        var closed = Child(end: Day(2026, 3, 9)) with { VisibleUntil = Day(2027, 3, 9) };

        var bytes = await WriteAsync(_format, Sample.Header(3), closed, Mother(), Child(PlanType.Lac, delete: Day(2026, 3, 10)));

        Encoding.UTF8.GetString(bytes).ShouldBe(string.Concat(
            Header,
            "\r\n000123,1,X99,child,9990000018,P1234,Sample,Alex,2018-05-04,CPP,2026-01-15,2026-03-09,,2027-03-09",
            "\r\n000123,2,X99,mother,9990000026,P77,Sample,Jo,1999-01-01,UCPP,2026-02-01,2026-08-01,,",
            "\r\n000123,3,X99,child,9990000018,P1234,Sample,Alex,2018-05-04,LAC,2026-01-15,,2026-03-10,\r\n"));
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("@SUM(A1)")]
    [InlineData("-Alex")]
    [InlineData("+44")]
    [InlineData("O\"Neill, \"Al\"")]
    [InlineData("two\nlines")]
    [InlineData("two\r\nlines")]
    [InlineData("\ttab")]
    public async Task Contract_5_a_cell_is_data_and_arrives_as_it_left(string name)
    {
        var record = Child() with { Content = Child().Content with { FamilyName = name, LocalPersonId = name } };

        Read(await WriteAsync(_format, Sample.Header(1), record)).OfType<UploadEntry>().Single().Record.ShouldBe(record);
    }

    [Fact]
    public void U7_a_file_without_records_cannot_begin() =>
        Should.Throw<ArgumentException>(() => _format.Begin(new MemoryStream(), Sample.Header(0)));

    [Fact]
    public async Task U7_more_or_fewer_records_than_announced_are_an_error()
    {
        await using var writer = _format.Begin(new MemoryStream(), Sample.Header(1));
        await Should.ThrowAsync<InvalidOperationException>(() => writer.CompleteAsync(default));
        await writer.WriteAsync(Child(), default);
        await Should.ThrowAsync<InvalidOperationException>(() => writer.WriteAsync(Child(), default));
    }

    [Fact]
    public void Contract_5_a_good_row_has_no_fault_whatever_the_order_of_columns()
    {
        var names = Header.Split(',');
        var cells = Row.Split(',');
        var text = string.Join(',', names.Reverse().Append("extra")) + "\n" + string.Join(',', cells.Reverse().Append("x"));

        var parts = Read(Utf8(text));

        parts[0].ShouldBe(new UploadHead("000123", null, null, "X99", null, null, null));
        parts[1].ShouldBeOfType<UploadEntry>().Record.ShouldNotBeNull();
        parts.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("9990000018", "9990000019", UploadFaultKind.NhsNumber)]
    [InlineData("2026-01-15", "2026-02-31", UploadFaultKind.Content)]
    [InlineData("2026-01-15", "", UploadFaultKind.Content)]
    [InlineData("2026-01-15", "2026-03-10", UploadFaultKind.Content)]
    [InlineData("2018-05-04", "2018-05", UploadFaultKind.Content)]
    [InlineData("2018-05-04", "", UploadFaultKind.Content)]
    [InlineData("CPP", "XXX", UploadFaultKind.Content)]
    [InlineData("CPP", "UCPP", UploadFaultKind.Content)]
    [InlineData("child", "mother", UploadFaultKind.Content)]
    [InlineData("Sample", " ", UploadFaultKind.Content)]
    [InlineData("Alex", "", UploadFaultKind.Content)]
    [InlineData("000123,1,", "000123,2,", UploadFaultKind.Content)]
    [InlineData("X99", "", UploadFaultKind.Content)]
    public void Contract_5_a_wrong_cell_is_a_fault_of_its_record(string right, string wrong, UploadFaultKind kind)
    {
        Row.ShouldContain(right);
        var entry = Read(Utf8($"{Header}\n{Row.Replace(right, wrong, StringComparison.Ordinal)}\n")).OfType<UploadEntry>().Single();

        entry.Record.ShouldBeNull();
        entry.Faults.ShouldNotBeEmpty();
        entry.Faults.ShouldAllBe(f => f.Kind == kind && f.Where == "line 2");
    }

    [Fact]
    public void S6_a_UCPP_row_needs_an_end()
    {
        const string ucpp = "000123,1,X99,mother,9990000026,P1,Sample,Jo,1999-01-01,UCPP,2026-01-15,2026-08-01,,";

        Read(Utf8($"{Header}\n{ucpp}")).OfType<UploadEntry>().Single().Faults.ShouldBeEmpty();
        Read(Utf8($"{Header}\n{ucpp.Replace("2026-08-01", string.Empty, StringComparison.Ordinal)}")).OfType<UploadEntry>().Single().Faults.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b,c\n1,2,3\n")]
    [InlineData(Header + "\n")]
    [InlineData("PK\u0003\u0004")]
    public void Contract_5_what_is_no_upload_is_a_fault_of_the_file(string text) =>
        Read(Utf8(text)).ShouldHaveSingleItem().ShouldBeOfType<UploadFileFault>().Fault.Kind.ShouldBe(UploadFaultKind.Malformed);

    [Fact]
    public void Contract_5_broken_bytes_after_good_rows_are_a_fault_of_the_file()
    {
        byte[] bytes = [.. Utf8($"{Header}\n{Row}\n"), 0xFF, 0xFE, (byte)'\n'];

        Read(bytes).OfType<UploadFileFault>().ShouldHaveSingleItem().Fault.Kind.ShouldBe(UploadFaultKind.Malformed);
    }

    private static List<UploadPart> Read(byte[] bytes) => [.. FlatUploadReader.Read(new MemoryStream(bytes))];
}
