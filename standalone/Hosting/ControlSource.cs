using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator;
using Kombo.Standalone.Control;
using Kombo.Standalone.Manifests;
using Kombo.Storage;
using Kombo.Storage.Events;

namespace Kombo.Standalone.Hosting;

/// <summary>Answers from this process' parts.</summary>
internal sealed class ControlSource(
    ManifestWatcher manifests, PlanPreview preview, IKubernetesClient client, KomboDatabase database, TimeProvider clock)
    : IControlSource
{
    public IReadOnlyList<string> Problems => [.. manifests.Problems.Select(problem => problem.ToString())];

    public async Task<string?> ExplainAsync(string space, string name, CancellationToken cancellationToken) =>
        (await preview.FindAsync(space, name, cancellationToken))?.Explanation;

    public async Task<bool?> TellAsync(string space, string name, EventBody body, CancellationToken cancellationToken)
    {
        if ((await client.GetAsync<V1Alpha1Integration>(name, space, cancellationToken))?.Status?.IntegrationId is not { } id)
            return null;
        var told = new UpstreamEvent(
            body.Id ?? Guid.CreateVersion7(clock.GetUtcNow()).ToString("N"), body.Model, body.RemoteId, clock.GetUtcNow());
        var received = await database.Events.ReceiveAsync(id, [told], cancellationToken);
        return received.IsKnown ? received.New == 1 : null;
    }
}
