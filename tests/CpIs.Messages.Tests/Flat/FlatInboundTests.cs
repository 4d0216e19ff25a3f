using CpIs.Domain.Exchange;
using static CpIs.Messages.Tests.Support.Sample;

namespace CpIs.Messages.Tests.Flat;

public class FlatInboundTests
{
    private const string AccessHeader = "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number";
    private const string AccessRow = "q1,2026-03-10T21:30:05Z,9990000018,P1,Dr Ann Example,Nurse,RZ9,\"Hospital, Example\",12";
    private const string InactiveHeader = "nhs_number,local_person_id,replacement_nhs_numbers,upload_file_number";
    private const string AckHeader = "upload_file_number,file_code,record_number,nhs_number,plan_type,record_code,detail";

    private static readonly Access Expected = new(
        "q1", new DateTimeOffset(2026, 3, 10, 21, 30, 5, TimeSpan.Zero), true, "9990000018", "P1", "Dr Ann Example", "Nurse", "RZ9", "Hospital, Example", "12");

    [Fact]
    public void A1_an_access_row_is_read_whole()
    {
        var message = Message<AccessNotification>($"{AccessHeader}\r\n{AccessRow}\r\n");

        message.Accesses.ShouldBe([Expected]);
        (message.StatedTotal, message.BlockCount, message.QueryCount, message.RecipientOdsCode).ShouldBe((null, 1, 1, null));
        Read($"{AccessHeader}\n").Format.ShouldBe("flat");
    }

    [Fact]
    public void Contract_5_columns_go_by_name_in_any_order_and_unknown_ones_are_ignored()
    {
        const string text =
            """
            Job_Role , new column,upload_file_number,organisation_name,organisation_code,accessed_by,local_person_id,nhs_number,accessed_at,query_id
            Nurse,x,12,"Hospital, Example",RZ9,Dr Ann Example,P1,9990000018,2026-03-10 21:30:05,q1
            """;

        Message<AccessNotification>(text).Accesses.ShouldBe([Expected]);
    }

    [Theory]
    [InlineData(AccessHeader, "accessed_at")]
    [InlineData(AccessHeader, "query_id")]
    [InlineData(AccessHeader, "upload_file_number")]
    [InlineData(InactiveHeader, "nhs_number")]
    [InlineData(InactiveHeader, "local_person_id")]
    [InlineData(AckHeader, "detail")]
    [InlineData(AckHeader, "record_code")]
    public void Contract_5_a_missing_column_quarantines_the_file_and_is_named(string header, string column)
    {
        var reading = Read(string.Join(',', header.Split(',').Where(c => c != column)) + "\n");

        reading.Message.ShouldBeNull();
        reading.Problem!.ShouldContain(column);
        reading.Format.ShouldBe("flat");
    }

    [Theory]
    [InlineData("a,b\n1,2")]
    [InlineData("hello")]
    [InlineData(AccessHeader + ",replacement_nhs_numbers\n")]
    [InlineData(AccessHeader + ",query_id\n")]
    [InlineData("\"query_id,accessed_at")]
    public void K6_a_header_that_fits_no_message_or_two_is_unreadable(string text) => Read(text).Message.ShouldBeNull();

    [Fact]
    public void A10_a_header_alone_is_an_empty_notification() =>
        Message<AccessNotification>(AccessHeader + "\n").ShouldSatisfyAllConditions(
            m => m.Accesses.ShouldBeEmpty(),
            m => m.StatedTotal.ShouldBeNull(),
            m => (m.BlockCount, m.QueryCount).ShouldBe((0, 0)));

    [Theory]
    [InlineData("q1,,9990000018,P1,a,b,c,d,1")]
    [InlineData("q1,SECRET,9990000018,P1,a,b,c,d,1")]
    [InlineData("q1,2026-03-10,9990000018")]
    [InlineData("q1,2026-03-10,9990000018,P1,a,b,c,d,1,2,3")]
    [InlineData("q1,2026-03-10,9990000018,P1,a\"b,c,d,e,1")]
    public void K6_a_row_that_cannot_be_read_leaves_the_others(string bad)
    {
        var message = Message<AccessNotification>($"{AccessHeader}\n{bad}\n\n{AccessRow}\n");

        message.Accesses.ShouldBe([Expected]);
        message.QueryCount.ShouldBe(2);
        var unread = message.Unread.ShouldHaveSingleItem();
        unread.Where.ShouldBe("line 2");
        unread.Problem.ShouldNotContain("SECRET");
    }

