using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CpIs.TestMesh;

/// <summary>Two authorities and what they issued, made anew for each test run.</summary>
public static class TestCertificates
{
    private static readonly Lazy<X509Certificate2> Root = new(() => Authority("CN=Test MESH root"));
    private static readonly Lazy<X509Certificate2> OtherRoot = new(() => Authority("CN=Somebody else's root"));
    private static readonly Lazy<X509Certificate2> ServerCertificate = new(() => Issue(Root.Value, "CN=mesh.test", "1.3.6.1.5.5.7.3.1", loopback: true, days: 300));
    private static readonly Lazy<X509Certificate2> WrongHostCertificate = new(() => Issue(Root.Value, "CN=elsewhere.test", "1.3.6.1.5.5.7.3.1", loopback: false, days: 300));
    private static readonly Lazy<X509Certificate2> WrongAuthorityCertificate = new(() => Issue(OtherRoot.Value, "CN=mesh.test", "1.3.6.1.5.5.7.3.1", loopback: true, days: 300));
    private static readonly Lazy<X509Certificate2> ClientCertificate = new(() => Issue(Root.Value, "CN=la0001.e08000099.api.mesh-client.test", "1.3.6.1.5.5.7.3.2", loopback: false, days: 300));

    private static readonly Lazy<string> RootText = new(() => Root.Value.ExportCertificatePem());
    private static readonly Lazy<string> ClientText = new(() => Pem(ClientCertificate.Value));

    public static string ClientPassword => "pfx-secret-7Q";

    public static X509Certificate2 Server => ServerCertificate.Value;

    public static X509Certificate2 WrongHost => WrongHostCertificate.Value;

    public static X509Certificate2 WrongAuthority => WrongAuthorityCertificate.Value;

    public static X509Certificate2 Client => ClientCertificate.Value;

    /// <summary>A client certificate that ends in so many days, or ended.</summary>
    public static X509Certificate2 ClientValidFor(int days) => Issue(Root.Value, "CN=la0001.e08000099.api.mesh-client.test", "1.3.6.1.5.5.7.3.2", loopback: false, days);

    public static X509Certificate2 StrangeClient() => Issue(OtherRoot.Value, "CN=stranger", "1.3.6.1.5.5.7.3.2", loopback: false, days: 300);

    public static X509Certificate2 ExpiredServer() => Issue(Root.Value, "CN=mesh.test", "1.3.6.1.5.5.7.3.1", loopback: true, days: -1);

    public static string RootPem => RootText.Value;

    /// <summary>Certificate and key of <see cref="Client"/> in one PEM file.</summary>
    public static string ClientPem => ClientText.Value;

    /// <summary>Certificate and key in one PEM file.</summary>
    public static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Trust in our own authority alone.</summary>
    public static X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(Root.Value);
        return policy;
    }

    private static X509Certificate2 Authority(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-400), DateTimeOffset.UtcNow.AddDays(400));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string subject, string usage, bool loopback, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        if (loopback)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName("elsewhere.test");
        }

        request.CertificateExtensions.Add(names.Build());
        var from = DateTimeOffset.UtcNow.AddDays(-350);
        using var bare = request.Create(authority, from, DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(12));
        using var whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
