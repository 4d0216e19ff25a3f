using System.Globalization;
using CpIs.Transport.MeshApi;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class MeshAuthorizationTests
{
    [Theory]
    [InlineData("X26ABC1", "password", "TestKey", "bd0e2bd5-218e-41d0-83a9-73fdec414803", 0, "202005041305", "1d7da1305d2c4f169b097f4e7fddbc8dfba024de2ea0fdee858b64536f2a90bc")]
    [InlineData("X26ABC1", "password", "TestKey", "bd0e2bd5-218e-41d0-83a9-73fdec414803", 1, "202005041305", "b35be3a6bdca886d8117b2f29cc9f3f90ad607efbc88c20aa41a0f3d5e65c863")]
    [InlineData("LA0001OT001", "p@ss:w0rd!", "Shared-Key-123", "1c820cd4-be3e-43ff-807f-e65362892722", 12, "202612312359", "27be7310eab79182fe336e06318eb271c63971d462b4b8502b193e8052287540")]
    public void The_published_vectors_come_out_exactly(string mailbox, string password, string sharedKey, string nonce, int count, string time, string hash)
    {
        var at = DateTimeOffset.ParseExact(time, "yyyyMMddHHmm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

        MeshAuthorization.Token(mailbox, password, sharedKey, Guid.Parse(nonce), count, at).ShouldBe($"{mailbox}:{nonce}:{count}:{time}:{hash}");
    }

    [Fact]
    public void The_time_is_utc_whatever_the_offset_and_the_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("th-TH");
        try
        {
            var summer = new DateTimeOffset(2026, 7, 1, 0, 30, 59, TimeSpan.FromHours(1));

            MeshAuthorization.Token("A", "b", "c", Guid.Empty, 0, summer).Split(':')[3].ShouldBe("202606302330");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