    [Theory]
    [InlineData(AccessRow)]
    [InlineData("q3,2026-03-10,9990000018,P1,a,b,c,d,12")]
    public void K6_a_quote_that_is_never_closed_does_not_hide_the_rows_behind_it(string behind)
    {
        var message = Message<AccessNotification>($"{AccessHeader}\n{AccessRow}\nq2,2026-03-10,9990000018,P1,a,b,c,d,\"12\n{behind}\n");

        message.Accesses.ShouldBe([Expected]);
        message.Unread.ShouldHaveSingleItem();
    }

    [Fact]
    public void K6_a_row_cut_off_behind_a_doubled_quote_is_not_taken_for_whole()
    {
        var message = Message<AccessNotification>($"{AccessHeader}\n{AccessRow}\nq2,2026-03-10,9990000018,P1,a,b,c,d,\"12\"\"");

        message.Accesses.ShouldBe([Expected]);
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("line 3");
    }

    [Fact]
    public void A1_blank_cells_are_null_and_control_characters_spaces()
    {
        var access = Message<AccessNotification>($"{AccessHeader}\n ,2026-07-10,,,\"a\u202eb\nc\", ,,,\n").Accesses.ShouldHaveSingleItem();

        access.ShouldBe(new Access(null, new DateTimeOffset(2026, 7, 9, 23, 0, 0, TimeSpan.Zero), false, null, null, "a b c", null, null, null, null));
    }

    [Fact]
    public void A6_none_one_or_several_replacements()
    {
        var message = Message<InactiveNotification>($"{InactiveHeader}\n9990000018,P1,,12\n9990000026,,9990000034,\n9990000042,, 9990000050 ;junk;,\n");

        message.Subjects.Select(s => string.Join('|', s.Replacements)).ShouldBe(["", "9990000034", "9990000050|junk"]);
        message.Subjects.Select(s => (s.NhsNumber, s.LocalPersonId, s.UploadFileNumber)).ShouldBe([("9990000018", "P1", "12"), ("9990000026", null, null), ("9990000042", null, null)]);
    }

    [Fact]
    public void K6_an_inactive_notification_without_subject_is_unreadable_and_a_row_without_number_unread()
    {
        Read(InactiveHeader + "\n").Problem.ShouldNotBeNull();
        var message = Message<InactiveNotification>($"{InactiveHeader}\n,P1,,12\n");
        message.Subjects.ShouldBeEmpty();
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("line 2");
    }

    [Fact]
    public void K2_rows_without_record_code_speak_of_the_file_and_a_repeated_file_code_is_one()
    {
        var message = Message<Acknowledgement>(
            $"""
            {AckHeader}
            000012,CPF03,,,,,Partial
            12,CPF03,1,9990000018,CPP,CPR06,
            12,CPF03,2,9990000026,lac,CPR07,"4711 End date"
            ,,,9990000034,,CPR99,
            """);

        message.FileNumber.ShouldBe("000012");
        message.FileCodes.ShouldBe([new AcknowledgementCode("CPF03", "Partial")]);
        message.Results.Select(r => (r.RecordNumber, r.NhsNumber, Plans: string.Join('+', r.PlanTypes), r.Code, r.Detail)).ShouldBe(
        [
            (1, "9990000018", "CPP", "CPR06", null),
            (2, "9990000026", "LAC", "CPR07", "4711 End date"),
            (null, "9990000034", string.Empty, "CPR99", null),
        ]);
        message.Unread.ShouldBeEmpty();
        (message.Processed, message.Successful, message.Failed).ShouldBe((null, null, null));
    }

    [Theory]
    [InlineData("13,CPF03,1,9990000018,CPP,CPR06,")]
    [InlineData("12,CPF03,first,9990000018,CPP,CPR06,")]
    [InlineData("12,CPF03,0,9990000018,CPP,CPR06,")]
    [InlineData("12,CPF03,1,9990000018,XXX,CPR06,")]
    public void K6_a_result_that_cannot_be_read_leaves_the_others(string bad)
    {
        var message = Message<Acknowledgement>($"{AckHeader}\n12,CPF03,,,,,\n{bad}\n12,CPF03,2,9990000026,CPP,CPR06,\n");

        message.Results.ShouldHaveSingleItem().RecordNumber.ShouldBe(2);
        message.Unread.ShouldHaveSingleItem().Where.ShouldBe("line 3");
    }

    [Theory]
    [InlineData("")]
    [InlineData(",CPF02,,,,,")]
    [InlineData("12,,1,9990000018,CPP,CPR06,")]
    public void K6_an_acknowledgement_without_file_number_or_file_code_is_unreadable(string row) =>
        Read($"{AckHeader}\n{row}\n").ShouldSatisfyAllConditions(r => r.Message.ShouldBeNull(), r => r.Problem.ShouldNotBeNull());

    [Fact]
    public void K2_minus_one_is_passed_on() =>
        Message<Acknowledgement>($"{AckHeader}\n-1,CPF01,,,,,\n").FileNumber.ShouldBe("-1");
}
