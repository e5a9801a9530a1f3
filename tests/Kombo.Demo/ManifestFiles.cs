namespace Kombo.Demo;

/// <summary>The manifests as a user would write them, and edits of them.</summary>
sealed class ManifestFiles(string path, Uri source)
{
    public const string Name = "acme";

    public static TimeSpan FullFrequency { get; } = TimeSpan.FromHours(1);

    public string Path { get; } = path;

    public void WriteAll()
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "schedule.yaml"), """
            apiVersion: kombo.dev/v1alpha1
            kind: SyncSchedule
            metadata: {name: demo}
            spec:
              full: {frequency: 1h, frequencyWithDelta: 1h}
              delta: {frequency: 2s}
              retry: {base: 1s, max: 2s, failureThreshold: 2}
            """);
        File.WriteAllText(System.IO.Path.Combine(Path, "secret.yaml"), $$"""
            apiVersion: v1
            kind: Secret
            metadata:
              name: {{Name}}-sandbox
            stringData: {token: sandbox-token}
            """);
        WriteIntegration(token: null);
    }

    /// <param name="token">Of the annotation that asks for a sync; null: none.</param>
    public void WriteIntegration(string? token)
    {
        var file = System.IO.Path.Combine(Path, $"{Name}.yaml");
        var annotations = token is null ? "{}" : $"{{kombo.dev/requestedAt: \"{token}\"}}";
        File.WriteAllText($"{file}.new", $$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata:
              name: {{Name}}
              annotations: {{annotations}}
            spec:
              connector: sandbox
              parameters: {baseUrl: "{{source.OriginalString}}"}
              credentials:
                secretRef: {name: "{{Name}}-sandbox"}
              scheduleRef: {name: demo}
              scope:
                models:
                - {name: hris_employees, exclude: [avatar]}
                - name: hris_teams
                - name: hris_locations
                - name: hris_employments
                - name: hris_absence_types
                - name: hris_absences
            """);
        File.Move($"{file}.new", file, overwrite: true); // as editors do
    }
}
