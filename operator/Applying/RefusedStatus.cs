using Kombo.Kubernetes;

namespace Kombo.Operator.Applying;

/// <summary>What is said of a status that the cluster's schema does not let in. Pure.</summary>
static class RefusedStatus
{
    const int MostFields = 3;
    const int MostOfEach = 120;

    /// <summary>A value that the schema does not allow is refused with 422, a field that it does not have with 500 (seen on
    /// 1.20: server-side apply compares with the schema before anything is pruned).</summary>
    public static bool IsOne(KubernetesException answer) => answer.IsInvalid
        || (answer.Code == 500 && answer.Message.Contains("field not declared in schema", StringComparison.Ordinal));

    /// <summary>Names the fields, with the beginning of the server's words on each: it may quote a whole object.</summary>
    /// <param name="kind">Of the object.</param>
    public static string Explain(string kind, KubernetesException refusal)
    {
        var causes = refusal.Status.Details?.Causes ?? [];
        var words = causes.Count == 0
            ? Cut(refusal.Message) : string.Join("; ", causes.Take(MostFields).Select(cause => $"{cause.Field}: {Cut(cause.Message ?? "")}"));
        return $"the status cannot be stored, so that what it shows is old: the kind {kind} in this cluster is probably older than the "
            + $"operator: apply the operator's CustomResourceDefinitions (its crds/). The API server says: {words}";
    }

    static string Cut(string words) => words.Length <= MostOfEach ? words : words[..MostOfEach] + "…";
}
