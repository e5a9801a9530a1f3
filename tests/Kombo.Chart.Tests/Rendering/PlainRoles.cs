namespace Kombo.Chart.Tests.Rendering;

/// <summary>The chart's roles as a file for kubectl: without what is helm's.</summary>
static class PlainRoles
{
    const string Head = """
        # Made from charts/kombo: edit there, then UPDATE_GOLDEN=1 dotnet test tests/Kombo.Chart.Tests.
        # What the operator and its workers may do. The operator's account lives in kombo-system; workers get one in each
        # namespace that holds an Integration, made by the operator and bound to the ClusterRole kombo-worker.
        apiVersion: v1
        kind: Namespace
        metadata:
          name: kombo-system
          labels:
            app.kubernetes.io/part-of: kombo

        """;

    static readonly string[] Helms =
        ["# Source:", "helm.sh/chart:", "app.kubernetes.io/managed-by:", "app.kubernetes.io/instance:", "app.kubernetes.io/version:"];

    public static string Of(string rendered) => Head + string.Concat(rendered.Split('\n')
        .Where(line => line.Trim().Length > 0 && !Helms.Any(mark => line.TrimStart().StartsWith(mark, StringComparison.Ordinal)))
        .Select(line => line + "\n"));
}
