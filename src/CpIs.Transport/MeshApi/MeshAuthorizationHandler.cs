using System.Net.Http.Headers;

namespace CpIs.Transport.MeshApi;

/// <summary>
/// Gives every single request its own token: one that was used is refused. It stands nearer to the wire than the retries, so each
/// attempt passes through it.
/// </summary>
internal sealed class MeshAuthorizationHandler(MeshApiOptions options, MeshCredentials credentials, TimeProvider clock) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(MeshRequest.WithoutToken, out var without) || !without)
        {
            var token = MeshAuthorization.Token(options.MailboxId, credentials.Password, credentials.SharedKey, Guid.NewGuid(), 0, clock.GetUtcNow());
            request.Headers.Authorization = new AuthenticationHeaderValue(MeshAuthorization.Scheme, token);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
