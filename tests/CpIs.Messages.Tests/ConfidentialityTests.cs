using System.Reflection;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Messages.Flat;
using CpIs.Messages.Hl7v3;
using CpIs.Messages.Tests.Support;

namespace CpIs.Messages.Tests;

public class ConfidentialityTests
{
    /// <summary>
    /// All that a writer is given is named here. Neither legal status, section, abuse category, placement nor reason is among it, and whoever
    /// adds a member must come past this test.
    /// </summary>
    [Fact]
    public void S3_no_writer_is_given_what_must_not_leave_the_council()
    {
        typeof(IUploadWriter).GetMethod(nameof(IUploadWriter.WriteAsync))!.GetParameters().Select(p => p.ParameterType)
            .ShouldBe([typeof(UploadRecord), typeof(CancellationToken)]);
        typeof(IUploadFormat).GetMethod(nameof(IUploadFormat.Begin))!.GetParameters().Select(p => p.ParameterType)
            .ShouldBe([typeof(Stream), typeof(UploadHeader)]);

        Members(typeof(UploadRecord)).ShouldBe(["Content", "DeleteDate", "EndIsForecast", "Key", "SubjectRole", "VisibleUntil"]);
        Members(typeof(RecordKey)).ShouldBe(["NhsNumber", "PlanType", "Start"]);
        Members(typeof(RecordContent)).ShouldBe(["BirthDate", "End", "FamilyName", "GivenName", "LocalPersonId"]);
        Members(typeof(UploadHeader)).ShouldBe(["Authority", "CreatedAt", "FileNumber", "RecordCount"]);
        Members(typeof(Authority)).ShouldBe(["Code", "EmergencyDutyPhone", "Name", "OdsCode", "OfficePhone"]);
        Members(typeof(PlanType)).ShouldBe(["Code", "SubjectRole"]);
        Members(typeof(UploadClaim)).ShouldBe(
            ["BirthDate", "DeleteDate", "EndDate", "FamilyName", "GivenName", "LocalPersonId", "NhsNumber", "PlanType", "StartDate", "SubjectRole"]);
    }

    [Fact]
    public async Task S3_a_LAC_record_says_no_more_than_LAC()
    {
        foreach (var format in new IUploadFormat[] { new Hl7v3Format(), new FlatFormat() })
        {
            var text = System.Text.Encoding.UTF8.GetString(await Sample.WriteAsync(format, Sample.Header(1), Sample.Child(PlanType.Lac)));

            foreach (var word in new[] { "status", "section", "s20", "s31", "s38", "category", "placement", "reason" })
            {
                text.ShouldNotContain(word, Case.Insensitive);
            }
        }
    }

    [Fact]
    public void What_a_claim_holds_cannot_reach_a_log_by_accident() =>
        UploadClaim.Of(Sample.Child()).ToString().ShouldBe("(uploaded record)");

    private static IEnumerable<string> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => p.Name).Order(StringComparer.Ordinal);
}
