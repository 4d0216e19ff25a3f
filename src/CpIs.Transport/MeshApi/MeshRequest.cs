using System.Net.Http.Headers;
using System.Reflection;
using System.Runtime.InteropServices;

namespace CpIs.Transport.MeshApi;

/// <summary>Makes the requests of version 2 of the API, each anew for each attempt.</summary>
internal sealed class MeshRequest(MeshApiOptions options)
{
    private static readonly string Version =
        typeof(MeshRequest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Where the server is.</summary>
    public Uri Base { get; } = new(options.Url, UriKind.Absolute);

    /// <summary>Set on requests that need no token.</summary>
    public static HttpRequestOptionsKey<bool> WithoutToken { get; } = new("cpis-mesh-without-token");

    /// <summary>A path below our mailbox; parts are escaped, a query is given as it is.</summary>
    public HttpRequestMessage Mailbox(HttpMethod method, string[] parts, string query = "") =>
        At(method, "/messageexchange/" + string.Join('/', new[] { options.MailboxId }.Concat(parts).Select(Uri.EscapeDataString)) + query);

    /// <summary>A path that belongs to no mailbox.</summary>
    public HttpRequestMessage Directory(params string[] parts)
    {
        var request = At(HttpMethod.Get, "/messageexchange/" + string.Join('/', parts.Select(Uri.EscapeDataString)));
        request.Options.Set(WithoutToken, true);
        return request;
    }

    /// <summary>A path and query as the server gave it.</summary>
    public HttpRequestMessage At(HttpMethod method, string pathAndQuery)
    {
        var request = new HttpRequestMessage(method, new Uri(Base, pathAndQuery));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.mesh.v2+json"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("CpIs.Batch", Version));
        Add(request, "Mex-ClientVersion", "CpIs.Batch==" + Version);
        Add(request, "Mex-OSName", OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : "Linux");
        Add(request, "Mex-OSVersion", Environment.OSVersion.Version.ToString());
        Add(request, "Mex-OSArchitecture", RuntimeInformation.OSArchitecture.ToString());
        return request;
    }

    public static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            throw new ArgumentException($"The header {name} cannot be sent.", nameof(name));
        }
    }
}
