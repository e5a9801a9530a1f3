using Kombo.Core.Resources;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>The defaults of the installation, each quantity replaced by the Integration's where it names one.</summary>
static class ResourceMerge
{
    public static V1ResourceRequirements Of(V1ResourceRequirements defaults, ResourcesSpec? own)
    {
        var requests = Merge(defaults.Requests, own?.Requests);
        var limits = Merge(defaults.Limits, own?.Limits);
        // A request above a default limit would be refused, and so would a default request above a limit.
        foreach (var name in (own?.Requests?.Keys ?? []).Where(name => own?.Limits?.ContainsKey(name) != true))
            limits.Remove(name);
        foreach (var name in (own?.Limits?.Keys ?? []).Where(name => own?.Requests?.ContainsKey(name) != true))
            requests[name] = own!.Limits![name]; // a key of Limits
        return new() { Requests = requests, Limits = limits };
    }

    static SortedDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string>? defaults, IReadOnlyDictionary<string, string>? own)
    {
        var merged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var quantities in new[] { defaults, own }.OfType<IReadOnlyDictionary<string, string>>())
            foreach (var (name, quantity) in quantities)
                merged[name] = quantity;
        return merged;
    }
}
