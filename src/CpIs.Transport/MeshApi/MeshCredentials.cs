using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CpIs.Transport.MeshApi;

/// <summary>The secrets and certificates that the settings name, read when first needed and then kept for the process.</summary>
internal sealed class MeshCredentials : IDisposable
{
    private readonly MeshApiOptions _options;
    private readonly Lazy<string> _password;
    private readonly Lazy<string> _sharedKey;
    private readonly Lazy<ClientIdentity> _client;
    private readonly Lazy<X509Certificate2Collection> _roots;

    public MeshCredentials(MeshApiOptions options)
    {
        _options = options;
        _password = new Lazy<string>(() => Secret(options.Password, options.PasswordFile, nameof(options.PasswordFile)));
        _sharedKey = new Lazy<string>(() => Secret(options.SharedKey, options.SharedKeyFile, nameof(options.SharedKeyFile)));
        _client = new Lazy<ClientIdentity>(ReadClient);
        _roots = new Lazy<X509Certificate2Collection>(ReadRoots);
    }

    /// <exception cref="TransportException">The file cannot be read; so for all members.</exception>
    public string Password => _password.Value;

    public string SharedKey => _sharedKey.Value;

    public ClientIdentity Client => _client.Value;

    /// <summary>The only certificates that are trusted, with intermediate ones among them.</summary>
    public X509Certificate2Collection Roots => _roots.Value;

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Certificate.Dispose();
        }
    }

    private ClientIdentity ReadClient()
    {
        const string key = nameof(MeshApiOptions.ClientCertificateFile);
        var file = _options.ClientCertificateFile;
        var password = _options.ClientCertificatePassword is null && _options.ClientCertificatePasswordFile is null
            ? null
            : Secret(_options.ClientCertificatePassword, _options.ClientCertificatePasswordFile, nameof(_options.ClientCertificatePasswordFile));
        try
        {
            var all = new X509Certificate2Collection();
            X509Certificate2? own;
            if (Path.GetExtension(file).ToUpperInvariant() is ".PFX" or ".P12")
            {
                all = X509CertificateLoader.LoadPkcs12CollectionFromFile(file, password);
                own = all.FirstOrDefault(c => c.HasPrivateKey);
            }
            else
            {
                all.ImportFromPemFile(file);
                own = password is null
                    ? X509Certificate2.CreateFromPemFile(file, _options.ClientKeyFile)
                    : X509Certificate2.CreateFromEncryptedPemFile(file, password, _options.ClientKeyFile);
                if (OperatingSystem.IsWindows())
                {
                    // Windows cannot present a key that was never in a key store; the way through PKCS #12 puts it into one.
                    using var bare = own;
                    own = X509CertificateLoader.LoadPkcs12(bare.Export(X509ContentType.Pkcs12), null);
                }
            }

            if (own is null)
            {
                throw Unreadable(key, "it holds no certificate with a private key");
            }

            all.RemoveRange(all.Where(c => c.Thumbprint == own.Thumbprint).ToArray());
            return new ClientIdentity(own, all);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(key, "it is missing, is no certificate with its key, or its password is wrong", e);
        }
    }

    private X509Certificate2Collection ReadRoots()
    {
        const string key = nameof(MeshApiOptions.TrustedRootsFile);
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(_options.TrustedRootsFile);
            return roots.Count > 0 ? roots : throw Unreadable(key, "it holds no certificate");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(key, "it is missing or not PEM", e);
        }
    }

    private static string Secret(string? value, string? file, string key)
    {
        try
        {
            // A line end behind the secret comes from the editor that wrote the file.
            var secret = value ?? File.ReadAllText(file ?? "").TrimEnd('\r', '\n');
            return secret.Length > 0 ? secret : throw Unreadable(key, "it is empty");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(key, "it is missing or its rights do not allow it", e);
        }
    }

    private static TransportException Unreadable(string key, string why, Exception? cause = null)
    {
        var message = $"The file that {MeshApiOptions.Section}{key} names cannot be used: {why}.";
        return cause is null ? new TransportException(message) : new TransportException(message, cause);
    }
}

/// <summary>The client certificate with its key, and what leads from it to its root.</summary>
internal sealed record ClientIdentity(X509Certificate2 Certificate, X509Certificate2Collection Intermediates);
