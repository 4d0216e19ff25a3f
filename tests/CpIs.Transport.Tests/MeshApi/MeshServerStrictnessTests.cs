using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CpIs.TestMesh;
using CpIs.Transport.MeshApi;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>The test server refuses what MESH refuses (reference mesh-api sections 3 to 8); a lenient one would let a faulty client pass every other test.</summary>
public sealed class MeshServerStrictnessTests : IClassFixture<MeshServerFixture>, IDisposable
{
    private readonly TestClock _clock = new();
    private readonly MeshServerFixture _fixture;
    private readonly MeshMailbox _mailbox;
    private readonly HttpClient _http;

    public MeshServerStrictnessTests(MeshServerFixture fixture)
    {
        _fixture = fixture;
        _mailbox = fixture.Server.AddMailbox(_clock);
        _http = Client(TestCertificates.Client);
    }

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_token_counts_once_with_the_right_secrets_for_its_own_mailbox_and_within_two_hours()
    {
        var token = Token();
        (await StatusAsync(HttpMethod.Get, "/inbox", token)).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, "/inbox", token)).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", authorization: null)).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(password: "other"))).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(key: "other"))).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(mailbox: _mailbox.Id.ToLowerInvariant()))).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(minutesOff: 120))).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(minutesOff: 121))).ShouldBe(403);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(minutesOff: -121))).ShouldBe(403);
    }

    [Fact]
    public async Task Without_a_client_certificate_or_with_a_strange_one_there_is_no_connection()
    {
        foreach (var certificate in new[] { null, TestCertificates.StrangeClient() })
        {
            using var http = Client(certificate);
            await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(new Uri($"{_fixture.Server.Url}/messageexchange/{_mailbox.Id}/inbox")));
        }

        _mailbox.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_that_are_malformed_are_refused()
    {
        (await StatusAsync(HttpMethod.Post, "", Token())).ShouldBe(400);
        (await StatusAsync(HttpMethod.Post, "", Token(), ("mex-clientversion", "a"), ("MEX-OSNAME", "b"), ("Mex-OSVersion", "c"))).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, "/inbox", Token(), ("Accept", "application/vnd.mesh.v9+json"))).ShouldBe(400);
        (await StatusAsync(HttpMethod.Get, "/inbox?max_results=9", Token())).ShouldBe(400);
        (await StatusAsync(HttpMethod.Get, "/inbox?max_results=5001", Token())).ShouldBe(400);
        (await StatusAsync(HttpMethod.Get, "/outbox/tracking?messageid=x", Token())).ShouldBe(400);
        (await StatusAsync(HttpMethod.Get, "/inbox/", Token())).ShouldBe(307);
    }

    [Fact]
    public async Task A_sending_is_looked_at_closely()
    {
        (string, string)[] good = [("Mex-To", "CPIS001"), ("Mex-WorkflowID", "WF_UPLOAD")];
        (await SendAsync("x", [("Mex-WorkflowID", "WF_UPLOAD")])).ShouldBe(400);
        (await SendAsync("x", [("Mex-To", "NOBODY"), ("Mex-WorkflowID", "WF_UPLOAD")])).ShouldBe(417);
        (await SendAsync("x", [("Mex-To", "CPIS001"), ("Mex-WorkflowID", "OTHER")])).ShouldBe(417);
        (await SendAsync("x", [.. good, ("Mex-From", "SOMEBODY")])).ShouldBe(417);
        (await SendAsync("x", [.. good, ("Mex-MessageType", "DATA")])).ShouldBe(400);
        (await SendAsync("x", [.. good, ("Mex-Content-Checksum", "a+b=")])).ShouldBe(417);
        (await SendAsync("x", [.. good, ("Mex-Chunk-Range", "2:2")])).ShouldBe(417);
        (await SendAsync("x", good, encoding: "br")).ShouldBe(422);
        (await SendAsync("", good)).ShouldBe(417);
        _mailbox.Outbox.ShouldBeEmpty();
        (await SendAsync("x", good)).ShouldBe(202);
    }

    [Fact]
    public async Task Chunks_come_in_order_in_one_encoding_and_none_after_the_last()
    {
        (await SendAsync("a", [("Mex-To", "CPIS001"), ("Mex-WorkflowID", "WF_UPLOAD"), ("Mex-Chunk-Range", "1:3")])).ShouldBe(202);
        var message = _mailbox.Outbox.ShouldHaveSingleItem();
        (await ChunkAsync(message, 3, "3:3")).ShouldBe(417);
        (await ChunkAsync(message, 2, "3:3")).ShouldBe(417);
        (await ChunkAsync(message, 2, "2:4")).ShouldBe(417);
        (await ChunkAsync(message, 2, "2:3", encoding: "gzip")).ShouldBe(417);
        (await ChunkAsync(message, 4, "4:4")).ShouldBe(406);
        (await ChunkAsync(message, 2, "2:3")).ShouldBe(202);
        (await ChunkAsync(message, 2, "2:3")).ShouldBe(202);
        message.Status.ShouldBe("uploading");
        (await ChunkAsync(message, 3, "3:3")).ShouldBe(202);
        message.Status.ShouldBe("accepted");
        (await ChunkAsync(message, 3, "3:3")).ShouldBe(423);
        message.Content().ShouldBe("abb"u8.ToArray());
    }

    [Fact]
    public async Task What_was_acknowledged_is_gone()
    {
        var message = _mailbox.Deliver("abc", "WF_ACCESS", chunks: 2);
        (await StatusAsync(HttpMethod.Get, $"/inbox/{message.Id}", Token())).ShouldBe(206);
        (await StatusAsync(HttpMethod.Get, $"/inbox/{message.Id}/2", Token())).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, $"/inbox/{message.Id}/3", Token())).ShouldBe(404);
        (await StatusAsync(HttpMethod.Put, $"/inbox/{message.Id}/status/acknowledged", Token())).ShouldBe(200);
        (await StatusAsync(HttpMethod.Get, $"/inbox/{message.Id}", Token())).ShouldBe(410);
        (await StatusAsync(HttpMethod.Get, "/inbox/NOTHING", Token())).ShouldBe(404);
    }

    private Task<int> SendAsync(string body, (string Name, string Value)[] headers, string? encoding = null) =>
        StatusAsync(HttpMethod.Post, "/outbox", Token(), Content(body, encoding), headers);

    private Task<int> ChunkAsync(MeshMessage message, int chunk, string range, string? encoding = null) =>
        StatusAsync(HttpMethod.Post, FormattableString.Invariant($"/outbox/{message.Id}/{chunk}"), Token(), Content("b", encoding), ("Mex-Chunk-Range", range));

    private static ByteArrayContent Content(string body, string? encoding)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return content;
    }

    private Task<int> StatusAsync(HttpMethod method, string path, string? authorization, params (string Name, string Value)[] headers) =>
        StatusAsync(method, path, authorization, content: null, headers);

    private async Task<int> StatusAsync(HttpMethod method, string path, string? authorization, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"{_fixture.Server.Url}/messageexchange/{_mailbox.Id}{path}") { Content = content };
        if (!headers.Any(h => h.Name == "Accept"))
        {
            request.Headers.TryAddWithoutValidation("Accept", "application/vnd.mesh.v2+json").ShouldBeTrue();
        }

        foreach (var (name, value) in headers.Append(("Authorization", authorization ?? "none")))
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        using var response = await _http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private string Token(string? password = null, string? key = null, string? mailbox = null, int minutesOff = 0) =>
        "NHSMESH " + MeshAuthorization.Token(
            mailbox ?? _mailbox.Id, password ?? _mailbox.Password, key ?? MeshServer.SharedKey, Guid.NewGuid(), 0, _clock.GetUtcNow().AddMinutes(minutesOff));

    private static HttpClient Client(X509Certificate2? certificate) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = TestCertificates.Trust(),
            ClientCertificates = certificate is null ? null : [certificate],
        },
    });
}
