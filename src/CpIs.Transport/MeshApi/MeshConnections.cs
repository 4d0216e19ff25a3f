using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// The connections to the MESH server: mutual TLS 1.2 or better, trust only in the configured roots, the host name checked, no
/// redirects (a redirected request would use its token twice) and no decoding behind our back. They close with this object.
/// </summary>
internal sealed class MeshConnections(MeshApiOptions options, MeshCredentials credentials) : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private SocketsHttpHandler? _handler;

    public SocketsHttpHandler Handler => _handler ??= Create();

    public void Dispose() => _handler?.Dispose();

    private SocketsHttpHandler Create() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(options.ConnectTimeoutSeconds),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = 4,
        SslOptions = new SslClientAuthenticationOptions
        {
#pragma warning disable CA5398 // The system's own choice may still allow TLS 1.0; MESH asks for 1.2 at least.
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
            ClientCertificateContext = SslStreamCertificateContext.Create(credentials.Client.Certificate, credentials.Client.Intermediates, offline: true),
            CertificateChainPolicy = Trust(),
        },
    };

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = options.CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var certificate in credentials.Roots)
        {
            var selfIssued = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
            (selfIssued ? policy.CustomTrustStore : policy.ExtraStore).Add(certificate);
        }

        return policy;
    }
}
