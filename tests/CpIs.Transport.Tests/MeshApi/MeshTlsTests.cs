using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class MeshTlsTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Content = "<upload>1</upload>";

    [Fact]
    public async Task A_server_of_another_authority_is_not_talked_to()
    {
        await using var server = await MeshServer.StartAsync(TestCertificates.WrongAuthority);
        await using var rig = new MeshRig(server);

        var failure = await Should.ThrowAsync<TransportException>(() => rig.SendAsync(1, Content));

        failure.Message.ShouldContain("trusted root");
        failure.Message.ShouldContain("TrustedRootsFile");
        rig.Mailbox.Requests.ShouldBeEmpty();
        rig.Clock.Waits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_with_the_certificate_of_another_host_is_not_talked_to()
    {
        await using var server = await MeshServer.StartAsync(TestCertificates.WrongHost);
        await using var rig = new MeshRig(server);

        var failure = await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync());

        failure.Message.ShouldContain("host name");
        rig.Mailbox.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_certificate_that_the_server_does_not_take_is_told_as_such()
    {
        await using var rig = new MeshRig(fixture.Server, clientCertificate: TestCertificates.StrangeClient());

        var failure = await Should.ThrowAsync<TransportException>(() => rig.SendAsync(1, Content));

        failure.Message.ShouldContain("client certificate");
        rig.Mailbox.Requests.ShouldBeEmpty();
        rig.Journal.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_client_certificate_nothing_is_even_tried()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Folder.Write(TestCertificates.RootPem, "client.pem");

        var failure = await Should.ThrowAsync<TransportException>(() => rig.SendAsync(1, Content));

        failure.Message.ShouldContain("Transport:MeshApi:ClientCertificateFile");
    }

    [Theory]
    [InlineData("client.pfx", null, true)]
    [InlineData("client.crt", "client.key", false)]
    [InlineData("client.crt", "encrypted.key", true)]
    public async Task The_client_certificate_may_be_pkcs12_or_pem_with_or_without_a_password(string certificate, string? key, bool password)
    {
        await using var rig = new MeshRig(fixture.Server);
        using var ecdsa = TestCertificates.Client.GetECDsaPrivateKey()!;
        File.WriteAllBytes(rig.Folder["client.pfx"], TestCertificates.Client.Export(X509ContentType.Pkcs12, TestCertificates.ClientPassword));
        rig.Folder.Write(TestCertificates.Client.ExportCertificatePem(), "client.crt");
        rig.Folder.Write(ecdsa.ExportPkcs8PrivateKeyPem(), "client.key");
        rig.Folder.Write(ecdsa.ExportEncryptedPkcs8PrivateKeyPem(TestCertificates.ClientPassword, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)), "encrypted.key");
        rig.Folder.Write(TestCertificates.ClientPassword + "\n", "pfx-password.txt");
        rig.Options = rig.Options with
        {
            ClientCertificateFile = rig.Folder[certificate],
            ClientKeyFile = key is null ? null : rig.Folder[key],
            ClientCertificatePasswordFile = password ? rig.Folder["pfx-password.txt"] : null,
        };

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
    }

    [Theory]
    [InlineData("roots.pem", "TrustedRootsFile")]
    [InlineData("client.pem", "ClientCertificateFile")]
    [InlineData("password.txt", "PasswordFile")]
    [InlineData("shared-key.txt", "SharedKeyFile")]
    public async Task A_file_that_is_missing_or_spoilt_names_its_key(string file, string key)
    {
        await using var rig = new MeshRig(fixture.Server);
        File.WriteAllText(rig.Folder[file], "");
        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("Transport:MeshApi:" + key);

        File.Delete(rig.Folder[file]);
        await rig.RestartAsync();
        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("Transport:MeshApi:" + key);
    }

    [Fact]
    public async Task Secrets_may_come_from_the_environment_instead_of_files()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Options = rig.Options with { PasswordFile = null, Password = rig.Mailbox.Password, SharedKeyFile = null, SharedKey = MeshServer.SharedKey };

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
    }

    [Fact]
    public async Task Connections_are_tls_1_2_or_better_without_redirects_cookies_and_silent_decoding()
    {
        await using var rig = new MeshRig(fixture.Server);
        using var credentials = new MeshCredentials(rig.Options);
        using var connections = new MeshConnections(rig.Options, credentials);

        var handler = connections.Handler;

        handler.SslOptions.EnabledSslProtocols.ShouldBe(SslProtocols.Tls12 | SslProtocols.Tls13);
        handler.SslOptions.RemoteCertificateValidationCallback.ShouldBeNull();
        handler.SslOptions.CertificateChainPolicy!.TrustMode.ShouldBe(X509ChainTrustMode.CustomRootTrust);
        handler.AllowAutoRedirect.ShouldBeFalse();
        handler.UseCookies.ShouldBeFalse();
        handler.AutomaticDecompression.ShouldBe(System.Net.DecompressionMethods.None);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Either_version_of_tls_that_is_allowed_is_spoken(SslProtocols only)
    {
        await using var server = await MeshServer.StartAsync(protocols: only);
        await using var rig = new MeshRig(server);

        (await rig.SendAsync(1, Content)).Outcome.ShouldBe(SendOutcome.Accepted);
    }

    [Fact]
    public async Task A_server_whose_certificate_has_expired_is_not_talked_to()
    {
        await using var server = await MeshServer.StartAsync(TestCertificates.ExpiredServer());
        await using var rig = new MeshRig(server);

        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("expired");

        rig.Mailbox.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var rig = new MeshRig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "handshake"
            ? Fault.Answer(307) with { Headers = new Dictionary<string, string> { ["Location"] = $"/messageexchange/{rig.Mailbox.Id}/inbox" } }
            : null;

        (await Should.ThrowAsync<TransportException>(() => rig.ReceiveAsync())).Message.ShouldContain("redirects");

        rig.Mailbox.Requests.Select(r => r.Call).ShouldBe(["handshake"]);
    }

    [Theory]
    [InlineData("http://mesh.test")]
    [InlineData("https://mesh.test/messageexchange")]
    [InlineData("https://user:secret@mesh.test")]
    [InlineData("mesh.test")]
    [InlineData("")]
    public async Task Only_https_without_a_path_is_an_address(string url)
    {
        await using var rig = new MeshRig(fixture.Server);

        (rig.Options with { Url = url }).Problems().ShouldHaveSingleItem().Key.ShouldBe("Transport:MeshApi:Url");
    }

    [Fact]
    public void No_setting_pretends_to_know_the_national_values()
    {
        new MeshApiOptions().Problems().Select(p => p.Key["Transport:MeshApi:".Length..]).ShouldBe(
        [
            "Url", "Mailbox", "Recipient", "WorkflowIds:Upload", "WorkflowIds:Acknowledgement", "WorkflowIds:Access", "WorkflowIds:Inactive",
            "ClientCertificateFile", "TrustedRootsFile", "PasswordFile", "SharedKeyFile", "WorkFolder",
        ]);
    }

    [Theory]
    [InlineData("LA1:OT1")]
    [InlineData("LA1/OT1")]
    [InlineData("LÄ1OT001")]
    public async Task A_mailbox_that_cannot_stand_in_a_token_is_named(string mailbox)
    {
        await using var rig = new MeshRig(fixture.Server);

        (rig.Options with { Mailbox = mailbox }).Problems().ShouldHaveSingleItem().Key.ShouldBe("Transport:MeshApi:Mailbox");
    }

    [Fact]
    public async Task Limits_are_limits()
    {
        await using var rig = new MeshRig(fixture.Server);

        rig.Options.Problems().ShouldBeEmpty();
        (rig.Options with { ChunkMegabytes = 91 }).Problems().ShouldHaveSingleItem().Key.ShouldBe("Transport:MeshApi:ChunkMegabytes");
        (rig.Options with { ChunkMegabytes = 90 }).Problems().ShouldBeEmpty();
        (rig.Options with { ChunkMegabytes = 4 }).Problems().ShouldHaveSingleItem();
        (rig.Options with { WaitBeforeResendSeconds = 4 }).Problems().ShouldHaveSingleItem();
        (rig.Options with { TimeoutSeconds = 3601 }).Problems().ShouldHaveSingleItem();
    }
}
