using CpIs.Domain.Accesses;
using CpIs.Domain.Exchange;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using static CpIs.Domain.Tests.Accesses.Told;

namespace CpIs.Domain.Tests.Accesses;

public class AccessIdentityTests
{
    private static string Key(Access access) => AccessIdentity.Of(access).ForChild("P1");

    [Theory]
    [InlineData("8D3F-A", " 8d3f-a ", true)]
    [InlineData("8D3F-A", "8D3FA", false)]
    [InlineData("A B", "AB", false)]
    public void A3_query_id_is_trimmed_and_folded_and_otherwise_opaque(string a, string b, bool same) =>
        (Key(Access("9990000018", queryId: a)) == Key(Access("9990000018", queryId: b))).ShouldBe(same);

    [Fact]
    public void A3_with_a_query_id_nothing_else_counts_but_the_child()
    {
        var access = Access("9990000018", "P1");
        Key(access with { AccessedAt = access.AccessedAt.AddHours(1), AccessedBy = "Somebody Else", NhsNumber = null }).ShouldBe(Key(access));
        AccessIdentity.Of(access).ForChild("P2").ShouldNotBe(Key(access));
    }

    public static TheoryData<string, Access> OneThingDiffers()
    {
        var access = Access("9990000018", "P1", queryId: null);
        return new TheoryData<string, Access>
        {
            { "time", access with { AccessedAt = access.AccessedAt.AddSeconds(1) } },
            { "number", access with { NhsNumber = "9990000026" } },
            { "local id", access with { LocalPersonId = "P2" } },
            { "author", access with { AccessedBy = "Somebody Else" } },
            { "organisation", access with { OrganisationCode = "RYY01" } },
        };
    }

    [Theory]
    [MemberData(nameof(OneThingDiffers))]
    public void A3_without_query_id_time_number_local_id_author_and_organisation_count(string what, Access other)
    {
        what.ShouldNotBeEmpty();
        Key(other).ShouldNotBe(Key(Access("9990000018", "P1", queryId: null)));
    }

    [Fact]
    public void A3_without_query_id_spelling_and_other_fields_do_not_count()
    {
        var access = Access("9990000018", "P1", queryId: "  ");
        Key(access with { NhsNumber = "999 000 0018", JobRole = "Doctor", UploadFileNumber = "7", AccessedAt = access.AccessedAt.ToOffset(TimeSpan.FromHours(1)) })
            .ShouldBe(Key(access));
    }

    [Fact]
    public void A3_without_organisation_code_its_name_counts()
    {
        var access = Access("9990000018", queryId: null, organisation: null);
        Key(access with { OrganisationName = "Another Hospital" }).ShouldNotBe(Key(access));
    }

    [Fact]
    public void A3_while_nobody_is_matched_number_and_local_id_as_given_stand_for_the_child()
    {
        var identity = AccessIdentity.Of(Access());
        identity.AsGiven("9990000018", null).ShouldBe(identity.AsGiven("999 000 0018 ", " "));
        identity.AsGiven("9990000018", null).ShouldNotBe(identity.AsGiven("9990000026", null));
        identity.AsGiven("123", "P1").ShouldNotBe(identity.AsGiven("1", "23P1"));
        identity.AsGiven(null, "P1").ShouldNotBe(identity.ForChild("P1"));
    }

    [Fact]
    public void A3_keys_never_carry_what_they_are_made_of() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), id =>
        {
            var key = Key(Access("9990000018", queryId: id.Get));
            key.Length.ShouldBe(64);
            key.ShouldAllBe(c => char.IsAsciiHexDigitLower(c));
        }).QuickCheckThrowOnFailure();
}
